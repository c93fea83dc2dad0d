"""One bad cell costs one row: everything else of the file comes in, and nothing ends in a traceback."""

from decimal import Decimal

import pytest

from leads.importing.companies import Companies
from leads.models import Company, Identity, Lead
from tests.leads.importing import LEADS, command, importing, mapping

pytestmark = pytest.mark.django_db
HEAD = "id,name,source,mql,sal,won\n"
GOOD = "2,5,x,2020-01-01,,\n"
NUMBERS = ["999999999999.999", "1e400", "9E+999999", "NaN", "Infinity", "-1", "0x10", "9" * 5000]


def both(tmp_path, cell, using):
    """A row with the cell, and a good one; returns why the first was refused."""
    ran = importing(tmp_path, f"{HEAD}1,{cell},x,2020-01-01,,\n{GOOD}", using)
    assert ran.counts == {"refused": 1, "created": 1}
    return ran[2].why


@pytest.mark.parametrize("cell", NUMBERS)
def test_an_amount_that_does_not_fit(tmp_path, cell):
    assert both(tmp_path, cell, mapping(lead={"amount": "name"})).startswith("name: ")


@pytest.mark.parametrize("cell", ["9999999999999999.999", *NUMBERS[1:]])
def test_a_revenue_that_does_not_fit(tmp_path, cell):
    assert both(tmp_path, cell, mapping(company={"name": "source", "revenue": "name"})).startswith("name: ")


@pytest.mark.parametrize("cell", ["9" * 1_000_000, "5.5", "2147483648"])
def test_a_score_that_does_not_fit(tmp_path, cell):
    assert "is not a whole number between" in both(tmp_path, cell, mapping(lead={"score": "name"}))


@pytest.mark.parametrize(("cell", "why"), [("İ" * 200, "400 characters"), ("https://", "is not a domain")])
def test_a_domain_that_does_not_fit(tmp_path, cell, why):
    assert why in both(tmp_path, cell, mapping(company={"name": "source", "domain": "name"}))


def test_the_largest_amount_that_fits_comes_in(tmp_path):
    importing(tmp_path, HEAD + "1,999999999999.994,,2020-01-01,,", mapping(lead={"amount": "name"}))
    assert Lead.objects.get().amount == Decimal("999999999999.99")


def test_an_amount_without_a_currency_is_in_the_organisations(tmp_path, settings):
    settings.DEFAULT_CURRENCY = "THB"
    using = mapping(lead={"amount": "name", "currency": "source"})
    importing(tmp_path, HEAD + "1,5,EUR,2020-01-01,,\n2,6,,2020-01-01,,\n3,,,2020-01-01,,", using)
    importing(tmp_path, HEAD + "1,7,,2020-01-01,,\n3,8,,2020-01-01,,", using)
    assert list(Lead.objects.order_by("pk").values_list("amount", "currency")) == [(7, "EUR"), (6, "THB"), (8, "THB")]


def test_the_last_day_of_the_calendar_is_a_day(tmp_path, settings):
    settings.TIME_ZONE = "Asia/Bangkok"
    text = HEAD + "1,9999-12-31T23:59Z,,2020-01-01,,"
    importing(tmp_path, text, mapping(lead={"expected_close_on": "name"}))
    assert Lead.objects.get().expected_close_on.isoformat() == "9999-12-31"


def test_a_reason_may_have_characters_that_the_file_could_not_write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.toml").write_text(
        'name = "m"\nfile = { encoding = "latin-1" }\nidentity = { email = "e" }\n[history]\nkind = "stage"\n'
        'column = "e"\notherwise = "sal"\nstages = {}\n'
    )
    (tmp_path / "f.csv").write_bytes(b"e\n" + b"\xe4" * 99 + b"\n")
    assert command("f.csv", "--mapping", "map.toml")["counts"]["refused"] == 1
    assert b"\\u2026" in (tmp_path / "f.refused.csv").read_bytes()


def test_a_side_file_may_be_looked_up_by_the_owners_email(tmp_path):
    (tmp_path / "side.csv").write_text("mail,group\nann@example.com,North\n")
    owner = {"email": "name", "team": "group", "lookup": {"file": "side.csv", "key": "mail"}}
    importing(tmp_path, HEAD + "1,ann@example.com,,2020-01-01,,", mapping(lead={}, owner=owner))
    assert Lead.objects.get().owner.team.name == "North"


def test_a_joined_name_is_looked_up_and_kept_once(tmp_path):
    (tmp_path / "side.csv").write_text("who,place\nAnn Lee,Rome\n")
    company = {
        "name": {"columns": ["name", "source"]},
        "country": "place",
        "lookup": {"file": "side.csv", "key": "who"},
    }
    importing(tmp_path, HEAD + "1,Ann,Lee,2020-01-01,,", mapping(lead={}, company=company))
    assert list(Company.objects.values_list("name", "country")) == [("Ann Lee", "Rome")]


@pytest.mark.parametrize("name", ["Ångström", "İstanbul", "ΑΣ"])
def test_a_company_is_found_again_whatever_the_databases_lower_case(name):
    made = Companies().resolve([(("name", name),)])
    assert Companies().resolve([(("name", name),)]) == made
    assert Company.objects.count() == 1


def test_identities_are_given_in_their_order(tmp_path):
    identity = {**LEADS["identity"], "phone": "name", "email": "source"}
    text = HEAD + "1,+12025550109,b@x.com,2020-01-01,,\n2,+12025550101,a@x.com,2020-01-01,,"
    importing(tmp_path, text, mapping(lead={}, identity=identity))
    given = list(Identity.objects.order_by("pk").values_list("kind", "value"))
    assert len(given) == 6
    assert given == sorted(given)
