"""The company's own log-in: it opens accounts that exist, by an address the company has verified, and makes none."""

from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.urls import reverse

from funnel.env import oidc_providers
from leads.models import User

HOME = "https://id.example"
CONFIGURATION = {
    "issuer": HOME, "authorization_endpoint": f"{HOME}/authorize", "token_endpoint": f"{HOME}/token",
    "userinfo_endpoint": f"{HOME}/userinfo", "jwks_uri": f"{HOME}/keys",
    "token_endpoint_auth_methods_supported": ["client_secret_post"],
}  # fmt: skip


class Answer:
    """What `requests` would bring back."""

    status_code, headers = 200, {"content-type": "application/json"}

    def __init__(self, told):
        self.told = told

    def json(self):
        return self.told

    def raise_for_status(self):
        """All is well."""


class Company:
    """The company's provider, instead of the network; `claims` are what it says of whoever logs in."""

    claims = {"sub": "42", "email": "sam@example.com", "email_verified": True}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        """Nothing to close."""

    def get(self, url, **more):
        return Answer(self.claims if url.endswith("/userinfo") else CONFIGURATION)

    def request(self, method, url, **more):
        token = jwt.encode({**self.claims, "iss": HOME, "aud": "us", "exp": 9_999_999_999, "iat": 1}, "k" * 32)
        return Answer({"access_token": "a", "token_type": "Bearer", "id_token": token})

    post = request


@pytest.fixture
def company(settings, monkeypatch):
    settings.SOCIALACCOUNT_PROVIDERS = oidc_providers(url=HOME, client="us", secret="s", name="Acme")
    provider = Company()
    monkeypatch.setattr(DefaultSocialAccountAdapter, "get_requests_session", lambda self: provider)
    return provider


def come_in(client):
    away = client.get(reverse("openid_connect_login", args=["company"]))
    assert away["Location"].startswith(f"{HOME}/authorize")
    state = parse_qs(urlsplit(away["Location"]).query)["state"][0]
    return client.get(reverse("openid_connect_callback", args=["company"]), {"code": "c", "state": state})


def test_the_log_in_page_offers_it_only_where_there_is_one(client, db, company, settings):
    assert "Log in through Acme" in client.get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Log in through" not in client.get(reverse("account_login")).content.decode()
    assert client.get(reverse("openid_connect_login", args=["company"])).status_code == 404


def test_an_invited_person_comes_in_and_keeps_their_password(client, sam, company):
    come_in(client)
    assert client.session["_auth_user_id"] == str(sam.pk)
    assert User.objects.get(pk=sam.pk).has_usable_password()


def test_they_come_in_by_their_id_after_their_address_has_changed(client, sam, company):
    come_in(client)
    client.post(reverse("account_logout"))
    company.claims = company.claims | {"email": "samuel@elsewhere.example"}
    come_in(client)
    assert client.session["_auth_user_id"] == str(sam.pk)


@pytest.mark.parametrize(
    "claims",
    [{"email": "nobody@example.com"}, {"email_verified": False}, {"email": ""}],
    ids=["unknown", "unverified", "none"],
)
def test_others_do_not_and_no_account_is_made(client, sam, company, claims):
    company.claims = company.claims | claims
    response = come_in(client)
    assert "_auth_user_id" not in client.session
    assert "Ask one of your administrators" in response.content.decode()
    assert User.objects.count() == 1


def test_somebody_switched_off_does_not(client, sam, company):
    come_in(client)
    client.post(reverse("account_logout"))
    User.objects.filter(pk=sam.pk).update(is_active=False)
    come_in(client)
    assert "_auth_user_id" not in client.session
