"""Leads and companies found as somebody types: by whom, by what, and never by what a wildcard would let in."""

import pytest

from leads import search
from leads.models import Company, Identity, Lead
from tests.factories import make_lead


def found(text, user, limit=10):
    return [lead.name for lead in search.leads(text, user=user, limit=limit)]


@pytest.fixture
def priya(db):
    company = Company.objects.create(name="Kestrel Robotics", domain="kestrel.example")
    lead = make_lead(name="Priya Raman", company_id=company.pk, contact=False)
    Identity.objects.create(kind="email", value="priya.r@kestrel.example", lead=lead)
    Identity.objects.create(kind="phone", value="+14155552671", lead=lead)
    return lead


@pytest.mark.parametrize(
    "text",
    ["priya", "RAMAN", "iya ram", "pr", "Kestrel", "robot", "PRIYA.R@", "kestrel.example", "+1 415 555", "(415) 555-26",
     "04155552671", "  priya   raman ", "+14"],
)  # fmt: skip
def test_a_lead_is_found_by_any_part_of_what_it_is_known_by(priya, max, text):
    make_lead(name="Somebody Else")
    assert found(text, max) == ["Priya Raman"]


@pytest.mark.parametrize("text", ["", "  ", "\0", "iy", "nobody", "15", "kestrel@"])
def test_what_does_not_fit_finds_nothing(priya, max, text):
    assert found(text, max) == []


@pytest.mark.parametrize(
    "sign", ["%", "_", "\\", "'", '"', "100%", "a_b", "\\%", "O'Neil", "--", "$1", "%s", "{}", "ส"]
)
def test_a_sign_means_only_itself(max, sign):
    make_lead(name=f"{sign} stands here")
    make_lead(name="100x axb, nothing of the kind")
    assert found(sign, max) == [f"{sign} stands here"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("สมชาย ใจดี", "สมชาย"), ("สมชาย ใจดี", "ใจดี"), ("Ünal Özdemir", "ünal"), ("МАРИЯ", "мария"), ("👩‍🚀 Ada", "👩‍🚀 a"),
     ("李小龙", "小龙"), ("李小龙", "李小龙")],
)  # fmt: skip
def test_every_script_is_searched(max, name, text):
    make_lead(name=name)
    parts = len(text) >= search.PARTS_FROM or name.lower().startswith(text.lower())
    assert found(text, max) == ([name] if parts else [])


def test_nobody_finds_what_they_may_not_see(sam, alex, eve):
    for owner, name in ((sam, "Ann own"), (alex, "Ann team"), (eve, "Ann elsewhere")):
        make_lead("sal", owner=owner, name=name)
    assert sorted(found("ann", sam)) == ["Ann own", "Ann team"]
    assert found("ann", alex) == ["Ann team"]


def test_a_merged_lead_is_found_as_the_one_it_became(max, now):
    from leads.merging import merge

    survivor, double = make_lead(name="Ann First"), make_lead(name="Ann Second")
    merge(survivor_id=survivor.pk, absorbed_id=double.pk, by=max, at=now)
    assert found("ann", max) == ["Ann First"]


def test_names_that_begin_so_come_first_then_the_newest(max):
    for name in ("Joanna", "Ann old", "Ann new"):
        make_lead(name=name)
    assert found("ann", max) == ["Ann new", "Ann old", "Joanna"]
    assert found("ann", max, limit=2) == ["Ann new", "Ann old"]


def test_a_visitor_s_id_finds_nobody(max):
    lead = make_lead(name="Quiet", contact=False)
    Identity.objects.create(kind="visitor", value="abcdef0123", lead=lead)
    assert found("cdef", max) == []


@pytest.mark.parametrize("text", ["priya", "example"])
@pytest.mark.parametrize("limit", ["NAMED", "REFERRED"])
def test_the_list_is_narrowed_to_exactly_the_same_by_either_way(priya, max, monkeypatch, limit, text):
    for number in range(5):
        make_lead(name=f"Priya {number}")
    make_lead(name="Somebody Else", contact=False)
    few, number = search.narrowed(Lead.objects.visible_to(max), text)
    monkeypatch.setattr(search, limit, 2)
    many, least = search.narrowed(Lead.objects.visible_to(max), text)
    assert number == 6 >= least >= 2
    assert set(many) == set(few) == set(Lead.objects.filter(name__startswith="Priya"))


def test_companies_are_found_by_those_who_see_a_lead_of_theirs(priya, max, sam):
    Company.objects.create(name="Kestrel Air")
    assert [str(one) for one in search.companies("kestrel", user=max, limit=5)] == ["Kestrel Air", "Kestrel Robotics"]
    assert search.companies("kestrel", user=sam, limit=5) == []
