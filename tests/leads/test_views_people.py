"""The pages of people: who may, what they say, and the way of an invitation from letter to log-in."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from leads import invitations
from leads.models import Lead, User
from leads.roles import Role
from tests.conftest import give_password_again
from tests.factories import make_lead

ANN = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "role": "sdr"}
NEW_PASSWORD = {"password1": "kestrel-42-x", "password2": "kestrel-42-x"}


@pytest.fixture
def admin(client, ada):
    client.force_login(ada)
    give_password_again(client)
    return client


def text(response):
    return response.content.decode()


def the_link():
    return re.search(r"http://testserver(\S+)", mail.outbox[-1].body)[1]


def test_an_invitation_goes_from_the_page_to_a_first_log_in(admin, ada, client, team):
    admin.post(reverse("people_invite"), ANN | {"team": team.pk})
    admin.post(reverse("account_logout"))
    page = client.get(the_link(), follow=True)
    assert "Choose a password" in text(page)
    client.post(page.redirect_chain[-1][0], NEW_PASSWORD)
    assert client.session["_auth_user_id"] == str(User.objects.get(email="ann@example.com").pk)
    assert User.objects.get(email="ann@example.com").team == team


def test_a_link_works_once(admin, client):
    admin.post(reverse("people_invite"), ANN)
    admin.post(reverse("account_logout"))
    link = the_link()
    client.post(client.get(link, follow=True).redirect_chain[-1][0], NEW_PASSWORD)
    client.post(reverse("account_logout"))
    assert "This link no longer works" in text(client.get(link, follow=True))


def test_a_link_runs_out_after_three_days(admin, client, monkeypatch):
    admin.post(reverse("people_invite"), ANN)
    later = timezone.now().replace(tzinfo=None) + timedelta(days=3, hours=2)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
    assert "This link no longer works" in text(client.get(the_link(), follow=True))


def test_the_list_says_who_is_invited_active_and_off(admin, sam, eve):
    admin.post(reverse("people_invite"), ANN)
    User.objects.filter(pk=eve.pk).update(is_active=False)
    page = text(admin.get(reverse("people")))
    assert [word in page for word in ("Invited", "Active", "eve@example.com")] == [True, True, False]
    assert "eve@example.com" in text(admin.get(reverse("people"), {"show": "off"}))


def test_the_list_asks_as_much_for_many_as_for_few(admin, django_assert_max_num_queries):
    User.objects.bulk_create(User(username=f"user{n}", email=f"user{n}@example.com") for n in range(60))
    with django_assert_max_num_queries(12):
        admin.get(reverse("people"))


def test_a_known_e_mail_is_said_so_and_nothing_typed_is_lost(admin, sam):
    response = admin.post(reverse("people_invite"), ANN | {"email": "Sam@example.com"})
    assert response.status_code == 409
    assert "works here already" in text(response)
    assert 'value="Ann"' in text(response)


def test_a_wrong_e_mail_is_said_so(admin):
    assert admin.post(reverse("people_invite"), ANN | {"email": "ann"}).status_code == 422
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_said_so(admin, monkeypatch):
    def away(*args, **kwargs):
        raise TimeoutError

    monkeypatch.setattr(invitations, "send_mail", away)
    assert "could not be sent" in text(admin.post(reverse("people_invite"), ANN, follow=True))


def test_inviting_asks_for_the_password_and_then_sends_what_was_typed(client, ada):
    client.force_login(ada)
    asked = client.post(reverse("people_invite"), ANN)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked["Location"], {"password": "demo", "next": reverse("people_invite")})
    assert User.objects.filter(email="ann@example.com").exists()


def test_role_and_team_are_changed(admin, sam, team):
    admin.post(reverse("people_edit", args=[sam.pk]), {"first_name": "Sam", "email": sam.email, "role": "manager"})
    changed = User.objects.get(pk=sam.pk)
    assert (changed.role, changed.team) == (Role.MANAGER, None)


def test_the_last_administrator_is_told_why_not(admin, ada):
    sent = {"first_name": "Ada", "email": ada.email, "role": "sdr"}
    response = admin.post(reverse("people_edit", args=[ada.pk]), sent)
    assert response.status_code == 409
    assert "last active administrator" in text(response)


def test_switching_off_says_how_many_leads_and_hands_them_over(admin, sam, max):
    leads = [make_lead("sal", owner=sam) for _ in range(3)]
    assert "They own 3 open leads" in text(admin.get(reverse("people_off", args=[sam.pk])))
    response = admin.post(reverse("people_off", args=[sam.pk]), {"leads": "give", "to": max.pk}, follow=True)
    assert "3 leads changed hands" in text(response)
    assert Lead.objects.filter(owner=max).count() == len(leads)


def test_leads_to_give_need_somebody_to_get_them(admin, sam):
    make_lead("sal", owner=sam)
    assert admin.post(reverse("people_off", args=[sam.pk]), {"leads": "give"}).status_code == 422
    assert User.objects.get(pk=sam.pk).is_active


def test_somebody_without_leads_is_switched_off_and_on_again(admin, sam):
    admin.post(reverse("people_off", args=[sam.pk]), {"sure": "1"})
    assert not User.objects.get(pk=sam.pk).is_active
    admin.post(reverse("people_on", args=[sam.pk]))
    assert User.objects.get(pk=sam.pk).is_active


def test_a_superuser_is_out_of_reach_of_administrators(admin):
    root = User.objects.create_superuser("root", "root@example.com", "x")
    assert admin.get(reverse("people_edit", args=[root.pk])).status_code == 404
    assert admin.post(reverse("people_off", args=[root.pk]), {"sure": "1"}).status_code == 404
    assert "root@example.com" not in text(admin.get(reverse("people")))
