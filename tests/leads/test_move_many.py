"""Ten or ten thousand at once: each lead has its own result."""

from leads import moves
from leads.models import Lead, StageChange, Unapplied
from tests.factories import make_lead


def test_each_lead_gets_its_own_result_in_the_order_asked_for(mia, now):
    ready, bare, elsewhere = make_lead("tofu"), make_lead("tofu", contact=False), make_lead("sql")
    ids = [elsewhere.pk, ready.pk, 10**15, bare.pk]
    moved = moves.move_many(lead_ids=ids, step="engage", by=mia, at=now)
    assert [result.lead_id for result in moved] == ids
    codes = [result.refused.code if result.refused else result.line.to_stage for result in moved]
    assert codes == ["illegal_step", "mofu", "no_such_lead", "missing_facts"]
    assert [fact.name for fact in moved[3].refused.missing] == ["contact"]
    assert "recycle" in {offer.step for offer in moved[0].refused.legal}


def test_what_is_refused_does_not_hold_up_the_others(mia, now):
    leads = [make_lead("mofu") for _ in range(30)] + [make_lead("won")]
    moved = moves.move_many(lead_ids=[lead.pk for lead in leads], step="consider", by=mia, at=now)
    assert sum(result.line is not None for result in moved) == 30
    assert Lead.objects.filter(stage="bofu", version=2).count() == 30
    assert StageChange.objects.filter(step="consider").count() == Unapplied.objects.filter(sequence=2).count() == 30


def test_stale_versions_are_refused_one_by_one(mia, now):
    fresh, stale = make_lead("mofu"), make_lead("mofu")
    moved = moves.move_many(
        lead_ids=[fresh.pk, stale.pk], step="consider", by=mia, at=now, expected_versions={fresh.pk: 1, stale.pk: 7}
    )
    assert moved[0].line
    assert moved[1].refused.code == "stale_version"


def test_a_lead_named_twice_moves_once(mia, now):
    lead = make_lead("mofu")
    moved = moves.move_many(lead_ids=[lead.pk, lead.pk], step="consider", by=mia, at=now)
    assert moved[0] == moved[1]
    assert Lead.objects.get(pk=lead.pk).version == 2


def test_nobody_at_all_is_no_error(mia, now):
    assert moves.move_many(lead_ids=[], step="consider", by=mia, at=now) == []


def test_bulk_and_single_moves_write_the_same_lines(mia, now):
    one, many = make_lead("mofu", source="web"), [make_lead("mofu", source="web") for _ in range(3)]
    moves.move(lead_id=one.pk, step="consider", by=mia, at=now)
    moves.move_many(lead_ids=[lead.pk for lead in many], step="consider", by=mia, at=now)
    lines = StageChange.objects.filter(sequence=2).order_by("lead_id")
    written = [tuple(value for name, value in line.items() if name != "lead_id") for line in lines.values()]
    assert len(written) == 4
    assert len(set(map(repr, written))) == 1
