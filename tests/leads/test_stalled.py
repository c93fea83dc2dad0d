"""What counts as stalled, said twice: of a table of leads and of one lead."""

from datetime import timedelta
from itertools import product

import pytest

from leads.models import Lead, StagePolicy
from leads.models.stage import Stage
from leads.models.stalled import is_stalled, stale_days
from tests.factories import make_lead

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(now):
    """A lead that has stood at MQL (stale after 7 days) for eight."""
    return make_lead("mql", at=now - 8 * DAY)


def said_twice(lead, at):
    [one] = Lead.objects.filter(pk=lead.pk)
    said = is_stalled(one, at=at, days=stale_days())
    assert Lead.objects.stalled(at=at).filter(pk=lead.pk).exists() is said
    return said


def test_a_lead_stalls_when_its_stages_days_are_over(waiting, now):
    assert not said_twice(waiting, now - DAY - timedelta(seconds=1))
    assert said_twice(waiting, now - DAY)


def test_a_touch_sets_the_clock_back(waiting, now):
    Lead.objects.filter(pk=waiting.pk).update(touched_at=now - 3 * DAY)
    assert not said_twice(waiting, now)
    assert said_twice(waiting, now + 4 * DAY)


def test_a_planned_activity_pauses_it_until_its_time(waiting, now):
    Lead.objects.filter(pk=waiting.pk).update(next_kind="call", next_at=now + DAY)
    assert not said_twice(waiting, now)
    assert said_twice(waiting, now + DAY)


def test_a_stage_without_days_never_stalls(waiting, now):
    StagePolicy.objects.filter(stage="mql").update(stale_days=None)
    assert not said_twice(waiting, now)


def test_zero_days_stall_at_once(now):
    StagePolicy.objects.filter(stage="mql").update(stale_days=0)
    assert said_twice(make_lead("mql", at=now), now)


@pytest.mark.parametrize("stage", ["won", "lost"])
def test_what_is_closed_does_not_stall_whatever_its_policy_says(now, stage):
    StagePolicy.objects.update(stale_days=1)
    assert not said_twice(make_lead(stage, at=now - 9 * DAY), now)


def test_erased_and_merged_leads_do_not_stall(waiting, now):
    other = make_lead("mql", at=now - 9 * DAY)
    Lead.objects.filter(pk=other.pk).update(merged_into=waiting)
    assert not said_twice(other, now)
    Lead.objects.filter(pk=waiting.pk).update(erased_at=now)
    assert not said_twice(waiting, now)


def test_the_table_and_the_lead_agree_on_every_mix(now):
    gone = [None, -70 * DAY, -10 * DAY, -DAY]
    for stage, since, touched, planned in product(Stage.values, gone[1:], gone, [None, -DAY, DAY]):
        lead = make_lead(stage, at=now + since, contact=False, consent=False)
        Lead.objects.filter(pk=lead.pk).update(
            touched_at=now + touched if touched else None,
            next_at=now + planned if planned else None,
            next_kind="call" if planned else "",
        )
    days = stale_days()
    one_by_one = {lead.pk for lead in Lead.objects.all() if is_stalled(lead, at=now, days=days)}
    assert set(Lead.objects.stalled(at=now).values_list("pk", flat=True)) == one_by_one
    assert 0 < len(one_by_one) < Lead.objects.count()


def test_policies_at_hand_spare_the_question(waiting, now, django_assert_num_queries):
    days = stale_days()
    with django_assert_num_queries(1):
        assert list(Lead.objects.stalled(at=now, days=days)) == [waiting]
