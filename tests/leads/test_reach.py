"""Calling and writing to leads from the pages that show them, and not to those who no longer want it."""

import pytest
from django.urls import reverse

from leads import consent
from leads.models import Identity
from leads.reach import address, reaches
from leads.templatetags.reach import reach
from tests.factories import make_lead

PHONE, EMAIL = "+3725550101", "ann@example.com"


@pytest.fixture
def ann(sam):
    """A lead of Sam's that can be called and written to."""
    lead = make_lead("sal", owner=sam, contact=False, name="Ann")
    for kind, value in (("phone", PHONE), ("phone", "+3725550102"), ("email", EMAIL), ("visitor", "v-77")):
        Identity.objects.create(kind=kind, value=value, lead=lead)
    return lead


@pytest.fixture
def withdrawn(ann, mia, now):
    """The same, who no longer wants to be contacted."""
    said = {"source": "mail", "wording": "w", "occurred_at": None}
    consent.record(lead_id=ann.pk, granted=False, by=mia, at=now, **said)
    return ann


def call(lead):
    return reverse("today_call", args=[lead.pk])


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("phone", PHONE, f"tel:{PHONE}"),
        ("phone", f"{PHONE};ext=12", f"tel:{PHONE};ext=12"),
        ("email", EMAIL, f"mailto:{EMAIL}"),
        ("email", "a+b@example.com", "mailto:a+b@example.com"),
        ("email", "a?cc=b&c=d#e%f/g@example.com", "mailto:a%3Fcc%3Db%26c%3Dd%23e%25f%2Fg@example.com"),
        ("email", "o'neil@example.com", "mailto:o%27neil@example.com"),
        ("email", "grün@xn--bcher-kva.example", "mailto:gr%C3%BCn@xn--bcher-kva.example"),
    ],
)
def test_a_phone_and_an_e_mail_have_an_address(kind, value, said):
    assert address(kind, value) == said


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "0555 0101"), ("phone", "javascript:alert(1)"), ("phone", f"{PHONE};phone-context=x"), ("phone", ""),
        ("email", "ann"), ("email", "ann@example.com,bob@example.com"), ("email", f"{EMAIL}?bcc=bob@example.com"),
        ("email", "a b@example.com"), ("email", f"{EMAIL}\r\nBcc: bob@example.com"), ("email", "\ud800@example.com"),
        ("visitor", PHONE), ("external", f"crm:{EMAIL}"),
    ],
)  # fmt: skip
def test_what_no_address_can_say_stays_text(kind, value):
    assert address(kind, value) == ""
    assert "href" not in reach(kind, value, withdrawn=False)


def test_what_is_shown_is_escaped():
    assert "<b>" not in reach("email", "<b>@example.com", withdrawn=False)
    assert "<b>" not in reach("phone", "<b>", withdrawn=True)


def test_many_leads_are_asked_for_at_once(ann, django_assert_num_queries):
    nobody = make_lead(contact=False)
    with django_assert_num_queries(1):
        found = reaches([ann.pk, nobody.pk])
    assert list(found) == [ann.pk]
    assert (found[ann.pk].phones, found[ann.pk].emails) == ([PHONE, "+3725550102"], [EMAIL])


def test_the_lead_page_calls_and_writes(client, sam, ann):
    client.force_login(sam)
    page = client.get(ann.get_absolute_url()).content.decode()
    assert f'href="tel:{PHONE}"' in page
    assert f'href="mailto:{EMAIL}"' in page
    assert "v-77" in page


def test_a_lead_that_never_said_may_be_called(client, sam):
    lead = make_lead("sal", owner=sam, consent=False)
    client.force_login(sam)
    page = client.get(lead.get_absolute_url()).content.decode()
    assert "Not given" in page
    assert 'href="mailto:' in page


def test_withdrawn_consent_leaves_the_value_and_takes_the_link(client, sam, withdrawn):
    client.force_login(sam)
    for address_of in (withdrawn.get_absolute_url(), call(withdrawn), f"{reverse('lead_list')}?cols=phone&cols=email"):
        page = client.get(address_of).content.decode()
        assert PHONE in page, address_of
        assert EMAIL in page, address_of
        assert "Withdrawn consent" in page, address_of
        assert 'href="tel:' not in page, address_of
        assert 'href="mailto:' not in page, address_of


def test_consent_given_again_brings_the_link_back(client, sam, mia, withdrawn, now):
    said = {"source": "mail", "wording": "w", "occurred_at": None}
    consent.record(lead_id=withdrawn.pk, granted=True, by=mia, at=now, **said)
    client.force_login(sam)
    assert f'href="tel:{PHONE}"' in client.get(withdrawn.get_absolute_url()).content.decode()


def test_the_call_form_of_today_shows_what_to_call(client, sam, ann):
    client.force_login(sam)
    for headers in ({}, {"HX-Request": "true"}):
        asked = client.get(call(ann), headers=headers).content.decode()
        assert f'href="tel:{PHONE}"' in asked
        assert 'href="tel:+3725550102"' in asked
        assert f'href="mailto:{EMAIL}"' in asked
    nobody = make_lead("sal", owner=sam, contact=False)
    assert "Unknown" in client.get(call(nobody), headers={"HX-Request": "true"}).content.decode()


def test_the_table_shows_phone_and_e_mail_to_who_asks_for_them(client, sam, ann):
    client.force_login(sam)
    assert PHONE not in client.get(reverse("lead_list")).content.decode()
    page = client.get(reverse("lead_list"), {"cols": ["phone", "email"]}).content.decode()
    assert f'href="tel:{PHONE}"' in page
    assert f'href="mailto:{EMAIL}"' in page
    assert "+3725550102" not in page


def test_the_two_columns_cost_one_query_for_all_rows(client, sam, django_assert_max_num_queries):
    client.force_login(sam)
    for _ in range(60):
        make_lead("sal", owner=sam)
    with django_assert_max_num_queries(12) as plain:
        client.get(reverse("lead_list"), {"cols": "title"})
    with django_assert_max_num_queries(12) as both:
        client.get(reverse("lead_list"), {"cols": ["phone", "email"]})
    assert len(both) == len(plain) + 1
