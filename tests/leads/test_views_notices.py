"""The list of notices, the bell, and that nobody reads another's."""

from datetime import timedelta

import pytest
from django.urls import reverse

from leads import talking
from leads.models import Job, Lead, Notice
from tests.factories import make_lead

NOTICES = reverse("notices")
UNREAD = reverse("notices_unread")
READ = reverse("notices_read")


@pytest.fixture
def told(sam, now):
    """Tells Sam something about a lead of his."""
    lead = make_lead("sal", owner=sam, name="Priya")

    def tell(kind="offer", key="1", **known):
        return Notice.objects.create(**{"user": sam, "kind": kind, "key": key, "lead": lead, "at": now, **known})

    return tell


def test_unread_come_first_then_the_days(client, sam, told, now):
    told(key="1", read_at=now)
    told(key="2", read_at=now, at=now - timedelta(days=1))
    told(key="3", at=now - timedelta(days=2))
    client.force_login(sam)
    days = client.get(NOTICES).context["days"]
    assert [(one.day and one.day.day, [told.notice.key for told in one.told]) for one in days] == [
        (None, ["3"]), (3, ["2"]), (4, ["1"]),
    ]  # fmt: skip


WORDS = {
    "offer": "Priya is offered to you.", "given": "Max gave you Priya.", "mention": "Max mentioned you on Priya.",
    "reply": "Max wrote about the handoff of Priya.", "rejected": "Max rejected Priya, which you had offered.",
    "reminder": "It is time for what you planned with Priya.", "breach": "Priya is overdue.",
    "escalated": "Priya has been overdue for long; it is escalated to you.",
}  # fmt: skip


@pytest.mark.parametrize("kind", WORDS)
def test_each_kind_has_its_words(client, sam, max, told, kind):
    max.first_name = "Max"
    max.save()
    told(kind, by=max)
    client.force_login(sam)
    assert WORDS[kind].replace("'", "&#x27;") in client.get(NOTICES).content.decode()


def test_several_are_told_by_their_number(client, sam, told):
    told(count=12, lead=None)
    client.force_login(sam)
    assert b"12 leads are offered to you." in client.get(NOTICES).content


def test_several_given_lead_to_the_list_of_ones_own(client, sam, told, max):
    told("given", count=12, lead=None, by=max)
    client.force_login(sam)
    assert b"gave you 12 leads." in client.get(NOTICES).content
    assert client.get(reverse("notice", args=[Notice.objects.get().pk])).url == f"{reverse('lead_list')}?view=mine"


def test_a_job_is_told_with_what_came_of_it(client, sam, told, now):
    job = Job.objects.create(by=sam, at=now, kind="move", step="accept", total=500, done=470, refused=30)
    told("job", lead=None, job=job)
    client.force_login(sam)
    assert b"470 of 500 were done, 30 refused" in client.get(NOTICES).content


def test_a_lead_out_of_sight_is_not_named(client, sam, eve, told, now):
    lead = make_lead("sal", owner=sam, name="Priya Secret")
    talking.write(lead_id=lead.pk, text="@sam look at the secret", by=sam, at=now)
    told("mention", lead=lead)
    Lead.objects.filter(pk=lead.pk).update(owner=eve)
    client.force_login(sam)
    page = client.get(NOTICES)
    assert b"Secret" not in page.content
    assert b"no longer among those you see" in page.content


def test_opening_a_notice_leads_to_its_lead_and_reads_all_about_it(client, sam, told):
    first = told(key="1")
    told(key="2", kind="breach")
    client.force_login(sam)
    opened = client.get(reverse("notice", args=[first.pk]))
    assert opened.headers["Location"] == first.lead.get_absolute_url()
    assert not Notice.objects.filter(read_at=None).exists()


def test_one_or_all_are_marked_as_read(client, sam, told):
    first = told(key="1")
    told(key="2", lead=make_lead())
    client.force_login(sam)
    client.post(READ, {"notice": first.pk})
    assert Notice.objects.filter(read_at=None).count() == 1
    client.post(READ)
    assert not Notice.objects.filter(read_at=None).exists()


def test_nobody_reads_or_marks_another_s(client, eve, told):
    one = told()
    client.force_login(eve)
    assert b"Priya" not in client.get(NOTICES).content
    assert client.get(reverse("notice", args=[one.pk])).status_code == 404
    assert client.post(READ, {"notice": one.pk}).status_code == 404
    client.post(READ)
    assert Notice.objects.filter(read_at=None).exists()


def test_marking_is_for_a_button(client, sam):
    client.force_login(sam)
    assert client.get(READ).status_code == 405


def test_the_bell_counts_and_stays_silent_while_nothing_changes(client, sam, told):
    told()
    client.force_login(sam)
    bell = client.get(UNREAD)
    assert b">1<span" in bell.content
    assert client.get(UNREAD, headers={"If-None-Match": bell.headers["ETag"]}).status_code == 304
    told(key="2")
    assert client.get(UNREAD, headers={"If-None-Match": bell.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("address", [NOTICES, UNREAD])
def test_anonymous_people_are_asked_to_log_in(client, db, address):
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("rows", [5, 60])
def test_the_list_costs_the_same_with_many(client, sam, told, now, rows, django_assert_max_num_queries):
    for number in range(rows):
        told(key=f"read {number}", lead=make_lead(), read_at=now)
        told(key=f"unread {number}", lead=make_lead())
    client.force_login(sam)
    with django_assert_max_num_queries(12):
        client.get(NOTICES)


def test_older_notices_are_on_the_next_page(client, sam, told, now):
    for number in range(60):
        told(key=f"{number}", read_at=now)
    client.force_login(sam)
    older = client.get(NOTICES).context["older"]
    assert sum(len(one.told) for one in client.get(older).context["days"]) == 10
