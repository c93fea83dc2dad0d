"""Taking a move back: from the list when the lead went out of sight, and never two by one click."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import moves
from leads.lines import Given
from leads.models import Lead, StageChange
from tests.factories import make_lead, reason


def undo(lead, version=None):
    return reverse("lead_undo", args=[lead.pk]) + (f"?version={version}" if version else "")


def move(lead, step):
    return reverse("lead_move", args=[lead.pk, step])


def stage(lead):
    return Lead.objects.get(pk=lead.pk).stage


@pytest.fixture
def offered(db):
    """A lead offered to sales, in the team queue."""
    return make_lead("mql", name="Priya Raman")


@pytest.fixture
def refused(client, sam, offered):
    """A lead of the queue that Sam has just disqualified, and so lost sight of; and the page he landed on."""
    lead = offered
    client.force_login(sam)
    facts = {"version": 1, "reason": reason("disqualify").pk}
    lead.page = client.post(move(lead, "disqualify"), facts, follow=True).content.decode()
    return lead


def test_the_list_offers_to_undo_what_took_a_lead_out_of_sight(client, refused):
    assert client.get(refused.get_absolute_url()).status_code == 404
    assert f'action="{undo(refused, 2)}"' in refused.page
    assert f'hx-post="{undo(refused, 2)}"' not in refused.page


def test_who_lost_sight_of_a_lead_by_a_move_undoes_it(client, refused):
    response = client.post(undo(refused, 2), follow=True)
    assert response.redirect_chain == [(refused.get_absolute_url(), 302)]
    assert "Undone: Priya Raman stands at MQL again." in response.content.decode()
    assert client.post(undo(refused, 2)).status_code == 409
    assert stage(refused) == "mql"


@pytest.mark.parametrize("version", [None, 1, 2, 3])
def test_a_stranger_learns_and_undoes_nothing(client, refused, eve, version):
    client.force_login(eve)
    response = client.post(undo(refused, version))
    assert response.status_code == 404
    assert "Lost" not in response.content.decode()
    assert stage(refused) == "lost"


def test_a_lead_that_moved_on_out_of_sight_is_not_found(client, refused, mia):
    moves.move(lead_id=refused.pk, step="recycle", by=mia, at=timezone.now(), given=Given(reason=reason("recycle")))
    assert client.post(undo(refused, 2)).status_code == 404
    assert client.post(undo(refused, 3)).status_code == 404
    assert stage(refused) == "mofu"


def test_a_lead_that_is_not_there_is_not_found(client, max):
    client.force_login(max)
    assert client.post(reverse("lead_undo", args=[10**9]) + "?version=1").status_code == 404


@pytest.mark.parametrize("version", [None, "x", "-1", "²", "9" * 30])
def test_an_undo_that_names_no_version_is_refused(client, max, version):
    lead = make_lead("mql")
    moves.move(lead_id=lead.pk, step="accept", by=max, at=timezone.now())
    client.force_login(max)
    response = client.post(undo(lead, version))
    assert response.status_code == 409
    assert "Nothing was undone" in response.content.decode()
    assert StageChange.objects.filter(lead=lead).count() == 2


def test_two_clicks_undo_one_move(client, max):
    lead = make_lead("tofu")
    for step in ("engage", "consider"):
        moves.move(lead_id=lead.pk, step=step, by=None, at=timezone.now())
    client.force_login(max)
    assert [client.post(undo(lead, 3)).status_code for _ in range(2)] == [302, 409]
    assert stage(lead) == "mofu"


def test_who_made_a_move_undoes_it(client, sam, offered):
    client.force_login(sam)
    client.post(move(offered, "accept"), {"version": 1})
    assert client.get(offered.get_absolute_url()).context["undo"] == 2
    assert client.post(undo(offered, 2)).status_code == 302
    assert (stage(offered), Lead.objects.get(pk=offered.pk).owner) == ("mql", None)


def test_undo_puts_the_amount_back_too(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    facts = {"amount": "48000", "currency": "USD", "expected_close_on": "2999-12-24", "urgency": "high"}
    client.post(move(lead, "confirm"), {"version": 1, **facts})
    client.post(undo(lead, 2))
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.stage, lead.amount, lead.currency, lead.expected_close_on) == ("sal", None, "", None)


def test_undo_of_a_page_that_is_old_is_a_conflict(client, sam, offered):
    client.force_login(sam)
    client.post(move(offered, "accept"), {"version": 1})
    assert client.post(undo(offered, 1)).status_code == 409
    assert stage(offered) == "sal"


def test_somebody_else_s_move_is_not_undone(client, sam, alex, max):
    lead = make_lead("mql", owner=sam)
    moves.move(lead_id=lead.pk, step="accept", by=max, at=timezone.now())
    client.force_login(sam)
    assert client.get(lead.get_absolute_url()).context["undo"] is None
    assert client.post(undo(lead, 2)).status_code == 403
    assert stage(lead) == "sal"


def test_the_beginning_cannot_be_undone(client, max, offered):
    client.force_login(max)
    assert client.post(undo(offered, 1)).status_code == 409


def test_after_logging_in_again_the_undo_of_a_lead_out_of_sight_is_offered_once_more(client, refused):
    page = client.get(undo(refused, 2), follow=True)
    assert page.redirect_chain == [(reverse("lead_list"), 302)]
    assert "Please press Undo again." in page.content.decode()
    assert f'action="{undo(refused, 2)}"' in page.content.decode()
    assert stage(refused) == "lost"
    client.post(undo(refused, 2))
    assert stage(refused) == "mql"


@pytest.mark.parametrize("version", ["2%22%3E", "x", ""])
def test_an_undo_of_no_version_is_not_offered(client, max, offered, version):
    client.force_login(max)
    page = client.get(f"{undo(offered)}?version={version}", follow=True).content.decode()
    assert "Please press Undo again." in page
    assert 'action="' + undo(offered) not in page
