"""Who gets a lead that enters MQL: rules, turns, capacity and absence, exact under any number of moves at once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads import moves, routing
from leads.ledger import NewLead
from leads.lines import Given
from leads.models import Absence, Company, Lead, RoutingRule, StageChange, Team, User
from leads.refusals import MissingFacts
from leads.roles import Role
from tests.conftest import CLICKS, person
from tests.factories import make_lead, reason
from tests.leads.test_races import at_once


@pytest.fixture
def crew(team):
    """Three SDRs of one team, by the order of their first turns."""
    return [person(name, Role.SDR, team) for name in ("one", "two", "three")]


@pytest.fixture
def everything(team):
    """The rule that gives every lead to the team."""
    return RoutingRule.objects.create(name="everything", team=team)


def qualified(by, at, **known):
    """The owner of a fresh lead after marketing offers it."""
    lead = make_lead("bofu", **known)
    moves.move(lead_id=lead.pk, step="qualify", by=by, at=at)
    return Lead.objects.get(pk=lead.pk).owner


def test_sdrs_take_turns(crew, everything, mia, now):
    assert [qualified(mia, now) for _ in range(7)] == [*crew, *crew, crew[0]]


def test_the_line_of_the_move_names_the_new_owner_and_the_team(crew, everything, mia, now):
    lead = make_lead("bofu")
    line = moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
    written = StageChange.objects.get(lead=lead, sequence=2)
    assert (line.owner_id, written.owner_id, written.team) == (crew[0].pk, crew[0].pk, everything.team)
    assert written.changed["owner_id"] == [None, crew[0].pk]


def test_an_undo_takes_the_owner_off_again(crew, everything, mia, now):
    lead = make_lead("bofu")
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
    moves.undo(lead_id=lead.pk, by=mia, at=now)
    assert Lead.objects.get(pk=lead.pk).owner is None


def test_without_a_rule_an_offer_waits_in_the_team_queue(crew, mia, now):
    assert qualified(mia, now) is None


def test_the_people_of_the_demo_get_no_lead_but_the_demo_s(crew, everything, mia, now):
    Team.objects.filter(pk=everything.team_id).update(is_demo=True)
    assert qualified(mia, now) is None
    assert qualified(mia, now, is_demo=True) == crew[0]


def test_who_works_in_sales_keeps_the_lead_and_whom_marketing_names_gets_it(crew, everything, mia, alex, now):
    assert qualified(mia, now, owner=alex) == alex
    lead = make_lead("bofu")
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now, given=Given(owner=crew[2]))
    assert Lead.objects.get(pk=lead.pk).owner == crew[2]
    assert not User.objects.filter(routed_at__isnull=False).exists()


def test_an_owner_in_marketing_or_gone_hands_it_over(crew, everything, mia, now):
    gone = person("gone", Role.SDR, everything.team)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert [qualified(mia, now, owner=owner) for owner in (mia, gone)] == crew[:2]


def test_a_marketers_lead_goes_to_the_team_queue_where_nobody_is_free(mia, sam, now):
    lead = make_lead("bofu", owner=mia)
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
    assert Lead.objects.get(pk=lead.pk).is_visible_to(sam)
    moves.undo(lead_id=lead.pk, by=mia, at=now)
    assert Lead.objects.get(pk=lead.pk).owner == mia


def test_an_override_into_mql_is_routed_too(crew, everything, ada, now):
    lead = make_lead("tofu")
    line = moves.override(lead_id=lead.pk, to="mql", by=ada, at=now, given=Given(note="by phone"))
    assert line.owner_id == crew[0].pk


def test_history_and_other_steps_are_not_routed(crew, everything, mia, now):
    assert make_lead("mql").owner is None
    lead = make_lead("mofu")
    moves.move(lead_id=lead.pk, step="consider", by=mia, at=now)
    assert Lead.objects.get(pk=lead.pk).owner is None


def test_a_refused_move_takes_no_turn(crew, everything, mia, now):
    with pytest.raises(MissingFacts):
        qualified(mia, now, consent=False)
    assert qualified(mia, now) == crew[0]


@pytest.mark.parametrize(
    ("conditions", "company", "source", "fits"),
    [
        ({}, None, "", True),
        ({"countries": ["germany", "France"]}, {"country": "Germany "}, "", True),
        ({"countries": ["Germany"]}, {"country": "Spain"}, "", False),
        ({"countries": ["Germany"]}, None, "", False),
        ({"industries": ["SOFTWARE"]}, {"industry": "Software"}, "", True),
        ({"size_bands": ["11-50"]}, {"employees": 50}, "", True),
        ({"size_bands": ["11-50"]}, {"employees": 51}, "", False),
        ({"sources": ["webinar"]}, None, "webinar", True),
        ({"sources": ["webinar"]}, None, "Webinar", False),
        ({"countries": ["Germany"], "sources": ["ads"]}, {"country": "Germany"}, "webinar", False),
        ({"countries": ["ประเทศไทย"]}, {"country": "ประเทศไทย"}, "", True),
    ],
)
def test_a_rule_fits_when_each_of_its_conditions_does(crew, everything, mia, now, conditions, company, source, fits):
    RoutingRule.objects.update(**conditions)
    known = {"company_id": Company.objects.create(name="Works", **company).pk} if company else {}
    assert qualified(mia, now, source=source, **known) == (crew[0] if fits else None)


def test_the_first_active_rule_by_position_decides(crew, everything, mia, now):
    other = Team.objects.create(name="Other")
    ours = person("ours", Role.SDR, other)
    first = RoutingRule.objects.create(name="ads", team=other, sources=["ads"])
    RoutingRule.objects.filter(pk=everything.pk).update(position=1)
    assert qualified(mia, now, source="ads") == ours
    RoutingRule.objects.filter(pk=first.pk).update(is_active=False)
    assert qualified(mia, now, source="ads") == crew[0]


def test_only_active_sdrs_of_the_team_are_in_its_queue(crew, everything, alex, eve, mia, now):
    User.objects.filter(pk=crew[1].pk).update(is_active=False)
    assert [qualified(mia, now) for _ in range(4)] == [crew[0], crew[2], crew[0], crew[2]]


def test_who_is_away_is_passed_over_by_the_organisations_calendar(crew, everything, mia, now, settings):
    settings.TIME_ZONE = "Asia/Bangkok"
    Absence.objects.create(user=crew[0], starts_on=now.date(), ends_on=now.date())
    assert qualified(mia, now) == crew[1]
    still_today, tomorrow = now.replace(hour=16, minute=59), now.replace(hour=17)
    assert [qualified(mia, still_today), qualified(mia, still_today)] == [crew[2], crew[1]]
    assert qualified(mia, tomorrow) == crew[0]


def test_a_full_desk_gets_no_more_until_there_is_room(crew, everything, mia, now):
    User.objects.filter(pk__in=[crew[0].pk, crew[1].pk]).update(capacity=1)
    make_lead("sql", owner=crew[0])
    make_lead("mofu", owner=crew[1])
    assert [qualified(mia, now) for _ in range(3)] == [crew[1], crew[2], crew[2]]
    lead = Lead.objects.filter(owner=crew[1], stage="mql").get()
    moves.move(lead_id=lead.pk, step="disqualify", by=crew[1], at=now, given=Given(reason=reason("disqualify")))
    assert qualified(mia, now) == crew[1]


def test_where_all_are_full_offers_wait_in_the_team_queue(crew, everything, mia, now):
    User.objects.update(capacity=0)
    assert qualified(mia, now) is None


def test_an_earlier_clock_does_not_turn_the_queue_back(crew, everything, mia, now):
    times = [now, now - timedelta(hours=1), now - timedelta(hours=2), now - timedelta(hours=3)]
    assert [qualified(mia, at) for at in times] == [*crew, crew[0]]


def test_a_bulk_takes_turns_and_counts_what_comes_with_it(crew, everything, mia, now):
    User.objects.filter(pk=crew[0].pk).update(capacity=2)
    leads = [make_lead("bofu", owner=crew[0])] + [make_lead("bofu") for _ in range(5)]
    moved = moves.move_many(lead_ids=[lead.pk for lead in leads], step="qualify", by=mia, at=now)
    assert [result.line.owner_id for result in moved] == [crew[n].pk for n in (0, 0, 1, 2, 1, 2)]
    assert qualified(mia, now) == crew[1]


def test_a_bulk_costs_as_many_queries_as_one(crew, everything, mia, now):
    costs = set()
    for count in (4, 40):
        company = Company.objects.create(name=f"Works {count}", country="Germany")
        leads = [make_lead("bofu", owner=mia, company_id=company.pk).pk for _ in range(count)]
        with CaptureQueriesContext(connection) as asked:
            moves.move_many(lead_ids=leads, step="qualify", by=mia, at=now)
        costs.add(len(asked))
    assert len(costs) == 1


def test_a_move_that_offers_nothing_asks_nothing_of_routing(crew, everything, mia, now, django_assert_num_queries):
    lead = make_lead("mofu")
    with django_assert_num_queries(2):  # a savepoint and its end; the gate's own statements are prepared
        moves.move(lead_id=lead.pk, step="consider", by=mia, at=now)


def test_an_opened_lead_is_not_routed_whatever_its_stage(crew, everything, now):
    number = moves.open_lead(NewLead(stage="mql", occurred_at=now, recorded_at=now))
    assert Lead.objects.get(pk=number).owner is None


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_shared_exactly_evenly(roomy_pool, crew, everything, mia, now):
    leads = [make_lead("bofu").pk for _ in range(CLICKS)]
    at_once(lambda number: moves.move(lead_id=leads[number], step="qualify", by=mia, at=now))
    shares = Counter(Lead.objects.values_list("owner", flat=True))
    assert sorted(shares.values()) == [16, 17, 17]


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_overfill_no_desk(roomy_pool, crew, everything, mia, now):
    for sdr, capacity in zip(crew, (5, 20, 7), strict=True):
        User.objects.filter(pk=sdr.pk).update(capacity=capacity)
    leads = [make_lead("bofu").pk for _ in range(CLICKS)]
    at_once(lambda number: moves.move(lead_id=leads[number], step="qualify", by=mia, at=now))
    shares = Counter(Lead.objects.values_list("owner", flat=True))
    assert shares == {crew[0].pk: 5, crew[1].pk: 20, crew[2].pk: 7, None: 18}


@pytest.mark.django_db(transaction=True)
def test_bulks_and_single_moves_at_once_share_evenly(roomy_pool, crew, everything, mia, now):
    bulks = [[make_lead("bofu").pk for _ in range(1 + number % 5)] for number in range(20)]
    at_once(lambda number: moves.move_many(lead_ids=bulks[number], step="qualify", by=mia, at=now), count=20)
    assert set(Counter(Lead.objects.values_list("owner", flat=True)).values()) == {20}


def test_the_next_in_turn_can_be_asked_without_taking_a_turn(crew, everything, mia, now):
    qualified(mia, now)
    queue = routing.seats([everything.team_id], at=now)[everything.team_id]
    assert [seat.user_id for seat in queue] == [crew[1].pk, crew[2].pk, crew[0].pk]
