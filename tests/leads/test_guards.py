"""The database refuses what goes round the gate."""

import pytest
from django.db import Error, connection, transaction

from leads import moves
from leads.lines import Given
from leads.models import Consent, Lead, StageChange, Unapplied
from leads.standing import look_at
from tests.factories import DEAL, make_lead

WRITES = [
    "UPDATE leads_lead SET stage = 'won' WHERE id = {id}",
    "UPDATE leads_lead SET stage = 'won', version = version + 1 WHERE id = {id}",
    "UPDATE leads_lead SET cycle = 2 WHERE id = {id}",
    "UPDATE leads_lead SET stage_since = now() WHERE id = {id}",
    "UPDATE leads_lead SET version = 1, stage = 'tofu' WHERE id = {id}",
    "UPDATE leads_stagechange SET to_stage = 'won' WHERE lead_id = {id}",
    "UPDATE leads_stagechange SET note = 'x' WHERE lead_id = {id}",
    "DELETE FROM leads_stagechange WHERE lead_id = {id}",
    "UPDATE leads_consent SET granted = false WHERE lead_id = {id}",
    "DELETE FROM leads_consent WHERE lead_id = {id}",
    "UPDATE leads_lead SET id = id + 1000000 WHERE id = {id}",
    "WITH line AS (INSERT INTO leads_stagechange (lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at,"
    " recorded_at, timing, note, origin) VALUES ({id}, 3, 1, 'win', 'sql', 'won', now(), now(), 'exact', '', ''))"
    " UPDATE leads_lead SET stage = 'won', version = 3, stage_since = now() WHERE id = {id}",
    "WITH line AS (INSERT INTO leads_stagechange (lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at,"
    " recorded_at, timing, note, origin) VALUES ({id}, 3, 1, 'win', 'mofu', 'won', now(), now(), 'exact', '', ''))"
    " UPDATE leads_lead SET stage = 'won', version = 3, stage_since = '1999-01-01' WHERE id = {id}",
    "INSERT INTO leads_stagechange (lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at, recorded_at,"
    " timing, note, origin) VALUES ({id}, 3, 1, 'win', 'mofu', 'won', now(), now(), 'exact', '', '')",
    "INSERT INTO leads_lead (name, title, source, medium, campaign, channel, stage, stage_since, cycle, version, score,"
    " currency, urgency, competitor, extra, is_demo, created_at) VALUES ('', '', '', '', '', '', 'won', now(), 1, 1, 0,"
    " '', '', '', '{{}}', false, now())",
]


@pytest.mark.parametrize("statement", WRITES)
def test_a_write_that_goes_round_the_gate_is_refused_by_the_database(statement, lead, mia, now):
    moves.move(lead_id=lead.pk, step="engage", by=mia, at=now)
    before = list(Lead.objects.values_list()), list(StageChange.objects.values_list())
    with pytest.raises(Error, match=r"leads\.moves|append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(id=lead.pk))
    assert (list(Lead.objects.values_list()), list(StageChange.objects.values_list())) == before


@pytest.mark.parametrize("table", ["leads_stagechange", "leads_consent", "leads_lead"])
def test_the_log_is_not_emptied_either(table, lead):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL leads.truncation = 'off'")
        with pytest.raises(Error, match="append-only"):
            cursor.execute(f"TRUNCATE {table} CASCADE")
        transaction.set_rollback(True)


def test_the_orm_is_refused_too(lead, mia, now):
    with pytest.raises(Error, match=r"leads\.moves"), transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(stage="won")
    with pytest.raises(Error, match=r"leads\.moves"), transaction.atomic():
        Lead.objects.create(stage="won", stage_since=now, created_at=now)
    fetched = Lead.objects.get(pk=lead.pk)
    with pytest.raises(AttributeError):
        fetched.stage = "won"


def test_a_lead_cannot_be_deleted_while_it_has_a_log(lead):
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        lead.delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_lead WHERE id = %s", [lead.pk])
        with pytest.raises(Error, match="foreign key"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def test_facts_of_a_lead_can_be_edited_freely(lead):
    Lead.objects.filter(pk=lead.pk).update(name="Ann", score=7)
    assert Lead.objects.get(pk=lead.pk).name == "Ann"


@pytest.mark.parametrize("change", [{"amount": 9, "currency": "EUR"}, {"merged_into": None}])
def test_what_the_statistics_read_of_a_lead_wakes_them_when_it_changes(change, max):
    lead, other = make_lead("sql"), make_lead()
    Lead.objects.filter(pk=lead.pk).update(merged_into=other.pk)
    Unapplied.objects.all().delete()
    Lead.objects.filter(pk__in=[lead.pk, other.pk]).update(name="Ann", score=7)
    assert not Unapplied.objects.exists()
    for _ in range(2):
        Lead.objects.filter(pk=lead.pk).update(**change)
    assert list(Unapplied.objects.values_list("lead", "sequence")) == [(lead.pk, lead.version)]


def test_a_move_waits_to_be_counted_once_whatever_facts_it_brings(max, now):
    lead = make_lead("sal")
    Unapplied.objects.all().delete()
    moves.move(lead_id=lead.pk, step="confirm", by=max, at=now, given=Given(**DEAL))
    assert list(Unapplied.objects.values_list("lead", "sequence")) == [(lead.pk, 2)]


def test_consent_is_added_to_but_never_rewritten(lead, now):
    Consent.objects.create(
        lead=lead, purpose="contact", number=2, granted=False, wording="1", source="mail", occurred_at=now
    )
    [standing] = look_at([lead.pk])
    assert standing.has_consent is False


def test_sight_of_one_lead_and_of_a_list_agree(mia, sam, alex, max, ada, eve):
    owners = [None, mia, sam, alex, max, eve]
    leads = [make_lead(stage, owner=owner) for owner in owners for stage in ("tofu", "mql", "sql")]
    for person in (mia, sam, alex, max, ada, eve):
        listed = set(Lead.objects.visible_to(person).values_list("pk", flat=True))
        assert listed == {lead.pk for lead in leads if lead.is_visible_to(person)}
    assert {lead.pk for lead in leads} == set(Lead.objects.visible_to(max).values_list("pk", flat=True))


def test_someone_switched_off_sees_nothing(lead, max):
    max.is_active = False
    assert not Lead.objects.visible_to(max).exists()
    assert not lead.is_visible_to(max)
