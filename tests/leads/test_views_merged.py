"""The pages of leads that were merged: one page for both, reached from either."""

import pytest
from django.urls import reverse

from leads import moves
from leads.merging import merge
from leads.models import Touch
from tests.factories import START, make_lead


@pytest.fixture
def twins(db):
    """A lead at SQL and one at MQL that turn out to be one person."""
    return make_lead("sql", name="Ann Lee", source="web"), make_lead("mql", name="A. Lee", source="fair")


def test_the_survivors_timeline_tells_both_lives(client, twins, max, now):
    survivor, absorbed = twins
    Touch.objects.create(lead=absorbed, occurred_at=START, key="1", kind="visit")
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    client.force_login(max)
    response = client.get(survivor.get_absolute_url())
    told = {(entry.kind, entry.from_merged) for entry in response.context["entries"]}
    both = {(kind, of) for kind in ("move", "consent") for of in (None, absorbed.pk)}
    assert told == both | {("touch", absorbed.pk), ("merge", None)}
    assert response.content.decode().count("from a merged record") == 3
    assert not any(entry.undo_move for entry in response.context["entries"])
    assert [stay.stage for stay in response.context["path"] if stay.state == "current"] == ["sql"]


def test_what_was_undone_in_one_life_is_not_undone_in_the_other(client, max, now):
    survivor, absorbed = make_lead("mql"), make_lead("mql")
    for lead in (survivor, absorbed):
        moves.move(lead_id=lead.pk, step="accept", by=max, at=now)
    moves.undo(lead_id=absorbed.pk, by=max, at=now)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    client.force_login(max)
    entries = client.get(survivor.get_absolute_url()).context["entries"]
    assert [entry.from_merged for entry in entries if entry.undone] == [absorbed.pk]
    assert [(entry.undo_move, entry.from_merged) for entry in entries if entry.undo_move] == [(2, None)]


def test_the_page_of_a_merged_lead_leads_to_the_survivor(client, max, sam, eve, now):
    survivor, absorbed = make_lead("sal", owner=sam), make_lead("sal", owner=sam)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    for person, status in ((sam, 302), (eve, 404)):
        client.force_login(person)
        assert client.get(absorbed.get_absolute_url()).status_code == status
    client.force_login(sam)
    assert client.get(absorbed.get_absolute_url()).url == survivor.get_absolute_url()
    response = client.post(reverse("lead_move", args=[absorbed.pk, "confirm"]), {"version": 1}, follow=True)
    assert response.redirect_chain == [(survivor.get_absolute_url(), 302)]
    assert "was merged into this one" in response.content.decode()
