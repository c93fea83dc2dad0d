"""Undo and override: how a wrong move is put right without erasing anything."""

from datetime import timedelta

import pytest

from leads import moves
from leads.lines import Given
from leads.models import Lead, StageChange
from leads.refusals import IllegalStep, MissingFacts, NoSuchLead, NotYours, WrongTime
from tests.factories import make_lead, reason


def standing(lead):
    lead = Lead.objects.get(pk=lead.pk)
    return lead.stage, lead.cycle, lead.stage_since, lead.owner_id


def test_undo_restores_stage_cycle_time_and_owner_and_keeps_both_lines(sam, now):
    lead = make_lead("mql")
    before = standing(lead)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    line = moves.undo(lead_id=lead.pk, by=sam, at=now + timedelta(minutes=5))
    assert standing(lead) == before
    assert (line.sequence, line.voids, line.step) == (3, 2, "undo")
    assert StageChange.objects.filter(lead=lead).count() == 3
    assert [one.sequence for one in StageChange.objects.filter(lead=lead).valid()] == [1]


def test_undo_of_a_reject_returns_to_the_first_cycle(sam, now):
    lead = make_lead("mql", owner=sam)
    moves.move(lead_id=lead.pk, step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    assert standing(lead)[:2] == ("mofu", 2)
    moves.undo(lead_id=lead.pk, by=sam, at=now)
    assert standing(lead)[:2] == ("mql", 1)


def test_the_actor_has_thirty_minutes_and_a_manager_always(sam, max, now):
    lead = make_lead("mql", owner=sam)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    with pytest.raises(NotYours):
        moves.undo(lead_id=lead.pk, by=sam, at=now + timedelta(minutes=31))
    assert moves.undo(lead_id=lead.pk, by=max, at=now + timedelta(days=90)).to_stage == "mql"


def test_nobody_but_a_manager_undoes_another_persons_move(sam, mia, now):
    lead = make_lead("mql", owner=sam)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    with pytest.raises(NotYours):
        moves.undo(lead_id=lead.pk, by=mia, at=now)


def test_a_second_undo_takes_back_the_line_before_and_the_first_line_stays(max, now):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=max, at=now)
    moves.move(lead_id=lead.pk, step="lose", by=max, at=now, given=Given(reason=reason("lose")))
    moves.undo(lead_id=lead.pk, by=max, at=now)
    assert moves.undo(lead_id=lead.pk, by=max, at=now).voids == 2
    with pytest.raises(IllegalStep, match="began"):
        moves.undo(lead_id=lead.pk, by=max, at=now)


def test_undo_leaves_a_fact_that_was_changed_since(max, now):
    lead = make_lead("sal")
    given = Given(amount=500, currency="USD", expected_close_on=now.date(), urgency="low")
    moves.move(lead_id=lead.pk, step="confirm", by=max, at=now, given=given)
    Lead.objects.filter(pk=lead.pk).update(urgency="high")
    moves.undo(lead_id=lead.pk, by=max, at=now)
    after = Lead.objects.get(pk=lead.pk)
    assert (after.amount, after.currency, after.urgency, after.expected_close_on) == (None, "", "high", None)


def test_after_an_undo_the_next_move_may_lie_before_the_undone_one(max, now):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=max, at=now)
    moves.undo(lead_id=lead.pk, by=max, at=now)
    line = moves.move(lead_id=lead.pk, step="accept", by=max, at=now, occurred_at=now - timedelta(hours=1))
    assert line.sequence == 4


def test_override_goes_anywhere_with_a_reason_and_a_step_back_opens_a_cycle(ada, now):
    lead = make_lead("sql")
    with pytest.raises(MissingFacts):
        moves.override(lead_id=lead.pk, to="mofu", by=ada, at=now)
    line = moves.override(lead_id=lead.pk, to="mofu", by=ada, at=now, given=Given(note="typed in twice"))
    assert (line.step, line.cycle, line.note) == ("override", 2, "typed in twice")
    forward = moves.override(lead_id=lead.pk, to="won", by=ada, at=now, given=Given(note="signed"))
    assert forward.cycle == 2
    assert moves.override(lead_id=lead.pk, to="lost", by=ada, at=now, given=Given(note="no")).cycle == 3


def test_override_needs_the_permission_another_stage_and_a_sane_time(ada, max, now):
    lead = make_lead("sql")
    with pytest.raises(NotYours):
        moves.override(lead_id=lead.pk, to="won", by=max, at=now, given=Given(note="please"))
    for to in ("sql", "nowhere"):
        with pytest.raises(IllegalStep):
            moves.override(lead_id=lead.pk, to=to, by=ada, at=now, given=Given(note="x"))
    with pytest.raises(WrongTime):
        moves.override(
            lead_id=lead.pk, to="won", by=ada, at=now, occurred_at=now + timedelta(days=1), given=Given(note="x")
        )


def test_whoever_disqualified_an_unowned_offer_can_take_it_back_though_it_left_their_sight(sam, eve, now):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="disqualify", by=sam, at=now, given=Given(reason=reason("disqualify")))
    assert not Lead.objects.get(pk=lead.pk).is_visible_to(sam)
    with pytest.raises(NoSuchLead):
        moves.undo(lead_id=lead.pk, by=eve, at=now)
    assert moves.undo(lead_id=lead.pk, by=sam, at=now).to_stage == "mql"


def test_the_next_cycle_starts_without_the_last_ones_deal_and_an_undo_brings_it_back(max, now):
    lead = make_lead("sql")
    wake = now.date() + timedelta(days=60)
    moves.move(lead_id=lead.pk, step="recycle", by=max, at=now, given=Given(reason=reason("recycle"), wake_on=wake))
    after = Lead.objects.get(pk=lead.pk)
    assert (after.amount, after.currency, after.urgency, after.wake_on) == (None, "", "", wake)
    moves.undo(lead_id=lead.pk, by=max, at=now)
    before = Lead.objects.get(pk=lead.pk)
    assert (before.amount, before.currency, before.urgency, before.wake_on) == (1000, "USD", "normal", None)


def test_amount_and_currency_go_back_together_or_not_at_all(max, now):
    lead = make_lead("sal")
    given = Given(amount=500, currency="USD", expected_close_on=now.date(), urgency="low")
    moves.move(lead_id=lead.pk, step="confirm", by=max, at=now, given=given)
    Lead.objects.filter(pk=lead.pk).update(amount=2000)
    moves.undo(lead_id=lead.pk, by=max, at=now)
    after = Lead.objects.get(pk=lead.pk)
    assert (after.amount, after.currency) == (2000, "USD")


def test_someone_switched_off_undoes_nothing(sam, now):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    sam.is_active = False
    with pytest.raises(NoSuchLead):
        moves.undo(lead_id=lead.pk, by=sam, at=now)


def test_clocks_that_differ_a_little_refuse_no_move(max, now):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=max, at=now + timedelta(seconds=2))
    line = moves.move(lead_id=lead.pk, step="lose", by=max, at=now, given=Given(reason=reason("lose")))
    assert line.occurred_at == now + timedelta(seconds=2)
    moves.undo(lead_id=lead.pk, by=max, at=now)
    with pytest.raises(WrongTime):
        moves.move(
            lead_id=lead.pk, step="lose", by=max, at=now - timedelta(hours=1), given=Given(reason=reason("lose"))
        )
