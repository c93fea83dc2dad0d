"""The board's pages: what it shows to whom, the steps taken from it, and what comes of those that are refused."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from leads import boarding
from leads.models import Lead
from tests.factories import START, make_lead, reason

BOARD = reverse("board")
HTMX = {"HX-Request": "true"}
PAST = datetime(2020, 1, 1, tzinfo=UTC)


def step(lead, name):
    return reverse("board_move", args=[lead.pk, name])


def undo(lead, version):
    return f"{reverse('board_undo', args=[lead.pk])}?version={version}"


def stage(lead):
    return Lead.objects.get(pk=lead.pk).stage


def shown(response):
    return {card.lead.name for lane in response.context["lanes"] for card in lane.column.cards}


@pytest.fixture
def offered(db):
    """A lead offered to sales, in the team queue."""
    return make_lead("mql", name="Priya <b>Raman</b>")


@pytest.fixture
def sams(client, sam):
    client.force_login(sam)
    return client


@pytest.mark.parametrize("url", [BOARD, reverse("board_more"), reverse("board_move", args=[1, "accept"])])
def test_anonymous_people_are_asked_to_log_in(client, db, url):
    assert client.get(url).headers["Location"].startswith(reverse("account_login"))


def test_the_board_is_only_read(sams):
    assert sams.post(BOARD).status_code == 405
    assert sams.post(reverse("board_more")).status_code == 405
    assert sams.delete(reverse("board_move", args=[1, "accept"])).status_code == 405


def test_an_sdr_sees_own_team_and_queue_but_no_stranger_s_lead(sams, sam, alex, eve, offered):
    for owner, name in ((sam, "own"), (alex, "team"), (eve, "elsewhere")):
        make_lead("sal", owner=owner, name=name)
    assert shown(sams.get(BOARD)) == {"own", "team", offered.name}


def test_filters_are_those_of_the_table_and_every_number_leads_to_its_list(client, max, sam):
    late = make_lead("sal", owner=sam, name="late")
    Lead.objects.filter(pk=late.pk).update(due_at=PAST)
    make_lead("sal", name="nobody's")
    client.force_login(max)
    response = client.get(f"{BOARD}?owner={sam.pk}&stage=sal")
    [lane] = response.context["lanes"]
    assert (shown(response), lane.count, lane.overdue) == ({"late"}, "1", "1 overdue")
    for url in (lane.everybody_url, lane.overdue_url, lane.longest_url):
        assert [row.name for row in client.get(url).context["rows"]] == ["late"]


def test_names_stay_text(sams, offered):
    text = sams.get(BOARD).content.decode()
    assert "<bdi>Priya &lt;b&gt;Raman&lt;/b&gt;</bdi>" in text
    assert offered.name not in text


def test_nobody_anywhere_and_nobody_for_these_filters_say_so(sams, offered):
    assert "No lead matches these filters." in sams.get(f"{BOARD}?q=zzz").content.decode()
    Lead.objects.filter(pk=offered.pk).update(merged_into=make_lead("tofu"))
    assert "There are no leads here yet." in sams.get(BOARD).content.decode()


@pytest.mark.parametrize("many", [1, 12])
def test_a_board_takes_as_many_queries_however_many_leads(client, max, sam, many, django_assert_max_num_queries):
    for at in ("tofu", "mql", "sal", "sql", "won"):
        for _ in range(many):
            make_lead(at, owner=sam)
    client.force_login(max)
    client.get(BOARD)
    with django_assert_max_num_queries(12):
        client.get(BOARD)


def test_a_menu_offers_what_the_gate_would_take_and_says_what_is_in_the_way(client, mia):
    lead = make_lead("tofu", consent=False)
    client.force_login(mia)
    text = client.get(BOARD).content.decode()
    assert "Engage needs consent to be contacted." in text
    assert f'href="{step(lead, "disqualify")}?query=" data-to="lost" data-asks' in text
    assert f'formaction="{step(lead, "engage")}"' not in text


def test_a_step_without_a_script_leads_back_to_the_board_with_its_filters(sams, sam, offered):
    response = sams.post(step(offered, "accept"), {"version": 1, "query": "due=overdue"})
    assert response.headers["Location"] == f"{BOARD}?due=overdue"
    lead = Lead.objects.get(pk=offered.pk)
    assert (lead.stage, lead.owner) == ("sal", sam)


def test_a_step_by_script_tells_card_heads_and_undo(sams, offered):
    response = sams.post(step(offered, "accept"), {"version": 1, "query": ""}, headers=HTMX)
    text = response.content.decode()
    assert (response.status_code, response["HX-Reswap"], response["HX-Card"]) == (200, "none", str(offered.pk))
    for part in ('afterbegin:#cards-sal"', 'id="head-mql" hx-swap-oob="true"', 'id="head-sal" hx-swap-oob="true"'):
        assert part in text
    assert f'action="{undo(offered, 2)}&amp;query="' in text


def test_a_step_that_asks_shows_its_form_and_then_takes_it(sams, offered):
    assert "Choose a reason" in sams.get(step(offered, "disqualify")).content.decode()
    facts = {"version": 1, "reason": reason("disqualify").pk, "note": "Students.", "query": ""}
    text = sams.post(step(offered, "disqualify"), facts, headers=HTMX).content.decode()
    assert stage(offered) == "lost"
    assert "It is no longer among the leads you see." in text


def test_a_step_that_lacks_a_fact_keeps_what_was_typed(sams, offered):
    response = sams.post(step(offered, "reject"), {"version": 1, "note": "Half a thought", "query": ""}, headers=HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (422, "#step-body")
    assert "Half a thought" in response.content.decode()
    assert stage(offered) == "mql"


def test_a_card_pushed_without_a_fact_it_needs_opens_the_form(sams, offered):
    response = sams.post(step(offered, "reject"), {"version": 1, "query": ""}, headers=HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (422, "#step-body")
    assert "Choose a reason" in response.content.decode()


def test_a_stale_card_goes_to_where_the_lead_stands_now(sams, alex, offered):
    sams.post(step(offered, "accept"), {"version": 1})
    response = sams.post(step(offered, "accept"), {"version": 1, "query": ""}, headers=HTMX)
    assert response.status_code == 409
    assert 'afterbegin:#cards-sal"' in response.content.decode()
    assert "moved since you looked" in response.content.decode()


def test_a_stale_form_keeps_what_was_typed(sams, offered):
    sams.post(step(offered, "accept"), {"version": 1})
    facts = {"version": 1, "reason": reason("disqualify").pk, "note": "Bounced twice", "query": ""}
    response = sams.post(step(offered, "disqualify"), facts, headers=HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (409, "#step-body")
    assert "Bounced twice" in response.content.decode()
    assert stage(offered) == "sal"


def test_an_illegal_step_is_refused(sams, offered):
    response = sams.post(step(offered, "win"), {"version": 1, "query": ""}, headers=HTMX)
    assert response.status_code == 409
    assert stage(offered) == "mql"
    assert sams.get(step(offered, "win")).status_code == 409
    assert sams.post(step(offered, "fly")).status_code == 404


def test_a_step_for_another_role_is_refused(client, mia, offered):
    client.force_login(mia)
    response = client.post(step(offered, "accept"), {"version": 1, "query": ""}, headers=HTMX)
    assert (response.status_code, stage(offered)) == (403, "mql")


def test_a_stranger_learns_and_moves_nothing(client, eve, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(eve)
    assert client.get(step(lead, "disqualify")).status_code == 404
    assert client.post(step(lead, "disqualify"), {"version": 1, "reason": reason("disqualify").pk}).status_code == 404
    assert client.post(undo(lead, 1)).status_code == 404
    assert stage(lead) == "sal"


def test_a_step_is_undone_once_and_only_by_post(sams, offered):
    sams.post(step(offered, "accept"), {"version": 1})
    assert sams.get(undo(offered, 2)).status_code == 302
    assert stage(offered) == "sal"
    response = sams.post(undo(offered, 2), {}, headers=HTMX)
    assert (response.status_code, stage(offered)) == (200, "mql")
    assert 'afterbegin:#cards-mql"' in response.content.decode()
    assert sams.post(undo(offered, 2), {}, headers=HTMX).status_code == 409


@pytest.mark.parametrize("version", ["", "x", "²", "1" * 11])
def test_an_undo_of_no_move_is_none(sams, offered, version):
    assert sams.post(undo(offered, version)).status_code == 404


def test_a_lead_that_leaves_the_filter_leaves_the_board_and_the_message_says_so(sams, offered):
    response = sams.post(step(offered, "accept"), {"version": 1, "query": "owner=none"}, headers=HTMX)
    text = response.content.decode()
    assert "It no longer matches the filters of this board." in text
    assert "afterbegin:#cards-sal" not in text


def test_more_cards_come_as_a_fragment_or_lead_to_the_list(client, max, monkeypatch):
    monkeypatch.setattr(boarding, "CARDS", 1)
    first, second = make_lead("tofu", name="first", score=9), make_lead("tofu", name="second")
    client.force_login(max)
    place = boarding.place_of(first)
    url = f"{reverse('board_more')}?stage=tofu&place={str(place).replace('+', '%2B')}"
    text = client.get(url, headers=HTMX).content.decode()
    assert f'id="card-{second.pk}"' in text
    assert f'id="card-{first.pk}"' not in text
    assert client.get(url).headers["Location"] == f"{reverse('lead_list')}?stage=tofu&sort=due"


@pytest.mark.parametrize(
    "query", ["", "stage=tofu", "stage=nowhere&place=~1~1", "stage=tofu&place=x~y~z", "place=~1~1"]
)
def test_a_place_that_is_none_is_not_found(sams, query):
    assert sams.get(f"{reverse('board_more')}?{query}", headers=HTMX).status_code == 404


def test_numbers_of_big_columns_are_offered(client, max, monkeypatch):
    monkeypatch.setattr(boarding, "COUNTED", 0)
    make_lead("sql", at=START)
    client.force_login(max)
    assert f'href="{BOARD}?sums=all"' in client.get(BOARD).content.decode()
    assert "1,000 USD" in client.get(f"{BOARD}?sums=all").content.decode()
