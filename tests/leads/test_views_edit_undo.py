"""Taking back what was no move: from the toast and from the timeline."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import consent, edits, keys, merging, talking, working
from leads.models import Edit, Lead
from tests.factories import make_lead

HTMX = {"HX-Request": "true"}


@pytest.fixture
def lead(sam):
    return make_lead("sal", owner=sam, name="Priya Raman", source="web")


@pytest.fixture
def edit(lead, sam):
    """Sam has just corrected the source."""
    return edits.set_facts(lead_id=lead.pk, facts={"source": "fair"}, by=sam, at=timezone.now())


def undo(edit):
    return reverse("edit_undo", args=[edit.pk])


def source(lead):
    return Lead.objects.get(pk=lead.pk).source


def test_who_made_an_edit_takes_it_back(client, sam, lead, edit):
    client.force_login(sam)
    assert client.post(undo(edit)).url == lead.get_absolute_url()
    assert source(lead) == "web"


def test_every_kind_of_edit_is_undone_from_the_page(client, sam, lead):
    now = timezone.now()
    working.touch(lead_id=lead.pk, kind="call", outcome="reached", note="", by=sam, at=now)
    working.plan(lead_id=lead.pk, kind="call", due_at=now + timedelta(days=1), note="", by=sam, at=now)
    talking.write(lead_id=lead.pk, text="hm", by=sam, at=now)
    keys.add(lead_id=lead.pk, kind="email", text="p@example.com", by=sam, at=now)
    edits.set_facts(lead_id=lead.pk, facts={"source": "fair"}, by=sam, at=now)
    client.force_login(sam)
    page = client.get(lead.get_absolute_url()).content.decode()
    assert all(f'action="{undo(one)}"' in page for one in Edit.objects.all())
    assert [client.post(undo(one)).status_code for one in Edit.objects.all()] == [302] * 5
    assert f'action="{undo(Edit.objects.first())}"' not in client.get(lead.get_absolute_url()).content.decode()


def test_facts_are_told_with_what_they_were(client, sam, alex, lead):
    edits.set_facts(
        lead_id=lead.pk, facts={"source": "fair", "owner_id": alex.pk, "amount": 1200, "currency": "EUR"}, by=sam,
        at=timezone.now(),
    )  # fmt: skip
    client.force_login(alex)
    page = client.get(lead.get_absolute_url()).content.decode()
    assert "Source: from <bdi>web</bdi> to <bdi>fair</bdi>" in page
    assert "Owner: from <bdi>sam</bdi> to <bdi>alex</bdi>" in page
    assert "Amount: from <bdi>nothing</bdi> to <bdi>1,200.00</bdi>" in page


def test_strangers_and_anonymous_people_take_nothing_back(client, eve, lead, edit):
    assert client.post(undo(edit)).status_code == 302
    client.force_login(eve)
    assert client.post(undo(edit)).status_code == 404
    assert client.post(reverse("edit_undo", args=[2**62])).status_code == 404
    assert source(lead) == "fair"


def test_colleagues_are_told_why_not_and_managers_may(client, alex, max, sam, lead):
    Lead.objects.filter(pk=lead.pk).update(owner=alex)
    edit = edits.set_facts(lead_id=lead.pk, facts={"source": "fair"}, by=alex, at=timezone.now())
    client.force_login(sam)
    response = client.post(undo(edit), headers=HTMX)
    assert (response.status_code, response["HX-Part"]) == (409, "body")
    assert "by managers" in response.content.decode()
    client.force_login(max)
    assert client.post(undo(edit)).status_code == 302
    assert source(lead) == "web"


def test_twice_is_a_conflict(client, sam, edit):
    client.force_login(sam)
    assert [client.post(undo(edit)).status_code for _ in range(2)] == [302, 409]


def test_what_was_changed_again_since_stays(client, sam, max, lead, edit):
    edits.set_facts(lead_id=lead.pk, facts={"source": "other"}, by=max, at=timezone.now())
    client.force_login(sam)
    response = client.post(undo(edit))
    assert response.status_code == 409
    assert "has been changed again since" in response.content.decode()
    assert source(lead) == "other"


def test_consent_is_not_taken_back_but_explained(client, sam, lead):
    consent.record(
        lead_id=lead.pk, granted=False, source="call", wording="spoken", occurred_at=None, by=sam, at=timezone.now()
    )
    client.force_login(sam)
    edit = Edit.objects.get()
    assert undo(edit) not in client.get(lead.get_absolute_url()).content.decode()
    assert "Record what they say now" in client.post(undo(edit)).content.decode()


def test_reading_takes_nothing_back(client, sam, lead, edit):
    client.force_login(sam)
    assert client.get(undo(edit)).url == lead.get_absolute_url()
    assert client.put(undo(edit)).status_code == 405
    assert source(lead) == "fair"


@pytest.mark.parametrize(("then", "where"), [("/leads/?q=a", "/leads/?q=a"), ("https://x.example/", None), ("", None)])
def test_an_undo_goes_back_to_the_page_it_was_pressed_on(client, sam, lead, edit, then, where):
    client.force_login(sam)
    assert client.post(undo(edit), query_params={"then": then}).url == (where or lead.get_absolute_url())


def test_an_edit_of_a_record_merged_since_is_told_on_the_survivor(client, sam, max, lead, edit):
    survivor = make_lead("sal", owner=sam)
    merging.merge(survivor_id=survivor.pk, absorbed_id=lead.pk, by=max, at=timezone.now())
    client.force_login(sam)
    assert client.post(undo(edit)).status_code == 409
    assert undo(edit) not in client.get(survivor.get_absolute_url()).content.decode()
