"""A day's work in a real browser: with the keyboard alone, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_lead

pytestmark = pytest.mark.browser


def tab_to(page, name):
    """Press Tab until the thing of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and re.search(name, focused.inner_text() or focused.get_attribute("aria-label") or ""):
            return
    pytest.fail(f"{name} cannot be reached with Tab")


def test_an_sdr_finds_and_accepts_a_lead_with_the_keyboard_alone(sam, offered, browse):
    page = browse("/leads/", user="sam")
    page.keyboard.press("/")
    page.keyboard.type("priya")
    page.wait_for_url("**q=priya**")
    tab_to(page, "MQL")
    page.keyboard.press("Enter")
    page.wait_for_url("**stage=mql**")
    tab_to(page, "Priya")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Priya <script>alert(1)</script>")
    tab_to(page, "^Accept")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("now stands at SAL")
    expect(page.locator("#status [data-focus]")).to_be_focused()
    tab_to(page, "^Undo")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("stands at MQL again")


def test_the_same_without_javascript(sam, offered, browse):
    page = browse("/leads/", user="sam", scripts=False)
    page.fill("#id_q", "priya")
    page.press("#id_q", "Enter")
    page.click("#chip-mql")
    page.click("[data-row] a[data-open]")
    page.click("button:has-text('Accept')")
    expect(page.locator("#status")).to_contain_text("now stands at SAL")
    page.click("#status button:has-text('Undo')")
    expect(page.locator("#status")).to_contain_text("stands at MQL again")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_forgotten_reason_is_asked_for_and_the_note_is_kept(max, offered, browse, scripts):
    page = browse(offered.get_absolute_url(), user="max", scripts=scripts)
    page.click("summary:has-text('Reject')")
    page.fill("#reject_note", "wrong number")
    page.click("details[open] button.primary")
    expect(page.locator("details[open] .problem")).to_contain_text("Choose a reason.")
    expect(page.locator("#reject_note")).to_have_value("wrong number")
    page.select_option("#reject_reason", label="Contact data is wrong")
    page.click("details[open] button.primary")
    expect(page.locator("#status")).to_contain_text("now stands at MoFu")


def test_an_error_takes_the_focus(max, offered, browse):
    page = browse(offered.get_absolute_url(), user="max")
    page.click("summary:has-text('Reject')")
    page.click("details[open] button.primary")
    expect(page.locator("details[open] .problem")).to_be_focused()


def test_two_people_at_once_second_is_told(sam, max, offered, browse):
    first = browse(offered.get_absolute_url(), user="sam")
    second = browse(offered.get_absolute_url(), user="max")
    first.click("button:has-text('Accept')")
    expect(first.locator("#status")).to_contain_text("now stands at SAL")
    second.click("button:has-text('Accept')")
    expect(second.locator(".problem")).to_contain_text("has moved since you looked")
    expect(second.locator(".path [aria-current]")).to_contain_text("SAL")


@pytest.mark.parametrize("scripts", [True, False])
def test_who_loses_sight_of_a_lead_lands_on_the_list_and_may_undo_there(sam, offered, browse, scripts):
    page = browse(offered.get_absolute_url(), user="sam", scripts=scripts)
    page.click("summary:has-text('Disqualify')")
    page.select_option("#disqualify_reason", index=1)
    page.click("details[open] button.primary")
    page.wait_for_url("**/leads/")
    expect(page.locator("#status")).to_contain_text("no longer among the leads you see")
    page.click("#status button:has-text('Undo')")
    expect(page.locator("#status")).to_contain_text("stands at MQL again")


def test_an_old_edit_page_is_told_what_somebody_else_changed(sam, max, offered, browse):
    old = browse(f"{offered.get_absolute_url()}edit/", user="sam")
    other = browse(f"{offered.get_absolute_url()}edit/", user="max")
    other.fill("#id_title", "CFO")
    other.fill("#id_source", "fair")
    other.click("button:has-text('Save')")
    expect(other.locator("#status")).to_contain_text("saved")
    old.fill("#id_title", "CTO")
    old.click("button:has-text('Save')")
    expect(old.locator(".problem")).to_contain_text("changed it to: CFO")
    expect(old.locator("#id_title")).to_have_value("CTO")
    old.click("button:has-text('Save')")
    expect(old.locator(".lede").first).to_contain_text("CTO")
    expect(old.locator(".facts")).to_contain_text("fair")


def test_filters_go_into_the_address_and_back_works(max, offered, browse):
    page = browse("/leads/", user="max")
    page.click("#chip-won")
    expect(page.locator(".empty")).to_contain_text("No lead matches")
    page.go_back()
    expect(page.locator("#results")).to_contain_text("Priya")
    expect(page.locator("nav[aria-label=Main]")).to_be_visible()


def test_the_search_keeps_the_stage(max, offered, browse):
    page = browse("/leads/?stage=mql", user="max")
    page.fill("#id_q", "priya")
    page.wait_for_url(re.compile("stage=mql.*q=priya"))
    expect(page.locator("#chip-mql")).to_have_attribute("aria-current", "true")


def test_the_theme_is_remembered_and_keys_are_shown(sam, browse):
    page = browse("/leads/", user="sam")
    page.click("[popovertarget=me]")
    page.click("#me [data-theme-switch]")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 21, 28)"
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto("/leads/new/")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/leads/")


def test_a_lapsed_session_asks_to_log_in_again(sam, offered, browse):
    page = browse(offered.get_absolute_url(), user="sam")
    page.context.clear_cookies(name="session")
    page.click("button:has-text('Accept')")
    page.wait_for_url("**/accounts/login/**")


@pytest.fixture
def staff(live_server, ada):
    ada.is_staff = True
    ada.save(update_fields=["is_staff"])
    return ada


def test_settings_break_no_rule_of_the_browser(staff, browse):
    page = browse("/admin/", user="ada")
    for path in ("leads/stagepolicy/mql/change/", "leads/reason/", "leads/user/add/"):
        page.goto(f"/admin/{path}")
        expect(page.locator("#content h1")).to_be_visible()


@pytest.fixture
def silent(live_server):
    """A lead that nobody can reach."""
    return make_lead(contact=False, consent=False, name="Ann")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_lead_out_of_reach_is_brought_to_engage(mia, silent, browse, scripts):
    page = browse(silent.get_absolute_url(), user="mia", scripts=scripts)
    page.click(".blocked li:has-text('Engage') a:has-text('contact identity')")
    page.fill("#contact_value", "Ann@Example.com")
    page.click("#contact button:has-text('Add')")
    expect(page.locator("#status")).to_contain_text("Added ann@example.com.")
    page.click(".blocked li:has-text('Engage') a:has-text('consent')")
    page.fill("#granted_source", "phone call")
    page.click("#consent button:has-text('Record consent')")
    expect(page.locator("#status")).to_contain_text("Consent recorded.")
    page.click("button:has-text('Engage')")
    expect(page.locator("#status")).to_contain_text("now stands at MoFu")


def test_the_second_to_accept_is_told_who_came_first(sam, eve, offered, browse):
    first = browse(offered.get_absolute_url(), user="sam")
    second = browse(offered.get_absolute_url(), user="eve")
    first.click("button:has-text('Accept')")
    expect(first.locator("#status")).to_contain_text("now stands at SAL")
    second.click("button:has-text('Accept')")
    expect(second.locator(".problem")).to_contain_text("Somebody else has just taken this lead.")
    second.click(".problem a")
    second.wait_for_url("**/leads/")


def test_the_way_back_keeps_the_filters(max, offered, browse):
    page = browse("/leads/?stage=mql", user="max")
    page.click("#results tbody a")
    page.click(".crumbs a")
    page.wait_for_url("**/leads/?stage=mql#row-*")
