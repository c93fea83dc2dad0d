"""The shell in a real browser: palette, keys, messages and menus, with the keyboard alone and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import LOOKS, check
from tests.factories import make_lead

pytestmark = pytest.mark.browser
ACTIVE = "#palette-found [aria-selected=true]"


def keys(page, *pressed):
    for key in pressed:
        page.keyboard.press(key)


def test_a_lead_is_found_and_moved_from_anywhere_with_the_keyboard_alone(sam, offered, browse):
    page = browse("/funnel/", user="sam")
    keys(page, "Control+k")
    expect(page.locator("#palette-q")).to_be_focused()
    page.keyboard.type("priya")
    expect(page.locator(ACTIVE)).to_contain_text("Priya")
    keys(page, "ArrowRight")
    expect(page.locator(ACTIVE)).to_contain_text("Accept")
    expect(page.locator("#palette-q")).to_have_attribute("aria-activedescendant", re.compile("palette-1-1"))
    keys(page, "Enter")
    expect(page.locator("#status")).to_contain_text("now stands at SAL")
    expect(page.locator("#palette")).to_be_hidden()
    page.wait_for_load_state()
    keys(page, "z")
    expect(page.locator("#status")).to_contain_text("stands at MQL again")


def test_enter_waits_for_the_answer_to_what_was_typed(sam, offered, browse):
    page = browse("/leads/", user="sam")
    keys(page, "Control+k")
    expect(page.locator(ACTIVE)).to_be_visible()
    page.keyboard.type("priya")
    keys(page, "Enter")
    page.wait_for_url(f"**{offered.get_absolute_url()}")


def test_on_a_lead_its_steps_come_first_and_one_that_asks_has_a_page(sam, offered, browse):
    page = browse(offered.get_absolute_url(), user="sam")
    keys(page, "Control+k")
    expect(page.locator(ACTIVE)).to_contain_text("Accept")
    page.keyboard.type("rej")
    expect(page.locator(ACTIVE)).to_contain_text("Reject…")
    keys(page, "Enter")
    page.wait_for_url("**/move/reject/")


def test_the_way_into_a_lead_leads_back_to_what_was_found(sam, offered, browse):
    page = browse("/leads/", user="sam")
    keys(page, "Control+k")
    page.keyboard.type("pri")
    expect(page.locator(ACTIVE)).to_contain_text("Priya")
    keys(page, "Tab")
    expect(page.locator(ACTIVE)).to_contain_text("Accept")
    keys(page, "ArrowLeft")
    expect(page.locator("#palette-q")).to_have_value("pri")
    expect(page.locator(ACTIVE)).to_contain_text("Priya")
    keys(page, "Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_the_palette_finds_nothing_kindly(sam, browse):
    page = browse("/leads/", user="sam")
    keys(page, "Control+k")
    page.keyboard.type("zzzz")
    expect(page.locator("#palette-found")).to_contain_text("Nothing fits.")
    keys(page, "Enter", "ArrowDown", "ArrowRight")
    expect(page.locator("#palette")).to_be_visible()


def test_search_and_move_without_scripts(sam, offered, browse):
    page = browse("/leads/", user="sam", scripts=False)
    page.click(".find")
    page.fill("#id_q", "priya")
    page.keyboard.press("Enter")
    page.click("a:has-text('What you can do with Priya')")
    page.click("button:has-text('Accept')")
    expect(page.locator("#status")).to_contain_text("now stands at SAL")
    page.click("#status button:has-text('Undo')")
    expect(page.locator("#status")).to_contain_text("stands at MQL again")


def test_keys_can_be_switched_off_and_stay_so(sam, browse):
    page = browse("/leads/", user="sam")
    keys(page, "?")
    with page.expect_response("**/preferences/"):
        page.locator("#shortcuts-on").click()
    page.reload()
    keys(page, "?")
    expect(page.locator("#keys")).to_be_hidden()
    keys(page, "Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_keys_typed_into_a_field_are_only_typed(sam, browse):
    page = browse("/leads/new/", user="sam")
    page.focus("#id_name")
    page.keyboard.type("g?l/z")
    expect(page.locator("#id_name")).to_have_value("g?l/z")
    expect(page.locator("#keys")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_person_s_menu_opens_and_logs_out(sam, browse, scripts):
    page = browse("/leads/", user="sam", scripts=scripts)
    page.click("[popovertarget=me]")
    page.click("#me button:has-text('Log out')")
    page.wait_for_url("**/accounts/login/")


def test_on_a_phone_the_rest_stands_under_more(sam, browse):
    page = browse("/leads/", user="sam", width=375)
    page.click("[popovertarget=more]")
    page.click("#more a:has-text('Reports')")
    page.wait_for_url("**/reports/")


def test_the_theme_is_chosen_without_scripts_too(sam, browse):
    page = browse("/preferences/", user="sam", scripts=False)
    page.check("#id_theme_dark")
    page.click("main button:has-text('Save')")
    expect(page.locator("#status")).to_contain_text("kept")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.fixture
def many(live_server, sam):
    return [make_lead("mql", name=f"Priya {number}") for number in range(3)]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_part_of_the_shell_is_accessible(sam, many, browse, width, dark):
    page = browse("/preferences/", user="sam", width=width, dark=dark)
    check(page, width)
    page.goto("/palette/?q=priya")
    check(page, width)
    page.click("[popovertarget=me]")
    check(page, width)
    page.goto(many[0].get_absolute_url())
    keys(page, "Control+k")
    page.keyboard.type("pri")
    page.wait_for_selector(f"{ACTIVE}:has-text('Priya')")
    check(page, width)
    keys(page, "Escape")
    expect(page.locator("#palette")).to_be_hidden()
    keys(page, "?")
    page.wait_for_selector("#keys[open]")
    check(page, width)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_component_is_accessible(sam, browse, width, dark):
    page = browse(f"/styleguide/?theme={'dark' if dark else 'light'}", user="sam", width=width, dark=dark)
    check(page, width)
    page.click(".menu summary >> nth=0")
    check(page, width)
