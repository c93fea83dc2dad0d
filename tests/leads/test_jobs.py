"""Jobs: each row done once, whoever does it and whoever is killed; and taken back the same way."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection

from leads import bulk, jobs, moves, working_rows
from leads.models import Edit, Job, JobRow, Lead, Notice, StageChange
from tests.factories import make_lead

MOVE = jobs.Ask(Job.Kind.MOVE, "consider")


def everything(user):
    return Lead.objects.visible_to(user)


def states(job):
    return list(JobRow.objects.filter(job=job).order_by("lead").values_list("state", flat=True))


def test_a_job_moves_what_can_move_and_says_why_not_of_the_rest(mia, now):
    made = [make_lead("mofu"), make_lead("won"), make_lead("mofu")]
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)
    assert jobs.run(job_id=job.pk, at=now) == 3
    job.refresh_from_db()
    assert (job.state, job.total, job.done, job.refused, job.finished_at) == ("done", 3, 2, 1, now)
    assert states(job) == ["done", "refused", "done"]
    assert "starts at MoFu" in JobRow.objects.get(job=job, lead=made[1]).refusal
    assert Lead.objects.filter(stage="bofu").count() == 2


def test_a_job_is_done_once_however_often_it_is_run(mia, now):
    make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)
    assert [jobs.run(job_id=job.pk, at=now) for _ in range(3)] == [1, 0, 0]
    assert StageChange.objects.filter(step="consider").count() == 1


def test_a_lead_moved_since_it_was_chosen_is_refused(mia, now):
    lead = make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)
    moves.move(lead_id=lead.pk, step="consider", by=mia, at=now)
    jobs.run(job_id=job.pk, at=now)
    assert "has moved since" in JobRow.objects.get(job=job).refusal


def test_the_version_a_person_saw_counts(mia, now):
    lead, other = make_lead("mofu"), make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now, versions={lead.pk: 1, other.pk: 9})
    jobs.run(job_id=job.pk, at=now)
    assert states(job) == ["done", "refused"]


def test_a_stranger_s_leads_are_in_no_job_and_out_of_sight_is_asked_again(sam, eve, now):
    make_lead("sal", owner=eve)
    own = make_lead("mofu", owner=sam)
    job = jobs.start(MOVE, everything(sam), by=sam, at=now)
    assert job.total == 1
    Lead.objects.filter(pk=own.pk).update(owner=eve)
    jobs.run(job_id=job.pk, at=now)
    assert "no lead" in JobRow.objects.get(job=job).refusal
    assert Lead.objects.get(pk=own.pk).stage == "mofu"


def test_no_lead_at_all_and_too_many_are_refused_and_nothing_is_written(mia, now, monkeypatch):
    with pytest.raises(jobs.CannotStart, match="no lead left"):
        jobs.start(MOVE, everything(mia), by=mia, at=now)
    monkeypatch.setattr(jobs, "MOST", 1)
    make_lead("mofu"), make_lead("mofu")
    with pytest.raises(jobs.CannotStart, match="more than 1"):
        jobs.start(MOVE, everything(mia), by=mia, at=now)
    assert not Job.objects.exists()


def test_a_cancelled_job_does_no_more_and_keeps_what_it_did(mia, now, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    for _ in range(5):
        make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)
    jobs.run_some(job_id=job.pk, at=now)
    assert jobs.cancel(job_id=job.pk, at=now)
    assert jobs.run(job_id=job.pk, at=now) == 0
    job.refresh_from_db()
    assert (job.state, job.done, Lead.objects.filter(stage="bofu").count()) == ("cancelled", 2, 2)
    assert not jobs.cancel(job_id=job.pk, at=now)


@pytest.mark.django_db(transaction=True)
def test_an_undo_waits_for_the_batch_that_was_under_way_when_the_job_was_stopped(roomy_pool, mia, now, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    for _ in range(6):
        make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)
    inside, go, write_down, made = Event(), Event(), jobs._write_down, []

    def slowly(*arguments):
        inside.set()
        go.wait(20)
        write_down(*arguments)

    def apart(act):
        def run():
            made.append(act())
            connection.close()

        thread = Thread(target=run)
        thread.start()
        return thread

    monkeypatch.setattr(jobs, "_write_down", slowly)
    worker = apart(lambda: jobs.run_some(job_id=job.pk, at=now))
    inside.wait(20)
    monkeypatch.setattr(jobs, "_write_down", write_down)
    assert jobs.cancel(job_id=job.pk, at=now)
    undoing = apart(lambda: jobs.undo(job_id=job.pk, by=mia, at=now))
    go.set()
    worker.join()
    undoing.join()
    [back] = [one for one in made if isinstance(one, Job)]
    assert back.total == 2
    jobs.run(job_id=back.pk, at=now)
    assert Lead.objects.filter(stage="bofu").count() == 0
    assert jobs.run(job_id=job.pk, at=now) == 0


def test_facts_are_set_with_an_edit_for_each_lead_that_differs(max, sam, now):
    lead, same = make_lead(source="web"), make_lead(source="fair")
    job = jobs.start(jobs.Ask(Job.Kind.FACTS, given={"source": "fair"}), everything(max), by=max, at=now)
    jobs.run(job_id=job.pk, at=now)
    assert Edit.objects.get().data == {"source": ["web", "fair"]}
    assert JobRow.objects.get(job=job, lead=lead).edit == Edit.objects.get().pk
    assert JobRow.objects.get(job=job, lead=same).edit is None


def test_whoever_many_leads_are_given_to_is_told_once_until_it_is_undone(max, sam, now, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    make_lead("sal", owner=sam), [make_lead("sal") for _ in range(4)]
    job = jobs.start(jobs.Ask(Job.Kind.FACTS, given={"owner_id": sam.pk}), everything(max), by=max, at=now)
    jobs.run(job_id=job.pk, at=now)
    assert list(Notice.objects.values_list("user", "kind", "count")) == [(sam.pk, "given", 4)]
    jobs.run(job_id=jobs.undo(job_id=job.pk, by=max, at=now).pk, at=now)
    assert not Notice.objects.exists()


def test_an_owner_who_left_meanwhile_is_refused(max, sam, now):
    make_lead()
    job = jobs.start(jobs.Ask(Job.Kind.FACTS, given={"owner_id": sam.pk}), everything(max), by=max, at=now)
    sam.is_active = False
    sam.save()
    jobs.run(job_id=job.pk, at=now)
    assert "has left" in JobRow.objects.get(job=job).refusal


def test_facts_given_with_a_step_leave_alone_what_a_lead_has(max, sam, now):
    own = make_lead("sal", owner=sam, amount=7, currency="EUR")
    bare = make_lead("sal", owner=sam)
    given = {"amount": "1000.00", "currency": "USD", "expected_close_on": "2026-06-01", "urgency": "high"}
    job = jobs.start(jobs.Ask(Job.Kind.MOVE, "confirm", given), everything(max), by=max, at=now)
    jobs.run(job_id=job.pk, at=now)
    facts = Lead.objects.order_by("pk").values_list("stage", "amount", "currency", "urgency")
    assert list(facts) == [("sql", 7, "EUR", "high"), ("sql", 1000, "USD", "high")]
    assert [own.pk, bare.pk] == list(Lead.objects.order_by("pk").values_list("pk", flat=True))


def test_what_is_kept_of_given_facts_gives_the_same_facts(max, sam):
    from datetime import date
    from decimal import Decimal

    from leads.lines import Given
    from tests.factories import reason

    given = Given(
        owner=sam, amount=Decimal("5.50"), currency="EUR", expected_close_on=date(2026, 5, 1), urgency="low",
        competitor="Rival", wake_on=date(2026, 6, 1), reason=reason("lose", "competitor"), note="said so",
    )  # fmt: skip
    assert working_rows.given_of(working_rows.kept_of(given)) == given


# Taking back


def moved_by(user, now, number=3):
    made = [make_lead("mofu") for _ in range(number)]
    job = jobs.start(MOVE, everything(user), by=user, at=now)
    jobs.run(job_id=job.pk, at=now)
    return Job.objects.get(pk=job.pk), made


def test_undoing_a_job_takes_back_each_row_that_nobody_changed_since(mia, now):
    job, made = moved_by(mia, now)
    later = now + timedelta(minutes=5)
    moves.move(lead_id=made[0].pk, step="qualify", by=mia, at=later)
    back = jobs.undo(job_id=job.pk, by=mia, at=later)
    jobs.run(job_id=back.pk, at=later)
    assert states(back) == ["refused", "done", "done"]
    assert "has moved since" in JobRow.objects.get(job=back, lead=made[0]).refusal
    assert list(Lead.objects.order_by("pk").values_list("stage", flat=True)) == ["mql", "mofu", "mofu"]


def test_undoing_facts_gives_each_its_own_back(max, now):
    make_lead(source="web"), make_lead(source="fair")
    job = jobs.start(jobs.Ask(Job.Kind.FACTS, given={"source": "x"}), everything(max), by=max, at=now)
    jobs.run(job_id=job.pk, at=now)
    back = jobs.undo(job_id=job.pk, by=max, at=now)
    jobs.run(job_id=back.pk, at=now)
    assert list(Lead.objects.order_by("pk").values_list("source", flat=True)) == ["web", "fair"]


def test_a_job_is_undone_once_in_time_and_not_while_it_runs(mia, max, now):
    job, _ = moved_by(mia, now)
    late = now + timedelta(minutes=31)
    with pytest.raises(jobs.CannotStart):
        jobs.undo(job_id=job.pk, by=mia, at=late)
    back = jobs.undo(job_id=job.pk, by=max, at=late)
    with pytest.raises(jobs.CannotStart):
        jobs.undo(job_id=back.pk, by=max, at=late)
    with pytest.raises(jobs.CannotStart):
        jobs.undo(job_id=job.pk, by=max, at=late)
    waiting = jobs.start(MOVE, everything(mia), by=mia, at=late)
    with pytest.raises(jobs.CannotStart):
        jobs.undo(job_id=waiting.pk, by=mia, at=late)


def test_an_undo_that_takes_long_counts_from_when_it_was_asked(mia, now):
    job, _ = moved_by(mia, now)
    back = jobs.undo(job_id=job.pk, by=mia, at=now + timedelta(minutes=29))
    jobs.run(job_id=back.pk, at=now + timedelta(hours=2))
    assert states(back) == ["done"] * 3


# Told


def test_who_asked_for_a_big_job_is_told_once_when_it_ends(mia, now, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    job, _ = moved_by(mia, now)
    jobs.run(job_id=job.pk, at=now)
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.job, notice.count) == (mia, "job", job, 3)


def test_a_job_whose_last_leads_went_ends_all_the_same(mia, now):
    make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)
    JobRow.objects.all().delete()
    assert jobs.run(job_id=job.pk, at=now) == 0
    assert Job.objects.get(pk=job.pk).state == "done"


# The preview says what the gate does


@pytest.mark.parametrize("who", ["mia", "sam", "alex", "max"])
@pytest.mark.parametrize("step", ["engage", "qualify", "accept", "confirm", "lose", "disqualify", "win", "reengage"])
def test_the_preview_is_what_the_gate_does_when_what_it_asks_is_given(request, sam, now, who, step):
    from leads.models import Reason, StagePolicy

    StagePolicy.objects.filter(stage="mql").update(score_threshold=50, required_facts=["name"])
    for stage in ("tofu", "mofu", "bofu", "mql", "sal", "sql", "won", "lost"):
        for odd in ({}, {"contact": False}, {"consent": False}, {"score": 70, "name": "Ann"}, {"deal": {}}):
            make_lead(stage, owner=sam if stage in ("sal", "sql") else None, **odd)
    by = request.getfixturevalue(who)
    seen = everything(by)
    foreseen = bulk.preview(seen, step=step, by=by)
    given = {"note": "x"}
    for fact in foreseen.asks:
        given |= {
            "reason": {"reason": Reason.objects.filter(kind=step, asks_competitor=False).first()},
            "amount": {"amount": "5.00"}, "currency": {"currency": "USD"}, "urgency": {"urgency": "low"},
            "expected_close_on": {"expected_close_on": "2026-06-01"}, "competitor": {"competitor": "Rival"},
        }.get(fact.name, {})  # fmt: skip
    if "reason" in given:
        given["reason"] = given["reason"].pk
    if not seen.exists():
        return
    job = jobs.start(jobs.Ask(Job.Kind.MOVE, step, given), seen, by=by, at=now)
    jobs.run(job_id=job.pk, at=now)
    job.refresh_from_db()
    assert (job.done, job.refused) == (foreseen.can, foreseen.refused)


# Only once, whoever runs and whoever dies


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_each_row_once(mia, now, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 5)
    for _ in range(60):
        make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)

    def worker():
        try:
            jobs.run(job_id=job.pk, at=now)
        finally:
            connection.close()

    threads = [Thread(target=worker) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    jobs.run(job_id=job.pk, at=now)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 60)
    assert StageChange.objects.filter(step="consider").count() == 60


class Killed(BaseException):
    """What nothing catches, as a killed process."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", range(1, 9))
def test_a_worker_killed_at_any_statement_loses_and_repeats_nothing(mia, now, monkeypatch, statement):
    monkeypatch.setattr(jobs, "BATCH", 2)
    for _ in range(4):
        make_lead("mofu")
    job = jobs.start(MOVE, everything(mia), by=mia, at=now)
    seen = iter(range(1, 1000))

    def kill(execute, sql, params, many, context):
        if next(seen) == statement:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(kill), pytest.raises(Killed):
        jobs.run(job_id=job.pk, at=now)
    told = Job.objects.get(pk=job.pk)
    assert told.done == JobRow.objects.filter(job=job, state="done").count()
    assert told.done == StageChange.objects.filter(step="consider").count()
    jobs.run(job_id=job.pk, at=now)
    told.refresh_from_db()
    assert (told.state, told.done, StageChange.objects.filter(step="consider").count()) == ("done", 4, 4)
