"""What a person has to do today: the headings, their order, and that the database and the words agree."""

from datetime import timedelta

import pytest

from leads import queue, talking, working
from leads.models import Lead, Notice, StagePolicy, User
from leads.queue import Place, Section
from leads.roles import Role
from tests.factories import make_lead

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def stood(user, at):
    """The names under each heading, in order."""
    policies = StagePolicy.objects.in_bulk()
    names = dict(Lead.objects.values_list("pk", "name"))
    listed = queue.standing(user=user, at=at, policies=policies)
    return {one.section: [names[place.lead_id] for place in one.places] for one in listed}


def given(stage="sal", *, owner, name, due=None, plan=None, **known):
    """A lead whose clock and plan stand where a test wants them."""
    lead = make_lead(stage, owner=owner, name=name, **known)
    kind = "call" if plan else ""
    Lead.objects.filter(pk=lead.pk).update(due_at=due, next_at=plan, next_kind=kind)
    return lead


def test_overdue_then_the_hour_then_later_today_then_what_comes(sam, now):
    given(owner=sam, name="ahead", due=now + 3 * DAY)
    given(owner=sam, name="later", due=now + 3 * HOUR)
    given(owner=sam, name="hour", due=now + HOUR)
    given(owner=sam, name="late", due=now)
    assert list(stood(sam, now).items()) == [
        (Section.OVERDUE, ["late"]), (Section.HOUR, ["hour"]), (Section.TODAY, ["later"]), (Section.AHEAD, ["ahead"]),
    ]  # fmt: skip


def test_the_earlier_of_the_limit_and_the_plan_counts(sam, now):
    given(owner=sam, name="limit", due=now - HOUR, plan=now + DAY)
    given(owner=sam, name="plan", due=now + DAY, plan=now - 2 * HOUR)
    assert stood(sam, now) == {Section.OVERDUE: ["plan", "limit"]}


def test_what_is_due_at_once_is_ordered_by_score(sam, now):
    for name, score in (("low", 10), ("high", 90), ("middle", 50)):
        given(owner=sam, name=name, due=now - HOUR, score=score)
    assert stood(sam, now) == {Section.OVERDUE: ["high", "middle", "low"]}


def test_new_are_own_offers_and_those_nobody_has_taken(sam, now):
    given("mql", owner=sam, name="own", due=now + 4 * HOUR)
    given("mql", owner=None, name="queue", due=now + 3 * HOUR)
    given("mql", owner=None, name="forgotten", due=now - DAY)
    assert stood(sam, now) == {Section.NEW: ["forgotten", "queue", "own"]}


def test_an_offer_with_something_planned_is_new_no_longer(sam, now):
    given("mql", owner=sam, name="planned", due=now + 4 * HOUR, plan=now + 2 * HOUR)
    assert stood(sam, now) == {Section.TODAY: ["planned"]}


def test_offers_are_new_without_any_limit_too(sam, now):
    StagePolicy.objects.filter(stage="mql").update(sla_hours=None)
    given("mql", owner=sam, name="own")
    given("mql", owner=None, name="queue")
    assert sorted(stood(sam, now)[Section.NEW]) == ["own", "queue"]


def test_stalled_are_those_with_nothing_due_or_planned(sam, now):
    given("sql", owner=sam, name="stalled", at=now - 30 * DAY)
    given("sql", owner=sam, name="planned", at=now - 30 * DAY, plan=now + DAY)
    given("sql", owner=sam, name="fresh", at=now - DAY)
    assert stood(sam, now) == {Section.AHEAD: ["planned"], Section.STALLED: ["stalled"]}


def test_nobody_sees_the_queue_of_another(sam, eve, alex, now):
    given(owner=sam, name="late", due=now)
    given("mql", owner=None, name="queue", due=now + DAY)
    assert stood(eve, now) == {Section.NEW: ["queue"]}
    assert stood(alex, now) == {}


def test_merged_and_erased_leads_are_nobody_s_work(sam, now):
    merged, erased = given(owner=sam, name="merged", due=now), given(owner=sam, name="", due=now)
    Lead.objects.filter(pk=merged.pk).update(merged_into=given("sql", owner=sam, name="survivor"))
    Lead.objects.filter(pk=erased.pk).update(erased_at=now)
    assert stood(sam, now) == {}


def test_a_manager_sees_what_is_late_in_all_teams_and_what_was_escalated(max, sam, eve, now):
    late = given(owner=sam, name="late", due=now - HOUR)
    given(owner=eve, name="later", due=now - DAY)
    given("mql", owner=None, name="queue", due=now - 2 * HOUR)
    Notice.objects.create(user=max, kind="escalated", key="1", lead=late, at=now)
    assert stood(max, now) == {Section.ESCALATED: ["late"], Section.TEAM: ["later", "queue"]}


def test_a_manager_of_a_team_sees_that_team(team, sam, eve, now):
    boss = User.objects.create_user("tess", role=Role.MANAGER, team=team)
    given(owner=sam, name="late", due=now - HOUR)
    given(owner=eve, name="elsewhere", due=now - DAY)
    assert stood(boss, now) == {Section.TEAM: ["late"]}


def test_an_escalation_that_was_dealt_with_is_gone(max, sam, now):
    done = given(owner=sam, name="done", due=now + DAY)
    Notice.objects.create(user=max, kind="escalated", key="1", lead=done, at=now)
    assert stood(max, now) == {}


@pytest.fixture
def rejected(mia, sam, now):
    """A lead of mia's that sales handed back, and she was told."""
    lead = make_lead("mofu", name="rejected", at=now - DAY)
    Notice.objects.create(user=mia, kind="rejected", key="1", lead=lead, by=sam, at=now - HOUR)
    return lead


def test_a_rejection_waits_for_the_marketer_until_she_answers(mia, rejected, now):
    assert stood(mia, now) == {Section.ANSWERS: ["rejected"]}
    talking.write(lead_id=rejected.pk, text="Try the other number.", by=mia, at=now, cycle=1)
    assert stood(mia, now) == {}
    Notice.objects.create(user=mia, kind="reply", key="2", lead=rejected, at=now + HOUR)
    assert stood(mia, now + 2 * HOUR) == {Section.ANSWERS: ["rejected"]}


def test_a_rejection_is_answered_by_offering_the_lead_again(mia, rejected, now):
    Notice.objects.create(user=mia, kind="rejected", key="3", lead=make_lead("mql"), at=now)
    assert stood(mia, now) == {Section.ANSWERS: ["rejected"]}


def test_a_marketer_finds_what_she_planned_with_leads_of_nobody(mia, max, now):
    mine, other = make_lead("mofu", name="mine"), make_lead("mofu", name="other")
    working.plan(lead_id=mine.pk, kind="call", due_at=now + DAY, note="", by=mia, at=now)
    working.plan(lead_id=other.pk, kind="call", due_at=now + DAY, note="", by=max, at=now)
    assert stood(mia, now) == {Section.AHEAD: ["mine"]}
    assert stood(mia, now + DAY) == {Section.OVERDUE: ["mine"]}


def test_a_page_holds_some_of_every_heading(sam, now):
    for number in range(60):
        given(owner=sam, name=f"late {number}", due=now - number * HOUR)
    for number in range(30):
        given("mql", owner=None, name=f"new {number}", due=now + number * HOUR)
    given(owner=sam, name="hour", due=now + HOUR)
    shown = {section: len(names) for section, names in stood(sam, now).items()}
    assert shown == {Section.OVERDUE: 33, Section.HOUR: 1, Section.NEW: 16}


def test_a_heading_can_be_read_to_its_end(sam, now):
    names = [
        given(owner=sam, name=f"{number}", due=now - HOUR * (number % 7), score=number % 5).pk for number in range(120)
    ]
    met, after = [], None
    while True:
        policies = StagePolicy.objects.in_bulk()
        one = queue.one_section(Section.OVERDUE, after=after, user=sam, at=now, policies=policies)
        met += [place.lead_id for place in one.places]
        after = Place.read(str(one.more)) if one.more else None
        if after is None:
            break
    assert sorted(met) == sorted(names)
    assert len(met) == 120


def test_stalled_leads_can_be_read_to_their_end(sam, now):
    for number in range(60):
        given("sql", owner=sam, name=f"{number}", at=now - 40 * DAY, score=number % 3)
    policies = StagePolicy.objects.in_bulk()
    first = queue.one_section(Section.STALLED, after=None, user=sam, at=now, policies=policies)
    rest = queue.one_section(Section.STALLED, after=first.more, user=sam, at=now, policies=policies)
    assert len({place.lead_id for place in first.places + rest.places}) == 60


@pytest.mark.parametrize("text", ["", "x", "1.2", "1.2.3.4", "9" * 40 + ".1.1", "1.2.-3", "1.99999999999999999999.3"])
def test_an_address_of_no_place_is_none(text):
    assert Place.read(text) is None


def test_what_came_since_is_counted_once(sam, now):
    given("mql", owner=sam, name="old", at=now - DAY, due=now + 4 * HOUR)
    since = now
    given("mql", owner=sam, name="offer", at=now + timedelta(minutes=1), due=now + timedelta(minutes=65))
    given("mql", owner=None, name="queue", at=now + timedelta(minutes=2), due=now + DAY)
    given(owner=sam, name="hour", at=now - DAY, due=now + timedelta(minutes=70))
    assert queue.arrived(user=sam, since=since, at=now + timedelta(minutes=5)) == 2
    assert queue.arrived(user=sam, since=since, at=now + timedelta(minutes=20)) == 3


def test_one_goes_from_a_lead_of_the_queue_to_the_next(sam, now):
    first, second = given(owner=sam, name="1", due=now - DAY).pk, given(owner=sam, name="2", due=now).pk
    policies = StagePolicy.objects.in_bulk()
    asked = {"user": sam, "at": now, "policies": policies}
    assert queue.neighbours(lead_id=first, **asked) == (None, second)
    assert queue.neighbours(lead_id=second, **asked) == (first, None)
    assert queue.neighbours(lead_id=make_lead().pk, **asked) == (None, first)


def test_the_next_due_is_told_when_nothing_is(sam, now):
    assert queue.next_due(user=sam, at=now) is None
    given(owner=sam, name="ahead", due=now + DAY)
    assert queue.next_due(user=sam, at=now) == now + DAY
