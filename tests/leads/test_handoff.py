"""Who is told of an offer and of its rejection, and the thread that sales and marketing share about it."""

from datetime import timedelta

import pytest

from leads import edits, handoff, moves, talking, undoing
from leads.lines import Given
from leads.models import Lead, Notice, RoutingRule
from leads.refusals import NoSuchLead
from tests.factories import DEAL, make_lead, reason

HOUR = timedelta(hours=1)


@pytest.fixture
def routed(sam):
    """Every offer goes to Sam, the only SDR of his team."""
    return RoutingRule.objects.create(name="all", team=sam.team)


def offer(by, at, lead=None):
    lead = lead or make_lead("bofu")
    moves.move(lead_id=lead.pk, step="qualify", by=by, at=at)
    return lead


def reject(lead, by, at, note=""):
    given = Given(reason=reason("reject", "bad-data"), note=note)
    return moves.move(lead_id=lead.pk, step="reject", by=by, at=at, given=given)


def told(user):
    return [(notice.kind, notice.lead_id, notice.count) for notice in Notice.objects.filter(user=user).order_by("pk")]


def fresh(lead):
    return Lead.objects.get(pk=lead.pk)


def test_the_owner_is_told_of_an_offer(routed, sam, mia, now):
    lead = offer(mia, now)
    assert told(sam) == [("offer", lead.pk, 1)]
    assert Notice.objects.get().by == mia


def test_nobody_is_told_of_an_offer_that_nobody_got_nor_of_ones_own(sam, max, now):
    offer(None, now)
    max.is_superuser = True  # and so may override
    moves.override(lead_id=make_lead().pk, to="mql", by=max, at=now, given=Given(note="x", owner=max))
    assert not Notice.objects.exists()


def test_three_offers_at_once_are_named_and_more_are_counted(routed, sam, mia, now):
    three, four = ([make_lead("bofu").pk for _ in range(count)] for count in (3, 4))
    moves.move_many(lead_ids=three, step="qualify", by=mia, at=now)
    moves.move_many(lead_ids=four, step="qualify", by=mia, at=now)
    assert told(sam) == [*(("offer", number, 1) for number in three), ("offer", None, 4)]


def test_who_offered_is_told_that_sales_rejected_and_why(routed, sam, mia, now):
    lead = offer(mia, now)
    reject(lead, sam, now + HOUR)
    [notice] = Notice.objects.filter(user=mia)
    assert (notice.kind, notice.lead, notice.by) == ("rejected", lead, sam)
    assert handoff.reasons_told([notice]) == {notice.pk: "Contact data is wrong"}


def test_only_the_offer_of_the_rejected_cycle_counts(routed, sam, mia, max, now):
    lead = offer(mia, now)
    reject(lead, sam, now + HOUR)
    moves.move(lead_id=lead.pk, step="consider", by=None, at=now + 2 * HOUR)
    offer(None, now + 3 * HOUR, lead)
    reject(lead, sam, now + 4 * HOUR)
    assert [kind for kind, _, _ in told(mia)] == ["rejected"]


def test_many_rejections_at_once_are_counted(routed, sam, mia, max, now):
    leads = [offer(mia, now).pk for _ in range(5)]
    moves.move_many(lead_ids=leads, step="reject", by=max, at=now, given=Given(reason=reason("reject")))
    assert told(mia) == [("rejected", None, 5)]


def test_an_undo_takes_back_what_was_not_read_yet(routed, sam, mia, now):
    lead = offer(mia, now)
    moves.undo(lead_id=lead.pk, by=mia, at=now)
    assert told(sam) == []
    offer(mia, now, lead)
    Notice.objects.update(read_at=now)
    moves.undo(lead_id=lead.pk, by=mia, at=now)
    assert told(sam) == [("offer", lead.pk, 1)]


def test_whoever_is_given_a_lead_by_a_step_is_told_until_it_is_undone(sam, max, now):
    lead = make_lead("sal", owner=max)
    moves.move(lead_id=lead.pk, step="confirm", by=max, at=now, given=Given(owner=sam, **DEAL))
    assert told(sam) == [("given", lead.pk, 1)]
    moves.undo(lead_id=lead.pk, by=max, at=now)
    assert (told(sam), told(max)) == ([], [])


def test_whoever_is_given_a_lead_by_hand_is_told_until_it_is_undone(sam, max, now):
    lead = make_lead("sal", owner=max)
    edit = edits.set_facts(lead_id=lead.pk, facts={"owner_id": sam.pk}, by=max, at=now)
    assert told(sam) == [("given", lead.pk, 1)]
    undoing.undo(edit_id=edit.pk, by=max, at=now)
    assert told(sam) == []
    edits.set_facts(lead_id=lead.pk, facts={"owner_id": None}, by=max, at=now)
    edits.set_facts(lead_id=lead.pk, facts={"owner_id": max.pk}, by=max, at=now)
    assert told(max) == []


def test_a_refused_move_tells_nobody(routed, sam, mia, now):
    moves.move_many(lead_ids=[make_lead("bofu", consent=False).pk], step="qualify", by=mia, at=now)
    assert not Notice.objects.exists()


def test_an_sdr_who_rejects_an_offer_nobody_owned_keeps_sight_of_it(sam, eve, now):
    lead = make_lead("mql")
    reject(lead, sam, now)
    assert fresh(lead).owner == sam
    assert fresh(lead).is_visible_to(sam)
    assert not fresh(lead).is_visible_to(eve)


def test_a_manager_who_rejects_one_does_not_take_it(max, now):
    lead = make_lead("mql")
    reject(lead, max, now)
    assert fresh(lead).owner is None


def test_a_lead_never_rejected_has_no_thread(routed, mia, now):
    assert handoff.thread_of(offer(mia, now)) is None


def test_the_rejection_and_its_note_begin_the_thread(routed, sam, mia, now):
    lead = offer(mia, now)
    reject(lead, sam, now + HOUR, note="the number is a fax")
    thread = handoff.thread_of(fresh(lead))
    assert (thread.cycle, thread.rejection.note, thread.rejection.reason.code) == (1, "the number is a fax", "bad-data")
    assert (thread.offer.by, thread.participants, thread.notes) == (mia, [mia, sam], [])
    assert thread.waits_for == "marketing"


def test_both_sides_write_in_turn_and_are_told(routed, sam, mia, max, now):
    lead = offer(mia, now)
    reject(lead, sam, now + HOUR)
    talking.write(lead_id=lead.pk, text="Try the mobile", by=mia, at=now + 2 * HOUR, cycle=1)
    assert handoff.thread_of(fresh(lead)).waits_for == "sales"
    assert told(sam)[-1] == ("reply", lead.pk, 1)
    talking.write(lead_id=lead.pk, text="There is none", by=sam, at=now + 3 * HOUR, cycle=1)
    thread = handoff.thread_of(fresh(lead))
    assert (thread.waits_for, [note.text for note in thread.notes]) == (
        "marketing",
        ["Try the mobile", "There is none"],
    )
    assert told(mia)[-1] == ("reply", lead.pk, 1)


def test_a_note_outside_the_thread_is_no_part_of_it(routed, sam, mia, now):
    lead = offer(mia, now)
    reject(lead, sam, now)
    talking.write(lead_id=lead.pk, text="Elsewhere", by=mia, at=now)
    assert handoff.thread_of(fresh(lead)).notes == []


def test_whoever_sees_the_lead_may_write_and_a_stranger_not(routed, sam, mia, eve, max, now):
    lead = offer(mia, now)
    reject(lead, sam, now)
    thread = handoff.thread_of(fresh(lead))
    assert [thread.may_write(user) for user in (sam, mia, max, eve)] == [True, True, True, False]
    with pytest.raises(NoSuchLead):
        talking.write(lead_id=lead.pk, text="Hello", by=eve, at=now, cycle=1)


def test_the_next_offer_closes_the_thread_and_a_rejection_opens_another(routed, sam, mia, now):
    lead = offer(mia, now)
    reject(lead, sam, now)
    talking.write(lead_id=lead.pk, text="Mended", by=mia, at=now, cycle=1)
    offer(mia, now + HOUR, lead)
    closed = handoff.thread_of(fresh(lead))
    assert (closed.is_open, closed.may_write(sam), len(closed.notes)) == (False, False, 1)
    reject(lead, sam, now + 2 * HOUR)
    assert handoff.thread_of(fresh(lead)).cycle == 2
    assert [note.text for note in handoff.thread_of(fresh(lead), cycle=1).notes] == ["Mended"]


def test_an_undone_rejection_has_no_thread(routed, sam, mia, now):
    lead = offer(mia, now)
    reject(lead, sam, now)
    moves.undo(lead_id=lead.pk, by=sam, at=now)
    assert handoff.thread_of(fresh(lead)) is None


def test_a_thread_costs_two_queries_however_long_it_is(routed, sam, mia, now, django_assert_num_queries):
    lead = offer(mia, now)
    reject(lead, sam, now)
    for number in range(12):
        talking.write(lead_id=lead.pk, text="x", by=(sam, mia)[number % 2], at=now, cycle=1)
    with django_assert_num_queries(2):
        assert len(handoff.thread_of(lead).notes) == 12


def test_telling_costs_the_same_for_many(routed, sam, mia, max, now, django_assert_max_num_queries):
    leads = [offer(mia, now).pk for _ in range(20)]
    with django_assert_max_num_queries(8):
        moves.move_many(lead_ids=leads, step="reject", by=max, at=now, given=Given(reason=reason("reject")))
