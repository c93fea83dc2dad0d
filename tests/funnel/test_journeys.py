"""From the log to journeys: every shape a lead's life can take, counted once."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection

from funnel import journeys
from funnel.columns import LOST, OPEN, RECYCLED
from funnel.models import Journey, Term
from funnel.rebuild import rebuild
from funnel.verify import verify
from leads import moves
from leads.lines import Given
from leads.models import Lead, Unapplied
from tests.factories import DEAL, START, make_lead, reason


def derived(lead):
    journeys.apply_waiting()
    return list(Journey.objects.filter(lead=lead).order_by("cycle"))


def test_a_fresh_lead_has_one_open_journey(lead):
    [journey] = derived(lead)
    assert (journey.cycle, journey.outcome, journey.tofu_at, journey.mofu_at) == (1, OPEN, START, None)
    assert not Unapplied.objects.exists()


def test_a_fast_track_implies_what_it_skips(lead, mia, now):
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
    [journey] = derived(lead)
    assert (journey.mofu_at, journey.bofu_at, journey.mql_at) == (now, now, now)
    assert journey.implied == 0b0110
    assert journey.sal_at is None


def test_a_reject_closes_one_cycle_as_recycled_and_opens_the_next(sam, now):
    lead = make_lead("mql", owner=sam)
    moves.move(lead_id=lead.pk, step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    first, second = derived(lead)
    assert (first.outcome, first.ended_at, first.ended_by, first.end_reason) == (
        RECYCLED, now, "reject", reason("reject"),
    )  # fmt: skip
    assert (second.cycle, second.outcome, second.mofu_at, second.mql_at) == (2, OPEN, now, None)


def test_a_recycle_after_a_loss_keeps_the_loss(max, now):
    lead = make_lead("sql")
    moves.move(lead_id=lead.pk, step="lose", by=max, at=now, given=Given(reason=reason("lose")))
    moves.move(lead_id=lead.pk, step="recycle", by=max, at=now, given=Given(reason=reason("recycle")))
    first, second = derived(lead)
    assert (first.outcome, first.lost_at, first.ended_by) == (LOST, now, "lose")
    assert second.outcome == OPEN


def test_an_undone_move_counts_nowhere_and_its_cycle_vanishes(sam, now):
    lead = make_lead("mql", owner=sam)
    before = derived(lead)
    moves.move(lead_id=lead.pk, step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    assert len(derived(lead)) == 2
    moves.undo(lead_id=lead.pk, by=sam, at=now)
    after = derived(lead)
    assert [(one.cycle, one.outcome, one.mql_at) for one in after] == [
        (one.cycle, one.outcome, one.mql_at) for one in before
    ]


def test_dimensions_are_those_at_entry_whatever_changes_later(mia, now):
    lead = make_lead("tofu", source="webinar")
    Lead.objects.filter(pk=lead.pk).update(source="partner")
    moves.move(lead_id=lead.pk, step="engage", by=mia, at=now)
    [journey] = derived(lead)
    assert Term.objects.get(pk=journey.source).value == "webinar"


def test_the_owner_of_a_stage_is_the_one_at_its_entry(sam, alex, max, now):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    moves.move(lead_id=lead.pk, step="confirm", by=sam, at=now, given=Given(owner=alex, **DEAL))
    [journey] = derived(lead)
    assert journey.owners == [0, 0, 0, 0, sam.pk, alex.pk, 0]
    assert journey.teams[4:6] == [sam.team_id, alex.team_id]


@pytest.mark.django_db
def test_a_close_without_any_stage_before_has_passed_the_first():
    [journey] = derived(make_lead("lost"))
    assert (journey.tofu_at, journey.lost_at, journey.mofu_at, journey.implied) == (START, START, None, 1)


def test_applying_twice_changes_nothing(lead, mia, now):
    moves.move(lead_id=lead.pk, step="engage", by=mia, at=now)
    first = derived(lead)
    assert journeys.apply_waiting() == 0
    rebuild()
    assert list(Journey.objects.values_list()) == list(Journey.objects.values_list())
    assert [one.mofu_at for one in derived(lead)] == [one.mofu_at for one in first]


def test_small_batches_count_everything(mia, now):
    leads = [make_lead("mofu") for _ in range(25)]
    moves.move_many(lead_ids=[lead.pk for lead in leads], step="consider", by=mia, at=now)
    assert journeys.apply_waiting(batch=1) == 50
    assert Journey.objects.filter(bofu_at=now).count() == 25


def test_verify_tells_a_journey_that_was_tampered_with(lead, mia, now):
    moves.move(lead_id=lead.pk, step="engage", by=mia, at=now)
    assert not verify(at=now + timedelta(days=1)).differences
    Journey.objects.filter(lead=lead).update(mofu_at=None)
    assert verify(at=now + timedelta(days=1)).differences
    rebuild()
    assert not verify(at=now + timedelta(days=1)).differences


@pytest.mark.django_db(transaction=True)
def test_many_workers_side_by_side_count_each_line_once(mia, now):
    leads = [make_lead("mofu") for _ in range(40)]

    def work():
        try:
            for _ in range(20):
                journeys.apply_waiting(batch=3)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for lead in leads:
        moves.move(lead_id=lead.pk, step="consider", by=mia, at=now)
        moves.undo(lead_id=lead.pk, by=mia, at=now)
        moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
    for worker in workers:
        worker.join()
    assert not verify(at=now).differences
    assert Journey.objects.filter(mql_at=now).count() == 40
