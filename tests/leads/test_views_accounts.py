"""Getting in, the settings of administrators, and the pages nobody wants to see."""

import pytest
from django.contrib.auth.models import Permission
from django.db import OperationalError, connection
from django.urls import reverse

from leads.models import Reason, StagePolicy, User
from tests.conftest import give_password_again

LOGIN = reverse("account_login")


@pytest.mark.parametrize("login", ["sam", "sam@example.com", "SAM@example.com"])
def test_people_log_in_by_name_or_e_mail(client, sam, login):
    response = client.post(LOGIN, {"login": login, "password": "demo"})
    assert response["Location"] == reverse("today")


def test_a_wrong_password_is_said_so(client, sam):
    response = client.post(LOGIN, {"login": "sam", "password": "wrong"})
    assert "Please correct:" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_permissions_come_from_the_role_alone(sam):
    sam.user_permissions.add(Permission.objects.get(codename="override_move"))
    assert not User.objects.get(pk=sam.pk).has_perm("leads.override_move")
    assert sam.has_perm("leads.view_lead")


def test_demo_logins_show_only_where_they_are_wanted(client, db, settings):
    settings.SHOW_DEMO_LOGINS = False
    assert "Demo: log in as" not in client.get(LOGIN).content.decode()
    settings.SHOW_DEMO_LOGINS = True
    assert "Demo: log in as" in client.get(LOGIN).content.decode()


def test_logging_out_takes_a_post(client, sam):
    client.force_login(sam)
    client.get(reverse("account_logout"))
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


PAGES = ["login", "logout", "signup", "email", "change_password", "reset_password", "reset_password_done", "inactive",
         "reset_password_from_key_done", "email_verification_sent", "reauthenticate"]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("logged_in", [False, True])
def test_every_account_page_wears_our_clothes(client, sam, name, logged_in):
    if logged_in:
        client.force_login(sam)
    response = client.get(reverse(f"account_{name}"))
    assert response.status_code == 302 or "css/base.css" in response.content.decode()
    assert "Menu:" not in response.content.decode()


def test_nobody_signs_up(client, db):
    client.post(reverse("account_signup"), {"email": "x@example.com", "username": "x", "password1": "long-enough-1"})
    assert not User.objects.exists()


def test_every_page_has_a_strict_policy(client, sam):
    client.force_login(sam)
    policy = client.get(reverse("lead_list"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("model", ["stagepolicy", "reason", "team", "user", "workinghours", "holiday"])
def test_administrators_edit_settings_and_others_do_not(client, ada, sam, model):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    page = reverse(f"admin:leads_{model}_changelist")
    client.force_login(sam)
    assert client.get(page).status_code in (302, 403)
    client.force_login(User.objects.get(pk=ada.pk))
    assert client.get(page).status_code == 200


def test_a_policy_is_edited_and_a_reason_archived_but_never_deleted(client, ada):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=ada.pk))
    page = reverse("admin:leads_stagepolicy_change", args=["mql"])
    client.post(page, {"label": "Marketing qualified", "required_facts": ["name"], "guidance": "", "sla_hours": "8"})
    policy = StagePolicy.objects.get(stage="mql")
    assert (policy.label, policy.required_facts) == ("Marketing qualified", ["name"])
    reason = Reason.objects.first()
    client.post(reverse("admin:leads_reason_changelist"), {"action": "archive", "_selected_action": reason.pk})
    assert Reason.objects.get(pk=reason.pk).archived_at
    assert client.post(reverse("admin:leads_reason_delete", args=[reason.pk]), {"post": "yes"}).status_code == 403


def test_an_administrator_makes_nobody_a_superuser(client, ada):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=ada.pk))
    give_password_again(client)
    sent = {"username": "ada", "role": "admin", "is_active": "on", "is_superuser": "on", "date_joined_0": "2026-01-01"}
    client.post(reverse("admin:leads_user_change", args=[ada.pk]), sent)
    assert not User.objects.get(pk=ada.pk).is_superuser


def test_a_new_administrator_may_enter_the_settings(client, ada):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    client.force_login(User.objects.get(pk=ada.pk))
    give_password_again(client)
    sent = {"username": "bo", "role": "admin", "password1": "kestrel-42-x", "password2": "kestrel-42-x"}
    client.post(reverse("admin:leads_user_add"), sent)
    assert User.objects.get(username="bo").is_staff


def test_health_is_ok_while_the_database_answers(client, db):
    assert client.get("/healthz").content == b"ok\n"


def test_health_is_503_while_it_does_not(client, db, monkeypatch):
    def away():
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        response = client.get("/healthz")
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_a_page_without_its_database_says_try_again(client, monkeypatch, db):
    def away(*args, **kwargs):
        raise OperationalError("gone")

    client.raise_request_exception = False
    monkeypatch.setattr("leads.views.pages.stage_labels", away)
    client.force_login(User.objects.create_user("x", role="sdr"))
    response = client.get(reverse("lead_new"))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Back in a moment" in response.content.decode()


def test_what_is_not_there_says_so(client, sam):
    client.force_login(sam)
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "Not found" in response.content.decode()
