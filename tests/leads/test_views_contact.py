"""Consent told to us, and e-mails and phones added or removed, on the lead page."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from leads import consent, keys
from leads.models import Consent, Identity
from tests.factories import START, make_lead

PHONE_CALL = {"granted": "yes", "source": "phone call", "wording": "spoken"}
ANN = {"kind": "email", "value": " Ann@Example.COM "}


def url(name, lead):
    return reverse(name, args=[lead.pk])


@pytest.fixture
def silent(db):
    """A lead that nobody can reach."""
    return make_lead(contact=False, consent=False, name="Ann")


def test_a_lead_without_consent_and_contact_is_brought_to_engage(client, mia, silent):
    client.force_login(mia)
    client.post(url("lead_consent", silent), PHONE_CALL)
    client.post(url("lead_key", silent), ANN)
    page = client.get(url("lead", silent)).content.decode()
    assert "May be contacted" in page
    assert "phone call, entered by mia" in page
    assert client.post(reverse("lead_move", args=[silent.pk, "engage"]), {"version": 1}).status_code == 302


def test_a_withdrawal_is_the_next_row_and_counts(client, mia, lead):
    client.force_login(mia)
    response = client.post(url("lead_consent", lead), {**PHONE_CALL, "granted": "no"}, follow=True)
    assert "Withdrawal recorded." in response.content.decode()
    newest = lead.consents.get(number=2)
    assert (newest.granted, newest.purpose, newest.wording) == (False, "contact", "spoken")
    assert "Withdrawn" in response.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"source": ""}, {"source": " "}, {"source": "a\0"}, {"source": "x" * 81}, {"occurred_at": "soon"},
     {"occurred_at": "2999-01-01T10:00"}, {"occurred_at": "2026-02-01T10:00"}],
)  # fmt: skip
def test_nonsense_consent_is_named_and_not_written(client, mia, lead, wrong):
    client.force_login(mia)
    response = client.post(url("lead_consent", lead), {**PHONE_CALL, **wrong})
    assert response.status_code == 422
    assert "Please" in response.content.decode()
    assert lead.consents.count() == 1


def test_a_consent_of_the_same_minute_follows_the_one_before(mia, lead):
    said = lead.consents.get().occurred_at + timedelta(days=1, seconds=30)
    told = {"lead_id": lead.pk, "source": "call", "wording": "spoken", "by": mia, "at": timezone.now()}
    consent.record(granted=True, occurred_at=said, **told)
    withdrawn = consent.record(granted=False, occurred_at=said.replace(second=0), **told)
    assert (withdrawn.number, withdrawn.occurred_at) == (3, said)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_count_up(mia, silent):
    start = Barrier(2)

    def tell(granted):
        start.wait()
        try:
            consent.record(
                lead_id=silent.pk, granted=granted, source="call", wording="spoken", occurred_at=None, by=mia,
                at=timezone.now(),
            )  # fmt: skip
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(tell, granted) for granted in (True, False)]
    assert [one.exception() for one in told] == [None, None]
    assert sorted(silent.consents.values_list("number", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_at_once_one_gets_the_key(mia, silent):
    other, start = make_lead(contact=False), Barrier(2)

    def add(lead):
        start.wait()
        try:
            keys.add(lead_id=lead.pk, kind="email", text="ann@example.com", by=mia, at=START)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        errors = [job.exception() for job in [pool.submit(add, lead) for lead in (silent, other)]]
    assert sorted(type(error).__name__ for error in errors) == ["NoneType", "Taken"]
    assert Identity.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("email", " Ann@Example.COM ", "ann@example.com"), ("phone", "+1 415 555 2671", "+14155552671")],
)
def test_a_key_is_added_in_its_one_spelling_and_removed(client, mia, silent, kind, text, value):
    client.force_login(mia)
    for _ in range(2):  # twice is once
        assert client.post(url("lead_key", silent), {"kind": kind, "value": text}).status_code == 302
    assert list(silent.identities.values_list("kind", "value")) == [(kind, value)]
    client.post(url("lead_key_remove", silent), {"kind": kind, "value": value})
    assert not silent.identities.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"value": "no"}, {"kind": "phone"}, {"kind": "external", "value": "crm:1"}, {"value": ""},
     {"value": "a\0@b.example"}],
)  # fmt: skip
def test_nonsense_keys_are_not_added(client, mia, silent, wrong):
    client.force_login(mia)
    assert client.post(url("lead_key", silent), {**ANN, **wrong}).status_code == 422
    assert not Identity.objects.exists()


def test_a_key_of_another_lead_leads_there(client, mia, silent):
    other = make_lead(contact=False, name="Other")
    Identity.objects.create(kind="email", value="ann@example.com", lead=other)
    client.force_login(mia)
    response = client.post(url("lead_key", silent), ANN)
    assert response.status_code == 409
    assert f'<p>It is <a href="{other.get_absolute_url()}">' in response.content.decode()
    assert not silent.identities.exists()


def test_a_key_of_a_lead_out_of_sight_says_whom_to_ask(client, sam, eve):
    other, own = make_lead("sal", owner=eve, contact=False, name="Secret"), make_lead("sal", owner=sam, contact=False)
    Identity.objects.create(kind="email", value="ann@example.com", lead=other)
    client.force_login(sam)
    page = client.post(url("lead_key", own), ANN).content.decode()
    assert "Ask a marketer or manager." in page
    assert "Secret" not in page
    assert other.get_absolute_url() not in page


def test_an_external_id_is_never_removed(client, mia, silent):
    Identity.objects.create(kind="external", value="crm:1", lead=silent)
    client.force_login(mia)
    assert "Remove crm:1" not in client.get(url("lead", silent)).content.decode()
    assert client.post(url("lead_key_remove", silent), {"kind": "external", "value": "crm:1"}).status_code == 422
    assert silent.identities.exists()


def test_a_key_of_another_lead_is_not_removed(client, mia, silent, lead):
    client.force_login(mia)
    client.post(url("lead_key_remove", silent), {"kind": "email", "value": lead.identities.get().value})
    assert lead.identities.exists()


@pytest.mark.parametrize("name", ["lead_consent", "lead_key", "lead_key_remove"])
def test_a_stranger_and_the_unknown_write_nothing(client, eve, silent, name):
    assert client.post(url(name, silent), {**PHONE_CALL, **ANN}).status_code == 302
    client.force_login(eve)
    assert client.post(url(name, silent), {**PHONE_CALL, **ANN}).status_code == 404
    assert (Consent.objects.count(), Identity.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["lead_consent", "lead_key", "lead_key_remove"])
def test_reading_writes_nothing_and_leads_to_the_lead(client, mia, silent, name):
    client.force_login(mia)
    response = client.get(url(name, silent), follow=True)
    assert response.redirect_chain == [(url("lead", silent), 302)]
    assert "again." in response.content.decode()
    assert client.put(url(name, silent)).status_code == 405
    assert (Consent.objects.count(), Identity.objects.count()) == (0, 0)


@pytest.mark.parametrize("part", ["consent", "contact"])
def test_the_link_of_a_blocked_step_opens_the_form(client, mia, silent, part):
    client.force_login(mia)
    page = client.get(url("lead", silent) + f"?open={part}").content.decode()
    assert page.count("data-opens open>") == 1
