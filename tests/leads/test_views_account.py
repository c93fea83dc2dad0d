"""One's own account: name, e-mail, sessions, second factors, and the throttles at the door."""

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse

from leads.models import User
from leads.sessions import browser_of
from tests.conftest import give_password_again

LOGIN = reverse("account_login")
SESSIONS = reverse("usersessions_list")


def log_in(client, user="sam", password="demo", **more):
    return client.post(LOGIN, {"login": user, "password": password}, **more)


def text(response):
    return response.content.decode()


def test_the_eleventh_wrong_password_of_a_minute_is_refused_even_when_right(client, sam):
    for number in range(10):
        log_in(client, f"nobody{number}", "wrong")
    response = log_in(client)
    assert "Too many failed login attempts" in text(response)
    assert "_auth_user_id" not in client.session
    assert log_in(client, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_the_sixth_wrong_password_for_one_person_is_refused_from_wherever(client, sam):
    for number in range(5):
        log_in(client, password="wrong", REMOTE_ADDR=f"203.0.113.{number}")
    assert "Too many failed login attempts" in text(log_in(client, REMOTE_ADDR="203.0.113.99"))


def test_a_flood_of_log_ins_gets_a_page_that_says_so(client, db):
    for number in range(31):
        response = log_in(client, f"nobody{number}", "wrong", REMOTE_ADDR="203.0.113.1")
    assert response.status_code == 429
    assert "Wait a few minutes" in text(response)


def test_a_name_is_corrected(client, sam):
    client.force_login(sam)
    client.post(reverse("account"), {"first_name": "สมชาย", "last_name": ""})
    assert User.objects.get(pk=sam.pk).first_name == "สมชาย"
    assert client.post(reverse("account"), {"first_name": ""}).status_code == 422


def test_sessions_are_listed_and_ended_one_by_one(client, sam):
    elsewhere = Client(headers={"user-agent": "Mozilla/5.0 (iPhone) AppleWebKit Safari/604"})
    log_in(client)
    log_in(elsewhere)
    assert "Safari, iPhone" in text(client.get(SESSIONS))
    other = UserSession.objects.exclude(session_key=client.session.session_key).get()
    client.post(reverse("session_end"), {"session": other.pk})
    assert elsewhere.get(SESSIONS).status_code == 302
    assert client.get(SESSIONS).status_code == 200


def test_all_other_sessions_are_ended_at_once_and_nobody_elses(client, sam, mia):
    others = [Client(), Client(), Client()]
    log_in(client)
    log_in(others[0])
    log_in(others[1])
    log_in(others[2], "mia")
    client.post(reverse("session_end"))
    assert [one.get(SESSIONS).status_code for one in (client, *others)] == [200, 302, 302, 200]


def test_nobody_ends_anothers_session(client, sam, mia):
    hers = Client()
    log_in(hers, "mia")
    log_in(client)
    client.post(reverse("session_end"), {"session": UserSession.objects.get(user=mia).pk})
    assert hers.get(SESSIONS).status_code == 200


def test_the_list_of_sessions_asks_as_much_for_many_as_for_few(client, sam, django_assert_max_num_queries):
    for _ in range(15):
        Client().force_login(sam)
    log_in(client)
    for _ in range(15):
        UserSession.objects.create(user=sam, ip="203.0.113.1", session_key=f"key{_}", user_agent="x")
    with django_assert_max_num_queries(12):
        client.get(SESSIONS)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/126.0 Safari/537 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko Firefox/127.0", "Firefox, Linux"),
        ("curl/8.0", "curl/8.0"),
    ],
)
def test_browsers_are_called_by_their_names(agent, name):
    assert browser_of(agent) == name


def test_an_e_mail_changes_once_the_link_sent_there_is_followed(client, sam):
    log_in(client)
    give_password_again(client)
    client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""})
    assert User.objects.get(pk=sam.pk).email == "sam@example.com"
    letter = next(letter for letter in mail.outbox if letter.to == ["new@example.com"])
    client.post(re.search(r"http://testserver(\S+)", letter.body)[1])
    assert User.objects.get(pk=sam.pk).email == "new@example.com"


def test_a_forgotten_password_is_reset_by_e_mail(client, sam):
    client.post(reverse("account_reset_password"), {"email": "sam@example.com"})
    page = client.get(re.search(r"http://testserver(\S+)", mail.outbox[-1].body)[1], follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": "kestrel-42-x", "password2": "kestrel-42-x"})
    assert User.objects.get(pk=sam.pk).check_password("kestrel-42-x")


def test_whether_an_address_is_known_is_not_told(client, sam):
    pages = [
        client.post(reverse("account_reset_password"), {"email": f"{name}@example.com"}) for name in ("sam", "nobody")
    ]
    assert [page["Location"] for page in pages] == [reverse("account_reset_password_done")] * 2


def test_a_password_does_not_let_in_without_the_second_factor(client, sam):
    secret = generate_totp_secret()
    TOTP.activate(sam, secret)
    assert log_in(client)["Location"] == reverse("mfa_authenticate")
    assert client.get(reverse("lead_list")).status_code == 302
    code = hotp_value(secret, next(iter(yield_hotp_counters_from_time())))
    client.post(reverse("mfa_authenticate"), {"code": f"{code:06}"})
    assert client.get(reverse("lead_list")).status_code == 200


def test_a_second_factor_is_not_set_up_without_the_password(client, sam):
    log_in(client)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    give_password_again(client)
    page = text(client.get(reverse("mfa_activate_totp")))
    assert "data:image/svg+xml" in page
    assert not Authenticator.objects.exists()


def test_nobody_renames_or_removes_anothers_passkey(client, sam, mia):
    key = Authenticator.objects.create(user=mia, type=Authenticator.Type.WEBAUTHN, data={"name": "hers"})
    log_in(client)
    give_password_again(client)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.post(reverse(name, args=[key.pk]), {"name": "mine"}).status_code == 404
    assert Authenticator.objects.get(pk=key.pk).data == {"name": "hers"}


def test_the_authenticator_app_shows_whose_code_it_is(sam):
    assert "Lead%20Funnel" in get_adapter().build_totp_url(sam, "SECRET")
