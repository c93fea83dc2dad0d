"""The lead table in a real browser: many leads at once and facts in place, by keys alone and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from leads.models import Lead
from tests.factories import make_lead

pytestmark = pytest.mark.browser


@pytest.fixture
def crowd(live_server):
    """Five hundred leads of one campaign, thirty of them where the step does not start."""
    for _ in range(470):
        make_lead("mofu", source="fair", contact=False, consent=False)
    for _ in range(30):
        make_lead("won", source="fair", contact=False, consent=False)
    assert Lead.objects.count() == 500


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def to_the_end(page):
    """Go on with the job in the page, as there is no worker: by its key."""
    while page.locator("button:has-text('Go on here')").count():
        page.locator("button:has-text('Go on here')").focus()
        with page.expect_navigation():
            press(page, "Enter")


def test_five_hundred_leads_are_moved_and_moved_back_with_the_keyboard_alone(mia, crowd, browse):
    page = browse("/leads/?source=fair", user="mia")
    press(page, "j", "x")
    expect(page.locator("#bulk [data-count]")).to_have_text("1")
    page.locator("[data-all]").focus()
    press(page, "Space", "m")
    expect(page.locator("#bulk-do")).to_be_focused()
    page.keyboard.type("Cons")
    press(page, "Tab", "Enter")
    expect(page.locator(".verdict .ok")).to_contain_text("470 can move")
    expect(page.locator(".verdict .warn")).to_contain_text("30 cannot")
    page.locator("button:has-text('Consider 470 leads')").focus()
    press(page, "Enter")
    page.wait_for_url("**/jobs/*/")
    to_the_end(page)
    expect(page.locator("main")).to_contain_text("470 leads moved. 30 were refused.")
    job = page.url
    page.locator("button:has-text('Undo all of it')").focus()
    press(page, "Enter")
    page.wait_for_url(lambda url: url != job)
    to_the_end(page)
    expect(page.locator("main")).to_contain_text("Undone for 470 leads.")
    page.goto("/leads/?source=fair&stage=mofu")
    expect(page.locator("caption")).to_contain_text("470 leads")


def test_the_same_without_javascript(mia, crowd, browse):
    page = browse("/leads/?source=fair", user="mia", scripts=False)
    page.check("#bulk [name=all]")
    page.select_option("#bulk-do", "consider")
    page.click("#bulk button:has-text('Preview')")
    expect(page.locator(".verdict .ok")).to_contain_text("470 can move")
    page.click("button:has-text('Consider 470 leads')")
    to_the_end(page)
    expect(page.locator("main")).to_contain_text("470 leads moved. 30 were refused.")
    job = page.url
    page.click("button:has-text('Undo all of it')")
    page.wait_for_url(lambda url: url != job)
    to_the_end(page)
    expect(page.locator("main")).to_contain_text("Undone for 470 leads.")


@pytest.fixture
def three(live_server):
    return [make_lead("mofu", name=name, title="CTO") for name in ("Ann", "Ben", "Cid")]


def test_a_range_is_selected_and_a_few_leads_move_at_once_and_back_by_z(mia, three, browse):
    page = browse("/leads/?stage=mofu", user="mia")
    press(page, "j", "Shift+J", "Shift+J")
    expect(page.locator("#bulk [data-count]")).to_have_text("3")
    press(page, "m")
    page.keyboard.type("Cons")
    press(page, "Tab", "Enter")
    page.locator("button:has-text('Consider 3 leads')").focus()
    press(page, "Enter")
    expect(page.locator("#status")).to_contain_text("3 leads moved")
    press(page, "z")
    expect(page.locator("#status")).to_contain_text("Undone for 3 leads")


def test_a_fact_is_edited_in_its_cell_with_the_keyboard(mia, three, browse):
    page = browse("/leads/?cols=title&sort=name", user="mia")
    press(page, "j", "F2")
    field = page.locator(".inline-edit input[name=name]")
    expect(field).to_be_focused()
    field.fill("Anna")
    press(page, "Tab")
    title = page.locator(".inline-edit input[name=title]")
    expect(title).to_be_focused()
    title.fill("CFO")
    press(page, "Enter")
    expect(page.locator("tbody tr").first).to_contain_text("CFO")
    expect(page.locator("#status")).to_contain_text("Saved.")
    press(page, "F2")
    page.locator(".inline-edit input[name=name]").fill("nobody")
    press(page, "Escape")
    expect(page.locator("tbody tr").first).to_contain_text("Anna")


def test_two_people_at_one_cell_the_second_is_told(mia, max, three, browse):
    first, second = (browse("/leads/?cols=title&sort=name", user=user) for user in ("mia", "max"))
    for page, text in ((first, "CFO"), (second, "Chief")):
        page.locator("tbody tr").first.locator("[data-fact=title]").click()
        page.locator(".inline-edit input[name=title]").fill(text)
    first.keyboard.press("Enter")
    expect(first.locator("tbody tr").first).to_contain_text("CFO")
    second.keyboard.press("Enter")
    expect(second.locator(".inline-edit .error")).to_contain_text("changed it to: CFO")
    expect(second.locator(".inline-edit input[name=title]")).to_have_value("Chief")
    second.keyboard.press("Enter")
    expect(second.locator("tbody tr").first).to_contain_text("Chief")


def test_coming_back_from_a_lead_finds_filters_and_row_again(mia, three, browse):
    page = browse("/leads/?stage=mofu&sort=name", user="mia")
    press(page, "j", "j", "Enter")
    expect(page.locator("h1")).to_contain_text("Ben")
    page.go_back()
    page.wait_for_url(re.compile("stage=mofu"))
    expect(page.locator("tbody tr").nth(1).locator("[data-open]")).to_be_focused()


def test_filters_chosen_in_the_panel_go_into_the_address_and_leave_by_their_chip(mia, three, browse):
    page = browse("/leads/", user="mia")
    page.click("[data-panel=filters] summary")
    page.fill("#id_score", "50")
    page.keyboard.press("Tab")
    expect(page.locator("#results")).to_contain_text("No lead matches")
    page.wait_for_url(re.compile(r"leads/\?score=50$"))
    expect(page.locator("[data-panel=filters]")).to_have_attribute("open", "")
    page.click(".chip:has-text('Score at least')")
    expect(page.locator("caption")).to_contain_text("3 leads")
