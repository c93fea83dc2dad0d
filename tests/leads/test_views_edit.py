"""Opening a lead by hand and correcting its facts."""

import re

import pytest
from django.urls import reverse

from leads.models import Company, Consent, Identity, Lead
from tests.factories import make_lead

NEW = reverse("lead_new")
PRIYA = {"name": "Priya", "email": " Priya@Example.COM ", "company": "Kestrel", "source": "webinar", "consents": "on"}


def edit(lead):
    return reverse("lead_edit", args=[lead.pk])


def facts(**changed):
    return {"name": "", "company_name": "", "source": "", "owner": "", "amount": "", "currency": "", **changed}


def test_a_lead_is_opened_with_its_identity_company_and_consent(client, mia):
    client.force_login(mia)
    response = client.post(NEW, {**PRIYA, "phone": "+1 415 555 2671"})
    lead = Lead.objects.get()
    assert response["Location"] == lead.get_absolute_url()
    assert (lead.stage, lead.name, lead.company.name, lead.source) == ("tofu", "Priya", "Kestrel", "webinar")
    assert set(lead.identities.values_list("value", flat=True)) == {"priya@example.com", "+14155552671"}
    assert lead.consents.get().granted


def test_an_sdr_owns_what_they_open(client, sam):
    client.force_login(sam)
    assert "Lead created." in client.post(NEW, PRIYA, follow=True).content.decode()
    assert Lead.objects.get().owner == sam


def test_a_known_e_mail_leads_to_the_lead_that_has_it(client, mia):
    client.force_login(mia)
    client.post(NEW, PRIYA)
    response = client.post(NEW, {**PRIYA, "name": "Somebody else", "email": "PRIYA@example.com"})
    assert response.status_code == 409
    assert "<p>It is <a " in response.content.decode()
    assert "Ask a marketer" not in response.content.decode()
    assert Lead.objects.get().get_absolute_url() in response.content.decode()


def test_a_known_lead_out_of_sight_is_not_shown(client, sam, eve):
    known = make_lead("sal", owner=eve, contact=False, name="Secret")
    Identity.objects.create(kind="email", value="priya@example.com", lead=known)
    client.force_login(sam)
    response = client.post(NEW, PRIYA)
    assert response.status_code == 409
    assert "Ask a marketer or manager." in response.content.decode()
    assert "Secret" not in response.content.decode()
    assert known.get_absolute_url() not in response.content.decode()


def test_a_company_is_the_same_whatever_its_capitals(client, mia):
    company = Company.objects.create(name="KESTREL")
    client.force_login(mia)
    client.post(NEW, PRIYA)
    assert Lead.objects.get().company == company


@pytest.mark.parametrize(
    "wrong",
    [{"email": "", "phone": ""}, {"email": "no"}, {"phone": "call me"}, {"name": "a\0b"}, {"name": "x" * 201},
     {"company": "\0"}, {"email": "a\0@example.com"}],
)  # fmt: skip
def test_nonsense_opens_nothing(client, mia, wrong):
    client.force_login(mia)
    response = client.post(NEW, {**PRIYA, **wrong})
    assert response.status_code == 422
    assert "Please correct:" in response.content.decode()
    assert (Lead.objects.count(), Consent.objects.count(), Company.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_anonymous_people_open_and_edit_nothing(client, lead, method):
    assert getattr(client, method)(NEW).status_code == 302
    assert getattr(client, method)(edit(lead), facts(name="x")).status_code == 302
    assert Lead.objects.get().name == ""


def test_facts_are_corrected_and_the_stage_stays(client, mia, lead, sam):
    client.force_login(mia)
    sent = facts(name="Priya", company_name="Kestrel", owner=sam.pk, amount="10.50", currency="eur", stage="won")
    assert client.post(edit(lead), sent)["Location"] == lead.get_absolute_url()
    lead = Lead.objects.get()
    assert (lead.name, lead.company.name, lead.owner, lead.currency) == ("Priya", "Kestrel", sam, "EUR")
    assert (lead.stage, lead.version) == ("tofu", 1)


def test_a_stranger_edits_nothing(client, eve, lead):
    client.force_login(eve)
    assert client.get(edit(lead)).status_code == 404
    assert client.post(edit(lead), facts(name="mine")).status_code == 404
    assert Lead.objects.get().name == ""


@pytest.mark.parametrize(
    "wrong", [{"amount": "-1"}, {"currency": "12"}, {"name": "\0"}, {"urgency": "now"}, {"owner": "0"}]
)
def test_nonsense_facts_are_not_saved(client, mia, lead, wrong):
    client.force_login(mia)
    assert client.post(edit(lead), facts(**{"name": "new", **wrong})).status_code == 422
    assert Lead.objects.get().name == ""


def test_giving_a_lead_away_leads_back_to_the_list(client, alex, sam):
    lead = make_lead("sql", owner=alex)
    client.force_login(alex)
    shown = client.get(edit(lead)).context["form"].shown
    assert client.post(edit(lead), {"shown": shown, "owner": sam.pk})["Location"] == reverse("lead_list")


def test_other_methods_are_refused(client, mia, lead):
    client.force_login(mia)
    assert client.delete(NEW).status_code == 405
    assert client.delete(edit(lead)).status_code == 405


@pytest.mark.parametrize("name", ["lead_new", "lead_edit", "company_edit"])
def test_the_first_field_takes_the_focus(client, ada, name):
    company = Company.objects.create(name="Kestrel")
    lead = make_lead(company_id=company.pk)
    args = {"lead_edit": [lead.pk], "company_edit": [company.pk]}.get(name, [])
    client.force_login(ada)
    page = client.get(reverse(name, args=args)).content.decode()
    assert re.findall(r'<input[^>]* name="(\w+)"[^>]* data-focus=', page) == ["name"]


def test_nothing_chosen_yet_is_worded_like_everywhere(client, mia):
    client.force_login(mia)
    page = client.get(edit(make_lead())).content.decode()
    chosen_from = re.findall(r'<option value=""[^>]*>([^<]+)', page)
    assert sorted(chosen_from) == ["Choose a piece of content", "Choose an urgency", "Nobody"]
    assert "what brought it in" not in page
