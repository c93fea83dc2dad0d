"""Every report: each number is a link to exactly the cycles behind it, on a page, in a file and in a terminal alike."""

import csv
import json
import re
from html import unescape
from io import StringIO

import pytest
from django.urls import reverse

from funnel import journeys
from funnel.reports import INDEX, REPORTS
from leads import moves
from leads.lines import Given
from leads.models import StagePolicy
from tests.factories import DEAL, START, make_lead, reason
from tests.funnel.reporting import CYCLES_ONLY, PERIOD, asked, page_of, printed

NUMBER = re.compile(r'<a href="(/reports/[a-z]+/leads/\?[^"]+)">([\d,]+)')
TOTAL = re.compile(r"<h1>([\d,]+) (?:cycle|lead)s? that")
QUESTIONS = [
    {},
    {"entry": "mql", "by": "source", "grain": "month"},
    {"entry": "mql", "by": "owner", "window": "2", "grain": "day", **PERIOD},
    {"entry": "sal", "by": "team", "unit": "lead"},
    {"entry": "mql", "by": "round", "source": ["(none)", "web"]},
    {"entry": "mofu", "grain": "week", "industry": "(none)"},
    {"entry": "tofu", "from": "2026-01-01", "to": "2026-02-01"},
]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("words", QUESTIONS)
def test_every_number_is_a_link_to_a_list_of_that_length(company, client, max, name, words):
    client.force_login(max)
    if name == "balance" and words:  # a number for each stage, group and day: of a quarter they are thousands
        words = {**PERIOD, **words}
    numbers = set(NUMBER.findall(page_of(client, name, words)))
    for link, number in numbers:
        listed = client.get(unescape(link)).content.decode()
        assert TOTAL.search(listed)[1] == number, link


@pytest.mark.parametrize(
    ("name", "cell", "words"),
    [
        ("exits", "lose:30", "left MQL by being lost within 30 days"),
        ("exits", "staying:end", "are still in MQL"),
        ("times", "mql:left", "stood in MQL and left it"),
        ("ageing", "sql:over30", "had stood in SQL for more than 30 days on"),
        ("speed", "touched:1d", "entered MQL and were called or met within 1 day"),
        ("sla", "met", "were offered to sales and decided within the limit"),
        ("velocity", "won:EUR", "were won from SQL in EUR"),
        ("pipeline", "priced:sql:8-30:none", "are open in SQL for 8–30 days with an amount and a known age without a"),
        ("balance", "in:sal", "came to stand in SAL"),
    ],
)
def test_a_list_says_what_its_rows_did(client, max, name, cell, words):
    client.force_login(max)
    page = client.get(reverse("report_leads", args=[name]), {"entry": "mql", "cell": cell}).content.decode()
    assert f"<h1>0 cycles that {words}" in page


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_numbers_to_click(company, client, max, name):
    client.force_login(max)
    assert len(NUMBER.findall(page_of(client, name, {"entry": "mql", "by": "source"}))) >= 8


@pytest.mark.parametrize("name", REPORTS)
def test_people_count_only_the_leads_they_may_see(company, client, alex, eve, max, name):
    make_lead("sql", owner=max, at=START)
    journeys.apply_waiting()

    def counted(person):
        client.force_login(person)
        numbers = NUMBER.findall(page_of(client, name, {"entry": "mql"}))
        return sum(int(number.replace(",", "")) for _, number in numbers)

    assert counted(max) > counted(alex) > 0
    assert counted(eve) == 0


def test_a_link_of_somebody_else_shows_only_ones_own_leads(company, client, max, eve):
    client.force_login(max)
    link = next(link for link, number in NUMBER.findall(page_of(client, "cohort", {"entry": "mql"})) if number == "6")
    client.force_login(eve)
    assert TOTAL.search(client.get(unescape(link)).content.decode())[1] == "0"


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    "words",
    [
        {"window": "0"}, {"from": "31.12.2025"}, {"from": "2026-03-02", "to": "2026-03-01"}, {"entry": "won"},
        {"by": "password"}, {"owner": "me"}, {"source": "a\x00b"}, {"at": "yesterday"}, {"grain": "year"},
        {"unit": "company"}, {"round": "third"},
    ],
)  # fmt: skip
def test_a_question_without_an_answer_says_what_to_ask_instead(client, max, name, words):
    client.force_login(max)
    for extra in ({}, {"format": "csv"}):
        response = client.get(reverse("report", args=[name]), {**asked(name, words), **extra})
        assert response.status_code == 422
        assert "This question has no answer" in response.content.decode()


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    "query",
    ["", "cell=nothing", "window=x&cell=won", "by=owner&cell=won&key=x", "grain=day&span=never&cell=won",
     "grain=day&span=2026-03-09&cell=won&from=2026-03-01&to=2026-03-02"],
)  # fmt: skip
def test_a_number_a_report_does_not_have_is_not_found(client, max, name, query):
    client.force_login(max)
    ignores_time = "span" in query and "grain" not in INDEX[name].asks
    response = client.get(f"{reverse('report_leads', args=[name])}?{query}")
    assert response.status_code == 404 or ignores_time


def test_there_is_no_report_of_another_name(client, max):
    client.force_login(max)
    assert client.get("/reports/nonsense/").status_code == 404
    assert client.get("/reports/nonsense/leads/?cell=won").status_code == 404


def test_reports_need_a_login_and_take_no_posts(client, max):
    addresses = [reverse("reports"), reverse("report", args=["cohort"]), reverse("report_leads", args=["cohort"])]
    assert [client.get(address).status_code for address in addresses] == [302, 302, 302]
    client.force_login(max)
    assert [client.post(address).status_code for address in addresses] == [405, 405, 405]


def test_the_index_leads_to_an_answer_for_every_report(company, client, max):
    client.force_login(max)
    page = client.get(reverse("reports")).content.decode()
    links = re.findall(r'<a href="(/reports/[a-z]+/[^"]*)">', page)
    assert len(links) == len(REPORTS)
    assert {client.get(unescape(link)).status_code for link in links} == {200}


def test_a_filter_holds_in_the_list_behind_each_number(company, client, max):
    client.force_login(max)
    page = page_of(client, "cohort", {"entry": "mql", "source": ["web", "unknown"], "medium": "paid", "by": "round"})
    link = next(link for link, _ in NUMBER.findall(page) if "cell=entered" in link)
    listed = client.get(unescape(link)).content.decode()
    assert TOTAL.search(listed)[1] == "2"
    assert "Source: <bdi>web or unknown</bdi>" in listed
    assert "Medium: <bdi>paid</bdi>" in listed


def test_asking_on_keeps_the_filters_the_form_has_no_field_for(company, client, max):
    client.force_login(max)
    page = page_of(client, "cohort", {"source": ["web", "unknown"], "medium": "paid"})
    page = page.split('id="filters"')[1]
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page.split("</form>")[0])
    assert kept == [("source", "web"), ("source", "unknown"), ("medium", "paid")]
    assert 'id="id_source"' not in page


def test_what_happens_to_a_lead_later_leaves_its_earlier_stages_counted(company, client, max, mia, sam, now):
    before = json.loads(printed("flow", "--json", "--entry", "mql", "--from", "2026-03-01", "--to", "2026-03-03"))
    lead = make_lead("mql", at=now)
    moves.move(lead_id=lead.pk, step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    journeys.apply_waiting()
    after = json.loads(printed("flow", "--json", "--entry", "mql", "--from", "2026-03-01", "--to", "2026-03-03"))
    assert after["lines"] != []
    assert [line["figures"]["entries"]["value"] for line in after["lines"]] == [
        line["figures"]["entries"]["value"] for line in before["lines"]
    ]
    [today] = [
        line["figures"]["entries"]["value"]
        for line in json.loads(printed("flow", "--json", "--from", "2026-03-04"))["lines"]
        if line["stage"] == "mql"
    ]
    assert today == 1


def test_renaming_a_stage_changes_its_name_and_no_number(company, client, max):
    client.force_login(max)
    before = page_of(client, "cohort", {"entry": "mql", "by": "source", "at": "2026-03-20T00:00:00+00:00"})
    StagePolicy.objects.filter(stage="won").update(label="Customer")
    after = page_of(client, "cohort", {"entry": "mql", "by": "source", "at": "2026-03-20T00:00:00+00:00"})
    assert "Customer" in after
    assert [number for _, number in NUMBER.findall(after)] == [number for _, number in NUMBER.findall(before)]


@pytest.mark.parametrize("name", REPORTS)
def test_no_source_and_one_called_unknown_are_two_lines(company, client, max, name):
    for source in ("unknown", ""):
        make_lead("sql", source=source, at=START)
    journeys.apply_waiting()
    client.force_login(max)
    page = page_of(client, name, {"entry": "mql", "by": "source"})
    assert "<bdi>(none)</bdi>" in page
    assert "<bdi>unknown</bdi>" in page


@pytest.mark.parametrize("name", REPORTS)
def test_the_file_has_the_figures_of_the_page_and_no_formula(company, client, max, sam, alex, name):
    lead = make_lead("mql", source='=HYPERLINK("http://x")', at=START)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=START)
    moves.move(lead_id=lead.pk, step="confirm", by=max, at=START, given=Given(owner=alex, **DEAL))
    journeys.apply_waiting()
    client.force_login(max)
    words = asked(name, {"entry": "mql", "by": "source", "window": "1"})
    response = client.get(reverse("report", args=[name]), {**words, "format": "csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(rf'attachment; filename="{name}-[\d-]+\.csv"', response["Content-Disposition"])
    header, *rows = csv.reader(StringIO(response.content.decode()))
    assert {len(row) for row in rows} == {len(header)}
    assert '\'=HYPERLINK("http://x")' in [row[0] for row in rows]
    assert not [cell for row in rows for cell in row[:4] if cell.startswith(("=", "+", "@", "-"))]


def test_waiting_lines_are_told_with_their_time(client, max, lead):
    client.force_login(max)
    assert "log lines wait to be counted since" in page_of(client, "cohort", {})
    assert re.search(r"1 log lines wait since .*\.$", printed("cohort").rstrip())


def test_the_number_of_queries_does_not_grow_with_the_lines(company, client, max, django_assert_max_num_queries):
    client.force_login(max)
    with django_assert_max_num_queries(20):
        page_of(client, "cohort", {"entry": "mql", "by": "campaign", "grain": "day", "medium": "paid"})


def test_times_are_those_of_the_organisation(company, client, max, settings):
    settings.TIME_ZONE = "Asia/Bangkok"
    client.force_login(max)
    words = {"entry": "mql", "grain": "day", "at": "2026-03-03T20:00:00+00:00"}
    page = page_of(client, "cohort", words)
    assert "4 Mar 2026 03:00</time> (Asia/Bangkok)" in page
    assert '<span class="when">1 Mar 2026</span>' in page
    text = printed("cohort", "--entry", "mql", "--grain", "day", "--at", words["at"])
    assert "As of 4 Mar 2026 03:00 (Asia/Bangkok)" in text


@pytest.mark.parametrize("name", REPORTS)
def test_the_longest_questions_have_an_answer(company, client, max, name):
    client.force_login(max)
    days = ("2026-02-01", "2027-03-07") if name == "balance" else ("1900-01-01", "2999-12-31")
    ages = {"from": days[0], "to": days[1], "window": "3650"}
    for words in (ages, {**ages, "unit": "lead", "grain": "week", "by": "country"}):
        assert client.get(reverse("report", args=[name]), asked(name, words)).status_code == 200


@pytest.mark.parametrize("name", CYCLES_ONLY)
def test_what_only_cycles_have_is_not_told_of_leads(client, max, name):
    client.force_login(max)
    for address in ("report", "report_leads"):
        response = client.get(reverse(address, args=[name]), {"unit": "lead", "cell": "won"})
        assert response.status_code == (422 if address == "report" else 404)
    assert "counted in cycles" in client.get(reverse("report", args=[name]), {"unit": "lead"}).content.decode()


def test_htmx_gets_only_the_answer(company, client, max):
    client.force_login(max)
    part = client.get(reverse("report", args=["cohort"]), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="answer">')


def test_hostile_words_are_harmless(client, max):
    client.force_login(max)
    page = page_of(client, "cohort", {"source": "x'; DROP TABLE leads_lead; --<script>", "medium": '"><script>'})
    assert "<script>" not in page.split("<main")[1]
