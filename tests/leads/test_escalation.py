"""Limits missed and activities due are told exactly once. People work Monday to Friday, 9 to 17; MQL is due in 8 h."""

from datetime import timedelta

import pytest
from django.db import connection

from leads import escalation, moves, people, working
from leads.lines import Given
from leads.models import Lead, Notice, StagePolicy, Team, User, WorkingHours
from leads.roles import Role
from leads.tasks import tell_in_time
from tests.conftest import person
from tests.factories import make_lead, reason
from tests.leads.test_races import at_once

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def offered(sam, now):
    """An offer of Wednesday noon to Sam: due on Thursday at 12, escalated after four more hours, at 16."""
    return make_lead("mql", owner=sam, at=now)


@pytest.fixture
def small_batches(monkeypatch):
    """Three leads are told of by one statement."""
    fewer = escalation._BREACH.replace(f"LIMIT {escalation.BATCH}", "LIMIT 3")
    assert fewer != escalation._BREACH
    monkeypatch.setattr(escalation, "_BREACH", fewer)


def told(kind=None):
    notices = Notice.objects.filter(kind=kind) if kind else Notice.objects.all()
    return sorted((notice.user.username, notice.kind) for notice in notices.select_related("user"))


def test_the_owner_is_told_when_a_limit_is_missed_and_not_before(offered, max, now):
    assert escalation.escalate(at=now + DAY - SECOND) == 0
    assert escalation.escalate(at=now + DAY) == 1
    notice = Notice.objects.get()
    assert (notice.user.username, notice.kind, notice.lead, notice.at) == ("sam", "breach", offered, now + DAY)


def test_the_manager_is_told_after_so_many_more_working_hours(offered, max, now):
    escalation.escalate(at=now + DAY)
    escalation.escalate(at=now + DAY + 4 * HOUR - SECOND)
    assert told() == [("sam", "breach")]
    escalation.escalate(at=now + DAY + 4 * HOUR)
    assert told() == [("max", "escalated"), ("sam", "breach")]


def test_hours_nobody_works_do_not_escalate(offered, max, now):
    StagePolicy.objects.filter(stage="mql").update(escalate_hours=6)
    escalation.escalate(at=now + DAY)
    escalation.escalate(at=now + DAY + 20 * HOUR)  # Friday, 8 o'clock: five working hours since
    assert told() == [("sam", "breach")]
    escalation.escalate(at=now + DAY + 22 * HOUR)
    assert ("max", "escalated") in told()


def test_every_further_sweep_tells_nothing(offered, max, now):
    late = now + 2 * DAY
    assert escalation.escalate(at=late) == 2
    assert [escalation.escalate(at=late + n * HOUR) for n in range(30)] == [0] * 30


def test_a_step_in_time_is_told_nobody(offered, sam, max, now):
    moves.move(lead_id=offered.pk, step="accept", by=sam, at=now + HOUR)
    assert escalation.escalate(at=now + 2 * DAY) == 0


def test_an_undo_brings_the_breach_back_without_telling_it_again(offered, sam, max, now):
    escalation.escalate(at=now + DAY)
    moves.move(lead_id=offered.pk, step="accept", by=sam, at=now + DAY)
    moves.undo(lead_id=offered.pk, by=sam, at=now + DAY)
    escalation.escalate(at=now + DAY + HOUR)
    assert told() == [("sam", "breach")]


def test_the_next_offer_of_the_same_lead_is_a_breach_of_its_own(offered, sam, mia, now):
    escalation.escalate(at=now + DAY)
    moves.move(lead_id=offered.pk, step="reject", by=sam, at=now + DAY, given=Given(reason=reason("reject")))
    moves.move(lead_id=offered.pk, step="qualify", by=mia, at=now + DAY)
    escalation.escalate(at=now + 2 * DAY)
    assert told("breach") == [("sam", "breach")] * 2


def test_what_nobody_owns_is_told_the_managers_once(max, now):
    person("ruth", Role.MANAGER)
    make_lead("mql", at=now)
    escalation.escalate(at=now + DAY)
    escalation.escalate(at=now + 5 * DAY)
    assert told() == [("max", "breach"), ("ruth", "breach")]


def test_an_owner_who_has_left_leaves_it_to_the_managers(offered, sam, max, now):
    User.objects.filter(pk=sam.pk).update(is_active=False)
    escalation.escalate(at=now + DAY)
    assert told() == [("max", "breach")]


def test_a_team_with_managers_of_its_own_keeps_it_among_them(offered, sam, max, now):
    person("tess", Role.MANAGER, sam.team)
    person("otto", Role.MANAGER, Team.objects.create(name="Other"))
    escalation.escalate(at=now + 2 * DAY)
    assert told("escalated") == [("tess", "escalated")]


def test_a_managers_own_lead_escalates_to_another_and_to_nobody_where_there_is_none(max, now):
    make_lead("mql", owner=max, at=now)
    escalation.escalate(at=now + 2 * DAY)
    assert told() == [("max", "breach")]
    person("ruth", Role.MANAGER)
    escalation.escalate(at=now + 2 * DAY)
    assert told("escalated") == [("ruth", "escalated")]


def test_a_stage_that_never_escalates_stays_with_the_owner(offered, max, now):
    StagePolicy.objects.update(escalate_hours=None)
    escalation.escalate(at=now + 5 * DAY)
    assert told() == [("sam", "breach")]


def test_what_was_missed_long_ago_is_told_nobody(sam, max, now):
    make_lead("mql", owner=sam, at=now - 400 * DAY)
    assert escalation.escalate(at=now) == 0


def test_a_worker_that_was_away_for_days_catches_up(offered, max, now):
    assert escalation.escalate(at=now + 6 * DAY) == 2


def test_merged_and_erased_leads_are_told_nobody(offered, sam, max, now):
    other = make_lead("mql", owner=sam, at=now)
    Lead.objects.filter(pk=other.pk).update(merged_into=offered)
    Lead.objects.filter(pk=offered.pk).update(erased_at=now)
    assert escalation.escalate(at=now + 2 * DAY) == 0


def test_those_nobody_can_be_told_of_hold_nobody_up(sam, now, small_batches):
    """Batches would fill up with leads that no manager is there for."""
    [make_lead("mql", at=now - HOUR) for _ in range(4)]
    make_lead("mql", owner=sam, at=now)
    assert escalation.escalate(at=now + DAY) == 1


def test_more_than_a_batch_is_told_batch_by_batch(sam, now, small_batches):
    [make_lead("mql", owner=sam, at=now) for _ in range(8)]
    assert escalation.escalate(at=now + DAY) == 8


def test_where_nobody_ever_works_nothing_escalates(offered, max, now):
    WorkingHours.objects.all().delete()
    escalation.escalate(at=now + 2 * DAY)
    assert told() == [("sam", "breach")]


def test_a_planned_activity_is_called_to_mind_when_its_time_comes(offered, sam, now):
    working.plan(lead_id=offered.pk, kind="call", due_at=now + HOUR, note="", by=sam, at=now)
    assert escalation.remind(at=now + HOUR - SECOND) == 0
    assert escalation.remind(at=now + HOUR) == 1
    assert escalation.remind(at=now + 2 * HOUR) == 0
    assert told() == [("sam", "reminder")]


def test_a_plan_put_off_is_called_to_mind_anew(offered, sam, now):
    for hours in (1, 3):
        working.plan(lead_id=offered.pk, kind="call", due_at=now + hours * HOUR, note="", by=sam, at=now)
        escalation.remind(at=now + hours * HOUR)
    assert told() == [("sam", "reminder")] * 2


def test_without_an_owner_who_planned_it_last_is_reminded(mia, max, now):
    lead = make_lead("mofu")
    working.plan(lead_id=lead.pk, kind="call", due_at=now + HOUR, note="", by=max, at=now)
    working.plan(lead_id=lead.pk, kind="email", due_at=now + 2 * HOUR, note="", by=mia, at=now)
    escalation.remind(at=now + 2 * HOUR)
    assert told() == [("mia", "reminder")]


def test_a_plan_of_nobody_here_reminds_nobody(db, now):
    lead = make_lead("mofu")
    Lead.objects.filter(pk=lead.pk).update(next_kind="call", next_at=now)
    assert escalation.remind(at=now + HOUR) == 0


@pytest.mark.django_db(transaction=True)
def test_twenty_sweeps_at_once_tell_each_once(roomy_pool, sam, max, now):
    leads = [make_lead("mql", owner=sam, at=now).pk for _ in range(30)]
    at_once(lambda _: escalation.escalate(at=now + 2 * DAY), count=20)
    escalation.escalate(at=now + 2 * DAY)
    assert Notice.objects.filter(user=sam, lead__in=leads, kind="breach").count() == 30
    assert Notice.objects.filter(user=max, lead__in=leads, kind="escalated").count() == 30
    assert Notice.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_sweeps_beside_moves_tell_nobody_twice(roomy_pool, sam, max, now):
    leads = [make_lead("mql", owner=sam, at=now).pk for _ in range(10)]

    def work(number):
        if number % 2:
            return escalation.escalate(at=now + DAY)
        return moves.move(lead_id=leads[number // 2], step="accept", by=sam, at=now + DAY)

    at_once(work, count=20)
    told_of = list(Notice.objects.values_list("lead", flat=True))
    assert len(told_of) == len(set(told_of))


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_batches_loses_and_repeats_nothing(sam, max, now, small_batches, monkeypatch):
    """The first batch is committed when the second dies."""
    [make_lead("mql", owner=sam, at=now) for _ in range(5)]
    tell_some, batches = escalation._tell_some, []

    def dying(*args):
        if batches:
            raise SystemExit
        batches.append(tell_some(*args))
        return batches[-1]

    monkeypatch.setattr(escalation, "_tell_some", dying)
    with pytest.raises(SystemExit):
        escalation.escalate(at=now + DAY)
    assert Notice.objects.count() == 3
    monkeypatch.setattr(escalation, "_tell_some", tell_some)
    assert escalation.escalate(at=now + DAY) == 2


def test_the_task_tells_both(offered, sam, monkeypatch, now):
    working.plan(lead_id=offered.pk, kind="call", due_at=now + HOUR, note="", by=sam, at=now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + DAY)
    tell_in_time()
    assert told() == [("sam", "breach"), ("sam", "reminder")]


def test_a_sweep_reads_no_lead_that_is_not_due(sam, now):
    """Along the index of what is due, not through the table."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        params = {"at": now, "earliest": now - DAY}
        for statement, index in ((escalation._BREACH, "lead_due"), (escalation._REMINDER, "lead_planned")):
            cursor.execute(f"EXPLAIN {statement}", params)
            assert index in str(cursor.fetchall())


@pytest.mark.parametrize("hand_over", [True, False])
def test_a_breach_whose_owner_has_left_goes_on_to_the_managers(sam, max, ada, now, hand_over):
    make_lead("mql", owner=sam, at=now)
    escalation.escalate(at=now + DAY)
    assert told() == [("sam", "breach")]
    people.switch_off(user_id=sam.pk, hand_over=hand_over, to=None, by=ada, at=now + DAY)
    for hours in range(1, 100):
        escalation.escalate(at=now + DAY + timedelta(hours=hours))
    assert told() == [("max", "escalated"), ("sam", "breach")]


def test_what_nobody_owned_from_the_start_is_told_its_managers_once(max, now):
    make_lead("mql", at=now)
    for hours in range(1, 100):
        escalation.escalate(at=now + timedelta(hours=hours))
    assert told() == [("max", "breach")]
