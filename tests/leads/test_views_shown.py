"""Facts corrected on a page that was shown a while ago, by people who may not see everybody."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic, sleep

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leads import moves
from leads.lines import Given
from leads.models import Company, Identity, Lead, User
from tests.factories import make_lead, reason

LOCK = "leads.views.editing.lock_leads"


def edit(lead):
    return reverse("lead_edit", args=[lead.pk])


def shown(client, lead):
    """What a browser would send of the edit page when nothing was changed on it."""
    form = client.get(edit(lead)).context["form"]
    return {**json.loads(form.shown), "shown": form.shown}


def now(lead):
    return Lead.objects.get(pk=lead.pk)


@pytest.fixture
def gone(team):
    """Somebody an import brought along, who cannot log in."""
    return User.objects.create(username="gone", first_name="Gina", role="ae", team=team, is_active=False)


@pytest.fixture
def deal(alex):
    return make_lead("sql", owner=alex, name="Big deal")


def test_the_page_carries_what_it_showed(client, max, deal):
    client.force_login(max)
    response = client.get(edit(deal))
    assert re.search(r'<input type="hidden" name="shown" value="\{&quot;name', response.content.decode())
    page = shown(client, deal)
    assert (page["name"], page["amount"], page["owner"]) == ("Big deal", "1000.00", str(deal.owner_id))


def test_an_inactive_owner_stays_when_another_fact_is_edited(client, max, gone):
    lead = make_lead("sql", owner=gone)
    client.force_login(max)
    page = shown(client, lead)
    assert client.post(edit(lead), {**page, "title": "CTO"}).status_code == 302
    assert (now(lead).owner, now(lead).title) == (gone, "CTO")


def test_an_inactive_person_becomes_owner_of_nothing_else(client, max, gone, deal, alex):
    client.force_login(max)
    assert client.post(edit(deal), {**shown(client, deal), "owner": gone.pk}).status_code == 422
    assert now(deal).owner == alex


def test_an_old_page_brings_no_deal_back(client, max, deal):
    client.force_login(max)
    page = shown(client, deal)
    moves.move(lead_id=deal.pk, step="recycle", by=max, at=timezone.now(), given=Given(reason=reason("recycle")))
    assert client.post(edit(deal), {**page, "title": "CTO"}).status_code == 302
    assert (now(deal).title, now(deal).amount, now(deal).currency, now(deal).urgency) == ("CTO", None, "", "")


def test_an_owner_of_then_does_not_stand_in_the_way(client, max, gone, sam):
    lead = make_lead("sal", owner=gone)
    client.force_login(max)
    page = shown(client, lead)
    Lead.objects.filter(pk=lead.pk).update(owner=sam)
    assert client.post(edit(lead), {**page, "title": "CTO"}).status_code == 302
    assert now(lead).owner == sam


def test_what_somebody_else_changed_too_is_told_and_mine_is_kept(client, max, deal):
    client.force_login(max)
    mine = {**shown(client, deal), "title": "CTO", "competitor": "Initech"}
    Lead.objects.filter(pk=deal.pk).update(title="<b>CFO", source="web")
    response = client.post(edit(deal), mine)
    assert response.status_code == 409
    assert "changed it to: &lt;b&gt;CFO" in response.content.decode()
    assert 'value="CTO"' in response.content.decode()
    assert (now(deal).title, now(deal).competitor) == ("<b>CFO", "")
    again = {**mine, "shown": response.context["form"].shown, "source": "web"}
    assert client.post(edit(deal), again).status_code == 302
    assert (now(deal).title, now(deal).competitor, now(deal).source) == ("CTO", "Initech", "web")


@pytest.mark.parametrize("carried", ["", "nonsense", "[]", "7", "[" * 100_000])
def test_a_page_that_does_not_say_what_it_showed_overwrites_nothing(client, max, deal, carried):
    client.force_login(max)
    assert client.post(edit(deal), {"name": "Mine", "owner": "", "shown": carried}).status_code == 409
    assert (now(deal).name, now(deal).owner_id) == ("Big deal", deal.owner_id)


def test_the_same_change_twice_is_no_conflict(client, max, deal):
    client.force_login(max)
    page = {**shown(client, deal), "title": "CTO"}
    assert [client.post(edit(deal), page).status_code for _ in range(2)] == [302, 302]


def test_a_lead_somebody_else_holds_is_told_and_what_was_typed_is_kept(client, max, deal, monkeypatch):
    from leads.refusals import LostRace

    def held(lead_ids, *, step):
        raise LostRace("Somebody else is moving this lead right now.", lead_id=lead_ids[0], step=step)

    monkeypatch.setattr(LOCK, held)
    client.force_login(max)
    response = client.post(edit(deal), {**shown(client, deal), "title": "CTO"})
    assert response.status_code == 409
    assert "right now" in response.content.decode()
    assert 'value="CTO"' in response.content.decode()


@pytest.mark.parametrize("currency", ["", " "])
def test_an_amount_has_a_currency(client, mia, lead, currency):
    client.force_login(mia)
    response = client.post(edit(lead), {**shown(client, lead), "amount": "5", "currency": currency})
    assert response.status_code == 422
    assert "Give the currency" in response.content.decode()
    assert now(lead).amount is None


def test_the_usual_currency_is_filled_in_and_saved_with_an_amount_alone(client, mia, lead, settings):
    settings.DEFAULT_CURRENCY = "EUR"
    client.force_login(mia)
    page = shown(client, lead)
    assert page["currency"] == "EUR"
    client.post(edit(lead), {**page, "title": "CTO"})
    assert now(lead).currency == ""
    client.post(edit(lead), {**shown(client, lead), "amount": "5"})
    assert (now(lead).amount, now(lead).currency) == (5, "EUR")


def test_a_currency_without_an_amount_is_asked_about_and_goes_with_it(client, max, lead, deal):
    client.force_login(max)
    assert client.post(edit(lead), {**shown(client, lead), "currency": "CHF"}).status_code == 422
    client.post(edit(deal), {**shown(client, deal), "amount": ""})
    assert (now(deal).amount, now(deal).currency) == (None, "")


def test_an_amount_and_its_currency_are_one_fact(client, max, deal):
    client.force_login(max)
    page = shown(client, deal)
    Lead.objects.filter(pk=deal.pk).update(currency="CHF")
    assert client.post(edit(deal), {**page, "amount": "7"}).status_code == 409
    assert (now(deal).amount, now(deal).currency) == (1000, "CHF")


def test_a_lead_is_given_to_nobody_of_another_team(client, sam, alex, eve):
    lead = make_lead("mql")
    client.force_login(sam)
    page = shown(client, lead)
    assert set(client.get(edit(lead)).context["form"].fields["owner"].queryset) == {sam, alex}
    assert client.post(edit(lead), {**page, "owner": eve.pk}).status_code == 422
    assert client.post(edit(lead), {**page, "owner": alex.pk}).status_code == 302
    assert now(lead).owner == alex


def test_who_has_no_team_gives_leads_to_no_other_without_one(client, max, sam, alex):
    User.objects.update(team=None)
    lead = make_lead("mql")
    client.force_login(sam)
    assert list(client.get(edit(lead)).context["form"].fields["owner"].queryset) == [sam]


def test_a_manager_gives_a_lead_to_anybody_active(client, max, eve, gone, lead):
    client.force_login(max)
    assert client.post(edit(lead), {**shown(client, lead), "owner": eve.pk}).status_code == 302
    assert now(lead).owner == eve


def at_once(work, count=2):
    barrier = Barrier(count)

    def run(number):
        try:
            barrier.wait(timeout=30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


def waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_correction_waits_for_the_one_before_it_and_compares_with_that(max):
    lead = make_lead()
    client = logged_in(max)
    mine = {**shown(client, lead), "name": "mine"}
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Lead.objects.filter(pk=lead.pk).update(name="theirs")
            posted = pool.submit(at_once, lambda _: client.post(edit(lead), mine).status_code, 1)
            until = monotonic() + 10
            while not waits_for_a_lock() and monotonic() < until:
                sleep(0.02)
        assert posted.result(30) == [409]
    assert now(lead).name == "theirs"


@pytest.mark.django_db(transaction=True)
def test_a_new_lead_submitted_twice_at_once_is_one_lead(sam):
    clients = [logged_in(sam) for _ in range(4)]
    new = {"email": "priya@example.com", "phone": "+1 415 555 2671", "company": "Kestrel", "consents": "on"}
    answers = at_once(lambda number: clients[number].post(reverse("lead_new"), new), count=4)
    assert sorted(one.status_code for one in answers) == [302, 409, 409, 409]
    assert (Lead.objects.count(), Identity.objects.count(), Company.objects.count()) == (1, 2, 1)
    told = next(one for one in answers if one.status_code == 409).content.decode()
    assert "exists already" in told
    assert Lead.objects.get().get_absolute_url() in told
