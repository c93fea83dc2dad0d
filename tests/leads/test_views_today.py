"""Today: the queue as a page, work done in it, and what a person may not do there."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import moves
from leads.models import Edit, Lead, Notice, StageChange, Touch
from tests.factories import DEAL, make_lead, reason

TODAY = reverse("today")
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def now():
    """The views read the clock."""
    return timezone.now()


@pytest.fixture
def offer(team, now):
    """An offer in the team queue."""
    return make_lead("mql", name="Priya", source="webinar", at=now - timedelta(hours=1))


def step(lead, name):
    return reverse("today_step", args=[lead.pk, name])


def call(lead):
    return reverse("today_call", args=[lead.pk])


def stage(lead):
    return Lead.objects.get(pk=lead.pk).stage


def test_it_is_everybody_s_home(client, sam):
    client.force_login(sam)
    assert client.get("/").headers["Location"] == TODAY


def test_strangers_to_the_product_are_asked_to_log_in(client, db):
    assert client.get(TODAY).headers["Location"] == f"{reverse('account_login')}?next={TODAY}"


def test_it_is_only_read(client, sam):
    client.force_login(sam)
    assert client.post(TODAY).status_code == 405


def test_a_row_says_what_is_known_and_why_it_is_there(client, sam, offer):
    Touch.objects.create(lead=offer, occurred_at=offer.stage_since, key="1", kind="call", outcome="no_answer", by=sam)
    client.force_login(sam)
    page = client.get(TODAY).content.decode()
    assert "Priya" in page
    assert "webinar" in page
    assert "Call (No answer) 1\xa0hour ago" in page
    why = client.get(reverse("today_why", args=[offer.pk]), {"section": "new"}).content.decode()
    assert "nobody has taken it yet" in why
    assert "By the limit of 8 working hours for MQL" in why


def test_why_is_for_who_sees_the_lead(client, eve, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(eve)
    assert client.get(reverse("today_why", args=[lead.pk])).status_code == 404
    client.force_login(sam)
    assert client.get(f"{reverse('today_why', args=[lead.pk])}?section=nonsense").status_code == 200
    assert client.post(reverse("today_why", args=[lead.pk])).status_code == 405


def test_nothing_to_do_says_so_and_what_comes_next(client, sam, now):
    client.force_login(sam)
    assert b"Queue clear" in client.get(TODAY).content
    assert b"First steps" in client.get(TODAY).content


@pytest.mark.parametrize("rows", [5, 60])
def test_a_page_costs_the_same_with_many_rows(client, sam, now, rows, django_assert_max_num_queries):
    for number in range(rows):
        lead = make_lead("sal", owner=sam, name=f"lead {number}", at=now - timedelta(days=30))
        Touch.objects.create(lead=lead, occurred_at=now, key="1", kind="call", by=sam)
    client.force_login(sam)
    with django_assert_max_num_queries(12):
        page = client.get(TODAY)
    assert sum(len(one.rows) for one in page.context["headings"]) == min(rows, 50)


@pytest.mark.parametrize("who", ["mia", "max", "alex", "ada"])
def test_everybody_has_a_queue_of_few_queries(client, request, who, offer, django_assert_max_num_queries):
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(12):
        assert client.get(TODAY).status_code == 200


def test_the_rest_of_a_heading_is_a_page_of_its_own(client, sam, now):
    for number in range(60):
        make_lead("sal", owner=sam, name=f"lead {number}", at=now - timedelta(days=30))
    client.force_login(sam)
    more = client.get(TODAY).context["headings"][0].more
    [rest] = client.get(more).context["headings"]
    assert len(rest.rows) == 10
    assert client.get(f"{TODAY}?section=nonsense&after=x").status_code == 200
    assert client.get(f"{TODAY}?section=overdue&after=x").status_code == 200


def test_a_step_that_asks_nothing_is_taken_at_once(client, sam, offer):
    client.force_login(sam)
    answered = client.post(step(offer, "accept"), {"version": offer.version})
    assert answered.headers["Location"] == TODAY
    assert stage(offer) == "sal"
    assert b"Priya now stands at SAL" in client.get(TODAY).content


def test_htmx_gets_the_queue_anew(client, sam, offer):
    client.force_login(sam)
    answered = client.post(step(offer, "accept"), {"version": offer.version}, **HTMX)
    assert answered.headers["HX-Part"] == "queue"
    assert b'hx-swap-oob="innerHTML"' in answered.content
    assert b"<html" not in answered.content


def test_a_heading_being_worked_on_stays_open(client, sam, offer):
    client.force_login(sam)
    answered = client.post(step(offer, "accept"), {"version": offer.version, "section": "new"})
    assert answered.headers["Location"] == f"{TODAY}?section=new"


def test_a_step_that_asks_is_asked_in_place(client, sam, offer):
    client.force_login(sam)
    asked = client.get(step(offer, "reject"), **HTMX)
    assert asked.headers["HX-Part"] == "ask"
    assert b"Contact data is wrong" in asked.content
    client.post(step(offer, "reject"), {"version": offer.version, "reason": reason("reject", "bad-data").pk})
    assert StageChange.objects.get(lead=offer, step="reject").reason.code == "bad-data"


def test_a_forgotten_reason_keeps_the_note(client, sam, offer):
    client.force_login(sam)
    answered = client.post(step(offer, "reject"), {"version": offer.version, "note": "hello"}, **HTMX)
    assert answered.status_code == 422
    assert answered.headers["HX-Retarget"] == f"#ask-{offer.pk}"
    assert b"Choose a reason." in answered.content
    assert b"hello" in answered.content
    assert stage(offer) == "mql"


def test_a_deal_is_confirmed_in_place(client, sam, now):
    lead = make_lead("sal", owner=sam, at=now - timedelta(hours=1))
    client.force_login(sam)
    given = {**DEAL, "amount": "1200.50", "expected_close_on": "2099-01-01"}
    client.post(step(lead, "confirm"), {"version": lead.version, **given})
    assert stage(lead) == "sql"


def test_a_lead_that_moved_meanwhile_is_told_and_nothing_typed_is_lost(client, sam, max, offer, now):
    moves.move(lead_id=offer.pk, step="accept", by=sam, at=now)
    client.force_login(sam)
    data = {"version": offer.version, "note": "kept", "reason": reason("disqualify").pk}
    answered = client.post(step(offer, "disqualify"), data)
    assert answered.status_code == 409
    assert b"It now stands at" in answered.content or b"it now stands at SAL" in answered.content
    assert b"kept" in answered.content


def test_a_lead_somebody_else_took_is_told(client, sam, eve, offer, now):
    moves.move(lead_id=offer.pk, step="accept", by=eve, at=now)
    client.force_login(sam)
    answered = client.post(step(offer, "accept"), {"version": offer.version}, **HTMX)
    assert answered.status_code == 409
    assert b"somebody else has just taken" in answered.content


def test_a_stranger_s_lead_is_not_there(client, sam, eve, now):
    lead = make_lead("sal", owner=sam, at=now - timedelta(hours=1))
    client.force_login(eve)
    for address in (step(lead, "confirm"), call(lead)):
        assert client.get(address).status_code == 404
        assert client.post(address, {"version": lead.version, "outcome": "reached"}).status_code == 404
    assert stage(lead) == "sal"
    assert not Touch.objects.exists()


def test_a_step_of_another_role_is_refused(client, mia, offer):
    client.force_login(mia)
    assert client.post(step(offer, "accept"), {"version": offer.version}).status_code == 409
    assert client.get(step(offer, "accept")).status_code == 409
    assert client.get(step(offer, "nonsense")).status_code == 404
    assert stage(offer) == "mql"


def test_the_outcome_of_a_call_is_one_press(client, sam, offer):
    client.force_login(sam)
    assert b"How did the call go?" in client.get(call(offer), **HTMX).content
    client.post(call(offer), {"version": offer.version, "outcome": "voicemail", "note": "  rang twice "})
    touch = Touch.objects.get()
    assert (touch.outcome, touch.note, touch.by) == ("voicemail", "rang twice", sam)


@pytest.mark.parametrize("data", [{}, {"outcome": "sent"}, {"outcome": "reached", "note": "x" * 2001}])
def test_nonsense_about_a_call_is_refused_and_kept(client, sam, offer, data):
    client.force_login(sam)
    answered = client.post(call(offer), {"version": offer.version, "note": "typed", **data})
    assert answered.status_code == 422
    assert data.get("note", "typed").encode() in answered.content
    assert not Touch.objects.exists()


def test_a_step_and_a_call_are_undone_from_the_message(client, sam, offer):
    client.force_login(sam)
    client.post(step(offer, "accept"), {"version": offer.version})
    undo = reverse("today_undo", args=[offer.pk])
    line = StageChange.objects.filter(lead=offer).latest("sequence")
    assert client.post(f"{undo}?version={line.sequence}").headers["Location"] == TODAY
    assert stage(offer) == "mql"
    client.post(call(offer), {"outcome": "reached"})
    client.post(f"{undo}?edit={Edit.objects.get().pk}")
    assert not Touch.objects.exists()


def test_undo_is_for_a_button_and_for_who_may(client, sam, eve, offer):
    client.force_login(sam)
    client.post(step(offer, "accept"), {"version": offer.version})
    undo = f"{reverse('today_undo', args=[offer.pk])}?version=2"
    assert client.get(undo).status_code == 405
    client.force_login(eve)
    assert client.post(undo).status_code == 404
    assert client.post(reverse("today_undo", args=[offer.pk])).status_code == 404
    assert stage(offer) == "sal"


def test_what_came_is_offered_and_otherwise_nothing_is_sent(client, sam, offer, now):
    client.force_login(sam)
    address = f"{reverse('today_news')}?since={int((now - timedelta(hours=2)).timestamp())}"
    told = client.get(address)
    assert b"1 new lead" in told.content
    again = client.get(address, headers={"If-None-Match": told.headers["ETag"]})
    assert again.status_code == 304
    assert client.get(f"{reverse('today_news')}?since=x").content.strip() == b""


def test_a_marketer_is_asked_for_an_answer(client, mia, sam, now):
    lead = make_lead("mofu", name="Rejected", at=now - timedelta(days=1))
    Notice.objects.create(user=mia, kind="rejected", key="1", lead=lead, by=sam, at=now)
    client.force_login(mia)
    assert b"Rejected by sales, waiting for your answer" in client.get(TODAY).content
