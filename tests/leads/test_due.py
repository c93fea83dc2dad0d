"""When the next step of a lead is due: by the gate, by every way a lead comes to stand, and after settings change."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from leads import due, history, moves
from leads.importing.arranging import Entry, arrange
from leads.ledger import NewLead
from leads.lines import Given
from leads.models import ClockChange, Holiday, Lead, StagePolicy, WorkingHours
from tests.factories import make_lead, reason

FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # two working hours before the weekend
MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def due_at(lead):
    return Lead.objects.get(pk=lead.pk).due_at


def test_an_offer_is_due_so_many_working_hours_later(lead, mia):
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=FRIDAY)
    assert due_at(lead) == MONDAY + timedelta(hours=6)


def test_a_stage_without_a_limit_has_nothing_due(lead, mia, sam):
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=FRIDAY)
    given = Given(reason=reason("reject", "not-ready"))
    moves.move(lead_id=lead.pk, step="reject", by=sam, at=FRIDAY, given=given)
    assert due_at(lead) is None


def test_undo_sets_the_clock_back_to_what_it_was(lead, mia, sam):
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=FRIDAY)
    offered = due_at(lead)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=MONDAY)
    assert due_at(lead) == MONDAY + timedelta(hours=40 + 4 * 16)
    moves.undo(lead_id=lead.pk, by=sam, at=MONDAY)
    assert due_at(lead) == offered


def test_override_bulk_and_opening_set_the_clock_too(lead, mia, ada):
    moves.override(lead_id=lead.pk, to="mql", by=ada, at=MONDAY, given=Given(note="so"))
    [other] = [make_lead(at=FRIDAY)]
    moves.move_many(lead_ids=[other.pk], step="qualify", by=mia, at=FRIDAY, occurred_at=FRIDAY)
    opened = make_lead("mql", at=FRIDAY)
    assert due_at(lead) == MONDAY + timedelta(hours=8)
    assert due_at(other) == due_at(opened) == MONDAY + timedelta(hours=6)


def test_imported_history_is_due_by_where_it_ends(db):
    placed = arrange([Entry("tofu", FRIDAY - timedelta(days=1)), Entry("mql", FRIDAY)], at=MONDAY)
    new = NewLead(occurred_at=FRIDAY, recorded_at=MONDAY)
    history.begin([(new, placed)], at=MONDAY)
    assert Lead.objects.get(pk=new.id).due_at == MONDAY + timedelta(hours=6)


def test_refreshing_follows_policies_hours_and_holidays(db):
    lead = make_lead("mql", at=FRIDAY)
    Holiday.objects.create(day=date(2026, 3, 9), name="Day off")
    due.refresh()
    assert due_at(lead) == MONDAY + timedelta(hours=30)
    StagePolicy.objects.filter(stage="mql").update(sla_hours=1)
    due.refresh()
    assert due_at(lead) == FRIDAY + timedelta(hours=1)
    WorkingHours.objects.all().delete()
    due.refresh()
    assert due_at(lead) is None


def test_a_change_that_nobody_followed_is_followed_by_the_worker_and_once_more_after_the_moves_under_way(db):
    lead = make_lead("mql", at=FRIDAY)
    StagePolicy.objects.filter(stage="mql").update(sla_hours=1)
    due.changed(at=MONDAY)
    due.catch_up(at=MONDAY)
    assert due_at(lead) == FRIDAY + timedelta(hours=1)
    Lead.objects.update(due_at=MONDAY)  # by a move that had read the old limit
    due.catch_up(at=MONDAY + timedelta(minutes=1))
    assert due_at(lead) == MONDAY
    due.catch_up(at=MONDAY + due.GRACE)
    assert due_at(lead) == FRIDAY + timedelta(hours=1)
    assert not ClockChange.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_lead_locked_for_too_long_leaves_the_change_to_the_next_time(db):
    lead = make_lead("mql", at=FRIDAY)
    StagePolicy.objects.filter(stage="mql").update(sla_hours=1)
    due.changed(at=MONDAY)
    with held(lead), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
        due.catch_up(at=MONDAY)
        cursor.execute("RESET lock_timeout")
    assert due_at(lead) == MONDAY + timedelta(hours=6)
    due.catch_up(at=MONDAY)
    assert due_at(lead) == FRIDAY + timedelta(hours=1)


@contextmanager
def held(lead):
    """Another connection holds the lead meanwhile."""
    locked, done = Event(), Event()

    def hold():
        with transaction.atomic():
            Lead.objects.select_for_update(no_key=True).get(pk=lead.pk)
            locked.set()
            done.wait(20)
        connection.close()

    other = Thread(target=hold)
    other.start()
    locked.wait(20)
    yield
    done.set()
    other.join()


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_refreshing_reaches_every_lead_whatever_the_batch(monkeypatch, db, batch):
    monkeypatch.setattr(due, "BATCH", batch)
    leads = [make_lead("mql", at=FRIDAY) for _ in range(5)]
    Lead.objects.update(due_at=None)
    due.refresh()
    assert {due_at(lead) for lead in leads} == {MONDAY + timedelta(hours=6)}
