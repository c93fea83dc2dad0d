"""What a first visit costs: bytes and requests on the wire, scripts, and layout that moves under the reader."""

from datetime import timedelta

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import FSFilesHandler
from django.utils import timezone

from leads import working
from leads.models import Company
from tests.factories import make_lead

pytestmark = pytest.mark.browser

BYTES, REQUESTS, SHIFT = 120 * 1024, 8, 0.02
SCRIPTS = 35 * 1024
BOARD_SCRIPTS = 50 * 1024

# Adds up what moves without the reader's doing, from the first paint on.
WATCH_SHIFTS = """
window.shifted = 0
new PerformanceObserver(list => list.getEntries().forEach(one => {
  if (!one.hadRecentInput) window.shifted += one.value
})).observe({type: "layout-shift", buffered: true})
"""


class Wire:
    """Counts what a page has fetched, headers and all, as compressed as it came."""

    def __init__(self, page):
        self.asked, self.received = {}, {}
        self.session = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self.session.on("Network.requestWillBeSent", self.ask)
        self.session.on("Network.loadingFinished", self.receive)

    def ask(self, event):
        if not event["request"]["url"].startswith("data:"):
            self.asked[event["requestId"]] = event["request"]["url"]

    def receive(self, event):
        self.received[event["requestId"]] = int(event["encodedDataLength"])

    def open(self, page, path):
        self.asked.clear()
        self.received.clear()
        page.goto(path)
        page.wait_for_load_state("networkidle")

    def table(self):
        return [(self.received.get(one, 0), url) for one, url in self.asked.items()]


@pytest.fixture
def served_as_for_real(monkeypatch):
    """The test server would answer for static files before the middleware that serves and compresses them."""
    for handler in (StaticFilesHandler, FSFilesHandler):
        monkeypatch.setattr(handler, "_should_handle", lambda self, path: False)


@pytest.fixture
def busy(live_server, served_as_for_real, sam, max):
    """A queue, a table and columns as full as they get, and a lead with a past."""
    now = timezone.now()
    company = Company.objects.create(name="Canyon Systems", industry="Software", country="GB")
    stages = ("tofu", "mofu", "bofu", "mql", "mql", "mql", "sal", "sal", "sql", "won", "lost")
    leads = [
        make_lead(stage, owner=sam, name=f"Leander Longname {number}", company_id=company.pk, title="Head of Marketing",
                  source="webinar", at=now - timedelta(days=20, minutes=number))
        for number in range(10) for stage in stages
    ]  # fmt: skip
    lead = next(lead for lead in leads if lead.stage == "sal")
    for number in range(40):
        working.touch(
            lead_id=lead.pk, kind="call", outcome="no_answer", note=f"Rang {number} times",
            by=sam, at=now - timedelta(hours=number + 1),
        )  # fmt: skip
    return lead


def test_a_first_view_is_light_and_stands_still(busy, browse):
    page = browse("/today/", user="sam")
    wire = Wire(page)
    page.add_init_script(WATCH_SHIFTS)
    for path in ("/today/", "/leads/", "/leads/board/", busy.get_absolute_url()):
        scripts = BOARD_SCRIPTS if "board" in path else SCRIPTS
        wire.open(page, path)
        table = wire.table()
        assert len(table) <= REQUESTS, table
        assert sum(size for size, _ in table) <= BYTES, table
        assert 0 < sum(size for size, url in table if url.split("?")[0].endswith(".js")) <= scripts, table
        assert page.evaluate("window.shifted") <= SHIFT, path


def test_nothing_moves_when_the_search_opens_or_a_row_is_exchanged(busy, browse):
    page = browse("/today/", user="sam")
    page.add_init_script(WATCH_SHIFTS)
    for path in ("/today/", "/leads/", "/leads/board/", busy.get_absolute_url()):
        page.goto(path)
        page.keyboard.press("Control+k")
        page.locator("#palette-q").wait_for()
        page.keyboard.type("lean")
        page.locator("#palette a", has_text="Leander").first.wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("window.shifted") <= SHIFT, path
    page.goto("/today/")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.locator("#status button", has_text="Undo").wait_for()
    assert page.evaluate("window.shifted") <= SHIFT


def test_the_browser_says_nothing_against_any_page(busy, browse):
    page = browse("/today/", user="max")
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("response", lambda answer: said.append(answer.url) if answer.status >= 400 else None)
    for path in (
        "/today/", "/leads/", "/leads/board/", busy.get_absolute_url(), f"{busy.get_absolute_url()}merge/",
        "/companies/", f"/companies/{busy.company_id}/", "/notices/", "/jobs/", "/styleguide/", "/funnel/",
        "/preferences/", "/accounts/", "/accounts/sessions/", "/accounts/2fa/",
    ):  # fmt: skip
        page.goto(path)
        page.wait_for_load_state("networkidle")
    assert said == []
