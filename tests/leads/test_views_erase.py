"""Erasing a person from their page."""

import pytest
from django.urls import reverse

from leads.models import Identity, Lead
from tests.factories import make_lead


@pytest.fixture
def lead(db):
    return make_lead("mql", name="Priya  Raman")


def url(lead):
    return reverse("lead_erase", args=[lead.pk])


def test_an_administrator_erases_by_typing_the_name(client, ada, lead):
    client.force_login(ada)
    assert "cannot be undone" in client.get(url(lead)).content.decode()
    assert client.post(url(lead), {"name": "priya raman"}, follow=True).status_code == 200
    assert Lead.objects.get(pk=lead.pk).erased_at
    assert not Identity.objects.filter(lead=lead).exists()


@pytest.mark.parametrize("name", ["", "Priya", "x" * 300, "a\0b"])
def test_another_name_erases_nobody(client, ada, lead, name):
    client.force_login(ada)
    assert client.post(url(lead), {"name": name}).status_code == 422
    assert not Lead.objects.get(pk=lead.pk).erased_at


@pytest.mark.parametrize("who", ["sam", "max", "mia"])
def test_nobody_else_erases(client, request, who, lead):
    client.force_login(request.getfixturevalue(who))
    assert "Erase this person" not in client.get(lead.get_absolute_url()).content.decode()
    assert client.post(url(lead), {"name": "Priya Raman"}).status_code == 403
    assert not Lead.objects.get(pk=lead.pk).erased_at


def test_strangers_and_wrong_verbs(client, alex, ada, lead):
    assert client.post(url(lead), {"name": "Priya Raman"}).status_code == 302
    client.force_login(alex)
    assert client.post(url(lead), {"name": "Priya Raman"}).status_code == 404
    client.force_login(ada)
    assert client.put(url(lead)).status_code == 405
    assert not Lead.objects.get(pk=lead.pk).erased_at
