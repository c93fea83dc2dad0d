"""Who a row is about, and who and what belongs to it: keys, companies, owners, consent."""

from datetime import UTC, datetime

import pytest

from leads.models import Company, Consent, Identity, Lead, StageChange, User
from tests.factories import make_lead
from tests.leads.importing import LEADS, importing, log_of, mapping

pytestmark = pytest.mark.django_db
HEAD = "id,name,source,mql,sal,won\n"


def the_lead(number="1"):
    return Lead.objects.get(identities__value=f"crm:{number}")


def test_keys_that_belong_to_other_leads_refuse_the_row(tmp_path):
    other = make_lead(contact=False)
    Identity.objects.create(kind="email", value="ann@example.com", lead=other)
    identity = {**LEADS["identity"], "email": "name"}
    text = HEAD + "1,Ann@Example.com,,2020-01-01,,\n2,b@example.com,,2020-01-01,,\n3,B@example.com,,2020-01-01,,"
    ran = importing(tmp_path, text, mapping(identity=identity, lead={}))
    assert ran[2].why == f"email ann@example.com belongs to lead {other.pk}"
    assert ran[4].why == "email b@example.com is also that of line 3"
    assert ran.counts == {"created": 1, "refused": 2}


def test_a_mapping_may_match_by_email(tmp_path):
    other = make_lead("tofu", at=datetime(2019, 1, 1, tzinfo=UTC), contact=False)
    Identity.objects.create(kind="email", value="ann@example.com", lead=other)
    identity = {**LEADS["identity"], "email": "name", "match": ["external", "email"]}
    ran = importing(tmp_path, HEAD + "1,ann@example.com,,2020-01-01,,", mapping(identity=identity, lead={}))
    assert (ran[2].result, ran[2].why) == ("updated", "history, identity")
    assert the_lead() == other
    assert [line[1] for line in log_of(other)] == ["tofu", "mql"]


def test_companies_are_found_in_any_case_and_made_once(tmp_path):
    known = Company.objects.create(name="ACME", industry="steel")
    using = mapping(company={"name": "source", "industry": "name"}, lead={})
    text = HEAD + "1,toys,acme,2020-01-01,,\n2,toys,New,2020-01-01,,\n3,food,NEW,2020-01-01,,\n4,x,,2020-01-01,,"
    ran = importing(tmp_path, text, using)
    assert (ran.summary.companies_created, ran.summary.companies_updated) == (1, 1)
    assert the_lead("1").company == known
    assert the_lead("2").company == the_lead("3").company
    assert the_lead("4").company is None
    assert list(Company.objects.order_by("pk").values_list("name", "industry")) == [("ACME", "toys"), ("New", "toys")]
    again = importing(tmp_path, text, using)
    assert (again.counts, again.summary.companies_updated) == ({"unchanged": 4}, 0)


def test_owners_are_found_or_made_without_a_log_in(tmp_path, alex):
    User.objects.filter(pk=alex.pk).update(first_name="Alex", last_name="Doe")
    using = mapping(owner={"name": "name", "team": "source", "role": "sdr"}, lead={})
    text = HEAD + "1,ALEX DOE,,2020-01-01,,\n2,Zoë Ågren,North,2020-01-01,,\n3,,,2020-01-01,,"
    assert importing(tmp_path, text, using).summary.owners_created == 1
    assert the_lead("1").owner == alex
    owner = the_lead("2").owner
    assert (owner.username, owner.role, owner.team.name, owner.is_active) == ("zoe.agren", "sdr", "North", False)
    assert StageChange.objects.get(lead=the_lead("2")).team == owner.team
    assert importing(tmp_path, text, using).counts == {"unchanged": 3}


def test_two_users_of_one_name_are_not_guessed_between(tmp_path, alex, sam):
    User.objects.update(first_name="Alex", last_name="Doe")
    ran = importing(tmp_path, HEAD + "1,Alex Doe,,2020-01-01,,", mapping(owner={"name": "name"}, lead={}))
    assert "2 users are called 'Alex Doe'" in ran[2].why


def test_consent_is_recorded_once_and_never_against_a_withdrawal(tmp_path, now):
    using = mapping(consent={"column": "source", "wording": "crm", "at": "mql"})
    importing(tmp_path, HEAD + "1,Ann,Yes,2020-01-01,,\n2,Bob,no,2020-01-01,,\n3,Cy,,2020-01-01,,", using)
    said = Consent.objects.order_by("lead").values_list("granted", "occurred_at__year", "source")
    assert list(said) == [(True, 2020, "leads"), (False, 2020, "leads")]
    Consent.objects.create(lead=the_lead(), purpose="contact", number=2, granted=False, wording="x", occurred_at=now)
    ran = importing(tmp_path, HEAD + "1,Ann,Yes,2020-01-01,,", using)
    assert ran[2].result == "unchanged"
    assert Consent.objects.filter(lead=the_lead()).count() == 2


def test_a_key_taken_meanwhile_is_looked_for_again(tmp_path, monkeypatch):
    """A form may open a lead between our look and our claim; the chunk is written again, with that lead found."""
    from leads.importing import keys

    find, rivals = keys.find, []

    def late(wanted):
        found = find(wanted)
        if not rivals:
            rivals.append(make_lead("tofu", at=datetime(2019, 1, 1, tzinfo=UTC), contact=False))
            monkeypatch.setattr(keys, "claim", beaten)
        return found

    def beaten(claims, *, at):
        monkeypatch.setattr(keys, "claim", claim)
        raise keys.Taken

    claim = keys.claim
    monkeypatch.setattr(keys, "find", late)
    text = HEAD + "1,Ann,web,2020-01-01,,\n1,Anna,web,2020-01-01,,\n2,Bob,web,2020-01-01,,"
    ran = importing(tmp_path, text, mapping(company={"name": "source"}))
    assert [ran[line].result for line in (2, 3, 4)] == ["created", "updated", "created"]
    assert (ran.summary.rows, ran.summary.companies_created, Company.objects.count()) == (3, 1, 1)
    assert Identity.objects.filter(kind="external").count() == 2
