"""Working hours, against a count of minutes on the wall clock, and as administrators set them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leads.calendar import working_calendar
from leads.hours import EPOCH, MICROSECOND, Calendar, NeverOpen
from leads.models import Holiday, WorkingHours

ZONE = "America/New_York"
NINE_TO_FIVE = {weekday: [(9 * 60, 17 * 60)] for weekday in range(5)}
OFFICE = Calendar(NINE_TO_FIVE, ZONE, frozenset({date(2026, 7, 3)}))
ROUND_THE_CLOCK = Calendar({weekday: [(0, 1440)] for weekday in range(7)}, ZONE)
# The clocks go forward on 2026-03-08 and back on 2026-11-01.
SPRING, AUTUMN = datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)


def local(*moment):
    return datetime(*moment, tzinfo=ZoneInfo(ZONE))


def micros(moment):
    return (moment - EPOCH) // MICROSECOND


def hours(calendar, start, end):
    return float(calendar.elapsed(micros(start), micros(end))) / 3600


def on_the_wall(calendar, start, minutes):
    """Business minutes of the minutes that follow start, each asked for the time on the wall clock."""
    zone, total = ZoneInfo(calendar.zone), 0
    for minute in range(minutes):
        wall = (start + timedelta(minutes=minute)).astimezone(zone)
        now = wall.hour * 60 + wall.minute
        openings = () if wall.date() in calendar.holidays else calendar.weekly.get(wall.weekday(), ())
        total += any(opens <= now < closes for opens, closes in openings)
    return total


OPENINGS = st.lists(
    # Whole hours from three in the morning on: the clocks change before.
    st.tuples(st.integers(3, 23), st.integers(1, 20)).map(lambda at: (at[0] * 60, min(sum(at) * 60, 1440))),
    max_size=3,
)
WEEKS = st.dictionaries(st.integers(0, 6), OPENINGS)
AROUND = st.sampled_from([SPRING, AUTUMN])


@settings(max_examples=60, deadline=None)
@given(WEEKS, AROUND, st.integers(0, 4000), st.integers(0, 4000))
def test_elapsed_equals_a_count_of_minutes_on_the_wall_clock(weekly, around, offset, length):
    calendar = Calendar(weekly, ZONE, frozenset({date(2026, 3, 9), date(2026, 11, 2)}))
    start = around + timedelta(minutes=offset)
    found = hours(calendar, start, start + timedelta(minutes=length)) * 60
    assert found == on_the_wall(calendar, start, length)


@settings(max_examples=60, deadline=None)
@given(WEEKS, AROUND, st.integers(0, 4000), st.integers(1, 6000))
def test_due_is_the_first_instant_with_so_many_hours_behind_it(weekly, around, offset, minutes):
    calendar, start = Calendar(weekly | {0: [(600, 660)]}, ZONE), around + timedelta(minutes=offset)
    due = calendar.due(start, minutes / 60)
    assert hours(calendar, start, due) * 60 == pytest.approx(minutes, abs=1e-9)
    assert hours(calendar, start, due - MICROSECOND) * 60 < minutes


@pytest.mark.parametrize(
    ("start", "worked", "due"),
    [
        (local(2026, 3, 4, 10), 8, local(2026, 3, 5, 10)),
        (local(2026, 3, 4, 9), 8, local(2026, 3, 4, 17)),
        (local(2026, 3, 4, 3), 1, local(2026, 3, 4, 10)),
        (local(2026, 3, 4, 17), 1, local(2026, 3, 5, 10)),
        (local(2026, 3, 6, 16), 2, local(2026, 3, 9, 10)),
        (local(2026, 10, 30, 16, 30), 1, local(2026, 11, 2, 9, 30)),
        (local(2026, 7, 2, 16), 2, local(2026, 7, 6, 10)),
        (local(2026, 3, 7, 12), 0, local(2026, 3, 7, 12)),
        (local(2026, 3, 4, 9), 400, local(2026, 5, 12, 17)),
    ],
)
def test_due_skips_nights_weekends_holidays_and_changed_clocks(start, worked, due):
    assert OFFICE.due(start, worked) == due
    assert hours(OFFICE, start, due) == worked


@settings(max_examples=60, deadline=None)
@given(WEEKS, AROUND, st.integers(0, 4000), st.integers(1, 3000))
def test_due_before_is_the_first_instant_that_lies_so_many_hours_back(weekly, around, offset, minutes):
    assume(any(opens < closes for openings in weekly.values() for opens, closes in openings))
    calendar, end = Calendar(weekly, ZONE), around + timedelta(minutes=offset)
    before = calendar.due_before(end, minutes / 60)
    assert hours(calendar, before, end) * 60 == pytest.approx(minutes)
    assert hours(calendar, before - MICROSECOND, end) * 60 > minutes


def test_due_before_hours_that_never_were_is_refused_and_no_hours_are_now():
    with pytest.raises(NeverOpen):
        Calendar({}, ZONE).due_before(SPRING, 1)
    assert OFFICE.due_before(SPRING, 0) == SPRING


@pytest.mark.parametrize(("day", "length"), [(8, 23), (9, 24)])
def test_a_day_open_round_the_clock_is_as_long_as_it_really_was(day, length):
    assert hours(ROUND_THE_CLOCK, local(2026, 3, day), local(2026, 3, day + 1)) == length
    assert hours(ROUND_THE_CLOCK, local(2026, 11, 1), local(2026, 11, 2)) == 25


def test_the_edges_are_exact_to_the_microsecond():
    opens, closes = micros(local(2026, 3, 4, 9)), micros(local(2026, 3, 4, 17))
    found = OFFICE.elapsed([opens - 1, opens, opens + 1, closes - 1, closes, closes + 1], closes + 5)
    assert list(found) == [28800, 28800, 28799.999999, 0.000001, 0, 0]


def test_many_are_counted_at_once_and_backwards_is_negative():
    start, end = micros(local(2026, 3, 4, 10)), micros(local(2026, 3, 5, 10))
    found = OFFICE.elapsed(np.array([start, end, end]), np.array([end, start, end]))
    assert list(found) == [8 * 3600, -8 * 3600, 0]
    assert OFFICE.elapsed([], []).shape == (0,)


def test_openings_that_overlap_are_counted_once():
    calendar = Calendar({2: [(720, 900), (540, 780), (600, 660)]}, ZONE)
    assert hours(calendar, local(2026, 3, 4), local(2026, 3, 5)) == 6


def test_without_any_hours_nothing_elapses_and_nothing_is_due():
    never = Calendar({0: [], 1: [(540, 540)]}, ZONE)
    assert hours(never, local(2026, 3, 1), local(2026, 4, 1)) == 0
    with pytest.raises(NeverOpen):
        never.due(local(2026, 3, 1), 1)


@pytest.mark.parametrize("weekly", [{7: [(0, 1)]}, {0: [(60, 30)]}, {0: [(0, 1441)]}, {0: [(-1, 5)]}])
def test_hours_that_do_not_exist_are_refused(weekly):
    with pytest.raises(ValueError):
        Calendar(weekly, ZONE)


def test_unknown_zones_and_starts_without_a_zone_are_refused():
    with pytest.raises(ZoneInfoNotFoundError):
        Calendar({}, "America/Nowhere")
    with pytest.raises(ValueError, match="business hours"):
        OFFICE.due(datetime(2026, 3, 4), 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="business hours"):
        OFFICE.due(local(2026, 3, 4), -1)


def test_an_installation_starts_with_monday_to_friday_nine_to_five(db, settings):
    settings.TIME_ZONE = ZONE
    assert working_calendar() == Calendar(NINE_TO_FIVE, ZONE)


def test_the_calendar_is_what_administrators_set(db):
    WorkingHours.objects.all().delete()
    WorkingHours.objects.create(weekday=5, opens=time(14), closes=time(23, 59))
    WorkingHours.objects.create(weekday=5, opens=time(8, 30), closes=time(12))
    Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    found = working_calendar()
    assert {weekday: sorted(openings) for weekday, openings in found.weekly.items()} == {5: [(510, 720), (840, 1440)]}
    assert found.holidays == {date(2026, 12, 25)}


@pytest.mark.parametrize(("weekday", "opens", "closes"), [(7, 9, 17), (0, 17, 9), (0, 9, 9)])
def test_the_database_refuses_hours_that_cannot_be(db, weekday, opens, closes):
    row = WorkingHours(weekday=weekday, opens=time(opens), closes=time(closes))
    with pytest.raises(ValidationError):
        row.full_clean()
    with pytest.raises(IntegrityError, match="hours_"), transaction.atomic():
        row.save()


def test_an_administrator_adds_and_removes_hours_and_holidays(client, ada):
    ada.is_staff = True
    ada.save(update_fields=["is_staff"])
    client.force_login(ada)
    client.post(reverse("admin:leads_holiday_add"), {"day": "2026-12-25", "name": "Christmas Day"})
    client.post(reverse("admin:leads_workinghours_add"), {"weekday": 5, "opens": "10:00", "closes": "12:00"})
    assert str(Holiday.objects.get()) == "Christmas Day, 2026-12-25"
    assert str(WorkingHours.objects.get(weekday=5)) == "Saturday 10:00-12:00"
    client.post(reverse("admin:leads_holiday_delete", args=[Holiday.objects.get().pk]), {"post": "yes"})
    assert not Holiday.objects.exists()


def test_a_holiday_is_there_once(db):
    Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    with pytest.raises(IntegrityError):
        Holiday.objects.create(day=date(2026, 12, 25), name="Again")
