"""Companies: who sees which, how many leads of them, what happened there, and facts corrected and taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from leads import companies, company_edits, talking
from leads.edits import CannotUndo
from leads.models import Company, CompanyEdit, Touch
from leads.moves import UNDO_FOR
from tests.factories import make_lead


@pytest.fixture
def acme(db):
    return Company.objects.create(name="Acme", domain="acme.example", industry="Retail", employees=80, country="Kenya")


def of(company, stage="sal", **known):
    return make_lead(stage, company_id=company.pk, **known)


def happened(company, user, back=None):
    return companies.happenings(company, {lead.pk: lead for lead in companies.leads_of(company, user=user)}, back=back)


def test_one_sees_the_companies_of_leads_one_sees(acme, sam, eve, max, alex):
    of(acme, owner=sam)
    Company.objects.create(name="Empty")
    assert list(companies.visible_to(sam)) == [acme]
    assert list(companies.visible_to(eve)) == []
    assert list(companies.visible_to(alex)) == []
    assert companies.visible_to(max).count() == 2


def test_leads_are_counted_that_one_sees(acme, sam, eve, max):
    of(acme, owner=sam)
    of(acme, "won", owner=sam)
    of(acme, "lost", owner=sam)
    of(acme, owner=eve)
    assert companies.tallies([acme], user=sam) == {acme.pk: companies.Tally(1, 1)}
    assert companies.tallies([acme], user=max) == {acme.pk: companies.Tally(2, 1)}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"q": "acm"}, True), ({"q": "ACME.ex"}, True), ({"q": "100%"}, False), ({"q": "_cme"}, False),
        ({"industry": "Retail"}, True), ({"industry": "Software"}, False), ({"country": "Kenya"}, True),
        ({"size": "51-200"}, True), ({"size": "11-50"}, False), ({"size": "1-10"}, False), ({"size": "5,001+"}, False),
    ],
)  # fmt: skip
def test_filters_mean_what_they_say(acme, wanted, found):
    assert companies.filtered(Company.objects.all(), wanted).exists() == found


@pytest.mark.parametrize("employees", [0, 1, 10, 11, 50, 51, 200, 1000, 1001, 5000, 5001])
def test_a_size_filter_finds_what_shows_that_size(acme, employees):
    acme.employees = employees
    acme.save()
    assert companies.filtered(Company.objects.all(), {"size": acme.size_band}).get() == acme


def test_the_list_can_be_walked_both_ways(db):
    Company.objects.bulk_create(Company(name=f"Same {number % 3}") for number in range(120))
    first, newer, older = companies.page(Company.objects.all())
    key = (first[-1].name.lower(), first[-1].pk)
    second, _, more = companies.page(Company.objects.all(), after=key)
    back, _, _ = companies.page(Company.objects.all(), before=(second[0].name.lower(), second[0].pk))
    assert (newer, older, more) == (False, True, True)
    assert back == first
    assert not {one.pk for one in first} & {one.pk for one in second}


def test_companies_that_look_alike_are_named(acme, sam, max):
    same = Company.objects.create(name="ACME")
    host = Company.objects.create(name="Acme Kenya", domain="acme.co.ke")
    Company.objects.create(name="Acmeists", domain="acmeists.example")
    assert companies.alike(acme, user=max) == [same, host]
    assert companies.alike(acme, user=sam) == []


def test_what_happened_is_told_of_leads_in_sight_newest_first(acme, sam, eve, now):
    mine, other = of(acme, owner=sam, at=now - timedelta(days=3)), of(acme, owner=eve, at=now - timedelta(days=2))
    Touch.objects.create(lead=mine, occurred_at=now - timedelta(days=1), key="1", kind="call", by=sam)
    talking.write(lead_id=mine.pk, text="Hello", by=sam, at=now)
    found, more = happened(acme, sam)
    assert [one.text for one in found] == ["Hello", "", ""]
    assert {one.lead for one in found} == {mine}
    assert more is None
    assert {one.lead for one in happened(acme, eve)[0]} == {other}


def test_what_happened_can_be_read_to_its_beginning(acme, max, now):
    """However many things happened at the same moment."""
    lead = of(acme, at=now - timedelta(days=9))
    for number in range(190):
        at = now - timedelta(hours=number // 7 if number < 90 else 99)
        Touch.objects.create(lead=lead, occurred_at=at, key=f"{number}", kind="visit")
    met, back = [], companies.Back(now)
    while back:
        found, back = happened(acme, max, back)
        met += [one.touch.key if one.touch else "line" for one in found]
    assert len(met) == len(set(met)) == 191
    assert len(found) == 41


def correct(company, by, at, **facts):
    return company_edits.correct(company_id=company.pk, facts=facts, by=by, at=at)


def test_facts_are_corrected_and_put_back(acme, max, now):
    edit = correct(acme, max, now, employees=90, name="Acme", technologies=["SAP"])
    assert edit.data == {"employees": [80, 90], "technologies": [[], ["SAP"]]}
    assert correct(acme, max, now, employees=90) is None
    company_edits.undo(edit_id=edit.pk, by=max, at=now)
    acme.refresh_from_db()
    assert (acme.employees, acme.technologies) == (80, [])
    with pytest.raises(CannotUndo, match="undone already"):
        company_edits.undo(edit_id=edit.pk, by=max, at=now)


def test_only_what_nobody_changed_since_is_put_back(acme, max, now):
    edit = correct(acme, max, now, employees=90, revenue=Decimal("5"))
    later = correct(acme, max, now, employees=95)
    company_edits.undo(edit_id=edit.pk, by=max, at=now)
    acme.refresh_from_db()
    assert (acme.employees, acme.revenue) == (95, None)
    Company.objects.update(employees=96)
    with pytest.raises(CannotUndo, match="changed again"):
        company_edits.undo(edit_id=later.pk, by=max, at=now)


def test_who_corrected_a_company_undoes_it_for_half_an_hour_and_a_manager_always(acme, sam, alex, max, now):
    edit = correct(acme, sam, now, employees=90)
    for by, at in ((alex, now), (sam, now + UNDO_FOR + timedelta(seconds=1))):
        with pytest.raises(CannotUndo, match="within 30 minutes"):
            company_edits.undo(edit_id=edit.pk, by=by, at=at)
    company_edits.undo(edit_id=edit.pk, by=max, at=now + timedelta(days=1))
    assert Company.objects.get().employees == 80


def test_a_domain_taken_meanwhile_is_not_taken_back(acme, max, now):
    edit = correct(acme, max, now, domain="acme.test")
    Company.objects.create(name="Other", domain="acme.example")
    with pytest.raises(CannotUndo, match="Another company"):
        company_edits.undo(edit_id=edit.pk, by=max, at=now)


def test_corrections_are_told_in_words_among_what_happened(acme, max, now):
    edit = correct(acme, max, now, employees=1200, technologies=["SAP", "Slack"], spends_on_ads=True, domain="")
    make_lead(company_id=acme.pk)
    [told] = [one for one in happened(acme, max)[0] if one.edit]
    assert (told.edit, told.by, told.lead) == (edit, max, None)
    assert [(one.label, one.before, one.after) for one in told.changes] == [
        ("Domain", "acme.example", "nothing"), ("Employees", "80", "1,200"),
        ("Technologies", "nothing", "SAP, Slack"), ("Spends on ads", "nothing", "Yes"),
    ]  # fmt: skip


def test_two_companies_cannot_have_one_domain(acme, max, now):
    other = Company.objects.create(name="Other")
    with pytest.raises(company_edits.NotSaved):
        correct(other, max, now, domain="ACME.example")
    assert not CompanyEdit.objects.exists()
