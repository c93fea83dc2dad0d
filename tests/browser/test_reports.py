"""The reports in a real browser: accessible everywhere, with the keyboard alone, and whole without scripts."""

import pytest
from playwright.sync_api import expect

from funnel import journeys
from leads import moves
from leads.lines import Given
from tests.browser.test_accessibility import LOOKS, check
from tests.browser.test_working import tab_to
from tests.factories import START, make_lead, reason

pytestmark = pytest.mark.browser
MARCH = "from=2026-03-01&to=2026-03-04"


@pytest.fixture
def counted(live_server, mia, sam, max, now):
    """Leads of three sources, some on their way, all counted; and one lead not counted yet."""
    for number in range(12):
        lead = make_lead("tofu", source=["web", "unknown", "x" * 60][number % 3], at=START)
        moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
        if number % 2:
            moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
        elif number % 4:
            moves.move(lead_id=lead.pk, step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    journeys.apply_waiting()
    make_lead("tofu")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_reports_and_the_list_behind_a_number(counted, browse, width, dark):
    page = browse("/reports/", user="max", width=width, dark=dark)
    check(page, width)
    for path in (
        "cohort/?entry=mql&by=source&grain=month&window=1&medium=(none)",
        f"change/?entry=mql&by=source&window=1&{MARCH}",
        "flow/?by=source",
        "snapshot/",
        *(f"{name}/?entry=mql&by=source" for name in ("times", "exits", "ageing", "speed", "sla", "velocity")),
        "balance/",
        "pipeline/",
        "change/",
        "cohort/?to=2020-01-01",
        "cohort/leads/?entry=mql&cell=entered",
    ):
        page.goto(f"/reports/{path}")
        check(page, width)


@pytest.mark.parametrize("width", [800, 1000, 1240])
def test_nothing_sticks_out_between_the_phone_and_the_desk(counted, browse, width):
    page = browse("/reports/", user="max", width=width)
    for path in ("", "cohort/?entry=tofu&by=source&grain=day&window=1", f"change/?by=source&{MARCH}"):
        page.goto(f"/reports/{path}")
        check(page, width)


def test_the_keyboard_alone_gets_from_anywhere_to_the_leads_behind_a_number(counted, browse):
    page = browse("/leads/", user="max")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/reports/")
    assert page.locator(".shell nav [aria-current]").inner_text().strip() == "Reports"
    tab_to(page, "^Cohort conversion")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/cohort/")
    page.focus("#id_entry")
    page.keyboard.press("M")
    page.keyboard.press("Q")
    page.wait_for_url("**entry=mql**")
    expect(page.locator("section.report tbody td >> nth=0")).to_have_text("12")
    tab_to(page, "^12$")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("12 cycles that entered MQL")
    assert page.locator(".shell nav [aria-current]").inner_text().strip() == "Reports"


def test_without_scripts_a_report_is_asked_by_a_button(counted, browse):
    page = browse("/reports/", user="max", scripts=False)
    page.click("text=Period flow")
    page.select_option("#id_by", "source")
    page.click("form.question button")
    row = page.locator("tbody tr", has_text="unknown").filter(has_text="MQL")
    expect(row.locator("td >> nth=0")).to_have_text("4")
    row.locator("td a >> nth=0").click()
    expect(page.locator("h1")).to_have_text("4 cycles that entered MQL, source unknown")
    page.click("nav.crumbs a")
    assert page.locator("#id_by").input_value() == "source"


def test_asking_on_keeps_a_filter_that_has_no_field(counted, browse):
    page = browse("/reports/cohort/?medium=(none)&source=web&source=unknown", user="max")
    page.select_option("#id_by", "source")
    page.wait_for_url("**by=source**")
    assert "medium=" in page.url
    assert page.url.count("source=") == 2
    page.click(".chips a:has-text('Source')")
    expect(page.locator("#id_source")).to_be_visible()
    expect(page.locator(".chips a")).to_have_count(1)


def test_the_table_comes_as_a_file(counted, browse):
    page = browse("/reports/flow/", user="max")
    with page.expect_download() as download:
        page.click("text=Download as CSV")
    assert download.value.suggested_filename.startswith("flow-")


def test_paper_shows_the_filters_and_no_controls(counted, browse):
    page = browse("/reports/cohort/?source=web", user="max")
    page.emulate_media(media="print")
    expect(page.locator(".lede time >> nth=0")).to_be_visible()
    expect(page.locator(".chips a")).to_be_visible()
    for hidden in (".shell", "form.question", "text=Download as CSV"):
        expect(page.locator(hidden).first).to_be_hidden()
