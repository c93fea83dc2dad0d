"""The clock of a lead in words. People work Monday to Friday, 9 to 17, as planted; 4 March 2026 is a Wednesday."""

from datetime import UTC, datetime

import pytest

from leads import sla
from leads.due import Clock
from leads.models import Holiday, Lead, WorkingHours

pytestmark = pytest.mark.django_db


def badge(due, at):
    lead = Lead(pk=1, due_at=moment(due))
    return sla.badges([lead], at=moment(at), clock=Clock())[1]


def moment(text):
    return datetime.strptime(f"2026-03-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "at", "state", "text"),
    [
        ("04 15:00", "04 12:00", "ok", "3 h left"),
        ("05 10:00", "04 15:30", "ok", "2 h left"),
        ("04 15:00", "04 14:00", "soon", "1 h left"),
        ("04 15:00", "04 14:15", "soon", "45 min left"),
        ("04 15:00", "04 14:59", "soon", "1 min left"),
        ("05 09:30", "04 16:45", "soon", "45 min left"),
        ("06 09:00", "04 09:00", "ok", "2 working days left"),
        ("09 12:00", "07 12:00", "paused", "3 h left"),
        ("05 09:30", "04 20:00", "paused", "30 min left"),
        ("04 12:00", "04 12:00", "breached", "overdue"),
        ("04 12:00", "04 12:20", "breached", "overdue by 20 min"),
        ("04 16:00", "05 10:00", "breached", "overdue by 2 h"),
        ("06 17:00", "08 12:00", "breached", "overdue"),
        ("03 09:00", "05 12:00", "breached", "overdue by 2 working days"),
    ],
)
def test_a_clock_is_told_in_working_time(due, at, state, text):
    said = badge(due, at)
    assert (said.state, said.text) == (state, text)


def test_a_holiday_counts_for_nothing():
    Holiday.objects.create(day=moment("05 00:00").date(), name="Fair")
    assert badge("06 10:00", "04 16:00").text == "2 h left"


def test_what_is_long_over_is_told_roughly():
    lead = Lead(pk=1, due_at=datetime(2019, 1, 1, tzinfo=UTC))
    assert sla.badges([lead], at=moment("04 12:00"), clock=Clock())[1].text == "overdue by over 86 working days"


def test_a_lead_without_a_clock_has_no_badge_and_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert sla.badges([Lead(pk=1)], at=moment("04 12:00"), clock=Clock()) == {}


def test_any_number_of_leads_read_the_calendar_once(django_assert_max_num_queries):
    leads = [Lead(pk=number, due_at=moment("05 12:00")) for number in range(1, 61)]
    with django_assert_max_num_queries(2):
        assert len(sla.badges(leads, at=moment("04 12:00"), clock=Clock())) == 60


def test_where_nobody_works_any_more_a_clock_that_runs_stands_still():
    WorkingHours.objects.all().delete()
    assert badge("05 12:00", "04 12:00").state == "paused"
