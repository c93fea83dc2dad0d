"""Environment variables that make no sense stop the start, with words that say which."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from funnel import env

MAIL = {"backend": "", "host": "", "port": 0, "username": "", "password": "", "security": "starttls"}
COMPANY = {"url": "https://id.example", "client": "us", "secret": "s", "name": "Acme"}


def test_mail_is_printed_until_a_server_is_named():
    assert env.mailer(**MAIL)["BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    ("security", "port", "tls", "ssl"),
    [("starttls", 587, True, False), ("tls", 465, False, True), ("none", 25, False, False)],
)
def test_mail_goes_to_the_named_server(security, port, tls, ssl):
    options = env.mailer(**MAIL | {"host": "smtp.example", "security": security})["OPTIONS"]
    assert (options["host"], options["port"], options["use_tls"], options["use_ssl"]) == (
        "smtp.example",
        port,
        tls,
        ssl,
    )


def test_another_backend_takes_precedence():
    assert env.mailer(**MAIL | {"backend": "some.Backend", "host": "smtp.example"}) == {"BACKEND": "some.Backend"}


def test_a_username_without_a_password_is_refused():
    with pytest.raises(ImproperlyConfigured, match="SMTP_PASSWORD"):
        env.mailer(**MAIL | {"host": "smtp.example", "username": "funnel"})


def test_without_a_company_there_is_no_provider():
    assert env.oidc_providers(url="", client="", secret="", name="Acme") == {}


@pytest.mark.parametrize("missing", ["url", "client", "secret"])
def test_half_a_company_is_refused(missing):
    with pytest.raises(ImproperlyConfigured, match="OIDC_"):
        env.oidc_providers(**COMPANY | {missing: ""})


def test_a_company_is_not_asked_over_plain_http():
    with pytest.raises(ImproperlyConfigured, match="https"):
        env.oidc_providers(**COMPANY | {"url": "http://id.example"})


def test_a_word_that_is_no_choice_is_refused(monkeypatch):
    monkeypatch.setenv("SMTP_SECURITY", "ssl")
    with pytest.raises(ImproperlyConfigured, match="starttls, tls, none"):
        env.choice("SMTP_SECURITY", ("starttls", "tls", "none"))
