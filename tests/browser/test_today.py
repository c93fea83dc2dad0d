"""Ten leads worked from Today with the keyboard alone, and the same without a script."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Lead
from tests.browser.test_accessibility import LOOKS, check
from tests.factories import make_lead

pytestmark = pytest.mark.browser


@pytest.fixture
def full_queue(live_server, sam):
    """Five offers and five accepted leads of Sam's, the offers first."""
    now = timezone.now()
    for number in range(5):
        offer = make_lead("mql", owner=sam, name=f"Offer {number}", at=now - timedelta(hours=1))
        mine = make_lead("sal", owner=sam, name=f"Lead {number}", at=now - timedelta(days=1))
        Lead.objects.filter(pk=offer.pk).update(due_at=now - timedelta(hours=9 - number))
        Lead.objects.filter(pk=mine.pk).update(due_at=now - timedelta(minutes=50 - number))


def row(page):
    """The row that has the focus."""
    return page.locator("[data-row]:focus-within")


def at(page, name):
    expect(row(page)).to_contain_text(name)


def change(page, *keys, says):
    """A simple change of status: three keys at the most, and the page says what came of it."""
    assert len(keys) <= 3
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("#status")).to_contain_text(says)


def test_ten_leads_are_worked_with_the_keyboard_alone(full_queue, browse):
    page = browse("/today/", user="sam")
    page.keyboard.press("j")
    at(page, "Offer 0")
    for number in range(4):  # one key takes an offer, and the next has the focus
        change(page, "a", says=f"Offer {number} now stands at SAL")
        at(page, f"Offer {number + 1}")
    change(page, "2", "1", says="Offer 4 now stands at MoFu")  # reject, for the first reason
    at(page, "Lead 0")
    change(page, "c", "3", says="Call with Lead 0: No answer")
    at(page, "Lead 0")
    page.keyboard.press("a")  # a deal
    expect(page.locator(":focus")).to_have_attribute("name", "amount")
    page.keyboard.type("1200")
    page.keyboard.press("Tab")  # the currency is filled in
    page.keyboard.press("Tab")
    page.keyboard.type("01012099")
    while not page.locator(":focus[name=urgency]").count():  # a date is several stops
        page.keyboard.press("Tab")
    page.keyboard.type("Normal")
    while not page.locator(".ask .primary:focus").count():
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("Lead 0 now stands at SQL")
    at(page, "Lead 1")
    for number in (1, 2):  # lost, for the second reason
        change(page, "2", "2", says=f"Lead {number} now stands at Lost")
        at(page, f"Lead {number + 1}")
    change(page, "c", "1", says="Call with Lead 3")
    page.keyboard.press("j")  # he stays where he stands, and the next is worked
    at(page, "Lead 4")
    change(page, "2", "2", says="Lead 4 now stands at Lost")
    change(page, "z", says="Undone: Lead 4 stands at SAL again")


def test_what_was_opened_in_place_is_closed_by_escape(full_queue, browse):
    page = browse("/today/", user="sam")
    page.keyboard.press("j")
    page.keyboard.press("2")
    expect(page.locator(".ask .reasons").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".ask .reasons")).to_have_count(0)
    at(page, "Offer 0")


def test_a_forgotten_fact_is_asked_for_in_place(full_queue, browse):
    page = browse("/today/", user="sam")
    page.locator("[data-row]", has_text="Lead 3").get_by_text("Confirm").click()
    page.fill("[name=note]", "kept")
    page.click(".ask .primary")
    expect(page.locator(".ask .problem")).to_be_focused()
    expect(page.locator("[name=note]")).to_have_value("kept")


def test_the_same_without_a_script(full_queue, browse):
    page = browse("/today/", user="sam", scripts=False)
    page.locator("[data-row]", has_text="Offer 0").get_by_text("Accept").click()
    expect(page.locator("#status")).to_contain_text("Offer 0 now stands at SAL")
    page.locator("#status").get_by_text("Undo").click()
    expect(page.locator("#status")).to_contain_text("Offer 0 stands at MQL again")
    page.locator("[data-row]", has_text="Lead 0").get_by_text("Call").click()
    page.fill("[name=note]", "rang twice")
    page.get_by_text("No answer").click()
    expect(page.locator("#status")).to_contain_text("Call with Lead 0: No answer")
    page.locator("[data-row]", has_text="Lead 1").locator("summary").first.click()
    page.locator("[data-row]", has_text="Lead 1").get_by_text("Lose").click()
    page.get_by_text("Price").click()
    expect(page.locator("#status")).to_contain_text("Lead 1 now stands at Lost")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_nothing_is_found_by_axe(full_queue, max, browse, width, dark):
    page = browse("/today/", user="sam", width=width, dark=dark)
    check(page, width)
    page.locator("[data-row]", has_text="Offer 0").get_by_text("Call").click()
    page.locator(".ask .reasons").wait_for()
    check(page, width)
    page.get_by_text("Why here?").first.click()
    page.get_by_text("In working time").first.wait_for()
    check(page, width)
    for address in ("/notices/", "/companies/", "/today/?section=overdue"):
        page.goto(address)
        check(page, width)
