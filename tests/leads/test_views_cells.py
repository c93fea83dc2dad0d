"""Facts edited in the table; and the table as a file."""

import csv
import json
from io import StringIO

import pytest
from django.urls import reverse

from leads import exporting
from leads.models import Edit, Identity, Lead
from tests.conftest import give_password_again
from tests.factories import make_lead

HTMX = {"HX-Request": "true"}


def cell(lead, fact="title"):
    return reverse("lead_cell", args=[lead.pk, fact])


def posted(client, lead, fact, shown, **values):
    return client.post(cell(lead, fact), {"shown": json.dumps(shown), **values}, headers=HTMX)


def test_a_cell_becomes_a_field_and_saves(client, sam):
    lead = make_lead("sal", owner=sam, title="CTO")
    client.force_login(sam)
    assert 'value="CTO"' in client.get(cell(lead), headers=HTMX).content.decode()
    page = posted(client, lead, "title", {"title": "CTO"}, title="CFO").content.decode()
    assert "<bdi>CFO</bdi>" in page
    assert Lead.objects.get(pk=lead.pk).title == "CFO"
    assert Edit.objects.get().data == {"title": ["CTO", "CFO"]}


def test_what_somebody_else_changed_is_told_and_what_was_typed_stays(client, sam):
    lead = make_lead("sal", owner=sam, title="CFO")
    client.force_login(sam)
    response = posted(client, lead, "title", {"title": "CTO"}, title="Chief")
    page = response.content.decode()
    assert response.status_code == 409
    assert "changed it to: CFO" in page
    assert 'value="Chief"' in page
    assert Lead.objects.get(pk=lead.pk).title == "CFO"


def test_only_the_fact_of_the_cell_is_written(client, sam):
    lead = make_lead("sal", owner=sam, title="CTO", source="web")
    client.force_login(sam)
    posted(client, lead, "title", {"title": "CTO", "source": "web"}, title="CFO", source="mine")
    assert Lead.objects.get(pk=lead.pk).source == "web"


def test_an_amount_goes_with_its_currency(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    assert posted(client, lead, "amount", {}, amount="12", currency="").status_code == 422
    posted(client, lead, "amount", {}, amount="12.50", currency="eur")
    assert str(Lead.objects.get(pk=lead.pk).amount) == "12.50"
    assert Lead.objects.get(pk=lead.pk).currency == "EUR"


def test_a_stranger_s_cell_is_404_and_so_is_a_fact_there_is_not(client, sam, eve):
    lead = make_lead("sal", owner=eve)
    client.force_login(sam)
    assert posted(client, lead, "title", {}, title="x").status_code == 404
    own = make_lead("sal", owner=sam)
    assert posted(client, own, "stage", {}, stage="won").status_code == 404
    assert not Edit.objects.exists()


def test_without_a_script_the_edit_page_opens(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    assert client.get(cell(lead)).headers["Location"] == reverse("lead_edit", args=[lead.pk])


# The file


def rows(response):
    return list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))


@pytest.mark.django_db(transaction=True)
def test_the_file_has_the_leads_of_the_list_with_their_keys(client, max):
    lead = make_lead("mql", name="Ann", source="web", contact=False)
    Identity.objects.create(kind="email", value="ann@example.com", lead=lead)
    make_lead("sal", name="other")
    client.force_login(max)
    asked = client.get(reverse("lead_export"), {"stage": "mql"})
    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next=%2Fleads%2F%3Fstage%3Dmql"
    assert "then press CSV again" in client.get(asked["Location"]).content.decode()
    given = client.post(asked["Location"], {"password": "demo", "next": "/leads/?stage=mql"})
    assert given["Location"] == "/leads/?stage=mql"
    [row] = rows(client.get(reverse("lead_export"), {"stage": "mql"}))
    assert (row["lead"], row["name"], row["email"], row["stage"]) == (str(lead.pk), "Ann", "ann@example.com", "mql")


def test_who_may_not_export_is_refused(client, sam):
    client.force_login(sam)
    assert client.get(reverse("lead_export")).status_code == 403


def test_no_file_is_made_when_a_filter_makes_no_sense(client, max):
    make_lead(source="web")
    client.force_login(max)
    give_password_again(client)
    told = client.get(reverse("lead_export"), {"source": "gone"}, follow=True).content.decode()
    assert "No file was made" in told


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\ufeff=1", "\u200b=1", "\uff1d1+1", "\uff0b1", "\uff20x",
     "\x0b=1", "\u00a0-1"],
)  # fmt: skip
def test_no_cell_is_a_formula(text):
    assert exporting.safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Ann", "a=b", "", "1-2", "สมชาย", "'quoted"])
def test_other_cells_stay_as_they_are(text):
    assert exporting.safe(text) == text
