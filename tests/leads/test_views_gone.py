"""A lead that somebody else took while one had it open."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import moves
from leads.lines import Given
from leads.models import User
from tests.factories import make_lead, reason

HTMX = {"HX-Request": "true"}


def accept(lead):
    return reverse("lead_move", args=[lead.pk, "accept"])


@pytest.fixture
def offered(db):
    """A lead offered to sales, in the team queue."""
    return make_lead("mql", name="Priya Raman")


@pytest.fixture
def pat(eve):
    """An SDR of Eve's team, who does not see what Sam's team took."""
    return User.objects.create_user("pat", "pat@example.com", "demo", role="sdr", team=eve.team)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_second_to_accept_is_told_that_somebody_took_it(client, sam, pat, offered, headers):
    moves.move(lead_id=offered.pk, step="accept", by=sam, at=timezone.now())
    client.force_login(pat)
    response = client.post(accept(offered), {"version": 1}, headers=headers)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has just taken this lead." in page
    assert f'href="{reverse("lead_list")}"' in page
    assert "Priya" not in page
    assert ("<!doctype" in page) == (not headers)


@pytest.mark.parametrize("version", ["2", "9", "x", ""])
def test_who_could_not_have_had_it_open_learns_nothing(client, sam, pat, offered, version):
    moves.move(lead_id=offered.pk, step="accept", by=sam, at=timezone.now())
    client.force_login(pat)
    assert client.post(accept(offered), {"version": version}).status_code == 404


def test_a_lead_disqualified_meanwhile_was_moved(client, sam, pat, offered):
    given = Given(reason=reason("disqualify"))
    moves.move(lead_id=offered.pk, step="disqualify", by=sam, at=timezone.now(), given=given)
    client.force_login(pat)
    response = client.post(accept(offered), {"version": 1})
    assert "Somebody else has just moved this lead." in response.content.decode()
