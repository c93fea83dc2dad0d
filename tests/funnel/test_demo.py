"""The demo: believable, the same each time, made of legal steps, and gone without a trace."""

from collections import Counter
from decimal import Decimal
from io import StringIO
from itertools import groupby

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from funnel.demo import seeding
from funnel.models import Journey
from leads import moves, queue, routing, talking
from leads.ledger import NewLead
from leads.lines import FACTS, Given
from leads.merging import merge
from leads.models import (
    Asset,
    Company,
    Consent,
    Edit,
    Erasure,
    Identity,
    Lead,
    Merge,
    Note,
    Notice,
    Reason,
    RoutingRule,
    Stage,
    StageChange,
    StagePolicy,
    Team,
    Touch,
    Unapplied,
    User,
)
from leads.privacy import erase
from leads.roles import Role
from tests.factories import make_lead

FLAGGED = (Lead, Company, Asset, User, Team)
OF_A_LEAD = (StageChange, Unapplied, Identity, Consent, Touch, Journey, Note, Notice, Edit)
LOG = """
    SELECT md5(string_agg(row::text, '|' ORDER BY number, sequence)) FROM (
        SELECT dense_rank() OVER (ORDER BY line.lead_id) AS number, sequence, line.cycle, step, from_stage, to_stage,
            line.occurred_at, voids, who.username AS by, owner.username AS owner, reason.code, note,
            entry - 'asset', asset.name AS asset, lead.name, lead.score, lead.amount
        FROM leads_stagechange line JOIN leads_lead lead ON lead.id = line.lead_id AND lead.is_demo
        LEFT JOIN leads_user who ON who.id = line.by_id LEFT JOIN leads_user owner ON owner.id = line.owner_id
        LEFT JOIN leads_reason reason ON reason.id = line.reason_id
        LEFT JOIN leads_asset asset ON asset.id = lead.asset_id) row
"""
TOUCHES = """
    SELECT md5(string_agg(row::text, '|' ORDER BY number, occurred_at, key)) FROM (
        SELECT dense_rank() OVER (ORDER BY lead_id) AS number, occurred_at, key, touch.kind, channel, note, asset.name
        FROM leads_touch touch LEFT JOIN leads_asset asset ON asset.id = asset_id) row
"""


def checksums():
    with connection.cursor() as cursor:
        return [cursor.execute(query).fetchone()[0] for query in (LOG, TOUCHES)]


def run(*arguments):
    out = StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def rows():
    return {model.__name__: model.objects.count() for model in FLAGGED + OF_A_LEAD}


@pytest.fixture
def seed(db, now):
    """Writes a small demo that ends at the tests' instant."""
    return lambda leads=200, seed=1: seeding.seed(leads=leads, months=18, seed=seed, at=now)


def test_the_same_seed_makes_the_same_demo(seed):
    seed()
    first = checksums()
    run("--remove")
    seed()
    assert checksums() == first
    run("--remove")
    seed(seed=2)
    assert checksums() != first


def test_every_stage_is_occupied(seed):
    seed(leads=1500)
    assert set(Lead.objects.values_list("stage", flat=True)) == set(Stage.values)


def test_every_kind_of_step_happens(seed):
    seed(leads=1500)
    steps = set(StageChange.objects.values_list("step", flat=True))
    assert steps >= {"create", "reject", "recycle", "reengage", "lose", "disqualify", "undo", "win"}
    assert Lead.objects.filter(source="").exists()
    assert Lead.objects.filter(source="unknown").exists()
    assert Lead.objects.exclude(competitor="").exists()


def test_there_are_five_people_of_each_role_who_can_log_in(seed, client):
    seed(leads=1)
    assert Counter(User.objects.values_list("role", flat=True)) == dict.fromkeys(Role.values, 5)
    for username, role in [("sam", "sdr"), ("mia", "marketer"), ("alex", "ae"), ("max", "manager"), ("ada", "admin")]:
        assert User.objects.get(username=username).role == role
        assert client.login(username=username, password="demo")
    assert User.objects.get(username="ada").is_staff


def test_sdrs_and_aes_sit_in_two_teams(seed):
    seed(leads=1)
    for role in (Role.SDR, Role.AE):
        assert Team.objects.filter(members__role=role).distinct().count() == 2


def test_nothing_lies_in_the_future_or_was_learnt_later(seed, now):
    seed()
    for line in StageChange.objects.all():
        assert line.occurred_at == line.recorded_at <= now
    assert not Touch.objects.filter(occurred_at__gt=now).exists()


def test_addresses_belong_to_nobody(seed):
    seed()
    emails = Identity.objects.filter(kind="email")
    assert emails.exists()
    assert not emails.exclude(value__endswith=".example").exists()
    assert not User.objects.exclude(email__endswith=".example").exists()


def test_the_gate_would_have_made_every_line(seed):
    """Each demo lead is lived again through the public API, by the same people at the same times."""
    seed(leads=300)
    people, reasons = User.objects.in_bulk(), Reason.objects.in_bulk()
    log = StageChange.objects.order_by("lead_id", "sequence")
    for lead_id, lines in groupby(list(log), key=lambda line: line.lead_id):
        first, *others = lines
        twin = relive(Lead.objects.get(pk=lead_id), first, others, people, reasons)
        for mine, theirs in zip(told(twin), told(lead_id), strict=True):
            assert mine == theirs


def told(lead_id):
    kept = ("sequence", "cycle", "step", "from_stage", "to_stage", "occurred_at", "voids", "by", "owner", "team",
            "reason", "note", "entry", "changed")  # fmt: skip
    ends = Lead.objects.values_list("stage", "stage_since", "cycle", "version", *FACTS).get(pk=lead_id)
    return [ends, *StageChange.objects.filter(lead=lead_id).order_by("sequence").values_list(*kept)]


def relive(lead, first, lines, people, reasons):
    """A twin of the lead that takes its steps through the gate; returns its number."""
    names = ("name", "title", "company_id", "source", "medium", "campaign", "channel", "asset_id", "score")
    new = NewLead(
        **{name: getattr(lead, name) for name in names}, occurred_at=first.occurred_at, recorded_at=first.occurred_at
    )
    twin = moves.open_lead(new)
    if lead.identities.filter(kind__in=["email", "phone"]).exists():
        Identity.objects.create(kind="email", value=f"twin{twin}@mail.example", lead_id=twin)
    for consent in lead.consents.filter(granted=True):
        consent.lead_id = twin
        Consent.objects.bulk_create([consent])
    for line in lines:
        by, at = people.get(line.by_id), line.occurred_at
        if line.step == "undo":
            moves.undo(lead_id=twin, by=by, at=at, note=line.note)
        else:
            moves.move(lead_id=twin, step=line.step, by=by, at=at, given=given(line, people, reasons))
    return twin


def given(line, people, reasons):
    facts = {name: new for name, (_, new) in (line.changed or {}).items() if new not in (None, "")}
    facts["owner"] = people.get(facts.pop("owner_id", None))
    if "amount" in facts:
        facts["amount"] = Decimal(facts["amount"])
    for name in {"expected_close_on", "wake_on"} & facts.keys():
        facts[name] = Lead._meta.get_field(name).to_python(facts[name])
    return Given(**facts, reason=reasons.get(line.reason_id), note=line.note)


def test_a_policy_that_asks_for_more_is_kept(seed):
    StagePolicy.objects.filter(stage="mql").update(score_threshold=45, required_facts=["company"])
    seed()
    offered = Lead.objects.filter(changes__to_stage="mql")
    assert offered.exists()
    assert not offered.filter(company=None).exists()
    assert not offered.filter(score__lt=45).exists()


def test_a_second_run_changes_nothing(seed):
    seed()
    before = rows(), checksums()
    assert "already there" in run()
    assert (rows(), checksums()) == before


def test_a_taken_user_name_is_refused_and_nothing_is_written(sam, now):
    before = rows()
    with pytest.raises(CommandError, match="sam"):
        run("--leads", "5", "--at", now.isoformat())
    assert rows() == before


def test_removing_takes_all_of_the_demo_and_nothing_real(seed, eve, now):
    company = Company.objects.create(name="Real")
    real = make_lead("sal", owner=eve, company_id=company.pk)
    Touch.objects.create(lead=real, occurred_at=now, key="1", kind="call", by=eve)
    before = rows()
    seed()
    demo = Lead.objects.filter(is_demo=True).first()
    Journey.objects.create(lead=demo, cycle=1, opened_at=now, owners=[0] * 7, teams=[0] * 7, outcome=0)
    assert "gone" in run("--remove")
    assert rows() == before
    assert StagePolicy.objects.count() == 8
    assert list(Lead.objects.values_list("pk", "owner", "company")) == [(real.pk, eve.pk, company.pk)]
    assert "no demo" in run("--remove")


def test_removing_takes_merges_and_erasures_of_demo_leads(seed, eve, now):
    before = rows()
    seed(leads=20)
    ada = User.objects.get(username="ada")
    first, second, third = Lead.objects.order_by("pk").values_list("pk", flat=True)[:3]
    merge(survivor_id=first, absorbed_id=second, by=ada, at=now)
    erase(lead_id=third, by=ada, at=now)
    run("--remove")
    assert rows() == before
    assert not Merge.objects.exists()
    assert not Erasure.objects.exists()


def test_removing_is_refused_while_a_real_lead_is_part_of_a_demo_lead(seed, now):
    seed(leads=5)
    ada = User.objects.get(username="ada")
    merge(survivor_id=Lead.objects.earliest("pk").pk, absorbed_id=make_lead().pk, by=ada, at=now)
    with pytest.raises(CommandError, match=r"1 leads? \(merged_into\)"):
        run("--remove")


def test_removing_is_refused_while_real_leads_lean_on_it(seed):
    seed(leads=20)
    sam = User.objects.get(username="sam")
    make_lead("sal", owner=sam)
    before = rows()
    with pytest.raises(CommandError, match=r"1 leads? \(owner\)"):
        run("--remove")
    assert rows() == before


def test_removing_is_refused_while_a_real_person_sits_in_a_demo_team(seed, now):
    seed(leads=5)
    User.objects.create_user("rita", "rita@example.com", "x", team=Team.objects.first())
    with pytest.raises(CommandError, match=r"1 users? \(team\)"):
        run("--remove")
    assert Lead.objects.filter(is_demo=True).count() == 5


def test_work_of_real_people_on_demo_leads_goes_with_them(seed, eve, now):
    seed(leads=20)
    lead = Lead.objects.filter(is_demo=True).first()
    Touch.objects.create(lead=lead, occurred_at=now, key="mine", kind="call", by=eve)
    run("--remove")
    assert not Touch.objects.exists()
    assert User.objects.get() == eve


@pytest.mark.parametrize("option", [("--leads", "0"), ("--months", "x"), ("--at", "yesterday")])
def test_nonsense_is_refused(db, option):
    with pytest.raises(CommandError):
        run(*option)


def test_today_is_full_for_those_who_log_in(seed, now):
    seed(leads=5000)
    policies = StagePolicy.objects.in_bulk()
    for username, wanted in (
        ("sam", {"overdue", "hour", "new", "today", "stalled"}), ("mia", {"answers"}), ("alex", {"hour"}),
    ):  # fmt: skip
        user = User.objects.get(username=username)
        found = {one.section.value for one in queue.standing(user=user, at=now, policies=policies)}
        assert wanted <= found, (username, found)


def test_people_are_told_things_and_write_to_each_other(seed, now):
    seed(leads=3000)
    kinds = set(Notice.objects.values_list("kind", flat=True))
    assert kinds == {"offer", "given", "mention", "reply", "rejected"}
    assert Notice.objects.filter(read_at=None).exists()
    assert not Notice.objects.filter(at__gt=now).exists()
    assert not Note.objects.filter(at__gt=now).exists()
    for note in Note.objects.filter(cycle=None, text__contains="@"):
        assert [user.pk for user in talking.mentioned(note.text)] == [note.lead.owner_id]


def test_what_came_of_calls_fits_them(seed):
    seed(leads=600)
    told = Touch.objects.exclude(outcome="")
    assert told.exists()
    assert all(touch.outcome in Touch.OUTCOMES[touch.kind] for touch in told)
    assert not Touch.objects.filter(kind__in=Touch.HUMAN_KINDS, by__isnull=False, outcome="").exists()


def test_offers_are_shared_out_by_rules_and_one_sdr_is_away_and_one_is_full(seed, now):
    seed(leads=600)
    offered = Lead.objects.filter(stage=Stage.MQL)
    assert offered.exclude(owner=None).exists()
    assert not offered.filter(owner=None).exclude(company=None).exists()
    teams = [rule.team_id for rule in RoutingRule.objects.order_by("position")]
    queues = routing.seats(teams, at=now)
    there = {seat.user_id for queue in queues.values() for seat in queue}
    assert there == set(User.objects.filter(username__in=["sam", "priya", "kofi"]).values_list("pk", flat=True))
