"""What tests of the record share: a person who is to be erased."""

from datetime import timedelta

import pytest

from leads import consent, moves, talking, working
from leads.lines import Given
from leads.merging import merge
from leads.models import Company, Identity, Lead, Touch
from leads.privacy import erase
from tests.factories import START, make_lead, reason


@pytest.fixture
def person(max, sam, now):
    """Somebody who left traces in every table that can hold one, by two records that were merged."""
    known = {"name": "Xanthippe Quill", "title": "Oboist", "extra": '{"street": "Zitherstrasse 4"}', "source": "fair"}
    lead = make_lead("sql", contact=False, consent=False, **known)
    double = make_lead("mofu", contact=False, name="Xanthippe Q.", source="web")
    for kind, value, whose in (
        ("email", "xan@example.com", lead), ("phone", "+3725550101", lead), ("visitor", "visitor-77", double),
        ("external", "crm:X-77", double),
    ):  # fmt: skip
        Identity.objects.create(kind=kind, value=value, lead=whose)
    Touch.objects.create(lead=double, occurred_at=START, key="k1", kind="call", note="spoke sotto voce")
    consent.record(
        lead_id=lead.pk, granted=True, source="mail of Xanthippe", wording="w", occurred_at=START, by=max, at=now
    )
    lost = Given(reason=reason("lose", "competitor"), competitor="Rivalcorp", note="Xanthippe chose them")
    moves.move(lead_id=lead.pk, step="lose", by=max, at=now, given=lost)
    working.plan(lead_id=lead.pk, kind="todo", due_at=now + timedelta(days=1), note="con brio", by=max, at=now)
    talking.write(lead_id=double.pk, text="She hums con brio.", by=max, at=now)
    merge(survivor_id=lead.pk, absorbed_id=double.pk, by=max, at=now)
    company = Company.objects.create(name="Acme")
    Lead.objects.filter(pk=lead.pk).update(company=company)
    return Lead.objects.get(pk=lead.pk)


@pytest.fixture
def erased(person, ada, now):
    erase(lead_id=person.pk, by=ada, at=now)
    return Lead.objects.get(pk=person.pk)
