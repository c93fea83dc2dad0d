"""The gate, cell by cell: who may take which step from where, and what each needs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from leads import moves
from leads.lines import Given
from leads.models import Consent, Lead, Reason, StageChange, StagePolicy
from leads.refusals import (
    IllegalStep,
    MissingFacts,
    MoveRefused,
    NoSuchLead,
    NotYours,
    StaleVersion,
    WrongTime,
)  # fmt: skip
from leads.roles import Role
from tests.factories import make_lead, reason

ROLES = {"marketer": "mia", "sdr": "sam", "ae": "alex", "manager": "max", "admin": "ada"}
STAGES = ("tofu", "mofu", "bofu", "mql", "sal", "sql", "won", "lost")

# step: sources, target, who, what the step needs. Written from the specification, not from the code.
TABLE = {
    "engage": (["tofu"], "mofu", {"marketer", "system"}, ["contact", "consent"]),
    "consider": (["mofu"], "bofu", {"marketer", "sdr", "system"}, []),
    "qualify": (["tofu", "mofu", "bofu"], "mql", {"marketer", "system"}, ["contact", "consent"]),
    "accept": (["mql"], "sal", {"sdr", "manager"}, []),
    "reject": (["mql"], "mofu", {"sdr", "ae", "manager"}, ["reason"]),
    "confirm": (["sal"], "sql", {"sdr", "ae", "manager"}, ["amount", "currency", "expected_close_on", "urgency"]),
    "win": (["sql"], "won", {"ae", "manager"}, ["amount"]),
    "lose": (["sal", "sql"], "lost", {"sdr", "ae", "manager"}, ["reason"]),
    "recycle": (["sal", "sql", "lost"], "mofu", {"sdr", "ae", "marketer", "manager"}, ["reason"]),
    "reengage": (["won"], "mofu", {"marketer", "ae", "manager"}, []),
}
DISQUALIFIERS = {
    "tofu": {"marketer"},
    "mofu": {"marketer", "sdr"},
    "bofu": {"marketer", "sdr"},
    "mql": {"sdr", "ae", "manager"},
    "sal": {"sdr", "ae", "manager"},
    "sql": {"sdr", "ae", "manager"},
}
OPENS_CYCLE = {"reject", "recycle", "reengage"}
KINDS = {"reject": "reject", "lose": "lose", "disqualify": "disqualify", "recycle": "recycle"}
CELLS = [
    (step, source, role) for step, (sources, *_) in TABLE.items() for source in sources for role in (*ROLES, "system")
] + [("disqualify", source, role) for source in DISQUALIFIERS for role in (*ROLES, "system")]


def allowed(step, source):
    return DISQUALIFIERS[source] if step == "disqualify" else TABLE[step][2]


def complete(step):
    """Everything the step could ask for."""
    return Given(
        amount=Decimal("900"),
        currency="EUR",
        expected_close_on=date(2026, 9, 1),
        urgency="high",
        reason=reason(KINDS[step]) if step in KINDS else None,
    )


@pytest.fixture
def cast(mia, sam, alex, max, ada):
    return {"marketer": mia, "sdr": sam, "ae": alex, "manager": max, "admin": ada, "system": None}


def owned_by(actor, source):
    """A lead the actor can see, so that only the rule under test can refuse."""
    return make_lead(source, owner=actor if actor and actor.role in (Role.SDR, Role.AE) else None)


@pytest.mark.parametrize(("step", "source", "role"), CELLS)
def test_each_cell_of_the_table_allows_whom_it_names_and_refuses_everyone_else(step, source, role, cast, now):
    lead = owned_by(cast[role], source)
    take = {"lead_id": lead.pk, "step": step, "by": cast[role], "at": now, "given": complete(step)}
    if role not in allowed(step, source):
        with pytest.raises(NotYours):
            moves.move(**take)
        assert StageChange.objects.filter(lead=lead).count() == 1
        return
    line = moves.move(**take)
    after = Lead.objects.get(pk=lead.pk)
    target = "lost" if step == "disqualify" else TABLE[step][1]
    assert (after.stage, after.version, line.to_stage) == (target, 2, target)
    assert after.cycle == line.cycle == (2 if step in OPENS_CYCLE else 1)


@pytest.mark.parametrize("step", [*TABLE, "disqualify"])
def test_each_step_is_refused_from_every_stage_it_does_not_start_at(step, cast, now):
    starts = list(DISQUALIFIERS) if step == "disqualify" else TABLE[step][0]
    for stage in set(STAGES) - set(starts):
        lead = make_lead(stage)
        with pytest.raises(IllegalStep) as refused:
            moves.move(lead_id=lead.pk, step=step, by=cast["manager"], at=now, given=complete(step))
        assert step not in [offer.step for offer in refused.value.legal]


BARE = {"contact": False, "consent": False, "deal": {}}
NEEDS = [(step, source, needs) for step, (sources, _, _, needs) in TABLE.items() if needs for source in sources]
NEEDS += [("disqualify", source, ["reason"]) for source in DISQUALIFIERS]


@pytest.mark.parametrize(("step", "source", "needs"), NEEDS)
def test_each_missing_fact_is_named_and_nothing_is_written(step, source, needs, cast, now):
    by = next(cast[role] for role in ("manager", "marketer") if role in allowed(step, source))
    lead = make_lead(source, **BARE)
    with pytest.raises(MissingFacts) as refused:
        moves.move(lead_id=lead.pk, step=step, by=by, at=now)
    assert set(needs) <= {fact.name for fact in refused.value.missing}
    assert all(fact.label in refused.value.message for fact in refused.value.missing)
    assert StageChange.objects.filter(lead=lead).count() == 1


@pytest.mark.parametrize("step", ["reject", "lose", "disqualify", "recycle"])
def test_a_reason_of_another_kind_or_an_archived_one_does_not_count(step, cast, now):
    source = {"reject": "mql", "lose": "sql", "disqualify": "sal", "recycle": "sql"}[step]
    other = reason("lose" if step != "lose" else "recycle")
    archived = Reason.objects.create(kind=step, code="old", label="Old", archived_at=now)
    for wrong in (other, archived):
        with pytest.raises(MissingFacts):
            moves.move(lead_id=make_lead(source).pk, step=step, by=cast["manager"], at=now, given=Given(reason=wrong))


def test_a_loss_to_a_competitor_needs_the_competitors_name(max, now):
    lead, went = make_lead("sql"), reason("lose", "competitor")
    with pytest.raises(MissingFacts, match="competitor"):
        moves.move(lead_id=lead.pk, step="lose", by=max, at=now, given=Given(reason=went))
    moves.move(lead_id=lead.pk, step="lose", by=max, at=now, given=Given(reason=went, competitor="Acme"))
    assert Lead.objects.get(pk=lead.pk).competitor == "Acme"


def test_accepting_makes_the_actor_owner_unless_there_is_one(sam, max, now):
    unowned, owned = make_lead("mql"), make_lead("mql", owner=sam)
    for lead in (unowned, owned):
        moves.move(lead_id=lead.pk, step="accept", by=max, at=now)
    assert Lead.objects.get(pk=unowned.pk).owner == max
    assert Lead.objects.get(pk=owned.pk).owner == sam


def test_withdrawn_consent_blocks_engaging(lead, mia, now):
    Consent.objects.create(
        lead=lead, purpose="contact", number=2, granted=False, wording="1", source="mail", occurred_at=now
    )
    with pytest.raises(MissingFacts, match="consent"):
        moves.move(lead_id=lead.pk, step="engage", by=mia, at=now)


def test_a_score_threshold_of_the_policy_holds_for_qualifying(mia, now):
    StagePolicy.objects.filter(stage="mql").update(score_threshold=50)
    low, high = make_lead("bofu", score=49), make_lead("bofu", score=50)
    with pytest.raises(MissingFacts, match="score"):
        moves.move(lead_id=low.pk, step="qualify", by=mia, at=now)
    assert moves.move(lead_id=high.pk, step="qualify", by=mia, at=now).to_stage == "mql"


def test_facts_a_policy_requires_are_asked_besides_the_steps_own(max, now):
    StagePolicy.objects.filter(stage="sal").update(required_facts=["title", "company"])
    lead = make_lead("mql", title="CTO")
    with pytest.raises(MissingFacts) as refused:
        moves.move(lead_id=lead.pk, step="accept", by=max, at=now)
    assert [fact.name for fact in refused.value.missing] == ["company"]


def test_a_stale_version_is_refused_with_the_legal_steps(sam, max, now):
    lead = make_lead("mql", owner=sam)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now, expected_version=1)
    with pytest.raises(StaleVersion) as refused:
        moves.move(lead_id=lead.pk, step="reject", by=max, at=now, expected_version=1)
    assert {"confirm", "lose"} <= {offer.step for offer in refused.value.legal}


def test_a_strangers_lead_does_not_exist(sam, eve, now):
    lead = make_lead("mql", owner=sam)
    with pytest.raises(NoSuchLead):
        moves.move(lead_id=lead.pk, step="accept", by=eve, at=now)
    with pytest.raises(NoSuchLead):
        moves.move(lead_id=10**15, step="accept", by=sam, at=now)


def test_an_unknown_step_is_refused_in_words(lead, mia, now):
    with pytest.raises(IllegalStep, match="no step called"):
        moves.move(lead_id=lead.pk, step="delete", by=mia, at=now)


def test_a_move_may_lie_in_the_past_but_not_before_the_one_before_nor_in_the_future(lead, mia, now):
    take = {"lead_id": lead.pk, "step": "engage", "by": mia, "at": now}
    for wrong in (now + timedelta(seconds=1), lead.stage_since - timedelta(seconds=1)):
        with pytest.raises(WrongTime):
            moves.move(**take, occurred_at=wrong)
    line = moves.move(**take, occurred_at=now - timedelta(hours=3))
    assert (line.occurred_at, line.recorded_at) == (now - timedelta(hours=3), now)


def test_qualifying_from_tofu_is_one_line(lead, mia, now):
    line = moves.move(lead_id=lead.pk, step="qualify", by=mia, at=now)
    assert (line.from_stage, line.to_stage, line.cycle) == ("tofu", "mql", 1)


def test_legal_steps_tell_open_from_blocked_and_why(mia, sam):
    bare = make_lead("tofu", contact=False)
    offers = {offer.step: offer for offer in moves.legal_steps(bare, by=mia)}
    assert [fact.name for fact in offers["engage"].misses] == ["contact"]
    assert offers["disqualify"].is_open
    assert [fact.name for fact in offers["disqualify"].asks] == ["reason"]
    mql = {offer.step: offer for offer in moves.legal_steps(make_lead("mql"), by=mia)}
    assert "SDR" in mql["accept"].needs_role
    assert not mql["accept"].is_open


def test_editing_a_policy_never_rewrites_history(lead, mia, now):
    moves.move(lead_id=lead.pk, step="engage", by=mia, at=now)
    before = list(StageChange.objects.filter(lead=lead).values_list())
    StagePolicy.objects.filter(stage="mofu").update(label="Warm", required_facts=["company"])
    assert list(StageChange.objects.filter(lead=lead).values_list()) == before
    assert Lead.objects.get(pk=lead.pk).stage == "mofu"


@pytest.mark.parametrize(("field", "value"), [("amount", Decimal(-1)), ("currency", "euro"), ("urgency", "asap")])
def test_nonsense_facts_are_refused_before_the_gate(field, value):
    with pytest.raises(ValueError):
        Given(**{field: value})


def test_every_refusal_is_of_one_family_with_a_code_of_its_own():
    kinds = [IllegalStep, MissingFacts, NoSuchLead, NotYours, StaleVersion, WrongTime]
    assert all(issubclass(kind, MoveRefused) for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_nobody_who_has_left_is_given_a_lead(sam):
    sam.is_active = False
    with pytest.raises(ValueError, match="has left"):
        Given(owner=sam)
