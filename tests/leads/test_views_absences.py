"""Out of office: one's own days, and a manager's people."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import absences
from leads.models import Absence, User
from leads.roles import Role
from tests.conftest import person


@pytest.fixture
def today():
    return timezone.localdate()


def post(client, by, **given):
    client.force_login(by)
    return client.post(reverse("absences"), {name: str(value) for name, value in given.items()})


def test_an_sdr_plans_days_away_and_takes_them_back(client, sam, today):
    page = client.get(post(client, sam, starts_on=today, ends_on=today + timedelta(days=3)).url)
    [absence] = Absence.objects.all()
    assert (absence.user, absence.ends_on) == (sam, today + timedelta(days=3))
    assert "sam is away from" in page.text
    assert reverse("absence_remove", args=[absence.pk]) in page.text
    client.post(reverse("absence_remove", args=[absence.pk]))
    assert not Absence.objects.exists()


def test_planning_the_same_days_twice_is_one_absence(client, sam, today):
    for _ in range(2):
        post(client, sam, starts_on=today, ends_on=today)
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(2, 1, "lies before the first"), (-3, -1, "are over"), ("x", 1, "Enter a valid date"), ("", 1, "required")],
)
def test_nonsense_is_refused_and_nothing_typed_is_lost(client, sam, today, first, last, said):
    days = [today + timedelta(days=day) if isinstance(day, int) else day for day in (first, last)]
    page = post(client, sam, starts_on=days[0], ends_on=days[1])
    assert (page.status_code, Absence.objects.count()) == (422, 0)
    assert said in page.text
    assert f'value="{days[1]}"' in page.text


def test_who_plans_for_nobody_else_can_name_nobody_else(client, sam, eve, today):
    post(client, sam, user=eve.pk, starts_on=today, ends_on=today)
    assert Absence.objects.get().user == sam
    with pytest.raises(User.DoesNotExist):
        absences.plan(user=eve, starts_on=today, ends_on=today, by=sam, at=timezone.now())


def test_a_manager_plans_for_the_team_and_without_a_team_for_all(client, sam, eve, max, today):
    tess = person("tess", Role.MANAGER, sam.team)
    assert {*absences.people_of(tess)} == {tess, sam}
    assert {sam, eve} < {*absences.people_of(max)}
    assert post(client, tess, user=eve.pk, starts_on=today, ends_on=today).status_code == 422
    post(client, tess, user=sam.pk, starts_on=today, ends_on=today)
    assert Absence.objects.get().user == sam


def test_a_stranger_removes_nothing(client, sam, eve, today):
    absence = Absence.objects.create(user=sam, starts_on=today, ends_on=today)
    client.force_login(eve)
    assert client.post(reverse("absence_remove", args=[absence.pk])).status_code == 404
    assert Absence.objects.exists()


def test_only_posting_removes_and_only_who_is_logged_in(client, sam, today):
    absence = Absence.objects.create(user=sam, starts_on=today, ends_on=today)
    address = reverse("absence_remove", args=[absence.pk])
    assert client.post(address).status_code == 302
    assert client.get(reverse("absences")).status_code == 302
    client.force_login(sam)
    assert client.get(address).status_code == 405
    assert client.put(reverse("absences")).status_code == 405
    assert Absence.objects.exists()


def test_what_is_over_and_what_is_anothers_is_not_listed(client, sam, eve, today):
    Absence.objects.create(user=sam, starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1))
    Absence.objects.create(user=eve, starts_on=today, ends_on=today)
    client.force_login(sam)
    assert "Nobody is planned as away." in client.get(reverse("absences")).text


@pytest.mark.parametrize("count", [5, 60])
def test_the_page_costs_the_same_for_any_number(client, max, team, today, count, django_assert_max_num_queries):
    for number in range(count):
        Absence.objects.create(user=person(f"p{number}", Role.SDR, team), starts_on=today, ends_on=today)
    client.force_login(max)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("absences")).text.count(">Remove<") == count


def test_a_name_that_would_be_a_script_is_text(client, sam, today):
    User.objects.filter(pk=sam.pk).update(first_name="<script>alert(1)</script>")
    page = client.get(post(client, User.objects.get(pk=sam.pk), starts_on=today, ends_on=today).url)
    assert "<script>alert" not in page.text
