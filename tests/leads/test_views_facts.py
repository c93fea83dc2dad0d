"""The facts that come with a step: what it takes, and whatever else is sent along."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead, StagePolicy, User
from tests.factories import make_lead, reason

CONFIRM = {"version": 1, "amount": "5", "currency": "eur", "expected_close_on": "2999-12-24", "urgency": "high"}


def post(client, lead, step, facts):
    return client.post(reverse("lead_move", args=[lead.pk, step]), facts)


def form_of(client, lead, step):
    page = client.get(lead.get_absolute_url())
    return next(one.form for one in page.context["choices"] if one.offer.step == step)


def now(lead):
    return Lead.objects.get(pk=lead.pk)


def test_a_step_stores_nothing_it_did_not_ask_for(client, sam, eve, alex):
    lead = make_lead("mql")
    client.force_login(sam)
    extra = {"owner": alex.pk, "amount": "5", "currency": "usd", "urgency": "high", "wake_on": "2999-12-24"}
    given = {"version": 1, "reason": reason("disqualify").pk, "competitor": "Initech", **extra}
    post(client, lead, "disqualify", given)
    lead = now(lead)
    assert (lead.stage, lead.owner, lead.amount, lead.currency) == ("lost", None, None, "")
    assert (lead.urgency, lead.wake_on, lead.competitor) == ("", None, "")


def test_accepting_makes_nobody_else_the_owner(client, sam, alex):
    lead = make_lead("mql")
    client.force_login(sam)
    post(client, lead, "accept", {"version": 1, "owner": alex.pk})
    assert now(lead).owner == sam


def test_a_confirmed_deal_may_be_handed_to_a_colleague(client, sam, alex, eve):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    assert "owner" in {field.name for field in form_of(client, lead, "confirm").shown}
    assert post(client, lead, "confirm", {**CONFIRM, "owner": eve.pk}).status_code == 422
    post(client, lead, "confirm", {**CONFIRM, "owner": alex.pk})
    assert (now(lead).stage, now(lead).owner) == ("sql", alex)


ROUTES = ["board_move", "today_step", "lead_move"]


@pytest.mark.parametrize("route", ROUTES)
def test_what_a_step_asks_for_comes_first_wherever_it_is_taken(client, sam, route):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    page = client.get(reverse(route, args=[lead.pk, "confirm"])).content.decode()
    fields = re.findall(r'id="confirm_(\w+)"', page)
    assert fields == ["version", "amount", "currency", "expected_close_on", "urgency", "owner", "note"]


def test_a_step_leaves_an_inactive_owner_be(client, max, alex):
    lead = make_lead("sal", owner=alex)
    User.objects.filter(pk=alex.pk).update(is_active=False)
    client.force_login(max)
    assert alex in form_of(client, lead, "confirm").fields["owner"].queryset
    post(client, lead, "confirm", {**CONFIRM, "owner": ""})
    assert (now(lead).stage, now(lead).owner) == ("sql", alex)


def test_a_fact_set_meanwhile_is_told_and_not_overwritten(client, sam):
    lead = make_lead("sal", owner=sam, amount=9, currency="CHF")
    client.force_login(sam)
    response = post(client, lead, "confirm", CONFIRM)
    assert response.status_code == 422
    assert "Meanwhile it was set to 9.00" in response.content.decode()
    assert 'name="amount" value="5"' in response.content.decode()
    assert (now(lead).stage, now(lead).amount) == ("sal", 9)
    assert post(client, lead, "confirm", {**CONFIRM, "amount": ""}).status_code == 302
    assert (now(lead).stage, now(lead).amount, now(lead).currency) == ("sql", 9, "CHF")


def test_a_competitor_edited_meanwhile_stays(client, sam):
    lead = make_lead("sal", owner=sam, deal={})
    Lead.objects.filter(pk=lead.pk).update(competitor="<i>Initech")
    client.force_login(sam)
    assert "stays <bdi>&lt;i&gt;Initech</bdi>" in client.get(lead.get_absolute_url()).content.decode()
    post(client, lead, "lose", {"version": 1, "reason": reason("lose", "competitor").pk, "competitor": ""})
    assert (now(lead).stage, now(lead).competitor) == ("lost", "<i>Initech")


def test_an_amount_a_policy_asks_for_has_a_currency(client, sam):
    StagePolicy.objects.filter(stage="sal").update(required_facts=["amount"])
    lead = make_lead("mql")
    client.force_login(sam)
    assert post(client, lead, "accept", {"version": 1, "amount": "5", "currency": ""}).status_code == 422
    assert now(lead).stage == "mql"
    post(client, lead, "accept", {"version": 1, "amount": "5", "currency": "eur"})
    assert (now(lead).stage, now(lead).amount, now(lead).currency) == ("sal", 5, "EUR")


@pytest.mark.parametrize("name", ["lead_move", "lead_override"])
def test_a_step_without_its_version_is_refused(client, ada, sam, name):
    lead = make_lead("mql")
    client.force_login(ada if name == "lead_override" else sam)
    url = reverse(name, args=[lead.pk, *(["accept"] if name == "lead_move" else [])])
    assert client.post(url, {"to": "won", "note": "x"}).status_code == 422
    assert now(lead).stage == "mql"


@pytest.mark.parametrize(("step", "name"), [("confirm", "expected_close_on"), ("recycle", "wake_on")])
def test_a_day_ahead_does_not_lie_in_the_past(client, sam, step, name):
    lead = make_lead("sal", owner=sam)
    facts = CONFIRM if step == "confirm" else {"version": 1, "reason": reason("recycle").pk}
    today = timezone.localdate()
    client.force_login(sam)
    late = post(client, lead, step, {**facts, name: today - timedelta(days=1)})
    assert late.status_code == 422
    assert "This day lies in the past." in late.content.decode()
    assert now(lead).stage == "sal"
    assert post(client, lead, step, {**facts, name: today}).status_code == 302
