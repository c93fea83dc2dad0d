"""The ways to the rows before and after: what they are called, and nothing else beside them."""

import pytest
from django.urls import reverse

from leads import ordering
from tests.factories import make_lead

LIST = reverse("lead_list")


def pager(response):
    return response.content.decode().partition('<nav class="pager"')[2].partition("</nav>")[0]


@pytest.mark.parametrize("sort", ["name", "-score", "-new"])
def test_the_pages_of_the_list_are_called_by_what_is_true_in_every_order(client, max, monkeypatch, sort):
    monkeypatch.setattr(ordering, "PAGE", 2)
    for _ in range(3):
        make_lead()
    client.force_login(max)
    first = client.get(LIST, {"sort": sort})
    assert "Next page" in pager(first)
    assert "Previous page" in pager(client.get(first.context["older"]))


def test_beside_the_pager_stands_no_address(client, max, monkeypatch):
    monkeypatch.setattr(ordering, "PAGE", 2)
    for _ in range(3):
        make_lead()
    client.force_login(max)
    assert ">/leads/<" not in client.get(LIST).content.decode()
