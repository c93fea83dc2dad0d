"""Working one lead in a real browser: with the keyboard alone, two people at once, and without JavaScript."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads import edits, talking, working
from leads.roles import Role
from tests.conftest import person
from tests.factories import make_lead

pytestmark = pytest.mark.browser

DAY = "2999-12-24"


@pytest.fixture
def second(live_server, sam):
    """The lead that comes after the first in the list."""
    return make_lead("sal", owner=sam, name="Noor Haddad")


def test_two_leads_are_worked_with_the_keyboard_alone(sam, offered, second, browse):
    page = browse(f"{offered.get_absolute_url()}?back=/leads/&next={second.pk}", user="sam")
    said = page.locator("#status")
    page.keyboard.press("a")  # accept: one key
    expect(said).to_contain_text("now stands at SAL")
    page.keyboard.press("c")  # a call and its outcome: two
    page.keyboard.press("1")
    expect(said).to_contain_text("Call: Reached")
    page.keyboard.press("a")  # confirm asks for the deal's facts
    expect(page.locator("#confirm_amount")).to_be_focused()
    page.keyboard.type("12000")
    page.locator("#confirm_expected_close_on").fill(DAY)
    page.locator("#confirm_urgency").select_option("high")
    page.locator("#confirm_urgency").press("Enter")
    expect(said).to_contain_text("now stands at SQL")
    page.keyboard.press("j")  # next
    expect(page.locator("h1")).to_have_text("Noor Haddad")
    page.keyboard.press("l")  # lose, with a reason
    expect(page.locator("#lose_reason")).to_be_focused()
    page.keyboard.type("no b")  # No budget
    page.keyboard.press("Enter")
    expect(said).to_contain_text("now stands at Lost")
    page.keyboard.press("z")
    expect(said).to_contain_text("stands at SAL again")


def test_a_note_is_written_with_a_name_offered_and_undone_by_a_key(sam, max, second, browse):
    page = browse(second.get_absolute_url(), user="sam")
    page.keyboard.press("n")
    page.keyboard.type("Please look, @ma")
    expect(page.locator("#mentions")).to_contain_text("@max")
    page.keyboard.press("Enter")
    expect(page.locator("#note_text")).to_have_value("Please look, @max ")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#story")).to_contain_text("Please look, @max")
    page.keyboard.press("z")
    expect(page.locator("#status")).to_contain_text("Undone.")


def test_escape_closes_what_a_key_opened(sam, second, browse):
    page = browse(second.get_absolute_url(), user="sam")
    page.keyboard.press("r")
    expect(page.locator("#recycle_reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#recycle_reason")).to_be_hidden()
    page.keyboard.press("c")
    page.locator("#call_note").fill("they like it")
    page.keyboard.press("Escape")  # out of the text, to the outcomes
    page.keyboard.press("2")
    expect(page.locator("#story")).to_contain_text("they like it")


@pytest.fixture
def tom(live_server, sam, team):
    """Another SDR of Sam's team."""
    return person("tom", Role.SDR, team)


def test_two_sdrs_on_one_lead_the_second_loses_nothing_he_typed(tom, second, browse):
    first = browse(second.get_absolute_url(), user="sam")
    other = browse(second.get_absolute_url(), user="tom")
    other.keyboard.press("l")
    other.locator("#lose_note").fill("my very words")
    other.locator("#lose_competitor").fill("Initech")
    other.click("#compose-note > summary")
    other.locator("#note_text").fill("and these")
    first.keyboard.press("d")
    first.locator("#disqualify_reason").select_option(index=1)
    first.locator("#disqualify_reason").press("Enter")
    expect(first.locator("#status")).to_contain_text("now stands at Lost")
    with other.expect_response(lambda answer: "/move/lose/" in answer.url) as refused:
        other.locator("#lose_reason").select_option(index=1)
        other.locator("#lose_reason").press("Enter")
    assert refused.value.status == 409
    expect(other.locator(".problem")).to_contain_text("has moved since you looked")
    expect(other.locator(".problem")).to_contain_text("my very words")
    expect(other.locator(".path [aria-current]")).to_contain_text("Lost")
    expect(other.locator("#note_text")).to_have_value("and these")


def test_a_note_for_a_lead_that_moved_meanwhile_is_kept_and_then_written(sam, second, browse):
    first = browse(second.get_absolute_url(), user="sam")
    other = browse(second.get_absolute_url(), user="sam")
    first.keyboard.press("d")
    first.locator("#disqualify_reason").select_option(index=1)
    first.locator("#disqualify_reason").press("Enter")
    expect(first.locator("#status")).to_contain_text("now stands at Lost")
    other.keyboard.press("n")
    other.keyboard.type("my very words")
    other.keyboard.press("Control+Enter")
    expect(other.locator(".problem")).to_contain_text("somebody has moved this lead")
    expect(other.locator("#note_text")).to_have_value("my very words")
    other.locator("#note_text").press("Control+Enter")
    expect(other.locator("#story")).to_contain_text("my very words")


def test_the_same_work_without_javascript(sam, offered, second, browse):
    page = browse(f"{offered.get_absolute_url()}?back=/leads/&next={second.pk}", user="sam", scripts=False)
    page.click("button:has-text('Accept')")
    page.click("#compose-call > summary")
    page.fill("#call_note", "she likes it")
    page.click("#compose-call button:has-text('Reached')")
    expect(page.locator("#story")).to_contain_text("she likes it")
    page.click("summary:has-text('Confirm')")
    page.fill("#confirm_amount", "12000")
    page.fill("#confirm_expected_close_on", DAY)
    page.select_option("#confirm_urgency", "high")
    page.click("details[open] button.primary")
    expect(page.locator("#status")).to_contain_text("now stands at SQL")
    page.click("a[rel=next]:has-text('Next')")
    page.click("#compose-plan > summary")
    page.click("#compose-plan button:has-text('Tomorrow morning')")
    expect(page.locator(".planned")).to_contain_text("Call planned for")
    page.click("#status button:has-text('Undo')")
    expect(page.locator(".planned")).to_have_count(0)


@pytest.fixture
def twin(live_server, sam, second):
    """Another record of the same person."""
    return make_lead("mql", owner=sam, name="Noor Haddad")


@pytest.mark.parametrize("scripts", [True, False])
def test_two_records_are_merged_and_parted_again(sam, second, twin, browse, scripts):
    page = browse(f"{second.get_absolute_url()}merge/", user="sam", scripts=scripts)
    page.click("section a:has-text('Noor')")
    page.click("button:has-text('Merge the two')")
    expect(page.locator("#status")).to_contain_text("was merged into this lead")
    expect(page.locator(".merged")).to_contain_text("Noor Haddad")
    page.click(".merged button:has-text('Unmerge')")
    expect(page.locator("#status")).to_contain_text("Undone.")
    expect(page.locator(".merged")).to_have_count(0)


@pytest.fixture
def hostile(live_server, sam):
    """A lead all of whose texts would like to be something else."""
    text = "<script>alert(1)</script>" + "W" * 120 + "\u202e ผู้ใช้ที่น่ารัก"
    lead = make_lead("sal", owner=sam, name=text, source=text[:80], title=text[:120])
    at = timezone.now()
    talking.write(lead_id=lead.pk, text=text, by=sam, at=at)
    working.plan(lead_id=lead.pk, kind="todo", due_at=at + timedelta(days=1), note=text[:200], by=sam, at=at)
    edits.set_facts(lead_id=lead.pk, facts={"campaign": text[:120]}, by=sam, at=at)
    return lead


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("part", ["", "edit/", "merge/", "move/lose/"])
def test_hostile_text_breaks_no_page_of_a_lead(sam, hostile, browse, width, part):
    page = browse(f"{hostile.get_absolute_url()}{part}", user="sam", width=width)
    expect(page.locator("h1")).to_contain_text("<script>alert(1)</script>")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
