"""The board in a real browser: cards carried where they may go, menus by keyboard, and all of it without a script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import LOOKS, check
from tests.factories import make_lead

pytestmark = pytest.mark.browser
BOARD = "/leads/board/"


@pytest.fixture
def standing(live_server, sam, max, alex):
    """Sam's leads: an offer, one accepted, a deal."""
    return {stage: make_lead(stage, owner=sam, name=f"Lead at {stage}") for stage in ("mql", "sal", "sql")}


@pytest.fixture
def twenty(live_server, sam):
    for number in range(20):
        make_lead("sal", owner=sam, name=f"Lead {number}")


def card(page, name):
    return page.locator(f"[data-card]:has-text('{name}')")


def column(page, stage):
    return page.locator(f"#column-{stage}")


def carry(page, name, stage, *, drop=True):
    """Carry a card by its middle into a column."""
    page.evaluate(f"document.querySelector('#column-{stage}').scrollIntoView({{inline: 'center'}})")
    start, end = card(page, name).bounding_box(), column(page, stage).bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 40)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 150, steps=8)
    if drop:
        page.mouse.up()


def test_a_card_is_carried_to_the_next_stage_and_the_move_undone_by_key(standing, browse):
    page = browse(BOARD, user="sam", width=2200)
    carry(page, "Lead at mql", "sal")
    expect(column(page, "sal").locator("[data-card]:has-text('Lead at mql')")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("now stands at SAL")
    expect(page.locator("#head-mql b")).to_have_text("0")
    expect(page.locator("#head-sal b")).to_have_text("2")
    page.keyboard.press("z")
    expect(column(page, "mql").locator("[data-card]")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("stands at MQL again")


def test_columns_a_card_may_not_go_to_dim_and_refuse(standing, browse):
    page = browse(BOARD, user="sam", width=2200)
    carry(page, "Lead at mql", "won", drop=False)
    assert page.locator(".column.open").evaluate_all("all => all.map(one => one.dataset.stage)") == [
        "mofu", "mql", "sal", "lost",
    ]  # fmt: skip
    page.mouse.up()
    expect(page.locator("#status")).to_contain_text("No step leads from 4 MQL to 7 Won.")
    expect(column(page, "mql").locator("[data-card]")).to_be_visible()


def test_a_step_that_asks_opens_its_form_and_one_of_two_is_chosen(standing, browse):
    page = browse(BOARD, user="sam", width=2200)
    carry(page, "Lead at sal", "lost")
    expect(page.locator("#step")).to_contain_text("Which step takes Lead at sal to 8 Lost?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#step form.form")).to_be_visible()
    page.fill("#step textarea", "Half a thought")
    page.press("#step select", "Enter")
    page.click("#step button.primary")
    expect(page.locator("#step .problem")).to_be_visible()
    expect(page.locator("#step textarea")).to_have_value("Half a thought")
    page.select_option("#step select", index=1)
    page.click("#step button.primary")
    expect(page.locator("#step")).to_be_hidden()
    expect(page.locator("#status")).to_contain_text("now stands at Lost")
    expect(column(page, "lost").locator("[data-card]")).to_be_visible()


def test_cards_are_walked_and_moved_by_keys_alone(standing, browse):
    page = browse(BOARD, user="sam")
    page.focus(f"#card-{standing['mql'].pk} .name")
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#card-{standing['sal'].pk} .name")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("m")
    expect(page.locator(f"#card-{standing['mql'].pk} .moves button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("now stands at SAL")
    page.focus(f"#card-{standing['sql'].pk} .name")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/leads/{standing['sql'].pk}/"))


def test_a_card_changed_by_somebody_else_goes_where_it_stands_and_says_why(standing, browse):
    page, other = browse(BOARD, user="sam", width=2200), browse(BOARD, user="max", width=2200)
    carry(other, "Lead at mql", "sal")
    expect(other.locator("#status")).to_contain_text("now stands at SAL")
    carry(page, "Lead at mql", "sal")
    expect(page.locator("#status")).to_contain_text("moved since you looked")
    expect(column(page, "sal").locator("[data-card]:has-text('Lead at mql')")).to_be_visible()


def test_the_next_cards_come_as_the_end_of_a_column_is_scrolled_to(twenty, browse):
    page = browse("/leads/board/?stage=sal", user="sam")
    cards = page.locator("#cards-sal [data-card]")
    expect(cards).to_have_count(5)
    page.locator("#board").hover()
    page.mouse.wheel(0, 5_000)
    expect(cards).to_have_count(15)
    page.mouse.wheel(0, 5_000)
    expect(cards).to_have_count(20)
    expect(page.locator("#board .more")).to_have_count(0)


def test_the_board_lends_its_words_for_further_cards_to_no_other_part_of_the_page(standing, browse):
    page = browse(BOARD, user="sam")
    expect(page.locator(".places .more")).to_be_hidden()


def test_the_owner_of_a_card_stays_at_its_end_when_its_menu_opens(standing, browse):
    page = browse(BOARD, user="sam", width=2200)
    face = card(page, "Lead at sal").locator(".foot > :last-child")
    before = face.bounding_box()["x"]
    card(page, "Lead at sal").locator("summary").click()
    assert face.bounding_box()["x"] == pytest.approx(before, abs=1)


def test_everything_works_without_a_script(standing, browse):
    page = browse(BOARD, user="sam", scripts=False)
    card(page, "Lead at mql").locator("summary").click()
    card(page, "Lead at mql").locator("button:has-text('Accept')").click()
    expect(page.locator("#status")).to_contain_text("now stands at SAL")
    card(page, "Lead at sal").locator("summary").click()
    card(page, "Lead at sal").locator("a:has-text('Lose')").click()
    page.select_option("select[name=reason]", label="Price")
    page.click("main button.primary")
    expect(column(page, "lost").locator("[data-card]")).to_be_visible()
    page.click("button:has-text('Undo')")
    expect(column(page, "lost").locator("[data-card]")).to_have_count(0)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_board_is_accessible(standing, browse, width, dark):
    page = browse(BOARD, user="max", width=width, dark=dark)
    check(page, width)
    card(page, "Lead at sal").locator("summary").click()
    card(page, "Lead at sal").locator("a:has-text('Lose')").click()
    page.wait_for_selector("#step form.form")
    check(page, width)
    page.goto(f"{BOARD}?q=zzz")
    check(page, width)
