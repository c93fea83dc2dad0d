"""The page of one lead, its steps, undo and override."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import moves
from leads.models import Consent, Lead, Reason, StageChange, Touch
from tests.factories import make_lead, reason

HTMX = {"HX-Request": "true"}


def url(name, lead, *args):
    return reverse(name, args=[lead.pk, *args])


def stage(lead):
    return Lead.objects.get(pk=lead.pk).stage


@pytest.fixture
def offered(db):
    """A lead offered to sales, in the team queue."""
    return make_lead("mql", name="Priya Raman")


@pytest.fixture
def deal(alex):
    return make_lead("sql", owner=alex, name="Big deal")


def test_the_page_shows_where_the_lead_stands(client, sam, offered):
    client.force_login(sam)
    response = client.get(url("lead", offered))
    assert response.status_code == 200
    assert [stay.state for stay in response.context["path"]] == ["skipped"] * 3 + ["current"] + ["ahead"] * 3


def test_a_stranger_s_lead_is_not_found(client, eve, deal):
    client.force_login(eve)
    assert client.get(url("lead", deal)).status_code == 404


@pytest.mark.parametrize("name", ["lead", "lead_edit"])
def test_anonymous_readers_log_in_first(client, offered, name):
    assert client.get(url(name, offered)).status_code == 302


def test_accepting_takes_one_post_and_makes_the_sdr_owner(client, sam, offered):
    client.force_login(sam)
    response = client.post(url("lead_move", offered, "accept"), {"version": 1}, follow=True)
    assert response.redirect_chain == [(url("lead", offered), 302)]
    assert (stage(offered), Lead.objects.get(pk=offered.pk).owner) == ("sal", sam)
    assert "Undo" in response.content.decode()


def test_htmx_gets_the_lead_as_it_is_now_and_the_news(client, sam, offered):
    client.force_login(sam)
    response = client.post(url("lead_move", offered, "accept"), {"version": 1}, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    assert "<!doctype" not in page
    assert 'hx-swap-oob="innerHTML"' in page
    assert "now stands at SAL" in page


@pytest.mark.parametrize("name", ["lead_move", "lead_undo", "lead_override"])
def test_a_stranger_changes_nothing_and_finds_nothing(client, eve, deal, name):
    client.force_login(eve)
    args = ["win"] if name == "lead_move" else []
    assert client.post(url(name, deal, *args), {"version": 1, "to": "won", "note": "x"}).status_code == 404
    assert stage(deal) == "sql"


@pytest.mark.parametrize("name", ["lead_move", "lead_undo", "lead_override"])
def test_anonymous_people_change_nothing(client, deal, name):
    args = ["win"] if name == "lead_move" else []
    response = client.post(url(name, deal, *args), {"version": 1})
    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]
    assert stage(deal) == "sql"


@pytest.mark.parametrize("name", ["lead_undo", "lead_override"])
def test_reading_takes_no_step(client, max, deal, name):
    client.force_login(max)
    response = client.get(url(name, deal), follow=True)
    assert response.redirect_chain == [(url("lead", deal), 302)]
    assert f"Please press {name.removeprefix('lead_').title()} again." in response.content.decode()
    assert (stage(deal), deal.changes.count()) == ("sql", 1)
    assert client.put(url(name, deal)).status_code == 405
    assert client.put(url("lead_move", deal, "win")).status_code == 405


def test_a_step_of_another_role_is_refused_with_what_is_legal(client, sam, deal, alex):
    client.force_login(sam)
    response = client.post(url("lead_move", deal, "win"), {"version": 1})
    assert response.status_code == 403
    assert "Win is for: Account executive, Manager." in response.content.decode()
    assert stage(deal) == "sql"


def test_a_step_from_elsewhere_is_a_conflict(client, sam, offered):
    client.force_login(sam)
    response = client.post(url("lead_move", offered, "confirm"), {"version": 1, "amount": "5"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Confirm starts at SAL" in page
    assert "What you entered" in page


def test_an_unknown_step_is_not_found(client, sam, offered):
    client.force_login(sam)
    assert client.post(url("lead_move", offered, "teleport"), {"version": 1}).status_code == 404


def test_missing_facts_are_asked_for_and_what_was_given_is_kept(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    response = client.post(url("lead_move", lead, "confirm"), {"version": 1, "amount": "1200", "note": "call back"})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#confirm_expected_close_on"' in page
    assert 'value="1200"' in page
    assert "call back" in page
    assert stage(lead) == "sal"


def test_a_deal_is_confirmed_with_its_facts(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    facts = {"amount": "1200", "currency": "eur", "expected_close_on": "2999-12-24", "urgency": "high", "note": "ok"}
    client.post(url("lead_move", lead, "confirm"), {"version": 1, **facts})
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.stage, lead.amount, lead.currency, lead.urgency) == ("sql", 1200, "EUR", "high")


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "NaN"}, {"amount": "-1"}, {"amount": "1e30"}, {"currency": "€"}, {"expected_close_on": "soon"},
     {"urgency": "now"}, {"note": "a\0b"}, {"reason": "1"}, {"owner": "999999"}, {"version": "x"}, {"version": ""}],
)  # fmt: skip
def test_nonsense_facts_are_named_and_nothing_moves(client, sam, wrong):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    facts = {"version": 1, "amount": "1", "currency": "EUR", "expected_close_on": "2999-12-24", "urgency": "low"}
    assert client.post(url("lead_move", lead, "confirm"), {**facts, **wrong}).status_code == 422
    assert stage(lead) == "sal"


def test_only_reasons_of_the_step_that_are_not_archived_are_offered(client, sam, offered, now):
    Reason.objects.filter(kind="reject", code="other").update(archived_at=now)
    client.force_login(sam)
    form = next(one.form for one in client.get(url("lead", offered)).context["choices"] if one.offer.step == "reject")
    assert {one.kind for one in form.fields["reason"].queryset} == {"reject"}
    assert "other" not in {one.code for one in form.fields["reason"].queryset}
    archived = {"version": 1, "reason": reason("reject").pk}
    assert client.post(url("lead_move", offered, "reject"), archived).status_code == 422


def test_a_loss_to_a_competitor_asks_for_the_name(client, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    lost = {"version": 1, "reason": reason("lose", "competitor").pk}
    assert client.post(url("lead_move", lead, "lose"), lost).status_code == 422
    assert client.post(url("lead_move", lead, "lose"), {**lost, "competitor": "Initech"}).status_code == 302
    assert Lead.objects.get(pk=lead.pk).competitor == "Initech"


def test_a_lead_that_goes_out_of_sight_leads_back_to_the_list(client, sam, offered):
    client.force_login(sam)
    refused = {"version": 1, "reason": reason("disqualify").pk}
    response = client.post(url("lead_move", offered, "disqualify"), refused, follow=True)
    assert response.redirect_chain == [(reverse("lead_list"), 302)]
    assert "no longer among the leads you see" in response.content.decode()


def test_an_old_page_is_told_what_happened_and_keeps_what_was_typed(client, sam, max):
    lead = make_lead("sal", owner=sam)
    moves.move(lead_id=lead.pk, step="recycle", by=max, at=timezone.now(), given=_given("recycle"))
    moves.undo(lead_id=lead.pk, by=max, at=timezone.now())
    client.force_login(sam)
    response = client.post(url("lead_move", lead, "confirm"), {"version": 1, "amount": "77", "note": "mine"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "has moved since you looked" in page
    assert 'value="77"' in page
    assert 'name="version" value="3"' in page


def _given(kind):
    from leads.lines import Given

    return Given(reason=reason(kind))


def test_an_old_page_on_htmx_gets_a_fragment_with_409(client, max, offered, sam):
    client.force_login(max)
    client.post(url("lead_move", offered, "accept"), {"version": 1})
    response = client.post(url("lead_move", offered, "accept"), {"version": 1}, headers=HTMX)
    assert response.status_code == 409
    assert response["HX-Part"] == "body"


def test_the_form_of_a_step_has_a_page_of_its_own(client, sam, offered, deal):
    client.force_login(sam)
    response = client.get(url("lead_move", offered, "reject"))
    assert response.status_code == 200
    assert 'name="reason"' in response.content.decode()
    assert client.get(url("lead_move", offered, "win")).status_code == 409


def test_an_administrator_overrides_with_a_reason(client, ada, offered):
    client.force_login(ada)
    assert client.post(url("lead_override", offered), {"version": 1, "to": "won", "note": " "}).status_code == 422
    assert stage(offered) == "mql"
    client.post(url("lead_override", offered), {"version": 1, "to": "won", "note": "signed on paper"})
    assert stage(offered) == "won"


@pytest.mark.parametrize("to", ["mql", "", "zzz"])
def test_an_override_to_nowhere_is_refused(client, ada, offered, to):
    client.force_login(ada)
    assert client.post(url("lead_override", offered), {"version": 1, "to": to, "note": "x"}).status_code == 422


def test_nobody_else_overrides(client, max, offered):
    client.force_login(max)
    assert "Override" not in client.get(url("lead", offered)).content.decode()
    assert client.post(url("lead_override", offered), {"version": 1, "to": "won", "note": "x"}).status_code == 403
    assert StageChange.objects.filter(lead=offered).count() == 1


def test_blocked_steps_say_what_is_missing(client, mia):
    lead = make_lead("tofu", contact=False, consent=False)
    client.force_login(mia)
    page = client.get(url("lead", lead)).content.decode()
    assert f'<a href="{url("lead", lead)}?open=contact#contact">a contact identity (e-mail or phone)</a>' in page
    assert f'<a href="{url("lead", lead)}?open=consent#consent">consent to be contacted</a>' in page


def test_the_timeline_tells_everything_newest_first(client, max, sam, offered):
    Touch.objects.create(lead=offered, occurred_at=timezone.now(), key="k", kind="call", by=sam, note="<b>hi</b>")
    client.force_login(max)
    client.post(url("lead_move", offered, "accept"), {"version": 1})
    client.post(url("lead_undo", offered) + "?version=2")
    response = client.get(url("lead", offered))
    entries = response.context["entries"]
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert {entry.kind for entry in entries} == {"move", "touch", "consent"}
    assert [entry.title for entry in entries if entry.undone] == ["Accept"]
    assert "&lt;b&gt;hi&lt;/b&gt;" in response.content.decode()


@pytest.mark.parametrize("who", ["sam", "max", "ada"])
def test_a_long_story_takes_no_more_queries_than_a_short_one(
    client, request, who, ada, offered, django_assert_max_num_queries
):
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(12) as short:
        client.get(url("lead", offered))
    for number in range(30):
        at = timezone.now() - timedelta(hours=number)
        Touch.objects.create(lead=offered, occurred_at=at, key=str(number), kind="visit", by=ada)
        Consent.objects.create(
            lead=offered, purpose="contact", number=number + 2, granted=True, wording="w", source="s", occurred_at=at
        )
    with django_assert_max_num_queries(12) as long:
        client.get(url("lead", offered))
    assert len(long) == len(short)


def test_withdrawn_consent_is_shown(client, max, offered):
    Consent.objects.create(
        lead=offered, purpose="contact", number=2, granted=False, wording="w", source="mail", occurred_at=timezone.now()
    )
    client.force_login(max)
    assert "Withdrawn" in client.get(url("lead", offered)).content.decode()


def test_a_post_without_its_token_changes_nothing(sam, offered):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sam)
    response = strict.post(url("lead_move", offered, "accept"), {"version": 1})
    assert response.status_code == 403
    assert "Please try again" in response.content.decode()
    assert stage(offered) == "mql"


def test_amounts_keep_their_cents(client, sam):
    lead = make_lead("sal", owner=sam, amount=Decimal("1234.50"), currency="EUR")
    client.force_login(sam)
    assert "1,234.50 EUR" in client.get(url("lead", lead)).content.decode()


def test_a_forgotten_reason_is_to_be_chosen(client, sam, offered):
    client.force_login(sam)
    page = client.post(url("lead_move", offered, "reject"), {"version": 1}).content.decode()
    assert "Please correct:" in page
    assert "Reason: Choose a reason." in page


def test_a_second_time_through_the_funnel_is_a_cycle(client, max):
    lead = make_lead("won")
    moves.move(lead_id=lead.pk, step="reengage", by=max, at=timezone.now())
    client.force_login(max)
    assert "cycle 2" in client.get(url("lead", lead)).content.decode()
    assert "cycle 2" in client.get(reverse("lead_list")).content.decode()
