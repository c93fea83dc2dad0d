"""The pages of companies: their list, one of them, and the form of its facts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import company_edits
from leads.models import Company, CompanyEdit, Touch, User
from tests.factories import make_lead

LIST = reverse("company_list")
HOSTILE = ["<script>alert(1)</script>", 'Robert"); DROP TABLE leads;--', "مرحبا \u202e gnp.exe", "บริษัท ทดสอบ"]


@pytest.fixture
def acme(sam):
    company = Company.objects.create(name="Acme", domain="acme.example", industry="Retail", employees=80)
    make_lead("sal", owner=sam, name="Priya", company_id=company.pk)
    return company


def page(company):
    return reverse("company", args=[company.pk])


def edit(company):
    return reverse("company_edit", args=[company.pk])


def undo(company):
    """The address that takes back a correction by somebody else."""
    by = User.objects.get_or_create(username="ada")[0]
    facts = {"employees": company.employees + 1}
    made = company_edits.correct(company_id=company.pk, facts=facts, by=by, at=timezone.now())
    return reverse("company_undo", args=[made.pk])


def entered(client, company, **changes):
    """What the form sends after somebody changed this much of it."""
    form = client.get(edit(company)).context["form"]
    return {**form.now, "shown": form.shown, **changes}


def names(response):
    return [company.name for company, _ in response.context["rows"]]


@pytest.mark.parametrize("address", [LIST, "/companies/1/", "/companies/1/edit/"])
def test_anonymous_people_are_asked_to_log_in(client, db, address):
    assert client.get(address).status_code == 302


def test_the_list_shows_companies_with_their_leads(client, sam, acme):
    client.force_login(sam)
    answered = client.get(LIST)
    [(company, tally)] = answered.context["rows"]
    assert (company, tally.open, tally.won) == (acme, 1, 0)
    assert client.post(LIST).status_code == 405


def test_the_list_is_searched_and_turned(client, max, acme):
    Company.objects.bulk_create(Company(name=f"Company {number:03}") for number in range(60))
    client.force_login(max)
    first = client.get(LIST)
    second = client.get(first.context["older"])
    assert len(names(first)) == 50
    assert names(client.get(second.context["newer"])) == names(first)
    assert names(client.get(f"{LIST}?q=acme&industry=Retail&size=51-200")) == ["Acme"]
    assert client.get(f"{LIST}?q=nothing").status_code == 200
    assert client.get(f"{LIST}?after=x&size=x&before=y").status_code == 200


def test_a_stranger_finds_no_company(client, eve, acme):
    client.force_login(eve)
    assert names(client.get(LIST)) == []
    for address in (page(acme), edit(acme)):
        assert client.get(address).status_code == 404
    assert client.post(edit(acme), {"name": "x"}).status_code == 404
    assert client.post(undo(acme)).status_code == 404
    assert Company.objects.get().name == "Acme"


def test_a_company_shows_only_leads_in_sight(client, sam, eve, acme):
    make_lead("sal", owner=eve, name="Hidden", company_id=acme.pk)
    client.force_login(sam)
    shown = client.get(page(acme)).content
    assert b"Priya" in shown
    assert b"Hidden" not in shown


def test_what_happened_is_turned_page_by_page(client, sam, acme, now):
    lead = acme.leads.get()
    for number in range(60):
        Touch.objects.create(lead=lead, occurred_at=now, key=f"{number}", kind="call", by=sam)
    client.force_login(sam)
    first = client.get(page(acme))
    assert len(first.context["entries"]) == 50
    assert len(client.get(first.context["older"]).context["entries"]) == 11
    for query in (
        "before=x",
        "before=2026-01-01",
        f"before={now:%Y-%m-%dT%H:%M:%SZ}&seen=-1",
        "before=2026-99-99T00:00:00Z",
    ):
        assert client.get(f"{page(acme)}?{query}").status_code == 200


def test_facts_are_saved_and_undone(client, sam, acme):
    client.force_login(sam)
    client.post(edit(acme), entered(client, acme, employees="90", technologies="SAP, Slack", spends_on_ads="true"))
    saved = Company.objects.get()
    assert (saved.employees, saved.technologies, saved.spends_on_ads) == (90, ["SAP", "Slack"], True)
    [message] = client.get(page(acme)).context["messages"]
    client.post(message.extra_tags)
    assert Company.objects.get().employees == 80


def test_an_undo_stands_in_the_story_for_who_may(client, sam, max, alex, acme):
    client.force_login(sam)
    client.post(edit(acme), entered(client, acme, employees="90"))
    address = reverse("company_undo", args=[CompanyEdit.objects.get().pk])
    assert f'action="{address}"' in client.get(page(acme)).content.decode()
    assert client.get(address).status_code == 405
    CompanyEdit.objects.update(at=timezone.now() - timedelta(hours=1))
    told = client.get(page(acme)).content.decode()
    assert "Facts changed" in told
    assert address not in told
    client.post(address)
    assert Company.objects.get().employees == 90
    client.force_login(max)
    assert f'action="{address}"' in client.get(page(acme)).content.decode()
    client.post(address)
    assert Company.objects.get().employees == 80
    assert "undone" in client.get(page(acme)).content.decode()


def test_an_account_executive_may_not_correct(client, alex, acme):
    make_lead("sql", owner=alex, company_id=acme.pk)
    client.force_login(alex)
    assert client.get(page(acme)).status_code == 200
    assert client.post(edit(acme), {"name": "x"}).status_code == 403
    assert client.post(undo(acme)).status_code == 403
    assert Company.objects.get().name == "Acme"


def test_an_old_page_takes_nothing_back_and_is_told_of_a_conflict(client, sam, acme):
    client.force_login(sam)
    old = entered(client, acme, employees="90")
    Company.objects.update(industry="Software")
    client.post(edit(acme), old)
    assert (Company.objects.get().industry, Company.objects.get().employees) == ("Software", 90)
    old = entered(client, acme, employees="95")
    Company.objects.update(employees=97)
    answered = client.post(edit(acme), old)
    assert answered.status_code == 409
    assert b"changed it to: 97" in answered.content
    assert b'value="95"' in answered.content


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"domain": "not a domain"}, b"Write a domain"), ({"employees": "-3"}, b"greater than or equal to 0"),
        ({"revenue": "5", "revenue_currency": ""}, b"Give the currency"), ({"name": ""}, b"required"),
        ({"employees": "many"}, b"whole number"), ({"name": "nul\0byte"}, b"Null characters"),
        ({"technologies": "x" * 99}, b"at most 80"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(client, sam, acme, changes, said):
    client.force_login(sam)
    answered = client.post(edit(acme), entered(client, acme, **changes))
    assert answered.status_code == 422
    assert said in answered.content
    assert Company.objects.get().employees == 80


def test_a_domain_that_is_taken_is_told(client, max, acme):
    other = Company.objects.create(name="Other")
    client.force_login(max)
    answered = client.post(edit(other), entered(client, other, domain="acme.example"))
    assert answered.status_code == 409
    assert b"Another company has this domain." in answered.content


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_only_shown(client, max, acme, text):
    Company.objects.update(name=text, industry=text)
    client.force_login(max)
    for address in (LIST, page(acme), edit(acme), f"{LIST}?q={text}"):
        shown = client.get(address)
        assert shown.status_code == 200
        assert b"<script>alert" not in shown.content


@pytest.mark.parametrize("rows", [5, 60])
def test_pages_cost_the_same_with_many_rows(client, sam, acme, now, rows, django_assert_max_num_queries):
    for number in range(rows):
        at = now - timedelta(hours=number)
        lead = make_lead("sal", owner=sam, company_id=Company.objects.create(name=f"Company {number}").pk, at=at)
        make_lead("sal", owner=sam, company_id=acme.pk, at=at)
        Touch.objects.create(lead=lead, occurred_at=now, key="1", kind="call", by=sam)
    client.force_login(sam)
    with django_assert_max_num_queries(12):
        client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(page(acme))
