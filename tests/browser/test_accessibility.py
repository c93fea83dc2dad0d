"""axe finds nothing on any page, light or dark, wide or narrow; and nothing sticks out sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import make_lead

pytestmark = pytest.mark.browser

LOOKS = [(width, dark) for width in (1280, 375) for dark in (False, True)]
WIDE = "document.documentElement.scrollWidth"


def check(page, width):
    """No violation of WCAG 2.2 AA, and no sideways scrolling."""
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})  # WCAG 2.2's, off by default
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate(WIDE) <= width


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_way_in(browse, settings, width, dark):
    settings.SHOW_DEMO_LOGINS = True
    page = browse("/accounts/login/", width=width, dark=dark)
    check(page, width)
    page.fill("#id_login", "nobody")
    page.press("#id_login", "Enter")
    page.wait_for_selector(".problem")
    check(page, width)
    page.goto("/accounts/password/reset/")
    check(page, width)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_list(sam, max, browse_with_leads, width, dark):
    page = browse_with_leads("/leads/", user="max", width=width, dark=dark)
    check(page, width)
    page.goto("/leads/?stage=won&owner=abc")
    check(page, width)
    page.goto("/leads/new/")
    check(page, width)
    page.goto("/nowhere")
    check(page, width)


@pytest.fixture
def browse_with_leads(offered, sam, request):
    for stage in ("tofu", "bofu", "sal", "sql", "won"):
        make_lead(stage, owner=sam, name=f"Somebody at {stage}", title="Head of Operations", source="x" * 80)
    return request.getfixturevalue("browse")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_lead_its_forms_and_its_errors(ada, max, offered, browse, width, dark):
    page = browse(offered.get_absolute_url(), user="max", width=width, dark=dark)
    check(page, width)
    page.click("summary:has-text('Reject')")
    check(page, width)
    page.click("details[open] button.primary")
    page.wait_for_selector("details .problem")
    check(page, width)
    page.goto(f"{offered.get_absolute_url()}move/disqualify/")
    check(page, width)
    page.goto(f"{offered.get_absolute_url()}edit/")
    check(page, width)
    page.goto(offered.get_absolute_url())
    page.click("button:has-text('Accept')")
    page.wait_for_selector("#status button:has-text('Undo')")
    check(page, width)
