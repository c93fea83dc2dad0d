"""Finding the other record of a person, merging the two, and parting them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import merging, talking, working
from leads.models import Edit, Identity, Lead
from tests.factories import make_lead


@pytest.fixture
def pair(sam):
    """Two records of Ann: one at SAL, one at MQL."""
    kept = make_lead("sal", owner=sam, name="Ann Lee", contact=False)
    other = make_lead("mql", owner=sam, name="ann lee", contact=False)
    Identity.objects.create(kind="email", value="ann.lee@work.example", lead=kept)
    Identity.objects.create(kind="email", value="ann.lee@home.example", lead=other)
    return kept, other


def url(lead):
    return reverse("lead_merge", args=[lead.pk])


def post(client, lead, other, **more):
    return client.post(url(lead), {"other": other.pk, "version": lead.version, "other_version": other.version, **more})


def listed(client):
    return Lead.objects.visible_to(client.user).count()


@pytest.fixture
def client_of_sam(client, sam):
    client.force_login(sam)
    client.user = sam
    return client


def test_likely_duplicates_are_suggested_with_why(client_of_sam, pair):
    make_lead("sal", owner=client_of_sam.user, name="Bob Lee")
    page = client_of_sam.get(url(pair[0]))
    assert [(one.lead, str(one.why)) for one in page.context["suggested"]] == [(pair[1], "same e-mail name elsewhere")]


def test_duplicates_out_of_sight_are_not_suggested(client, eve, pair):
    mine = make_lead("sal", owner=eve, name="Ann Lee")
    client.force_login(eve)
    assert client.get(url(mine)).context["suggested"] == []
    assert client.get(url(mine), {"other": pair[0].pk}).context.get("other") is None


@pytest.mark.parametrize("words", ["home.example", "ann lee", "ann.lee@home"])
def test_the_other_is_found_by_name_or_key(client_of_sam, pair, words):
    assert client_of_sam.get(url(pair[0]), {"q": words}).context["found"] == [pair[1]]


def test_both_are_shown_side_by_side_and_the_further_one_is_proposed(client_of_sam, pair):
    kept, other = pair
    response = client_of_sam.get(url(other), {"other": kept.pk})
    assert [(lead, is_kept) for lead, _, _, is_kept in response.context["sides"]] == [(other, False), (kept, True)]


def test_merging_joins_both_stories_and_lists_count_exactly_one_less(client_of_sam, pair, sam):
    kept, other = pair
    now = timezone.now()
    working.touch(lead_id=other.pk, kind="call", outcome="reached", note="first", by=sam, at=now)
    talking.write(lead_id=kept.pk, text="second", by=sam, at=now)
    talking.write(lead_id=other.pk, text="third", by=sam, at=now)
    before = listed(client_of_sam)
    response = post(client_of_sam, kept, other, keep=kept.pk)
    assert response.url == kept.get_absolute_url()
    assert listed(client_of_sam) == before - 1
    page = client_of_sam.get(kept.get_absolute_url())
    notes = [entry.note for entry in page.context["entries"] if entry.kind in ("note", "touch")]
    assert sorted(notes) == ["first", "second", "third"]
    assert client_of_sam.get(other.get_absolute_url()).url == kept.get_absolute_url()
    assert "Unmerge" in page.content.decode()


def test_the_other_may_be_kept(client_of_sam, pair):
    kept, other = pair
    post(client_of_sam, kept, other, keep=other.pk)
    assert Lead.objects.get(pk=kept.pk).merged_into_id == other.pk


def test_unmerging_restores_both(client_of_sam, pair):
    kept, other = pair
    before = listed(client_of_sam)
    post(client_of_sam, kept, other, keep=kept.pk)
    client_of_sam.post(reverse("edit_undo", args=[Edit.objects.get(kind="merge").pk]))
    assert listed(client_of_sam) == before
    assert Identity.objects.get(value="ann.lee@home.example").lead == other
    assert client_of_sam.get(other.get_absolute_url()).status_code == 200


def test_a_record_that_moved_since_is_compared_again(client_of_sam, pair):
    kept, other = pair
    response = post(client_of_sam, kept, other, other_version=9)
    assert response.status_code == 409
    assert "Compare them again" in response.content.decode()
    assert Lead.objects.get(pk=other.pk).merged_into_id is None


@pytest.mark.parametrize("other", ["", "x", "999999999", "٣", "9" * 30])
def test_a_merge_with_nobody_is_refused(client_of_sam, pair, other):
    assert client_of_sam.post(url(pair[0]), {"other": other}).status_code == 409
    assert client_of_sam.get(url(pair[0]), {"other": other}).status_code == 200


def test_a_lead_is_not_merged_with_itself(client_of_sam, pair):
    assert post(client_of_sam, pair[0], pair[0]).status_code == 409


def test_strangers_find_nothing_to_merge(client, eve, pair):
    assert client.post(url(pair[0])).status_code == 302
    client.force_login(eve)
    assert client.get(url(pair[0])).status_code == 404
    assert post(client, *pair).status_code == 404
    assert client.put(url(pair[0])).status_code == 405
    assert not Edit.objects.exists()


def test_a_wildcard_in_a_name_is_no_wildcard(client_of_sam, sam):
    lead, _ = make_lead("sal", owner=sam, name="%_%"), make_lead("sal", owner=sam, name="Ann")
    assert client_of_sam.get(url(lead)).context["suggested"] == []


def test_who_came_by_way_of_another_is_told_without_a_button(client_of_sam, pair, sam, max):
    kept, other = pair
    last = make_lead("sql", owner=sam)
    merging.merge(survivor_id=kept.pk, absorbed_id=other.pk, by=sam, at=timezone.now())
    merging.merge(survivor_id=last.pk, absorbed_id=kept.pk, by=sam, at=timezone.now())
    merges = merging.arrived_at(last.pk)
    assert [(one.lead_id, one.edit is None) for one in merges] == [(kept.pk, False), (other.pk, True)]
    assert client_of_sam.get(last.get_absolute_url()).content.decode().count("from a merged record") == 5
