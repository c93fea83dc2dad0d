"""axe on what opens while people work: panels, forms in place, previews, jobs, threads, and the rarer pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leads import jobs, merging, moves, talking, working
from leads.lines import Given
from leads.models import Absence, Company, Job, Lead, SavedView
from tests.browser.test_accessibility import LOOKS, check
from tests.factories import make_lead, reason

pytestmark = pytest.mark.browser


@pytest.fixture
def worked(live_server, sam, mia, max):
    """A company's lead that sales rejected, was talked about and absorbed another record; a job; a view; a holiday."""
    now = timezone.now()
    company = Company.objects.create(name="Canyon Systems", domain="canyon.example", industry="Software", employees=40)
    lead, twin, other = (
        make_lead(stage, owner=sam, name=f"Noor Haddad {stage}", company_id=company.pk, at=now - timedelta(days=9))
        for stage in ("mql", "mofu", "tofu")
    )
    moves.move(lead_id=lead.pk, step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    talking.write(lead_id=lead.pk, text="Wrong country, @sam?", by=mia, at=now, cycle=lead.cycle)
    working.plan(lead_id=other.pk, kind="call", due_at=now + timedelta(hours=1), note="Ring again", by=sam, at=now)
    merging.merge(survivor_id=lead.pk, absorbed_id=twin.pk, by=max, at=now)
    make_lead("won", owner=sam, name="Won long ago")
    ask = jobs.Ask(Job.Kind.MOVE, "consider")
    job = jobs.start(ask, Lead.objects.visible_to(max), by=max, at=now)
    jobs.run(job_id=job.pk, at=now)
    SavedView.objects.create(owner=max, name="Only what is hot", query="stage=mofu&score=50")
    Absence.objects.create(user=sam, starts_on=now.date(), ends_on=now.date())
    return lead, twin, other, company, job


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_table_at_work(worked, browse, width, dark):
    job = worked[-1]
    page = browse("/leads/?cols=title", user="max", width=width, dark=dark)
    page.locator("[data-row] [type=checkbox]").first.check()
    check(page, width)
    page.click("[data-panel=filters] summary")
    check(page, width)
    page.click("[data-panel=columns] summary")
    check(page, width)
    page.goto("/leads/bulk/?all=1&do=consider")
    check(page, width)
    for path in (
        "/leads/views/new/?stage=mofu", "/jobs/", f"/jobs/{job.pk}/", "/leads/?q=zzzz", "/leads/?cols=phone&cols=email",
    ):  # fmt: skip
        page.goto(path)
        check(page, width)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_lead_at_work(worked, browse, width, dark):
    lead, twin, other, _, _ = worked
    page = browse(lead.get_absolute_url(), user="max", width=width, dark=dark)
    check(page, width)
    for name in ("call", "note", "plan"):
        page.click(f"#compose-{name} summary")
    check(page, width)
    page.click("summary[aria-label=More]")
    check(page, width)
    for path in (f"{other.get_absolute_url()}merge/?q=Noor", f"{other.get_absolute_url()}contact/"):
        page.goto(path)
        check(page, width)
    page.goto(f"{other.get_absolute_url()}merge/?with={lead.pk}")
    check(page, width)
    page.goto(twin.get_absolute_url())
    check(page, width)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_companies_and_the_rarer_pages(worked, ada, browse, width, dark):
    lead, _, other, company, _ = worked
    page = browse(f"/companies/{company.pk}/", user="ada", width=width, dark=dark)
    check(page, width)
    for path in (
        f"/companies/{company.pk}/edit/", "/companies/?q=canyon", "/me/away/", f"{other.get_absolute_url()}erase/",
        f"{lead.get_absolute_url()}merge/", "/notices/", "/leads/4711/", "/palette/?q=noor",
    ):  # fmt: skip
        page.goto(path)
        check(page, width)
