"""A real browser on a live server.

Playwright keeps an event loop in the test's thread while it runs, and Django refuses its ORM there: tests make their
data first (name those fixtures before `browse`) and look at results through the pages.
"""

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.demo import ARGS
from tests.factories import make_lead

expect.set_options(timeout=20_000)  # a busy machine is no failure


@pytest.fixture
def browse(live_server, chromium_path):
    """Opens a page on the live server; a refusal of the browser's or an error of a script fails the test at its end."""
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGS)

        def open_page(path="/", *, user="", width=1280, dark=False, scripts=True):
            context = browser.new_context(
                base_url=live_server.url, viewport={"width": width, "height": 900}, java_script_enabled=scripts,
                color_scheme="dark" if dark else "light", reduced_motion="reduce",
            )  # fmt: skip
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
            if user:
                page.goto("/accounts/login/")
                page.fill("#id_login", user)
                page.fill("#id_password", "demo")
                page.press("#id_password", "Enter")
                page.wait_for_url("**/today/")
            page.goto(path)
            return page

        yield open_page
        browser.close()
    assert complaints == []


@pytest.fixture
def offered(live_server, team):
    """A lead offered to sales, in the team queue, with a name that would like to be a script."""
    return make_lead("mql", name="Priya <script>alert(1)</script>", source="webinar")
