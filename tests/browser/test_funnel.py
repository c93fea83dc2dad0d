"""The funnel page in a real browser: accessible everywhere, quick with scripts and whole without."""

import pytest

from funnel import journeys
from leads import moves
from leads.lines import Given
from tests.browser.test_accessibility import LOOKS, check
from tests.factories import make_lead, reason

pytestmark = pytest.mark.browser


@pytest.fixture
def counted(live_server, mia, sam, max, now):
    """Leads of three sources, some on their way, all counted."""
    for number in range(12):
        lead = make_lead("tofu", source=["web", "unknown", ""][number % 3])
        moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
        if number % 2:
            moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
        elif number % 4:
            moves.move(lead_id=lead.pk, step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    journeys.apply_waiting()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_funnel_and_the_list_behind_a_number(counted, browse, width, dark):
    page = browse("/funnel/", user="max", width=width, dark=dark)
    check(page, width)
    page.goto("/funnel/?entry=mql&by=source&window=1&owner=(none)")
    check(page, width)
    page.goto("/funnel/?window=never")
    check(page, width)
    page.goto("/funnel/?to=2020-01-01")
    check(page, width)
    page.goto("/funnel/leads/?entry=mql&cell=entered")
    check(page, width)


def test_changing_the_question_changes_the_answer_and_the_address(counted, browse):
    page = browse("/funnel/", user="max")
    page.select_option("#id_by", "source")
    page.wait_for_selector("#groups-title")
    assert "by=source" in page.url
    page.select_option("#id_entry", "mql")
    page.wait_for_selector("#cohort-title:has-text('MQL')")
    page.reload()
    assert page.locator("#id_by").input_value() == "source"


def test_without_scripts_the_question_is_asked_by_a_button(counted, browse):
    page = browse("/funnel/", user="max", scripts=False)
    page.select_option("#id_entry", "mql")
    page.click("form.question button")
    assert "12" in page.locator("section[aria-labelledby=cohort-title] .tile b").first.inner_text()
    page.click("section[aria-labelledby=cohort-title] .tile a >> nth=0")
    assert page.locator("h1").inner_text() == "12 cycles that entered MQL"
    page.click("nav.crumbs a")
    assert page.locator("#id_entry").input_value() == "mql"


@pytest.mark.parametrize("width", [800, 1000, 1240])
def test_no_column_is_out_of_reach_between_the_phone_and_the_desk(counted, browse, width):
    page = browse("/funnel/?entry=mql&by=source", user="max", width=width)
    for path in ("/funnel/?entry=mql&by=source", "/funnel/leads/?entry=mql&cell=entered", "/leads/"):
        page.goto(path)
        check(page, width)
        shown = "[...document.querySelectorAll('.sheet')].filter(one => one.checkVisibility())"
        assert page.evaluate(f"{shown}.filter(one => one.scrollWidth > one.clientWidth).length") == 0
    page.goto("/funnel/leads/?entry=mql&cell=entered")
    assert page.locator(".shell nav [aria-current]").inner_text().strip() == "Funnel"


@pytest.fixture
def many(sam, max):
    for number in range(60):
        make_lead("tofu", owner=sam, name=f"Lead {number}")


def test_a_turned_page_begins_at_its_top(many, browse):
    page = browse("/leads/", user="max")
    page.locator("#page-older").click()
    page.wait_for_selector("#page-newer")
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize(
    ("status", "said"),
    [(503, "Your entries are still here"), (500, "see whether it was taken"), (0, "cannot be reached")],
)
def test_a_failure_says_what_to_do_next(counted, browse, status, said):
    page = browse("/funnel/", user="max")
    page.route("**/funnel/?*", lambda route: route.fulfill(status=status) if status else route.abort())
    page.select_option("#id_by", "source")
    page.wait_for_selector(f"#status:has-text('{said}')")
