"""Mistakes others made, planted in our code: the suite's own checks must turn red, and be green without them."""

import inspect
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from funnel import cells, chunks, cohorts, generations, journeys, periods, rollups, shards, tables
from funnel.columns import NEVER, Columns
from funnel.reading import Leads
from funnel.rebuild import rebuild
from funnel.verify import verify
from leads import moves, standing
from leads.lines import Given
from leads.models import Unapplied
from tests.factories import START, make_lead
from tests.funnel import test_crashes
from tests.funnel.faults import meanwhile, small_pieces
from tests.funnel.test_worker import blocked, eventually
from tests.leads import test_races

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def patched(module, old, new):
    """The module's source with one change in it, run again into the module; undone afterwards."""
    source, before = inspect.getsource(module), dict(vars(module))
    assert source.count(old) == 1
    try:
        exec(compile(source.replace(old, new), str(module.__file__), "exec"), vars(module))
        yield
    finally:
        vars(module).clear()
        vars(module).update(before)


def fails(check, *, rounds=1):
    """Whether a check of the suite fails, in one of some rounds where threads race."""
    for _ in range(rounds):
        try:
            check()
        except (AssertionError, DatabaseError):
            return True
    return False


def test_a_missing_row_lock_is_seen(roomy_pool, monkeypatch, sam, now):
    """Read, check, write: two clicks both find the lead at MQL. Only what the database itself forbids stops them."""

    def check():
        test_races.test_fifty_clicks_on_one_lead_write_one_line(None, sam, now, None)

    assert not fails(check, rounds=2)
    monkeypatch.setattr(standing, "_LOCK", standing._LOCK.replace(" FOR NO KEY UPDATE", ""))
    assert fails(check, rounds=5)


class Watermark:
    """A worker with a cursor: it takes what is younger than the youngest it has seen, and tidies up behind it."""

    def __init__(self):
        self.seen = datetime.min.replace(tzinfo=UTC)

    def apply_waiting(self, **options):
        with transaction.atomic():
            found = list(Unapplied.objects.filter(since__gt=self.seen).values_list("lead_id", "since"))
            if found:
                journeys.count_difference(*journeys.refresh(Leads(sorted({lead for lead, _ in found}))))
                self.seen = max(since for _, since in found)
            Unapplied.objects.filter(since__lte=self.seen).delete()
        return len(found)


def a_line_that_commits_late(sam, now):
    """A slow transaction writes a line first and commits it last; a worker looks in between and after."""
    slow, quick = (make_lead("mql", owner=sam).pk for _ in range(2))
    journeys.apply_waiting()
    with transaction.atomic():
        moves.move(lead_id=slow, step="accept", by=sam, at=now)
        with meanwhile(lambda: moves.move(lead_id=quick, step="accept", by=sam, at=now)):
            pass
        with meanwhile(journeys.apply_waiting):
            pass
    return verify(at=now, reports=False).differences


def test_a_watermark_cursor_is_seen(monkeypatch, sam, now):
    """`id > last seen` passes over a line whose transaction began early and committed late, and never comes back."""
    assert a_line_that_commits_late(sam, now) == []
    monkeypatch.setattr(journeys, "apply_waiting", Watermark().apply_waiting)
    assert a_line_that_commits_late(sam, now) != []


def test_a_claim_that_is_committed_before_the_write_is_seen(sam, now):
    """Taken off the queue first, worked on second: a worker that dies in between takes its lines with it."""

    def check():
        test_crashes.test_a_worker_dies_at_any_statement_and_the_next_counts_what_waits(sam, now)

    assert not fails(check)
    with patched(journeys, "        if claimed:\n", "    with transaction.atomic():\n        if claimed:\n"):
        assert fails(check)


def two_workers_at_one_lead(sam, now):
    """One has counted a lead and not committed yet when a second line of it arrives, and another worker with it."""
    lead = make_lead("mql", owner=sam).pk
    journeys.apply_waiting()
    moves.move(lead_id=lead, step="accept", by=sam, at=now)
    with ExitStack() as stack, ExitStack() as committing:
        committing.enter_context(transaction.atomic())
        journeys.apply_some()
        with meanwhile(lambda: moves.undo(lead_id=lead, by=sam, at=now)):
            pass
        second = stack.enter_context(meanwhile(journeys.apply_waiting))
        eventually(lambda: second.done() or blocked())
        committing.close()
    return verify(at=now, reports=False).differences


def test_two_workers_without_the_shards_lock_are_seen(monkeypatch, sam, now):
    """The same task twice, or beat twice: both find the lead as it was, and both add the difference to the rollups."""
    assert two_workers_at_one_lead(sam, now) == []
    monkeypatch.setattr(shards, "try_to_hold", lambda wanted, *, at_most: list(wanted)[:at_most])
    assert two_workers_at_one_lead(sam, now) != []


def a_line_delivered_twice(sam, now):
    lead = make_lead("mql", owner=sam).pk
    journeys.apply_waiting()
    Unapplied.objects.create(lead_id=lead, sequence=1)
    return verify(at=now, reports=False).differences


def test_a_delta_that_is_added_for_each_delivery_is_seen(sam, now):
    """At least once: what a line says is added, not what it changes, so that a line delivered again counts twice."""
    assert a_line_delivered_twice(sam, now) == []
    with patched(journeys, "    return gone, come\n", "    return gone, np.ones_like(come)\n"):
        assert a_line_delivered_twice(sam, now) != []


def test_a_rebuild_deaf_to_moves_meanwhile_is_seen(monkeypatch, sam, now):
    """A new table filled beside the old one, and swapped in without what came to the part already filled."""
    small_pieces(monkeypatch, span=1, block=2)
    assert test_crashes.moves_between_blocks_of_a_rebuild(sam, now) == []
    with patched(generations, "if now.building is not None:", "if now.building is None:"):
        monkeypatch.setattr(generations, "BLOCK", 2)
        assert test_crashes.moves_between_blocks_of_a_rebuild(sam, now) != []


def around_midnight(sam):
    """Leads that come and go every three hours over the day New York sets its clocks."""
    for hours in range(0, 48, 3):
        at = datetime(2026, 3, 7, 12, tzinfo=UTC) + timedelta(hours=hours)
        lead = make_lead("mql", owner=sam, at=at).pk
        moves.move(lead_id=lead, step="accept", by=sam, at=at + timedelta(hours=hours))
    rebuild()
    return verify(at=START + timedelta(days=90), reports=False).differences


@pytest.mark.parametrize("zone", ["Asia/Bangkok", "America/New_York"])
def test_days_of_utc_taken_for_days_of_the_organisation_are_seen(monkeypatch, settings, sam, zone):
    """`.date()` of an instant in UTC: right for whoever tests in Greenwich, and wrong around midnight elsewhere."""
    starts = periods._starts
    settings.TIME_ZONE = zone
    assert around_midnight(sam) == []
    monkeypatch.setattr(periods, "_starts", lambda zone, first, last: starts("UTC", first, last))
    assert around_midnight(sam) != []
    settings.TIME_ZONE = "UTC"
    assert around_midnight(sam) == []


def survivors_only(journeys: Columns, anchor):
    """Those that entered and are not lost now."""
    entered, undated = cells.entrants(journeys, anchor)
    return entered[journeys["lost"][entered] == NEVER], undated


@pytest.mark.parametrize("modules", [(tables, cohorts), (rollups,), (tables, cohorts, rollups)])
def test_cohorts_of_survivors_are_seen(monkeypatch, max, ada, now, modules):
    """A cohort of the leads that are not lost today: the conversion looks better the more are given up."""
    lost = [make_lead("mql").pk for _ in range(4)]
    moves.move_many(lead_ids=lost, step="accept", by=max, at=now)
    make_lead("lost", at=START + timedelta(hours=1))
    moves.override(lead_id=lost[0], to="lost", by=ada, at=now, given=Given(note="gone"))
    assert verify(at=now + timedelta(days=99)).differences == []
    for module in modules:
        monkeypatch.setattr(module, "entrants", survivors_only)
    if rollups in modules:
        rebuild()
    assert verify(at=now + timedelta(days=99)).differences != []


def test_columns_that_forget_what_changed_are_seen(sam, now):
    """A cache that is written and never told to be stale."""

    def check():
        lead = make_lead("mql", owner=sam).pk
        journeys.apply_waiting()
        chunks.write_stale(budget=9)
        moves.move(lead_id=lead, step="accept", by=sam, at=now)
        assert verify(at=now, reports=False).differences == []

    assert not fails(check)
    with patched(journeys, "        if len(stale):\n", "        if not rows(kept):\n"):
        assert fails(check)
