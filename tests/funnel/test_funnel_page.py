"""The funnel page: every number is a link to exactly the cycles behind it, for whoever looks."""

import re
from html import unescape

import pytest
from django.urls import reverse

from funnel import journeys
from tests.factories import make_lead

NUMBER = re.compile(r'<a href="(/funnel/leads/\?[^"]+)">(?:<b>)?([\d,]+)')
TOTAL = re.compile(r"<h1>([\d,]+) cycles? that")
QUESTIONS = [
    {},
    {"entry": "mql", "by": "source"},
    {"entry": "mql", "by": "owner", "window": "2"},
    {"entry": "sal", "by": "team"},
    {"entry": "tofu", "by": "cycle"},
    {"entry": "mql", "by": "industry", "source": "(none)"},
    {"entry": "mofu", "from": "2026-03-01", "to": "2026-03-02", "by": "source"},
    {"entry": "tofu", "to": "2026-02-01"},
]


@pytest.mark.parametrize("words", QUESTIONS)
def test_every_number_is_a_link_to_a_list_of_that_length(company, client, max, words):
    client.force_login(max)
    page = client.get(reverse("funnel"), {"window": "30", **words}).content.decode()
    numbers = NUMBER.findall(page)
    assert len(numbers) >= 15
    for link, number in numbers:
        listed = client.get(unescape(link)).content.decode()
        assert TOTAL.search(listed)[1] == number, link


def test_a_list_shows_as_many_rows_as_its_number_over_its_pages(client, max, now):
    for _ in range(60):
        make_lead("mofu")
    journeys.apply_waiting()
    client.force_login(max)
    address = reverse("funnel_behind") + "?entry=mofu&cell=entered"
    pages = [client.get(address + f"&page={page}").content.decode() for page in (1, 2)]
    assert [page.count('<th scope="row">') for page in pages] == [50, 10]


def test_people_count_only_the_leads_they_may_see(company, client, alex, eve, max):
    def entered(person):
        client.force_login(person)
        page = client.get(reverse("funnel"), {"entry": "mql"}).content.decode()
        found = re.search(r"<b>([\d,]+)</b> entered", page)
        return int(found[1]) if found else 0

    assert entered(max) == 6
    assert 0 < entered(alex) < 6
    assert entered(eve) == 0


BAD = [
    {"window": "0"}, {"window": "x"}, {"window": "99999999999999999999"}, {"window": "0000019999999999"},
    {"window": "3" * 5000}, {"from": "31.12.2025"}, {"from": "0001-01-01"}, {"to": "9999-12-31"},
    {"from": "2026-03-02", "to": "2026-03-01"}, {"entry": "won"}, {"by": "password"}, {"owner": "me"},
    {"owner": "9" * 40}, {"source": "a\x00b"}, {"at": "yesterday"}, {"at": "2026-01-01"},
]  # fmt: skip


@pytest.mark.parametrize("words", BAD)
def test_a_question_without_an_answer_says_what_to_ask_instead(client, max, words):
    client.force_login(max)
    response = client.get(reverse("funnel"), words)
    assert response.status_code == 422
    assert "This question has no answer" in response.content.decode()


@pytest.mark.parametrize("query", ["cell=nothing", "table=flow&cell=x", "window=x", "by=owner&cell=entered&key=x"])
def test_a_number_the_funnel_does_not_have_is_not_found(client, max, query):
    client.force_login(max)
    assert client.get(reverse("funnel_behind") + "?" + query).status_code == 404


def test_hostile_words_are_harmless(client, max):
    client.force_login(max)
    hostile = {"source": "x'; DROP TABLE leads_lead; --<script>", "by": "source"}
    page = client.get(reverse("funnel"), hostile)
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().split("<main")[1]


def test_the_page_needs_a_login_and_takes_no_posts(client, max):
    assert client.get(reverse("funnel")).status_code == 302
    assert client.get(reverse("funnel_behind")).status_code == 302
    client.force_login(max)
    assert client.post(reverse("funnel")).status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_data(company, client, max, django_assert_max_num_queries):
    client.force_login(max)
    with django_assert_max_num_queries(14):  # one of them counts the notices on the bell
        client.get(reverse("funnel"), {"entry": "mql", "by": "owner"})


def test_waiting_lines_are_told(client, max, lead):
    client.force_login(max)
    assert "1 log lines wait to be counted" in client.get(reverse("funnel")).content.decode()
    journeys.apply_waiting()
    assert "every log line counted" in client.get(reverse("funnel")).content.decode()


def test_htmx_gets_only_the_answer(company, client, max):
    client.force_login(max)
    part = client.get(reverse("funnel"), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="answer">')


def test_a_list_keeps_the_instant_of_its_number_however_late_it_is_opened(company, client, max):
    client.force_login(max)
    page = client.get(reverse("funnel"), {"entry": "mql"}).content.decode()
    link, number = next(one for one in NUMBER.findall(page) if "cell=mature" in one[0])
    assert "at=" in link
    assert TOTAL.search(client.get(unescape(link)).content.decode())[1] == number


def test_filtering_by_an_owner_finds_what_splitting_by_owner_counts(company, client, max, sam):
    def entered(words, stage):
        page = client.get(reverse("funnel"), {"entry": "mql", **words}).content.decode()
        flow = page.split('id="flow-title"')[1]
        return int(re.search(rf'stage-{stage}".*?<td class="n"><a[^>]*>([\d,]+)', flow, re.S)[1])

    client.force_login(max)
    everyone = entered({}, "sal")
    assert entered({"owner": str(sam.pk)}, "sal") + entered({"owner": "(none)"}, "sal") == everyone
    assert entered({"owner": str(sam.pk)}, "tofu") == 2  # the two he rejected begin their next cycle as his


def test_a_source_called_none_in_brackets_is_not_the_blank_one(client, max):
    make_lead("tofu", source="(none)")
    make_lead("tofu", source="")
    journeys.apply_waiting()
    client.force_login(max)
    page = client.get(reverse("funnel"), {"by": "source"}).content.decode()
    assert "<bdi>“(none)”</bdi>" in page
    assert "<bdi>(none)</bdi>" in page
