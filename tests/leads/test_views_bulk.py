"""Bulk work and jobs in the browser's eyes: previews, small jobs at once, big ones by and by, and who may."""

import pytest
from django.urls import reverse

from leads import jobs
from leads.models import Edit, Job, Lead, StageChange
from tests.factories import make_lead

BULK, LIST = reverse("lead_bulk"), reverse("lead_list")


def picked(*leads):
    return [f"{lead.pk}:{lead.version}" for lead in leads]


@pytest.fixture
def busy(mia, now):
    """A job of Mia's that waits."""
    make_lead("mofu")
    return jobs.start(jobs.Ask(Job.Kind.MOVE, "consider"), Lead.objects.visible_to(mia), by=mia, at=now)


def test_the_preview_says_what_can_move_and_what_cannot_and_writes_nothing(client, mia):
    client.force_login(mia)
    response = client.get(BULK, {"lead": picked(make_lead("mofu"), make_lead("won")), "do": "consider"})
    page = response.content.decode()
    assert "1 can move" in page
    assert "Consider starts at MoFu; this lead stands at Won." in page
    assert StageChange.objects.filter(step="consider").count() == Job.objects.count() == 0


def test_a_small_selection_moves_at_once_and_can_be_undone(client, mia):
    leads = [make_lead("mofu"), make_lead("mofu")]
    client.force_login(mia)
    response = client.post(BULK, {"lead": picked(*leads), "do": "consider", "query": "stage=mofu"}, follow=True)
    assert response.redirect_chain[-1][0] == f"{LIST}?stage=mofu"
    assert "2 leads moved" in response.content.decode()
    undo = reverse("job_undo", args=[Job.objects.get().pk])
    assert f'action="{undo}"' in response.content.decode()
    assert "Undone for 2 leads." in client.post(undo, follow=True).content.decode()
    assert Lead.objects.filter(stage="mofu").count() == 2


def test_all_that_match_are_taken_by_the_query_and_only_in_sight(client, sam, eve):
    make_lead("mofu", owner=sam, source="web"), make_lead("mofu", owner=sam, source="fair")
    make_lead("mofu", owner=eve, source="web")
    client.force_login(sam)
    client.post(BULK, {"all": "1", "query": "source=web", "do": "consider"})
    assert Job.objects.get().total == Lead.objects.filter(stage="bofu").count() == 1


def test_a_stranger_s_lead_is_not_touched(client, sam, eve):
    lead = make_lead("mofu", owner=eve)
    client.force_login(sam)
    client.post(BULK, {"lead": picked(lead), "do": "consider"})
    assert Lead.objects.get(pk=lead.pk).stage == "mofu"
    assert not Job.objects.exists()


def test_what_the_step_asks_is_asked_and_what_was_typed_stays(client, max, sam):
    lead = make_lead("sal", owner=sam)
    client.force_login(max)
    wanted = {"lead": picked(lead), "do": "lose", "note": "they said so"}
    response = client.post(BULK, wanted)
    assert response.status_code == 422
    assert "they said so" in response.content.decode()
    assert not Job.objects.exists()


def test_a_fact_is_set_on_all_selected(client, max, sam):
    leads = [make_lead(), make_lead()]
    client.force_login(max)
    assert "2 leads selected" in client.get(BULK, {"lead": picked(*leads), "do": "fact:owner"}).content.decode()
    client.post(BULK, {"lead": picked(*leads), "do": "fact:owner", "value": sam.pk})
    assert Lead.objects.filter(owner=sam).count() == Edit.objects.count() == 2


@pytest.mark.parametrize("fact", ["owner", "source", "urgency", "expected_close_on"])
def test_an_untouched_form_takes_no_fact_away(client, max, sam, fact):
    lead = make_lead("sal", owner=sam, source="web")
    client.force_login(max)
    asked = {"lead": picked(lead), "do": f"fact:{fact}"}
    refused = client.post(BULK, {**asked, "value": ""})
    assert refused.status_code == 422
    assert "tick below that it is taken away" in refused.content.decode()
    assert not Job.objects.exists()
    client.post(BULK, {**asked, "value": "", "clear": "on"})
    assert Lead.objects.get(pk=lead.pk).owner == (None if fact == "owner" else sam)
    assert Lead.objects.get(pk=lead.pk).source == ("" if fact == "source" else "web")


def test_a_filter_that_makes_no_sense_any_more_changes_nothing(client, max):
    make_lead(source="fair"), make_lead(source="web")
    client.force_login(max)
    body = {"all": "1", "query": "source=fair", "do": "fact:source", "value": "trade fair"}
    client.post(BULK, body)
    told = client.post(BULK, body, follow=True).content.decode()
    assert "Nothing was done" in told
    assert "The filter “source” was ignored" in told
    assert sorted(Lead.objects.values_list("source", flat=True)) == ["trade fair", "web"]


def test_more_leads_than_were_looked_at_are_not_changed(client, max):
    make_lead(source="web")
    client.force_login(max)
    asked = {"all": "1", "query": "source=web", "do": "fact:source"}
    page = client.get(BULK, asked).content.decode()
    assert '<input type="hidden" name="total" value="1">' in page
    make_lead(source="web")
    told = client.post(BULK, {**asked, "value": "fair", "total": "1"}, follow=True).content.decode()
    assert "More leads match by now" in told
    assert not Job.objects.exists()


def test_an_sdr_gives_no_lead_to_another_team(client, sam, eve):
    lead = make_lead("sal", owner=sam)
    client.force_login(sam)
    assert client.post(BULK, {"lead": picked(lead), "do": "fact:owner", "value": eve.pk}).status_code == 422
    assert Lead.objects.get(pk=lead.pk).owner == sam


@pytest.mark.parametrize(
    "asked",
    [{}, {"do": "consider"}, {"lead": ["x", "1", "1:", ":1", f"{10**40}:1", "1:1:1"], "do": "consider"},
     {"lead": ["1:1"], "do": "shoe"}, {"all": "1", "do": "fact:stage"}, {"all": "1", "do": "undo"}],
)  # fmt: skip
def test_nonsense_leads_back_to_the_list(client, mia, asked):
    client.force_login(mia)
    for response in (client.get(BULK, asked), client.post(BULK, asked)):
        assert response.headers["Location"].startswith(LIST)
    assert not Job.objects.exists()


def test_more_than_a_request_can_do_waits_for_the_worker(client, mia, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    rung = []
    monkeypatch.setattr("leads.views.bulk.ring", rung.append)
    client.force_login(mia)
    response = client.post(BULK, {"lead": picked(make_lead("mofu"), make_lead("mofu")), "do": "consider"})
    job = Job.objects.get()
    assert (job.state, rung, response.headers["Location"]) == ("waiting", [job.pk], reverse("job", args=[job.pk]))
    client.post(reverse("job_run", args=[job.pk]))
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 2)


def test_the_progress_is_polled_by_its_etag_and_reloads_at_the_end(client, mia, busy, now):
    client.force_login(mia)
    url = reverse("job", args=[busy.pk])
    first = client.get(url, headers={"HX-Request": "true"})
    assert "<progress" in first.content.decode()
    assert client.get(url, headers={"HX-Request": "true", "If-None-Match": first["ETag"]}).status_code == 304
    jobs.run(job_id=busy.pk, at=now)
    last = client.get(url, headers={"HX-Request": "true", "If-None-Match": first["ETag"]})
    assert last["HX-Refresh"] == "true"


def test_a_job_can_be_stopped(client, mia, busy):
    client.force_login(mia)
    client.post(reverse("job_cancel", args=[busy.pk]))
    busy.refresh_from_db()
    assert busy.state == "cancelled"


@pytest.mark.parametrize("route", ["job", "job_run", "job_cancel", "job_undo", "job_refused"])
def test_another_s_job_is_404_and_a_manager_s_to_see(client, sam, max, busy, route):
    url = reverse(route, args=[busy.pk])
    client.force_login(sam)
    ask = client.get if route in ("job", "job_refused") else client.post
    assert ask(url).status_code == 404
    busy.refresh_from_db()
    assert (busy.state, busy.done) == ("waiting", 0)
    assert "Job " not in client.get(reverse("job_list")).content.decode().split("<tbody")[-1]
    client.force_login(max)
    assert f"Job {busy.pk}" in client.get(reverse("job_list")).content.decode()


@pytest.mark.parametrize("route", ["job_run", "job_cancel", "job_undo"])
def test_what_changes_something_is_only_posted(client, mia, busy, route):
    client.force_login(mia)
    assert client.get(reverse(route, args=[busy.pk])).status_code == 405


def test_anonymous_people_are_asked_to_log_in(client, db):
    for url in (BULK, reverse("job_list"), reverse("job", args=[1]), reverse("lead_export"), reverse("view_new")):
        assert client.get(url).headers["Location"].startswith(reverse("account_login"))


def test_refused_rows_come_as_a_file_without_formulas(client, mia, now):
    lead = make_lead("won", name="=cmd()")
    client.force_login(mia)
    client.post(BULK, {"lead": picked(lead), "do": "consider"})
    text = client.get(reverse("job_refused", args=[Job.objects.get().pk])).content.decode()
    assert "'=cmd()" in text
    assert "starts at MoFu" in text


def test_pages_of_jobs_take_few_queries(client, mia, django_assert_max_num_queries):
    client.force_login(mia)
    leads = [make_lead("won") for _ in range(60)]
    client.post(BULK, {"lead": picked(*leads), "do": "consider"})
    with django_assert_max_num_queries(12):
        client.get(reverse("job", args=[Job.objects.get().pk]))
    with django_assert_max_num_queries(12):
        client.get(reverse("job_list"))
    with django_assert_max_num_queries(12):
        client.get(BULK, {"lead": picked(*leads), "do": "consider"})
