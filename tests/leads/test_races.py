"""Many clicks at once: one wins, the rest are told; nothing is written twice."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from funnel import journeys
from funnel.verify import verify
from leads import merging, moves
from leads.lines import Given
from leads.merging import MergedAlready, MergeRefused, merge
from leads.models import Consent, Lead, Merge, StageChange, Unapplied
from leads.refusals import LostRace, MoveRefused
from leads.standing import lock_leads
from tests.conftest import CLICKS
from tests.factories import make_lead, reason


def at_once(work, count=CLICKS):
    """Run `work(number)` in `count` threads that start together; returns their results or refusals."""
    barrier = Barrier(count)

    def run(number):
        try:
            barrier.wait(timeout=30)
            return work(number)
        except (MoveRefused, MergeRefused) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("version", [None, 1])
def test_fifty_clicks_on_one_lead_write_one_line(roomy_pool, sam, now, version):
    lead = make_lead("mql", owner=sam)
    results = at_once(lambda _: moves.move(lead_id=lead.pk, step="accept", by=sam, at=now, expected_version=version))
    refused = [result for result in results if isinstance(result, MoveRefused)]
    assert len(refused) == CLICKS - 1
    assert {result.code for result in refused} == {"stale_version" if version else "illegal_step"}
    assert StageChange.objects.filter(lead=lead).count() == 2
    assert Unapplied.objects.filter(lead=lead).count() == 2
    assert Lead.objects.get(pk=lead.pk).version == 2


@pytest.mark.django_db(transaction=True)
def test_fifty_undos_take_back_one_move(roomy_pool, max, now):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=max, at=now)
    results = at_once(lambda _: moves.undo(lead_id=lead.pk, by=max, at=now))
    assert sum(not isinstance(result, MoveRefused) for result in results) == 1
    assert StageChange.objects.filter(lead=lead, voids__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_bulk_moves_in_opposite_order_do_not_deadlock(roomy_pool, max, now):
    leads = [make_lead("sql").pk for _ in range(20)]
    lost = Given(reason=reason("lose"))
    results = at_once(
        lambda number: moves.move_many(
            lead_ids=leads if number % 2 else leads[::-1], step="lose", by=max, at=now, given=lost
        ),
        count=8,
    )
    assert sum(result.line is not None for moved in results for result in moved) == 20


@pytest.mark.django_db(transaction=True)
def test_a_lead_somebody_holds_is_a_lost_race_that_names_the_legal_steps(sam, now):
    lead = make_lead("mql", owner=sam)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Lead.objects.select_for_update().get(pk=lead.pk)

        def click():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '100ms'")
                with pytest.raises(LostRace) as refused:
                    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")
                return [offer.step for offer in refused.value.legal]
            finally:
                connection.close()

        assert "accept" in pool.submit(click).result(timeout=30)


@pytest.mark.django_db(transaction=True)
def test_a_consent_withdrawn_while_a_move_waits_for_its_lead_counts(mia, now):
    lead = make_lead("tofu")

    def click():
        try:
            return moves.move(lead_id=lead.pk, step="engage", by=mia, at=now)
        except MoveRefused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Lead.objects.select_for_update().get(pk=lead.pk)
            moving = pool.submit(click)
            wait_until_somebody_waits()
            Consent.objects.create(
                lead=lead, purpose="contact", number=2, granted=False, wording="1", source="mail", occurred_at=now
            )
        refused = moving.result(timeout=30)
    assert refused.code == "missing_facts"
    assert [fact.name for fact in refused.missing] == ["consent"]


@pytest.mark.django_db(transaction=True)
def test_twenty_who_merge_one_lead_at_once_merge_it_once(roomy_pool, max, now):
    first, second, absorbed = (make_lead().pk for _ in range(3))
    results = at_once(
        lambda number: merge(survivor_id=second if number % 2 else first, absorbed_id=absorbed, by=max, at=now),
        count=20,
    )
    assert sum(isinstance(result, Merge) for result in results) == 1
    assert all(isinstance(result, Merge | MergedAlready) for result in results)
    assert Merge.objects.count() == 1
    assert verify(at=now).differences == []


@pytest.mark.django_db(transaction=True)
def test_leads_merged_crosswise_at_once_make_no_circle(roomy_pool, max, now):
    leads = [make_lead().pk for _ in range(4)]
    results = at_once(
        lambda number: merge(survivor_id=leads[number % 4], absorbed_id=leads[(number + 1) % 4], by=max, at=now),
        count=20,
    )
    assert all(isinstance(result, Merge | MergedAlready) for result in results)
    assert all(merging.survivor_of(number) is not None for number in leads)
    assert Lead.objects.filter(merged_into=None).count() == 4 - Merge.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_move_and_a_merge_of_one_lead_at_once_leave_numbers_that_are_right(roomy_pool, max, now):
    pairs = [(make_lead("mql").pk, make_lead("mql").pk) for _ in range(10)]

    def click(number):
        survivor, absorbed = pairs[number // 2]
        if number % 2:
            return moves.move(lead_id=absorbed, step="accept", by=max, at=now)
        return merge(survivor_id=survivor, absorbed_id=absorbed, by=max, at=now)

    results = at_once(click, count=20)
    assert all(isinstance(result, Merge) for result in results[::2])
    assert not any(isinstance(result, LostRace) for result in results)
    assert verify(at=now).differences == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_counts_before_a_merge_is_committed_counts_again(max, now):
    survivor, absorbed = make_lead().pk, make_lead().pk
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            merge(survivor_id=survivor, absorbed_id=absorbed, by=max, at=now)
            pool.submit(closing(journeys.apply_waiting)).result(timeout=30)
        pool.submit(closing(journeys.apply_waiting)).result(timeout=30)
    assert verify(at=now).differences == []


@pytest.mark.django_db(transaction=True)
def test_an_amount_corrected_while_its_lead_is_counted_waits_for_no_circle(now):
    """The worker's new journey refers to the lead; whoever holds the lead waits for the worker's row of the outbox."""
    lead = make_lead("sql").pk

    def correct():
        with transaction.atomic():
            lock_leads([lead], step="edit")
            Lead.objects.filter(pk=lead).update(amount=5)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            journeys.apply_some()
            correcting = pool.submit(closing(correct))
            wait_until_somebody_waits()
        correcting.result(timeout=30)
    assert Unapplied.objects.filter(lead=lead).exists()
    assert verify(at=now).differences == []


def closing(work):
    """The work, done on a connection of the thread's own that is closed after it."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    return run


def wait_until_somebody_waits():
    """Until another session of this database waits for a lock."""
    for _ in range(300):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
