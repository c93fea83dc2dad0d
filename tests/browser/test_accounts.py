"""Getting in, in a real browser: passkeys by a virtual key, an authenticator app, and every page of one's account."""

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time

from tests.browser.test_accessibility import LOOKS, check

pytestmark = pytest.mark.browser
OWN = ["", "email/", "password/change/", "sessions/", "2fa/", "2fa/webauthn/", "company/", "logout/"]
GUARDED = ["2fa/totp/activate/", "2fa/webauthn/add/"]
OUTSIDE = ["login/", "password/reset/", "password/reset/done/", "password/reset/key/1-wrong/", "signup/", "inactive/"]
KEY = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def confirm(page):
    """Give the password again where a page asks for it."""
    if "reauthenticate" in page.url:
        page.fill("#id_password", "demo")
        page.press("#id_password", "Enter")
        page.wait_for_url(lambda url: "reauthenticate" not in url)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_page_of_ones_account_is_accessible(sam, browse, width, dark):
    page = browse("/accounts/", user="sam", width=width, dark=dark)
    for address in OWN + GUARDED:
        page.goto(f"/accounts/{address}")
        confirm(page)
        assert page.locator("h1").count() == 1, address
        check(page, width)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_page_outside_is_accessible(browse, db, width, dark):
    page = browse("/accounts/login/", width=width, dark=dark)
    for address in OUTSIDE:
        page.goto(f"/accounts/{address}")
        assert page.locator("h1").count() == 1, address
        check(page, width)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_people_are_managed_accessibly(ada, sam, browse, width, dark):
    page = browse("/people/", user="ada", width=width, dark=dark)
    for address in ("/people/", "/people/?show=off", "/people/invite/", f"/people/{sam.pk}/", f"/people/{sam.pk}/off/"):
        page.goto(address)
        check(page, width)


def test_somebody_is_invited_without_scripts(ada, browse):
    page = browse("/people/invite/", user="ada", scripts=False)
    page.fill("#id_first_name", "Ann <b>")
    page.fill("#id_email", "ann@example.com")
    page.click("button:has-text('Send the invitation')")
    confirm(page)
    page.wait_for_selector("text=is invited by e-mail")
    assert page.locator("bdi:text-is('Ann <b>')").count() == 1


def test_a_passkey_lets_in_without_a_password(sam, browse):
    page = browse("/accounts/2fa/webauthn/add/", user="sam")
    confirm(page)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.fill("#id_name", "My phone")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    page.goto("/accounts/logout/")
    page.click("main button:has-text('Log out')")
    page.wait_for_url("**/login/**")
    page.click("#passkey_login")
    page.wait_for_url("**/today/")
    page.goto("/accounts/2fa/webauthn/")
    assert "My phone" in page.inner_text("main")


def test_a_passkey_that_fails_says_so(browse, db):
    page = browse("/accounts/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('cancelled')); }")
    page.click("#passkey_login")
    page.wait_for_selector("#status :text('The passkey did not work')")


def test_an_authenticator_app_is_set_up_and_asked_for(sam, browse):
    page = browse("/accounts/2fa/totp/activate/", user="sam")
    confirm(page)
    secret = page.input_value("#authenticator_secret")
    page.fill("#id_code", code(secret))
    page.press("#id_code", "Enter")
    page.wait_for_url("**/recovery-codes/**")
    recovery = page.input_value("#recovery_codes").split()[0]
    page.goto("/accounts/logout/")
    page.click("main button:has-text('Log out')")
    page.fill("#id_login", "sam")
    page.fill("#id_password", "demo")
    page.press("#id_password", "Enter")
    page.wait_for_url("**/2fa/authenticate/")
    check(page, 1280)
    page.fill("#id_code", recovery)
    page.press("#id_code", "Enter")
    page.wait_for_url("**/today/")


def code(secret):
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06}"
