"""What is out of a person's sight is neither named nor written to, nor does it hide what is theirs."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import edits, merging, moves, saving, search, undoing
from leads.models import Identity, Lead
from leads.refusals import NoSuchLead
from tests.factories import make_lead


def test_an_undo_does_not_reach_a_lead_that_was_given_away_since(client, sam, eve, max):
    now = timezone.now()
    lead = make_lead("mql", owner=sam, name="Ann")
    line = moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    edit = edits.set_facts(lead_id=lead.pk, facts={"title": "CTO"}, by=sam, at=now)
    edits.set_facts(lead_id=lead.pk, facts={"owner_id": eve.pk, "name": "Secretname"}, by=max, at=now)
    client.force_login(sam)
    move_undo = f"{reverse('lead_undo', args=[lead.pk])}?version={line.sequence}"
    for address in (move_undo, reverse("edit_undo", args=[edit.pk])):
        assert client.post(address).status_code == 404
    kept = Lead.objects.get(pk=lead.pk)
    assert (kept.stage, kept.title) == ("sal", "CTO")


def test_an_undo_does_not_reach_a_lead_that_nobody_owns_any_more(sam, max, now):
    lead = make_lead("sal", owner=sam)
    edit = edits.set_facts(lead_id=lead.pk, facts={"title": "CTO"}, by=sam, at=now)
    edits.set_facts(lead_id=lead.pk, facts={"owner_id": None}, by=max, at=now)
    with pytest.raises(NoSuchLead):
        undoing.undo(edit_id=edit.pk, by=sam, at=now)
    assert Lead.objects.get(pk=lead.pk).title == "CTO"


def test_who_gave_a_lead_away_takes_that_back(sam, eve, max, now):
    lead = make_lead("sal", owner=sam)
    edit = edits.set_facts(lead_id=lead.pk, facts={"owner_id": eve.pk}, by=sam, at=now)
    undoing.undo(edit_id=edit.pk, by=sam, at=now)
    assert Lead.objects.get(pk=lead.pk).owner == sam


def test_a_lead_no_longer_merged_is_not_named_any_more(client, sam, eve, max, now):
    own, other = make_lead("sal", owner=sam, name="Ann"), make_lead("sal", owner=eve, name="Bob")
    merging.merge(survivor_id=own.pk, absorbed_id=other.pk, by=max, at=now)
    undoing.undo(edit_id=own.edits.get(kind="merge").pk, by=max, at=now)
    edits.set_facts(lead_id=other.pk, facts={"name": "Robert Latername"}, by=eve, at=now)
    client.force_login(sam)
    assert "Robert Latername" not in client.get(own.get_absolute_url()).content.decode()


def test_one_s_own_lead_is_found_among_a_thousand_of_others(sam, eve):
    theirs, own = make_lead("sal", owner=eve, contact=False), make_lead("sal", owner=sam, contact=False)
    addresses = (f"p{number:05}@mail.example" for number in range(search.REFERRED + 100))
    Identity.objects.bulk_create(Identity(kind="email", value=value, lead=theirs) for value in addresses)
    Identity.objects.create(kind="email", value="zed@mail.example", lead=own)
    assert search.leads("mail.exam", user=sam, limit=7) == [own]


def test_a_shared_view_comes_back_only_from_who_may_share_it(max):
    kept = saving.remove(saving.save(name="Ours", query="", sharing="all", by=max), by=max)
    max.role = "sdr"
    with pytest.raises(saving.CannotSave, match="cannot share"):
        saving.restore(kept, by=max)


def test_colleagues_and_sessions_bear_nonsense(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    assert client.get(f"/leads/{lead.pk}/colleagues/", {"q": "a\0"}).status_code == 200
    assert client.post(reverse("session_end"), {"session": "9" * 5000}).status_code == 302
