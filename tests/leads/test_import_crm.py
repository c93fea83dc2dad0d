"""The structures Salesforce and HubSpot export, with the published samples and with values of real ones."""

import csv
import shutil
from collections import Counter

import pytest

from leads.importing.loading import load
from leads.models import Company, Identity, Lead, User
from tests.leads.importing import MAPPINGS, Ran, command, log_of, shared
from tests.leads.importing import importing as importing_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def salesforce(tmp_path, monkeypatch):
    """The sample's files, in a folder of their own to change."""
    return copied("salesforce", tmp_path, monkeypatch)


@pytest.fixture
def hubspot(tmp_path, monkeypatch):
    return copied("hubspot", tmp_path, monkeypatch)


def copied(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / name
    shutil.copytree(shared(f"crm_exports/{name}"), folder)
    return folder


def rewrite(path, change):
    """Give every row of a file to `change`, which edits it in place."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def add(path, *rows):
    """Append rows, given as what differs from the file's first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        old = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, old[0].keys())
        writer.writeheader()
        writer.writerows([*old, *({**old[0], **row} for row in rows)])


def test_deleted_opportunities_are_refused(salesforce):
    told = command(salesforce / "sf_opportunity_data.csv", "--mapping", MAPPINGS / "salesforce-opportunities.toml")
    assert told["counts"]["refused"] == 10
    assert told["results"][0]["why"] == "is_deleted is 'true', which the mapping refuses"


def test_the_salesforce_sample_comes_in_with_its_history(salesforce):
    file = salesforce / "sf_opportunity_data.csv"
    rewrite(file, lambda row: row.update(is_deleted="false"))
    told = command(file, "--mapping", MAPPINGS / "salesforce-opportunities.toml")
    assert told["counts"]["created"] == 10
    assert Counter(Lead.objects.values_list("stage", flat=True)) == {"won": 5, "lost": 4, "sql": 1}
    assert "owner 'rQhle3uwQbFgFmLTF1WByg==' is not in sf_user_data.csv" in told["results"][0]["flags"]
    won = Lead.objects.get(identities__value="salesforce:006q000000HddohAAB")
    assert (won.name, won.amount, f"{won.expected_close_on}") == ("$1m deal", 24_120_000, "2018-12-19")
    assert log_of(won) == [(1, "won", "2019-10-17", "exact")]
    again = command(file, "--mapping", MAPPINGS / "salesforce-opportunities.toml")
    assert again["counts"]["unchanged"] == 10


def test_a_salesforce_history_becomes_moves_and_cycles(salesforce):
    file = salesforce / "sf_opportunity_data.csv"
    rewrite(file, lambda row: row.update(is_deleted="false", account_id="", owner_id=""))
    add(
        salesforce / "sf_account_data.csv",
        {"id": "001A", "name": "Acme", "industry": "Steel", "number_of_employees": "120"},
    )
    add(salesforce / "sf_user_data.csv", {"id": "005A", "name": "Ann Lee", "email": "ann@example.com"})
    add(file, {"id": "006NEW", "account_id": "001A", "owner_id": "005A", "stage_name": "Closed Won"})
    add(
        salesforce / "sf_opportunity_history_data.csv",
        *(
            {"id": "006NEW", "stage_name": stage, "_fivetran_start": start, "_fivetran_end": end}
            for stage, start, end in (
                ("Prospecting", "2020-01-01 9:00:00", "2020-01-05 8:59:59"),
                ("Prospecting", "2020-01-05 9:00:00", "2020-02-01 9:59:59"),
                ("Negotiation/Review", "2020-02-01 10:00:00", "2020-03-01 9:59:59"),
                ("Closed Lost", "2020-03-01 10:00:00", "2020-04-01 9:59:59"),
                ("Qualification", "2020-04-01 10:00:00", "2020-05-01 9:59:59"),
                ("Closed Won", "2020-05-01 10:00:00", "9999-12-31 23:59:59"),
            )
        ),
    )
    command(file, "--mapping", MAPPINGS / "salesforce-opportunities.toml")
    lead = Lead.objects.get(identities__value="salesforce:006NEW")
    assert [line[:3] for line in log_of(lead)] == [
        (1, "sal", "2020-01-01"), (1, "sql", "2020-02-01"), (1, "lost", "2020-03-01"),
        (2, "sal", "2020-04-01"), (2, "won", "2020-05-01"),
    ]  # fmt: skip
    assert (lead.company, lead.company.size_band) == (Company.objects.get(name="Acme"), "51-200")
    assert lead.owner == User.objects.get(email="ann@example.com")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"stage_name": "Dreaming"}, "the stage 'Dreaming' is not in the mapping"),
        ({"_fivetran_start": "2999-01-01"}, "lies in the future"),
        ({"_fivetran_end": "2001-01-01"}, "lies before _fivetran_start"),
    ],
)
def test_a_history_that_cannot_be_refuses_its_row_alone(salesforce, changed, why):
    file = salesforce / "sf_opportunity_data.csv"
    rewrite(file, lambda row: row.update(is_deleted="false"))
    add(salesforce / "sf_opportunity_history_data.csv", changed)
    told = command(file, "--mapping", MAPPINGS / "salesforce-opportunities.toml")
    [refused] = [result for result in told["results"] if result["result"] == "refused"]
    assert refused["why"].startswith("sf_opportunity_history_data.csv, line 12: ")
    assert why in refused["why"]
    assert told["counts"]["created"] == 9


def with_owners(hubspot):
    """The owners' e-mail addresses are hashed in the sample; make them addresses again."""
    rewrite(hubspot / "owner_data.csv", lambda row: row.update(email=f"{row['owner_id']}@example.com"))


def test_an_owner_whose_email_is_none_refuses_the_row(hubspot):
    told = command(hubspot / "deal_data.csv", "--mapping", MAPPINGS / "hubspot-deals.toml")
    refused = {row["why"] for row in told["results"] if row["result"] == "refused"}
    assert all("is not an e-mail address" in why for why in refused)
    assert told["counts"]["created"] == 22


def test_the_hubspot_deals_of_the_sample_come_in(hubspot):
    with_owners(hubspot)
    told = command(hubspot / "deal_data.csv", "--mapping", MAPPINGS / "hubspot-deals.toml")
    assert told["counts"]["created"] == told["rows"] > 40
    assert set(Lead.objects.values_list("stage", flat=True)) == {"sal"}
    assert command(hubspot / "deal_data.csv", "--mapping", MAPPINGS / "hubspot-deals.toml")["counts"]["created"] == 0


def test_the_hubspot_history_is_read_with_its_single_digit_hours_and_open_ends(hubspot):
    ids = [row["deal_id"] for row in csv.DictReader((hubspot / "deal_stage_data.csv").open(encoding="utf-8-sig"))]
    with_owners(hubspot)
    rows = iter(ids)
    rewrite(hubspot / "deal_data.csv", lambda row: row.update(deal_id=next(rows, row["deal_id"])))
    told = command(hubspot / "deal_data.csv", "--mapping", MAPPINGS / "hubspot-deals.toml")
    assert told["counts"]["refused"] == 0
    assert Counter(Lead.objects.filter(identities__value__in=[f"hubspot-deal:{one}" for one in ids]).values_list(
        "stage", flat=True
    )) == {"sal": 7, "sql": 6, "won": 1}  # fmt: skip
    lead = Lead.objects.get(identities__value=f"hubspot-deal:{ids[0]}")
    assert f"{lead.stage_since:%Y-%m-%d %H:%M:%S}" == "2021-01-07 06:49:18"


def test_hashed_contacts_are_refused_and_real_ones_come_in(hubspot):
    file = hubspot / "contact_data.csv"
    told = command(file, "--mapping", MAPPINGS / "hubspot-contacts.toml")
    assert told["counts"]["refused"] == told["rows"] == 22
    rewrite(
        file,
        lambda row: row.update(property_email=row["property_email"] + "@example.com" if row["property_email"] else ""),
    )
    told = command(file, "--mapping", MAPPINGS / "hubspot-contacts.toml")
    assert told["counts"]["refused"] == 0
    assert Identity.objects.filter(kind="external", value__startswith="hubspot:").count() == Lead.objects.count()
    again = command(file, "--mapping", MAPPINGS / "hubspot-contacts.toml")
    assert again["counts"]["unchanged"] == 22


def test_lifecycle_dates_of_a_contact_become_its_history(tmp_path):
    head = (
        "id,property_email,property_firstname,property_lastname,property_jobtitle,property_company,property_createdate,"
        "_fivetran_deleted,property_hs_lifecyclestage_lead_date,property_hs_lifecyclestage_marketingqualifiedlead_date\n"
    )
    row = "1,ann@example.com,Ann,Lee,CTO,Acme,2020-01-01 10:00:00,false,2020-02-01 10:00:00,2020-03-01 10:00:00"
    ran = importing_text(tmp_path, head + row, load(MAPPINGS / "hubspot-contacts.toml"))
    assert isinstance(ran, Ran)
    lead = Lead.objects.get()
    assert (lead.name, lead.title, lead.company.name) == ("Ann Lee", "CTO", "Acme")
    assert [line[1:3] for line in log_of(lead)] == [("mofu", "2020-02-01"), ("mql", "2020-03-01")]
