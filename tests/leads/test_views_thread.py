"""The conversation between sales and marketing on a rejected lead's page, and how much the page asks the database."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import edits, moves, talking
from leads.lines import Given
from leads.models import Lead, Note, Notice, Touch
from tests.factories import make_lead, reason


@pytest.fixture
def rejected(sam, mia):
    """A lead that Mia had offered and Sam rejected."""
    lead = make_lead("bofu", owner=sam)
    moves.move(lead_id=lead.pk, step="qualify", by=mia, at=timezone.now())
    given = Given(reason=reason("reject"), note="no budget before autumn")
    moves.move(lead_id=lead.pk, step="reject", by=sam, at=timezone.now(), given=given)
    return Lead.objects.get(pk=lead.pk)


def test_the_thread_begins_with_the_reason_and_waits_for_marketing(client, mia, rejected):
    client.force_login(mia)
    page = client.get(rejected.get_absolute_url()).content.decode()
    thread = page[page.index('id="thread"') : page.index('id="story"')]
    assert "no budget before autumn" in thread
    assert "Waiting for marketing" in thread


def test_a_reply_goes_into_the_thread_and_tells_the_other_side(client, mia, sam, rejected):
    client.force_login(mia)
    form = client.get(rejected.get_absolute_url()).context["reply_form"]
    given = {"text": "they have now", "cycle": form.initial["cycle"], "version": rejected.version}
    client.post(reverse("lead_note", args=[rejected.pk]), given)
    assert Note.objects.get().cycle == 1
    assert Notice.objects.filter(kind="reply").get().user == sam
    page = client.get(rejected.get_absolute_url()).content.decode()
    assert "Waiting for sales" in page


def test_an_empty_reply_is_refused_in_the_thread(client, mia, rejected):
    client.force_login(mia)
    response = client.post(reverse("lead_note", args=[rejected.pk]), {"text": "", "cycle": 1})
    assert response.status_code == 422
    assert response.context["reply_form"].errors


def test_a_lead_that_was_never_rejected_has_no_thread(client, mia):
    client.force_login(mia)
    assert 'id="thread"' not in client.get(make_lead("mql").get_absolute_url()).content.decode()


@pytest.mark.parametrize("count", [5, 60])
def test_a_page_takes_few_queries_however_much_happened(client, sam, count, django_assert_max_num_queries):
    lead = make_lead("sal", owner=sam)
    for number in range(count):
        at = timezone.now() - timedelta(hours=number)
        Touch.objects.create(lead=lead, occurred_at=at, key=str(number), kind="call", by=sam)
        talking.write(lead_id=lead.pk, text=f"note {number}", by=sam, at=at)
        edits.set_facts(lead_id=lead.pk, facts={"source": str(number)}, by=sam, at=at)
    client.force_login(sam)
    with django_assert_max_num_queries(12):
        page = client.get(lead.get_absolute_url())
    assert ("Older" in page.content.decode()) == (count == 60)


def test_the_thread_stays_within_the_queries_of_a_page(client, sam, rejected, django_assert_max_num_queries):
    for number in range(30):
        talking.write(lead_id=rejected.pk, text=f"note {number}", by=sam, at=timezone.now(), cycle=1)
    client.force_login(sam)
    with django_assert_max_num_queries(12):
        client.get(rejected.get_absolute_url())


@pytest.mark.parametrize("count", [5, 60])
@pytest.mark.parametrize("back", ["/leads/", "/leads/?stage=sal&sort=score", "/leads/?q=lead"])
def test_the_way_through_a_list_stays_within_the_queries_of_a_page(
    client, sam, back, count, django_assert_max_num_queries
):
    leads = [make_lead("sal", owner=sam, name=f"Lead {number}", score=number) for number in range(count)]
    client.force_login(sam)
    with django_assert_max_num_queries(12):
        page = client.get(leads[2].get_absolute_url(), {"back": back})
    assert {page.context["course"].before, page.context["course"].after} == {leads[1].pk, leads[3].pk}
