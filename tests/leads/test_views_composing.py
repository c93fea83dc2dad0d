"""Calls, e-mails, meetings, notes and plans, written down on a lead's page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import merging, moves
from leads.models import Edit, Lead, Note, Notice, Touch
from tests.factories import make_lead

HTMX = {"HX-Request": "true"}
ROUTES = ["lead_touch", "lead_note", "lead_plan", "lead_unplan"]
GIVEN = {
    "lead_touch": {"kind": "call", "outcome": "reached", "note": "liked it"},
    "lead_note": {"text": "liked it"},
    "lead_plan": {"kind": "call", "quick": "tomorrow"},
    "lead_unplan": {},
}


@pytest.fixture
def lead(sam):
    return make_lead("sal", owner=sam, name="Priya Raman")


def post(client, name, lead, headers=None, **given):
    version = {"version": lead.version} if name != "lead_unplan" else {}
    return client.post(reverse(name, args=[lead.pk]), {**GIVEN[name], **version, **given}, headers=headers)


def now_of(lead):
    return Lead.objects.get(pk=lead.pk)


@pytest.mark.parametrize("name", ROUTES)
def test_strangers_write_nothing(client, eve, lead, name):
    client.force_login(eve)
    assert post(client, name, lead, version="").status_code == 404
    assert not Edit.objects.exists()


@pytest.mark.parametrize("name", ROUTES)
def test_anonymous_people_write_nothing(client, lead, name):
    assert post(client, name, lead).status_code == 302
    assert not Edit.objects.exists()


@pytest.mark.parametrize("name", ROUTES)
def test_reading_writes_nothing_and_other_verbs_are_refused(client, sam, lead, name):
    client.force_login(sam)
    assert client.get(reverse(name, args=[lead.pk])).status_code == 302
    assert client.put(reverse(name, args=[lead.pk])).status_code == 405
    assert not Edit.objects.exists()


def test_an_outcome_saves_the_call_with_what_was_typed(client, sam, lead):
    client.force_login(sam)
    response = post(client, "lead_touch", lead)
    assert response.url == lead.get_absolute_url()
    touch = Touch.objects.get(lead=lead)
    assert (touch.kind, touch.outcome, touch.note, touch.by) == ("call", "reached", "liked it", sam)
    assert now_of(lead).touched_at == touch.occurred_at


def test_a_call_can_have_been_earlier_but_not_later(client, sam, lead):
    client.force_login(sam)
    assert post(client, "lead_touch", lead, occurred_at="2026-11-01T10:30").status_code == 302
    response = post(client, "lead_touch", lead, occurred_at="2999-01-01T10:30")
    assert response.status_code == 422
    assert "lies in the future" in response.content.decode()
    assert "liked it" in response.content.decode()
    assert Touch.objects.filter(lead=lead).count() == 1


@pytest.mark.parametrize("given", [{"outcome": "held"}, {"outcome": "x"}, {"note": "a\0b"}, {"note": "x" * 10_001}])
def test_nonsense_is_named_and_nothing_is_written(client, sam, lead, given):
    client.force_login(sam)
    assert post(client, "lead_touch", lead, **given).status_code == 422
    assert not Touch.objects.exists()


def test_a_touch_of_no_kind_is_not_found(client, sam, lead):
    client.force_login(sam)
    assert post(client, "lead_touch", lead, kind="visit").status_code == 404


def test_a_note_tells_who_is_mentioned(client, sam, max, lead):
    client.force_login(sam)
    assert post(client, "lead_note", lead, text="ask @max").status_code == 302
    assert Note.objects.get(lead=lead).text == "ask @max"
    assert Notice.objects.get().user == max


def test_an_empty_note_is_refused(client, sam, lead):
    client.force_login(sam)
    response = post(client, "lead_note", lead, text="  ")
    assert response.status_code == 422
    assert "Write something first." in response.content.decode()


@pytest.mark.parametrize("name", ["lead_touch", "lead_note", "lead_plan"])
def test_who_writes_on_an_old_page_sees_the_lead_as_it_is_and_loses_nothing(client, sam, max, lead, name):
    moves.move(lead_id=lead.pk, step="lose", by=max, at=timezone.now(), given=_lost())
    client.force_login(sam)
    typed = "text" if name == "lead_note" else "note"
    response = post(client, name, lead, HTMX, **{typed: "my very words"})
    page = response.content.decode()
    assert (response.status_code, response["HX-Part"]) == (409, "body")
    assert "my very words" in page
    assert 'name="version" value="2"' in page
    assert not Edit.objects.exists()


def _lost():
    from leads.lines import Given
    from tests.factories import reason

    return Given(reason=reason("lose"))


def test_what_was_typed_for_a_lead_merged_meanwhile_is_kept_on_the_other(client, sam, max, lead):
    survivor = make_lead("sal", owner=sam)
    merging.merge(survivor_id=survivor.pk, absorbed_id=lead.pk, by=max, at=timezone.now())
    client.force_login(sam)
    response = post(client, "lead_note", lead, text="my very words")
    assert response.status_code == 409
    assert reverse("lead_note", args=[survivor.pk]) in response.content.decode()
    assert "my very words" in response.content.decode()


def test_what_was_typed_for_a_lead_taken_meanwhile_is_shown(client, eve, max, sam):
    offered = make_lead("mql")
    moves.move(lead_id=offered.pk, step="accept", by=sam, at=timezone.now())
    client.force_login(eve)
    response = post(client, "lead_note", offered, text="my very words")
    assert response.status_code == 409
    assert "my very words" in response.content.decode()


def test_a_plan_by_one_press_is_shown_and_dropped_again(client, sam, lead):
    client.force_login(sam)
    post(client, "lead_plan", lead)
    assert (now_of(lead).next_kind, now_of(lead).next_at > timezone.now()) == ("call", True)
    assert "Call planned for" in client.get(lead.get_absolute_url()).content.decode()
    post(client, "lead_unplan", lead)
    assert now_of(lead).next_at is None


@pytest.mark.parametrize("given", [{"quick": ""}, {"quick": "never"}, {"quick": "", "due_at": "2020-01-01T10:00"}])
def test_a_plan_needs_a_time_ahead(client, sam, lead, given):
    client.force_login(sam)
    assert post(client, "lead_plan", lead, **given).status_code == 422
    assert now_of(lead).next_at is None


def test_a_call_fulfils_the_planned_call_and_an_undo_brings_it_back(client, sam, lead):
    client.force_login(sam)
    post(client, "lead_plan", lead)
    planned = now_of(lead).next_at
    post(client, "lead_touch", lead)
    assert now_of(lead).next_at is None
    client.post(reverse("edit_undo", args=[Edit.objects.get(kind="touch").pk]))
    assert (now_of(lead).next_at, Touch.objects.count()) == (planned, 0)


def test_colleagues_who_see_the_lead_are_offered_while_a_name_is_typed(client, sam, max, mia, eve, lead):
    client.force_login(sam)
    address = reverse("lead_colleagues", args=[lead.pk])
    assert [one["username"] for one in client.get(f"{address}?q=m").json()["people"]] == ["max", "mia"]
    assert client.get(f"{address}?q=ev").json()["people"] == []
    assert client.get(f"{address}?q=").json()["people"] == []
    client.force_login(eve)
    assert client.get(f"{address}?q=m").status_code == 404


def test_the_way_through_a_list_is_kept_by_what_is_written(client, sam, lead):
    client.force_login(sam)
    way = "?back=%2Fleads%2F%3Fstage%3Dsal&prev=7&next=9"
    response = client.post(f"{reverse('lead_note', args=[lead.pk])}{way}", {"text": "hm"})
    assert response.url == f"{lead.get_absolute_url()}{way}"
    page = client.get(response.url).content.decode()
    assert "/leads/9/?back=%2Fleads%2F%3Fstage%3Dsal" in page
    assert "/leads/7/?back=" in page
