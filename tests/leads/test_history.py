"""How parts of a history become one, and what recording a part does to the log."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from django.db import transaction

from leads import history, moves
from leads.importing.arranging import Entry, arrange, one_pass
from leads.ledger import NewLead
from leads.lines import Given
from leads.models import Lead, StageChange, Unapplied
from tests.factories import make_lead, reason
from tests.leads.importing import log_of

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def entry(stage, text=None, origin="a", late=False):
    return Entry(stage, day(text) if text else None, late, origin)


def arranged(*entries):
    return [(one.stage, f"{one.at:%m-%d}", one.timing) for one in arrange(list(entries), at=NOW)]


def recorded(lead, *entries, origin="a", at=NOW):
    with transaction.atomic():
        plan = history.plan({lead.pk: list(entries)}, origin=origin, at=at)[lead.pk]
        if isinstance(plan, history.Plan):
            history.carry_out([plan], origin=origin, at=at)
    return plan


def test_parts_are_ordered_by_time_whichever_came_first():
    parts = [entry("mql", "2020-01-01"), entry("sal", "2020-02-01", "b"), entry("won", "2020-03-01", "c")]
    wanted = [("mql", "01-01", "exact"), ("sal", "02-01", "exact"), ("won", "03-01", "exact")]
    assert all(arranged(*order) == wanted for order in permutations(parts))


def test_a_close_before_the_first_contact_stays_in_the_order_of_stages():
    parts = [entry("mql", "2020-02-01"), entry("sql", "2020-03-01"), entry("won", "2020-01-15", "deals")]
    wanted = [("mql", "02-01", "exact"), ("sql", "03-01", "exact"), ("won", "03-01", "clamped")]
    assert all(arranged(*order) == wanted for order in permutations(parts))


def test_a_bare_closing_date_on_the_day_of_the_step_before_it_is_not_a_reopening():
    parts = [entry("mql", "2020-02-01"), entry("sql", "2020-03-01 14:30"), entry("won", "2020-03-01", "deals")]
    assert arranged(*parts) == [("mql", "02-01", "exact"), ("sql", "03-01", "exact"), ("won", "03-01", "clamped")]


def test_a_history_that_reopens_the_lead_itself_is_believed():
    parts = [entry("lost", "2020-01-01"), entry("mofu", "2020-02-01")]
    assert arranged(*parts) == [("lost", "01-01", "exact"), ("mofu", "02-01", "exact")]


def test_an_undated_stage_takes_the_time_of_the_next_known_one():
    assert arranged(entry("sal"), entry("won", "2020-01-01")) == [
        ("sal", "01-01", "assumed"),
        ("won", "01-01", "exact"),
    ]
    assert arranged(entry("mql", "2020-01-01"), entry("sal")) == [
        ("mql", "01-01", "exact"),
        ("sal", "01-01", "assumed"),
    ]
    assert arranged(entry("sal")) == [("sal", "03-04", "assumed")]


def test_a_dated_stage_is_better_than_the_same_one_undated():
    assert arranged(entry("sal"), entry("sal", "2020-01-01", "b")) == [("sal", "01-01", "exact")]


def test_the_same_stage_twice_in_a_row_is_one_stay():
    parts = [entry("sql", "2020-01-01"), entry("sql", "2020-02-01"), entry("won", "2020-03-01")]
    assert arranged(*parts) == [("sql", "01-01", "exact"), ("won", "03-01", "exact")]


def test_one_pass_marks_what_is_dated_before_a_lower_stage():
    found = one_pass([entry("won", "2020-01-01"), entry("mql", "2020-02-01"), entry("sal", "2020-01-15")])
    assert [(one.stage, one.late) for one in found] == [("mql", False), ("sal", True), ("won", True)]
    assert arranged(*found) == [("mql", "02-01", "exact"), ("sal", "02-01", "clamped"), ("won", "02-01", "clamped")]


def test_one_pass_keeps_lost_and_then_won_in_their_order():
    found = one_pass([entry("won", "2020-03-01"), entry("lost", "2020-02-01")])
    assert [(one.stage, one.late) for one in found] == [("lost", False), ("won", False)]


@pytest.mark.django_db
class TestRecording:
    @pytest.fixture
    def imported(self):
        """A lead opened by the import `a` at MQL, engaged at SQL."""
        new = NewLead(occurred_at=NOW, recorded_at=NOW, source="web")
        placed = arrange([entry("mql", "2020-01-01"), entry("sql", "2020-02-01")], at=NOW)
        with transaction.atomic():
            history.begin([(new, placed)], at=NOW)
        return Lead.objects.get(pk=new.id)

    def test_the_same_part_twice_writes_nothing(self, imported):
        plan = recorded(imported, entry("mql", "2020-01-01"), entry("sql", "2020-02-01"))
        assert not plan.changes
        assert StageChange.objects.filter(lead=imported).count() == 2

    def test_another_part_is_appended(self, imported):
        recorded(imported, entry("won", "2020-03-01"), origin="b")
        assert StageChange.objects.filter(lead=imported).count() == 3
        assert log_of(imported)[-1] == (1, "won", "2020-03-01", "exact")
        lead = Lead.objects.get(pk=imported.pk)
        assert (lead.stage, lead.version, lead.stage_since) == ("won", 3, day("2020-03-01"))

    def test_a_correction_takes_back_from_the_first_difference_on(self, imported):
        recorded(imported, entry("won", "2020-03-01"), origin="b")
        recorded(imported, entry("mql", "2020-01-01"), entry("sql", "2020-02-15"))
        assert log_of(imported) == [
            (1, "mql", "2020-01-01", "exact"), (1, "sql", "2020-02-15", "exact"), (1, "won", "2020-03-01", "exact"),
        ]  # fmt: skip
        undone = (
            StageChange.objects.filter(lead=imported, step="undo").order_by("sequence").values_list("voids", "origin")
        )
        assert list(undone) == [(3, "a"), (2, "a")]
        origins = (
            StageChange.objects.filter(lead=imported).valid().order_by("sequence").values_list("origin", flat=True)
        )
        assert list(origins) == ["a", "a", "b"]
        assert Unapplied.objects.filter(lead=imported).count() == StageChange.objects.filter(lead=imported).count()

    def test_an_earlier_first_line_begins_the_log_anew(self, imported):
        recorded(imported, entry("tofu", "2019-12-01"), origin="b")
        assert log_of(imported)[0] == (1, "tofu", "2019-12-01", "exact")
        first = StageChange.objects.filter(lead=imported).valid().order_by("sequence").first()
        assert (first.from_stage, first.cycle, first.entry["source"]) == ("", 1, "web")
        assert StageChange.objects.filter(lead=imported).valid().filter(entry__isnull=False).count() == 1
        again = recorded(imported, entry("tofu", "2019-12-01"), origin="b")
        assert not again.changes

    def test_a_step_back_opens_a_cycle(self, imported):
        recorded(imported, entry("mofu", "2020-06-01"), origin="b")
        assert log_of(imported)[-1] == (2, "mofu", "2020-06-01", "exact")
        assert StageChange.objects.get(lead=imported, sequence=3).entry is not None

    def test_both_orders_of_two_parts_end_alike(self, imported):
        recorded(imported, entry("won", "2019-06-01"), origin="deals")
        wanted = log_of(imported)
        assert wanted[-1] == (1, "won", "2020-02-01", "clamped")
        new = NewLead(occurred_at=NOW, recorded_at=NOW)
        with transaction.atomic():
            history.begin([(new, arrange([entry("won", "2019-06-01", "deals")], at=NOW))], at=NOW)
        second = Lead.objects.get(pk=new.id)
        recorded(second, entry("mql", "2020-01-01"), entry("sql", "2020-02-01"))
        assert log_of(second) == wanted
        assert not recorded(second, entry("won", "2019-06-01"), origin="deals").changes

    def test_a_lead_moved_by_hand_since_keeps_its_lines(self, imported, alex, max):
        Lead.objects.filter(pk=imported.pk).update(owner=alex, amount=5, currency="USD")
        moves.move(lead_id=imported.pk, step="win", by=alex, at=NOW)
        refused = recorded(imported, entry("mql", "2020-01-01"), entry("sql", "2020-02-02"))
        assert isinstance(refused, history.MovedByHand)
        assert "moved by hand since" in str(refused)
        assert log_of(imported)[-1][1] == "won"
        assert not recorded(imported, entry("mql", "2020-01-01"), entry("sql", "2020-02-01")).changes

    def test_what_happened_after_a_move_by_hand_is_appended(self, imported, max):
        moves.move(lead_id=imported.pk, step="lose", by=max, at=NOW, given=Given(reason=reason("lose")))
        later = NOW.replace(month=5)
        part = [entry("mql", "2020-01-01"), entry("sql", "2020-02-01"), Entry("mofu", NOW.replace(month=4))]
        assert recorded(imported, *part, at=later).changes
        assert log_of(imported)[-1] == (2, "mofu", "2026-04-04", "exact")
        assert not recorded(imported, *part, at=later).changes

    def test_history_taken_back_by_hand_stays_taken_back(self, imported, max):
        moves.undo(lead_id=imported.pk, by=max, at=NOW)
        refused = recorded(imported, entry("mql", "2020-01-01"), entry("sql", "2020-02-01"))
        assert isinstance(refused, history.MovedByHand)
        assert [line[1] for line in log_of(imported)] == ["mql"]

    def test_a_lead_opened_by_hand_gets_what_came_after(self):
        lead = make_lead("tofu", at=day("2020-01-01"))
        recorded(lead, entry("mql", "2020-02-01"))
        assert [line[1] for line in log_of(lead)] == ["tofu", "mql"]
        assert isinstance(recorded(lead, entry("mql", "2019-02-01"), origin="b"), history.MovedByHand)
