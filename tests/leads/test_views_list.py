"""The lead list: who sees what, filters that mean what they say, and pages that cost the same at any size."""

import pytest
from django.urls import reverse

from leads import counting, filters, ordering
from leads.models import Company, Identity, Lead
from tests.factories import make_lead

LIST = reverse("lead_list")
HOSTILE = [
    "<script>alert(1)</script>", "Robert\"); DROP TABLE leads;--", "مرحبا \u202e gnp.exe", "👩\u200d🚀 Ünïcødé",
    "{{ 7|add:7 }}", "' onmouseover=alert(1) x='",
]  # fmt: skip


def names(response):
    return {lead.name for lead in response.context["rows"]}


def numbers(context):
    return {one["stage"]: one["number"] for one in context["stages"]}


def walk(client, url):
    """Every lead met by following Older to the end."""
    met = []
    while url:
        context = client.get(url).context
        met += [lead.pk for lead in context["rows"]]
        url = context["older"]
    return met


def test_anonymous_people_are_asked_to_log_in(client, db):
    assert client.get(LIST).headers["Location"] == f"{reverse('account_login')}?next={LIST}"


def test_the_list_is_only_read(client, sam):
    client.force_login(sam)
    assert client.post(LIST).status_code == 405


def test_an_sdr_sees_own_team_and_queue_but_no_stranger_s_lead(client, sam, alex, eve):
    make_lead("sal", owner=sam, name="own")
    make_lead("sal", owner=alex, name="team")
    make_lead("mql", name="queue")
    make_lead("sal", owner=eve, name="elsewhere")
    make_lead("tofu", name="marketing")
    client.force_login(sam)
    response = client.get(LIST)
    assert names(response) == {"own", "team", "queue"}
    assert response.context["everything"] == "3"


def test_an_ae_sees_own_leads_only(client, sam, alex):
    make_lead("sql", owner=alex, name="own")
    make_lead("sal", owner=sam, name="team")
    client.force_login(alex)
    assert names(client.get(LIST)) == {"own"}


def test_filters_by_stage_owner_and_team(client, max, sam, eve):
    make_lead("sal", owner=sam, name="a")
    make_lead("mql", owner=eve, name="b")
    make_lead("mql", name="c")
    client.force_login(max)
    assert names(client.get(LIST, {"stage": "mql"})) == {"b", "c"}
    assert names(client.get(LIST, {"owner": sam.pk})) == {"a"}
    assert names(client.get(LIST, {"owner": "none"})) == {"c"}
    assert names(client.get(LIST, {"team": eve.team_id})) == {"b"}
    assert names(client.get(LIST, {"team": eve.team_id, "stage": "sal"})) == set()


@pytest.mark.parametrize("source", ["", "unknown", "(none)", "=", "=(none)", "none", "ads & more"])
def test_each_source_is_found_by_its_own_name_and_blank_by_none(client, max, source):
    for each in ("", "unknown", "(none)", "=", "=(none)", "none", "ads & more"):
        make_lead(source=each, name=f"from {each}")
    client.force_login(max)
    assert names(client.get(LIST, {"source": filters.param_of(source)})) == {f"from {source}"}


def test_a_blank_source_reads_none(client, max):
    make_lead(source="")
    client.force_login(max)
    assert 'value="(none)"> <bdi>(none)</bdi>' in client.get(LIST).content.decode()


def test_search_finds_name_company_and_identity(client, max):
    company = Company.objects.create(name="Kestrel Robotics")
    make_lead(name="Priya", company_id=company.pk)
    lead = make_lead(name="Jonas", contact=False)
    Identity.objects.create(kind="email", value="jw@example.org", lead=lead)
    client.force_login(max)
    assert names(client.get(LIST, {"q": "priy"})) == {"Priya"}
    assert names(client.get(LIST, {"q": "kestrel"})) == {"Priya"}
    assert names(client.get(LIST, {"q": "JW@example"})) == {"Jonas"}
    assert client.get(LIST, {"q": "priy"}).context["everything"] == "1"


@pytest.mark.parametrize(
    "query",
    ["owner=abc", "owner=1%27", "stage=zzz", "source=nowhere", "q=%00", "before=0", "before=x", f"after={10**30}",
     "team=1e9", "owner=%00", "stage=%F0%9F", f"q={'x' * 5000}", "stage=mql&stage=zzz", "score=x", "days=-1",
     "days=999999999", "due=never", "created_from=2026-02-30", "size=7", "sort=shoe", "sort=--new", "cols=shoe",
     f"company={10**30}", "after=1~x", "after=0~1", "sort=score&after=1~99999999999999999999", "sort=due&after=1~noon",
     "sort=name&after=1~%00", "sort=amount&after=1~NaN", "planned=maybe"],
)  # fmt: skip
def test_nonsense_is_named_and_ignored(client, max, query):
    make_lead(name="there")
    client.force_login(max)
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    assert names(response) == {"there"}
    assert "was ignored" in response.content.decode()


def test_a_stranger_s_name_is_no_filter(client, sam, eve):
    client.force_login(sam)
    assert "was ignored" in client.get(LIST, {"owner": eve.pk}).content.decode()


def test_following_older_meets_every_lead_once(client, max):
    made = [make_lead().pk for _ in range(2 * ordering.PAGE + 1)]
    client.force_login(max)
    assert walk(client, LIST) == sorted(made, reverse=True)


def test_newer_leads_back_to_the_page_before(client, max):
    made = sorted((make_lead().pk for _ in range(ordering.PAGE + 10)), reverse=True)
    client.force_login(max)
    second = client.get(client.get(LIST).context["older"])
    assert [lead.pk for lead in second.context["rows"]] == made[ordering.PAGE :]
    response = client.get(second.context["newer"])
    assert [lead.pk for lead in response.context["rows"]] == made[: ordering.PAGE]
    assert response.context["newer"] == ""


def test_a_count_stops_at_its_bound(client, max, monkeypatch):
    monkeypatch.setattr(counting, "COUNTED", 3)
    monkeypatch.setattr("leads.views.listing.COUNTED", 3)
    for _ in range(5):
        make_lead()
    client.force_login(max)
    context = client.get(LIST).context
    assert (numbers(context)["tofu"], context["total"], context["everything"]) == ("3+", "3+", "3+")


@pytest.mark.parametrize("query", ["source=web", "q=example.com"])
@pytest.mark.parametrize("named", [3, 100])
def test_what_takes_long_to_count_comes_after_the_page(client, max, monkeypatch, query, named):
    monkeypatch.setattr(counting, "AT_ONCE", 3)
    monkeypatch.setattr("leads.search.NAMED", named)
    for _ in range(5):
        make_lead(source="web")
    client.force_login(max)
    response = client.get(f"{LIST}?{query}")
    assert len(response.context["rows"]) == 5
    assert set(numbers(response.context).values()) == {""}
    assert response.context["total"] == "3+"
    assert f'hx-get="{reverse("lead_counts")}?{query}"' in response.content.decode()
    after = client.get(f"{reverse('lead_counts')}?{query}", headers={"HX-Request": "true"}).content.decode()
    assert '<span role="status" id="total" hx-swap-oob="true">5 leads</span>' in after
    assert '<span id="matching" hx-swap-oob="true">Select all 5 matching</span>' in after


def test_counts_are_of_what_the_other_filters_leave(client, max, sam):
    make_lead("mql", owner=sam)
    make_lead("mql")
    make_lead("sal", owner=sam)
    client.force_login(max)
    context = client.get(LIST, {"owner": sam.pk, "stage": "mql"}).context
    chips = numbers(context)
    assert (chips["mql"], chips["sal"], context["total"], context["everything"]) == ("1", "1", "1", "2")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_text(client, max, name):
    from django.utils.html import escape

    make_lead(name=name, source=name)
    client.force_login(max)
    page = client.get(LIST).content.decode()
    assert f"<bdi>{escape(name)}</bdi>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("who", ["sam", "max"])
@pytest.mark.parametrize("query", ["", "?stalled=on&sort=touch"])
def test_fifty_leads_take_no_more_queries_than_one(client, request, django_assert_max_num_queries, who, sam, query):
    company = Company.objects.create(name="One")
    client.force_login(request.getfixturevalue(who))
    make_lead("sal", owner=sam, company_id=company.pk)
    with django_assert_max_num_queries(12) as one:
        client.get(f"{LIST}{query}")
    for _ in range(60):
        make_lead("sal", owner=sam, company_id=company.pk, source="web")
    with django_assert_max_num_queries(12) as many:
        client.get(f"{LIST}{query}")
    assert len(many) == len(one)


def test_htmx_gets_the_results_alone_and_caches_know(client, max):
    client.force_login(max)
    response = client.get(LIST, headers={"HX-Request": "true"})
    assert response.content.decode().strip().startswith('<section id="results"')
    assert "HX-Request" in response["Vary"]
    whole = client.get(LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<!doctype html>" in whole.content.decode()


def test_an_empty_list_offers_the_way_on(client, max):
    client.force_login(max)
    assert "New lead" in client.get(LIST).content.decode()
    assert "Clear filters" in client.get(LIST, {"stage": "won"}).content.decode()


def test_the_home_page_is_today(client, max):
    client.force_login(max)
    assert client.get("/").headers["Location"] == reverse("today")


def test_a_number_beyond_the_database_is_404(client, max):
    client.force_login(max)
    assert client.get(reverse("lead", args=[10**30])).status_code == 404
    assert Lead.objects.count() == 0


def test_the_way_back_from_a_lead_keeps_the_filters(client, max):
    lead = make_lead("mql", name="Priya")
    client.force_login(max)
    page = client.get(LIST, {"stage": "mql", "q": "priya"}).content.decode()
    link = f"{lead.get_absolute_url()}?back=%2Fleads%2F%3Fstage%3Dmql%26q%3Dpriya"
    assert f'href="{link}"' in page
    there = f'href="/leads/?stage=mql&amp;q=priya#row-{lead.pk}"><bdi>Leads</bdi></a>'
    assert there in client.get(link).content.decode()
    assert f'href="{lead.get_absolute_url()}"' in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/leads/", "javascript:alert(1)", "/admin/", "leads/", "\\evil", ""]
)
def test_the_way_back_leads_nowhere_else(client, max, back):
    lead = make_lead("mql")
    client.force_login(max)
    page = client.get(lead.get_absolute_url(), {"back": back}).content.decode()
    assert f'<a href="{LIST}#row-{lead.pk}"><bdi>Leads</bdi></a>' in page


def test_the_way_back_may_lead_to_the_funnel(client, max):
    lead = make_lead("mql")
    client.force_login(max)
    page = client.get(lead.get_absolute_url(), {"back": "/funnel/?cycle=1"}).content.decode()
    assert '<a href="/funnel/?cycle=1"><bdi>Funnel</bdi></a>' in page


SORTS = [f"{way}{name}" for name in ordering.ORDERS for way in ("", "-")]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("query", ["", "&score=0"])
def test_every_order_meets_every_lead_once_with_ties_and_blanks(client, max, now, monkeypatch, sort, query):
    monkeypatch.setattr(ordering, "PAGE", 3)
    for number in range(10):
        lead = make_lead(name="same" if number % 2 else "Ann", score=number // 4)
        blank = number % 3 == 0
        Lead.objects.filter(pk=lead.pk).update(
            due_at=None if blank else now, touched_at=None if blank else now, amount=None if blank else number // 4,
            currency="" if blank else "USD",
        )  # fmt: skip
    client.force_login(max)
    met = walk(client, f"{LIST}?sort={sort}{query}")
    assert len(met) == len(set(met)) == 10
    column = ordering.ORDERS[sort.removeprefix("-")].column
    values = [getattr(Lead.objects.get(pk=number), column) for number in met]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=sort.startswith("-")) + [None] * (10 - len(known))


def test_the_lead_before_and_after_run_through_the_whole_list_both_ways(max, now):
    from leads.listing import neighbours

    made = [make_lead("mql" if number % 3 else "sal", score=number % 2) for number in range(9)]
    query = "stage=mql&sort=-score"
    wanted = sorted((one for one in made if one.stage == "mql"), key=lambda lead: (-lead.score, -lead.pk))
    for place, lead in enumerate(wanted):
        before = wanted[place - 1].pk if place else None
        after = wanted[place + 1].pk if place + 1 < len(wanted) else None
        assert neighbours(user=max, query=query, lead=lead, at=now) == (before, after)


@pytest.mark.parametrize(
    ("query", "found"),
    [("score=70", "hot"), ("days=2", "old"), ("due=overdue", "late"), ("planned=yes", "planned"), ("planned=past", ""),
     ("industry=tools", "firm"), ("country=chad", "firm"), ("size=11-50", "firm"), ("channel=Paid", "paid"),
     ("campaign=May", "may"), ("created_to=2026-02-01", "early"), ("q=nobody-has-this", ""), ("stalled=1", "old"),
     ("due=none&score=70", "hot")],
)  # fmt: skip
def test_each_filter_finds_what_it_says(max, now, query, found):
    from datetime import timedelta

    from django.http import QueryDict

    from leads.listing import Listing

    company = Company.objects.create(name="Firm", industry="Tools", country="Chad", employees=20)
    fresh = {"at": now - timedelta(hours=1)}
    make_lead("mofu", name="hot", score=80, **fresh), make_lead("mofu", name="old", at=now - timedelta(days=300))
    make_lead("mofu", name="late", **fresh), make_lead("mofu", name="planned", **fresh)
    (
        make_lead("mofu", name="firm", company_id=company.pk, **fresh),
        make_lead("mofu", name="paid", channel="Paid", **fresh),
    )
    make_lead("mofu", name="may", campaign="May", **fresh), make_lead("mofu", name="early", **fresh)
    Lead.objects.update(due_at=None, created_at=now)
    Lead.objects.filter(name="late").update(due_at=now - timedelta(minutes=1))
    Lead.objects.filter(name="planned").update(next_kind="call", next_at=now + timedelta(hours=1))
    Lead.objects.filter(name="early").update(created_at=now - timedelta(days=40))
    listing = Listing.of(QueryDict(query), user=max, at=now)
    assert listing.form.problems == []
    assert {lead.name for lead in listing.page(few=False).rows} == ({found} if found else set())
    assert {lead.name for lead in listing.page(few=True).rows} == ({found} if found else set())
    assert listing.counts().chosen == bool(found)


@pytest.mark.parametrize(
    "address",
    ["/leads/?created_to=9999-12-31", "/leads/?created_from=0001-01-01", "/leads/board/?created_to=9999-12-31",
     "/leads/?sort=due&after=1~9999-12-31T23:59:59-23:59", "/leads/?sort=due&after=1~0001-01-01T00:00:00%2B23:59",
     "/leads/?sort=since&after=1~9999-12-31T23:59:59-23:59", f"/palette/?lead={'9' * 5000}"],
)  # fmt: skip
def test_the_edges_of_calendars_and_numbers_are_no_error(client, max, address):
    client.force_login(max)
    assert client.get(address).status_code == 200
