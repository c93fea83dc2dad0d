"""On a phone, what is pressed is high enough for a thumb."""

import pytest

from tests.factories import make_lead

pytestmark = pytest.mark.browser

TALL = 44
# A box inside a label is pressed by the label.
PRESSED = "a[href], button, summary, select, label:has(input), input:not(label *, [type=hidden])"
LOW = f"""tall => [...document.querySelectorAll("{PRESSED}")]
    .filter((one) => one.checkVisibility() && !one.matches(".skip") && one.getBoundingClientRect().height < tall - .01)
    .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def lead(live_server, max):
    return make_lead("sal", owner=max, name="Priya")


@pytest.mark.parametrize("path", ["/today/", "/leads/", "/leads/board/", "lead", "/jobs/", "/companies/"])
def test_every_target_of_a_phone_is_44_pixels_high(lead, browse, path):
    page = browse(lead.get_absolute_url() if path == "lead" else path, user="max", width=375)
    assert page.evaluate(LOW, TALL) == []
