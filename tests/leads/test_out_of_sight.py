"""What is out of a person's sight is neither named nor written to, nor does it hide what is theirs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import edits, escalation, merging, moves, people, saving, search, undoing, working
from leads.models import Identity, Lead, Notice, StagePolicy, User
from leads.refusals import NoSuchLead
from tests.conftest import give_password_again
from tests.factories import make_lead

DAY = timedelta(days=1)


def told():
    return sorted((notice.user.username, notice.kind) for notice in Notice.objects.select_related("user"))


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


@pytest.mark.parametrize("hand_over", [True, False])
def test_a_breach_whose_owner_has_left_goes_on_to_the_managers(sam, max, ada, now, hand_over):
    make_lead("mql", owner=sam, at=now)
    escalation.escalate(at=now + DAY)
    assert told() == [("sam", "breach")]
    people.switch_off(user_id=sam.pk, hand_over=hand_over, to=None, by=ada, at=now + DAY)
    for hours in range(1, 100):
        escalation.escalate(at=now + DAY + timedelta(hours=hours))
    assert told() == [("max", "escalated"), ("sam", "breach")]


def test_what_nobody_owned_from_the_start_is_told_its_managers_once(max, now):
    make_lead("mql", at=now)
    for hours in range(1, 100):
        escalation.escalate(at=now + timedelta(hours=hours))
    assert told() == [("max", "breach")]


def test_touches_that_come_and_go_by_a_merge_say_when_a_lead_was_touched(max, now):
    survivor, absorbed = (make_lead("mofu", at=now - 60 * DAY) for _ in range(2))
    StagePolicy.objects.filter(stage="mofu").update(stale_days=14)
    working.touch(lead_id=absorbed.pk, kind="call", outcome="", note="", by=max, at=now - DAY)
    merging.merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    assert Lead.objects.get(pk=survivor.pk).touched_at == now - DAY
    edit = working.touch(lead_id=survivor.pk, kind="call", outcome="", note="", by=max, at=now)
    undoing.undo(edit_id=edit.pk, by=max, at=now)
    merging.unmerge(absorbed_id=absorbed.pk, by=max, at=now)
    assert Lead.objects.get(pk=survivor.pk).touched_at is None
    assert Lead.objects.get(pk=absorbed.pk).touched_at == now - DAY


def test_the_admin_site_takes_no_role_and_no_access(client, ada):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    people.vouch(ada)
    client.force_login(ada)
    give_password_again(client)
    given = {"username": "ada", "email": "ada@example.com", "role": "sdr", "first_name": "Ada", "last_name": ""}
    client.post(reverse("admin:leads_user_change", args=[ada.pk]), given)
    kept = User.objects.get(pk=ada.pk)
    assert (kept.first_name, kept.role, kept.is_active) == ("Ada", "admin", True)


@pytest.mark.parametrize(
    "address",
    ["/leads/?created_to=9999-12-31", "/leads/?created_from=0001-01-01", "/leads/board/?created_to=9999-12-31",
     "/leads/?sort=due&after=1~9999-12-31T23:59:59-23:59", "/leads/?sort=due&after=1~0001-01-01T00:00:00%2B23:59",
     "/leads/?sort=since&after=1~9999-12-31T23:59:59-23:59", f"/palette/?lead={'9' * 5000}"],
)  # fmt: skip
def test_the_edges_of_calendars_and_numbers_are_no_error(client, max, address):
    client.force_login(max)
    assert client.get(address).status_code == 200


def test_colleagues_and_sessions_bear_nonsense(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    assert client.get(f"/leads/{lead.pk}/colleagues/", {"q": "a\0"}).status_code == 200
    assert client.post(reverse("session_end"), {"session": "9" * 5000}).status_code == 302
