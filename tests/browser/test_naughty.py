"""Strings that would like to be code or to burst the page, typed into every text field and shown on every screen."""

import pytest

from leads.models import Company
from tests.factories import make_lead

pytestmark = pytest.mark.browser

NAUGHTY = (
    "<script>window.ran = 1; alert(1)</script>",
    '"\'><img src=x onerror="window.ran = 1; alert(2)">',
    "</textarea></title><svg onload=alert(3)>",
    "javascript:alert(4)//",
    "' autofocus onfocus=alert(5) x='",
    "{{7*7}} {% now 'Y' %} ${7*7} %s %(name)s {0}",
    "'; DROP TABLE leads_lead; -- \\ %_",
    "W" * 200,
    "\u202eright to left override\u202d \u2066 isolate, never closed",
    "Z\u0310\u0353\u0324a\u0334\u0321l\u0355\u0347g\u0328\u0322o\u0489" * 6,
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇹🇭 ﷽ 田中さん",
    "ผู้ใช้ที่น่ารัก กิ่งก้านสาขาวิชาการตลาดดิจิทัล",
    "\x01\x08\x0b\x7f\u0085\ufeff\u200b\ufffe bells",
    "-1e309 NaN null undefined \\u0000 %00 ../../etc/passwd",
)
TEXTS = "input:is([type=text], [type=search], :not([type])), textarea"


class Typist:
    """Types into every text field of a form, sends it, and watches whether anything typed comes alive."""

    def __init__(self, page):
        self.page, self.dialogs, self.failures = page, [], []
        self.browser = page.context.new_cdp_session(page)
        self.browser.send("Network.enable")
        page.on("dialog", self.dismiss)
        page.on("response", self.note)

    def dress(self, *, plainly):
        """Plainly, pages come without our styles and scripts, and so at once; what runs in them runs all the same."""
        self.browser.send("Network.setBlockedURLs", {"urls": ["*/static/*"] if plainly else []})

    def dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def note(self, response):
        if response.status >= 500:
            self.failures.append(f"{response.request.method} {response.url}: {response.status}")

    def send(self, path, form, text, **more):
        """Open the page, fill every text field of its form, up to each one's limit, and send the form."""
        self.page.goto(path)
        self.page.evaluate(
            """([form, texts, text]) => {
              for (const field of document.querySelector(form).elements) {
                if (field.matches(texts)) field.value = field.maxLength > 0 ? text.slice(0, field.maxLength) : text
              }
            }""",
            [form, TEXTS, text],
        )
        for selector, value in more.items():
            self.page.locator(f"{form} [name={selector}]").fill(value)
        with self.page.expect_navigation():
            self.page.evaluate("form => document.querySelector(form).submit()", form)

    def alive(self):
        return self.dialogs or self.failures or self.page.evaluate("window.ran === 1")


def burst(page, width):
    """What sticks out sideways, or a heading that something covers."""
    return page.evaluate(
        """width => {
          const heading = document.querySelector("h1"), box = heading.getBoundingClientRect()
          heading.scrollIntoView({block: "center"})
          const at = heading.getBoundingClientRect()
          const on = document.elementFromPoint(at.x + Math.min(at.width, width) / 2, at.y + at.height / 2)
          const covered = box.width && on && !heading.contains(on) && !on.contains(heading)
          const right = (one) => one.getBoundingClientRect().right
          const out = [...document.querySelectorAll("body *")].filter((one) => right(one) > width)
          return document.documentElement.scrollWidth > width ? "too wide: " + out.at(-1)?.outerHTML.slice(0, 200)
            : covered ? "covered by " + on.outerHTML.slice(0, 80) : ""
        }""",
        width,
    )


@pytest.fixture
def target(live_server, ada, max, sam):
    company = Company.objects.create(name="Canyon Systems")
    lead = make_lead("mql", owner=sam, name="Noor", company_id=company.pk)
    return lead


def test_nothing_typed_anywhere_runs_or_bursts_a_page(target, browse):
    page = browse("/leads/", user="ada")
    typist = Typist(page)
    typist.dress(plainly=True)
    here = target.get_absolute_url()
    for number, text in enumerate(NAUGHTY):
        typist.send("/leads/new/", "main form[method=post]", text, email=f"naughty{number}@example.com", phone="")
        for form in ("note", "call", "plan"):
            typist.send(here, f"#compose-{form} form", text)
        typist.send(f"{here}edit/", "main form[method=post]", text, currency="USD")
        typist.send(here, "#contact form", text)
        typist.send(here, "#consent form", text)
        typist.send("/leads/views/new/?stage=mql", "main form[method=post]", text)
        company = f"/companies/{target.company_id}/edit/"
        typist.send(company, "main form[method=post]", text, domain=f"naughty{number}.example", revenue_currency="")
        typist.send("/people/invite/", "main form[method=post]", text, email=f"person{number}@example.com")
        typist.send(f"{here}erase/", "main form[method=post]", text, name=f"not {text}"[:100])  # or it would be erased
        typist.send("/accounts/", "main form[method=post]", text)
        typist.send(f"{here}merge/", "main form:has([name=q])", text)
        typist.send("/leads/", "#filters", text)
        typist.send("/companies/", "main form:has([name=q])", text)
        typist.send("/palette/", "main form:has([name=q])", text)
        assert not typist.alive(), (text, typist.dialogs, typist.failures)
    typist.dress(plainly=False)
    page.goto("/leads/?sort=-created")
    shown = [one.get_attribute("href") for one in page.locator("[data-row] a[data-open]").all()][:14]
    assert len(shown) >= 12
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (
            "/today/", "/leads/", "/leads/board/", "/companies/", f"/companies/{target.company_id}/", "/notices/",
            "/people/", "/jobs/", "/accounts/", "/me/away/", here, f"{here}edit/", f"{here}merge/?q=<script>",
            f"{here}erase/", "/leads/bulk/?all=1&do=accept", "/palette/?q=<script>", "/funnel/?by=source", *shown,
        ):  # fmt: skip
            page.goto(path)
            assert burst(page, width) == "", path
            assert not typist.alive(), (path, typist.dialogs, typist.failures)
