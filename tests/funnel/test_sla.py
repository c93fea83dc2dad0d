"""The handoff's limit in working hours: what is due, what is met, and what is in no denominator yet."""

from datetime import UTC, date, datetime

import pytest

from funnel import sla
from funnel.dimensions import BadQuestion
from funnel.questions import Question
from leads import moves
from leads.models import Holiday, StagePolicy, WorkingHours
from tests.factories import make_lead
from tests.funnel.deals import counted, go

# 2026-03-06 is a Friday. Work is from 9 to 17, Monday to Friday; the limit is 8 working hours.
FRIDAY, MONDAY = (datetime(2026, 3, day, 13, tzinfo=UTC) for day in (6, 9))
LATER = datetime(2026, 3, 20, 12, tzinfo=UTC)


def march(day, hour=9, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def whole(question):
    return counted(sla, question).lines[0].figures


def offer(owner, at, step=None, decided=None, **known):
    lead = make_lead("mql", owner=owner, at=at, **known)
    if step:
        go(lead, step, owner, decided)
    return lead


def rate(figure):
    return figure.hits, figure.n


@pytest.mark.parametrize(
    ("decided", "met"),
    [
        (march(6, 16), 1),
        (march(9, 12, 59), 1),  # Friday 13:00 to 17:00 and Monday 9:00 on: due on Monday at 13:00
        (march(9, 13), 1),
        (march(9, 13, 1), 0),
    ],
)
def test_the_limit_runs_over_the_weekend(sam, decided, met):
    offer(sam, FRIDAY, "accept", decided)
    assert rate(whole(Question(at=LATER))["attainment"]) == (met, 1)


def test_due_as_work_ends_is_late_at_night_and_on_saturday(sam):
    offer(sam, march(6), "accept", march(6, 17))
    offer(sam, march(6), "accept", march(7, 10))
    told = whole(Question(at=LATER))
    assert (rate(told["attainment"]), told["missed"].value) == ((1, 2), 1)


def test_holidays_do_not_count(sam):
    Holiday.objects.create(day=date(2026, 3, 9), name="Founders' day")
    offer(sam, FRIDAY, "accept", march(10, 12))
    assert rate(whole(Question(at=LATER))["attainment"]) == (1, 1)


def test_the_day_the_clocks_change_is_as_long_as_it_is(sam, settings):
    settings.TIME_ZONE = "America/New_York"  # 2026-03-08 has no hour from 2 to 3
    WorkingHours.objects.all().delete()
    WorkingHours.objects.bulk_create(WorkingHours(weekday=day, opens="00:00", closes="23:59") for day in range(7))
    before = datetime(2026, 3, 8, 5, tzinfo=UTC)  # midnight
    offer(sam, before, "accept", datetime(2026, 3, 8, 13, tzinfo=UTC))  # 9:00 summer time, 8 hours later
    offer(sam, before, "accept", datetime(2026, 3, 8, 13, 1, tzinfo=UTC))
    told = whole(Question(at=LATER))
    assert rate(told["attainment"]) == (1, 2)
    assert told["hours"].value == pytest.approx(8)


def test_a_young_offer_is_in_no_denominator_even_when_decided(sam):
    offer(sam, march(5), "accept", march(9))
    offer(sam, FRIDAY, "accept", march(6, 14))
    offer(sam, FRIDAY)
    told = whole(Question(at=march(9, 12, 59)))
    assert (rate(told["attainment"]), told["attainment"].maturity) == ((0, 1), pytest.approx(1 / 3))
    assert (told["offers"].value, rate(told["acceptance"])) == (3, (2, 2))
    now_due = whole(Question(at=march(9, 13)))
    assert (rate(now_due["attainment"]), now_due["overdue"].value, now_due["missed"].value) == ((1, 3), 1, 2)


def test_a_miss_stays_a_miss_when_it_is_decided_later(sam):
    lead = offer(sam, FRIDAY)
    assert whole(Question(at=march(10)))["overdue"].value == 1
    go(lead, "accept", sam, march(11))
    told = whole(Question(at=LATER))
    assert (rate(told["attainment"]), told["overdue"].value, told["missed"].value) == ((0, 1), 0, 1)
    assert whole(Question(at=march(10)))["overdue"].value == 1


def test_acceptance_is_of_the_decided_by_any_way(sam, max):
    offer(sam, march(2), "accept", march(2, 10))
    offer(sam, march(2), "reject", march(2, 11))
    offer(sam, march(2), "disqualify", march(2, 13))
    offer(sam, march(2))
    told = whole(Question(at=LATER))
    assert rate(told["acceptance"]) == (1, 3)
    assert rate(told["attainment"]) == (3, 4)
    assert (told["hours"].value, told["hours"].n, told["hours"].hits) == (2, 4, 3)


def test_the_median_is_no_average_over_closed_offers_only(sam):
    for hour in (10, 11, 12):
        offer(sam, march(2), "accept", march(2, hour))
    for _ in range(4):
        offer(sam, march(2))
    told = whole(Question(at=LATER))["hours"]
    assert (told.value, told.note, told.n, told.hits) == (None, "not reached yet", 7, 3)


def test_only_direct_dated_offers_of_the_period_count(sam, mia):
    offer(sam, march(2), "accept", march(2, 10))
    make_lead("sal", owner=sam, at=march(3))  # skipped past MQL
    make_lead("mql", owner=sam, at=march(3), timing="assumed")
    offer(sam, march(4))
    told = whole(Question(at=LATER, start=date(2026, 3, 1), end=date(2026, 3, 3)))
    assert (told["offers"].value, told["undated"].value) == (1, 1)


def test_a_rejected_lead_offered_again_is_two_offers(sam, mia):
    lead = offer(sam, march(2), "reject", march(2, 10))
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=march(9))
    told = whole(Question(at=LATER))
    assert (told["offers"].value, rate(told["attainment"])) == (2, (1, 2))


def test_without_a_limit_the_answer_says_where_to_set_it(sam):
    StagePolicy.objects.filter(stage="mql").update(sla_hours=None)
    offer(sam, march(2), "accept", march(2, 10))
    told = counted(sla, Question(at=LATER))
    assert "Stage policies" in told.notes[0]
    figures = told.lines[0].figures
    assert (figures["attainment"].value, rate(figures["acceptance"])) == (None, (1, 1))


def test_without_working_hours_nothing_is_due_and_the_answer_says_so(sam):
    WorkingHours.objects.all().delete()
    offer(sam, march(2))
    told = counted(sla, Question(at=LATER))
    assert (told.lines[0].figures["overdue"].value, len(told.notes)) == (0, 1)


@pytest.mark.parametrize("by", ["owner", "team", "source", "round"])
def test_groups_follow_the_total_and_add_up_to_it(sam, eve, by):
    offer(sam, march(2), "accept", march(2, 10), source="web")
    offer(eve, march(2), "accept", march(5), source="fair")
    offer(None, march(2))
    total, *groups = counted(sla, Question(at=LATER, by=by)).lines
    assert sum(line.figures["attainment"].n for line in groups) == total.figures["attainment"].n == 3


def test_the_owner_is_the_one_at_the_offer_and_an_sdr_sees_their_own(sam, alex, eve):
    offer(sam, march(2), "accept", march(2, 10))
    offer(eve, march(2))
    told = whole(Question(at=LATER, where=(("owner", (str(sam.pk),)),)))
    assert rate(told["attainment"]) == (1, 1)
    assert rate(whole(Question(at=LATER, viewer=eve))["attainment"]) == (0, 1)


@pytest.mark.django_db
def test_nothing_is_no_number_and_unknown_cells_are_refused():
    told = whole(Question(at=LATER))
    assert [told[name].value for name in ("attainment", "acceptance", "hours")] == [None] * 3
    with pytest.raises(KeyError):
        sla.behind(Question(at=LATER), "breached")
    with pytest.raises(BadQuestion):
        sla.answer(Question(at=LATER, unit="lead"))
