"""Work on many leads at once: a job is its rows, and each row is done once, whoever does it and whoever is killed.

A batch of rows is claimed, worked and marked in one transaction, together with the counts of its job. So any number of
workers can run one job, and none can do a row twice or lose one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from leads import notices, working_rows
from leads.identity import is_lost_race
from leads.models import Job, JobRow, Lead, Notice
from leads.moves import UNDO_FOR
from leads.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leads.models import Edit, User
    from leads.models.lead import LeadQuerySet
    from leads.working_rows import Result

AT_ONCE = 200
"""So many rows are done in the request itself; more wait for the worker."""
BATCH = 200
MOST = 100_000
OPEN = (Job.State.WAITING, Job.State.RUNNING)

_CLAIM = """
    SELECT lead_id, version FROM leads_jobrow WHERE job_id = %s AND state = 'waiting'
        AND EXISTS (SELECT FROM leads_job WHERE id = job_id AND state IN ('waiting', 'running'))
    ORDER BY lead_id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# Rows of a batch under way are locked until it is done with them: this waits for it.
_SETTLE = "SELECT FROM leads_jobrow WHERE job_id = %s AND state = 'waiting' FOR SHARE"
_MARK = """
    UPDATE leads_jobrow row SET state = said.state, sequence = said.sequence, edit = said.edit, refusal = said.refusal
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::bigint[], %s::text[])
        AS said(lead_id, state, sequence, edit, refusal)
    WHERE row.job_id = %s AND row.lead_id = said.lead_id
"""
# Whoever counts the last row ends the job: its row is locked while it is counted, so exactly one does.
_COUNT = """
    UPDATE leads_job SET done = done + %(done)s, refused = refused + %(refused)s,
        state = CASE WHEN state = 'cancelled' THEN state
            WHEN done + refused + %(done)s + %(refused)s >= total THEN 'done' ELSE 'running' END,
        finished_at = CASE WHEN state <> 'cancelled' AND done + refused + %(done)s + %(refused)s >= total
            THEN %(at)s ELSE finished_at END
    WHERE id = %(job)s RETURNING state
"""
_ADD = """
    INSERT INTO leads_jobrow (job_id, lead_id, version, state, refusal)
    SELECT %s, chosen.id, chosen.version, 'waiting', '' FROM ({chosen}) chosen(id, version) LIMIT %s
"""
_ADD_UNDO = """
    INSERT INTO leads_jobrow (job_id, lead_id, version, state, refusal)
    SELECT %s, lead_id, COALESCE(sequence, version), 'waiting', '' FROM leads_jobrow
    WHERE job_id = %s AND state = 'done' AND (sequence IS NOT NULL OR edit IS NOT NULL)
"""


class CannotStart(Exception):
    """A job that was not begun, and why in words for people. Nothing was written."""


@dataclass(frozen=True)
class Ask:
    """What to do with every lead: a step with the facts given with it, or facts to set; as JSON keeps them."""

    kind: str
    step: str = ""
    given: Mapping[str, Any] | None = None


@transaction.atomic
def start(
    ask: Ask, leads: LeadQuerySet, *, by: User, at: datetime,
    versions: Mapping[int, int] | None = None, most: int | None = None,
) -> Job:  # fmt: skip
    """Begin a job over these leads, as they are now or as the `versions` say that the person saw them.

    Raises CannotStart for no lead at all, for more than MOST, and for more than `most`, which the person saw.
    """
    job = Job.objects.create(by=by, at=at, kind=ask.kind, step=ask.step, given=dict(ask.given or {}), total=0)
    if versions is None:
        total = _add(job, leads)
    else:
        seen = leads.filter(pk__in=list(versions)).values_list("pk", flat=True)
        rows = [JobRow(job=job, lead_id=number, version=versions[number]) for number in seen]
        total = len(JobRow.objects.bulk_create(rows))
    if most is not None and total > most:
        raise CannotStart(_("More leads match by now than when you looked. Look again, then decide."))
    return _counted(job, total)


def _add(job: Job, leads: LeadQuerySet) -> int:
    try:
        sql, params = leads.order_by().values_list("id", "version").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(chosen=sql), [job.pk, *params, MOST + 1])
        return int(cursor.rowcount)


def _counted(job: Job, total: int) -> Job:
    if total == 0:
        raise CannotStart(_("There is no lead left to do this with. Choose again."))
    if total > MOST:
        raise CannotStart(_("These are more than %(most)s leads. Narrow the filters.") % {"most": f"{MOST:,}"})
    job.total = total
    job.save(update_fields=["total"])
    return job


def done(ask: Ask, edits: Sequence[Edit], *, by: User, at: datetime) -> Job:
    """Write down as a job what the caller has done in this transaction, so that it is told and undone as one."""
    job = Job.objects.create(
        by=by, at=at, kind=ask.kind, given=dict(ask.given or {}), total=len(edits), done=len(edits),
        state=Job.State.DONE, finished_at=at,
    )  # fmt: skip
    versions = dict(Lead.objects.filter(pk__in=[edit.lead_id for edit in edits]).values_list("pk", "version"))
    JobRow.objects.bulk_create(
        JobRow(job=job, lead_id=edit.lead_id, version=versions[edit.lead_id], state=JobRow.State.DONE, edit=edit.pk)
        for edit in edits
    )
    notices.tell_owner_of_job(job, at=at)
    return job


def run_some(*, job_id: int, at: datetime) -> int:
    """Do the next batch of a job; returns how many rows it had, 0 when none is free.

    Safe to call twice, from anywhere, at the same time. Raises LostRace when somebody else holds one of the leads for
    too long: nothing of the batch is done then, and it waits for the next call.
    """
    with transaction.atomic():
        job = Job.objects.select_related("by").filter(pk=job_id, state__in=OPEN).first()
        if job is None:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [job_id, BATCH])
            claimed: dict[int, int] = dict(cursor.fetchall())
        if not claimed:
            _end_if_empty(job, at)
            return 0
        _write_down(job, working_rows.work(job, claimed, at=at), at)
        return len(claimed)


def run(*, job_id: int, at: datetime, most: int = MOST) -> int:
    """Do a job to its end, or until so many rows are done; returns how many. Raises like `run_some`."""
    done = 0
    while done < most and (some := run_some(job_id=job_id, at=at)):
        done += some
    return done


def _write_down(job: Job, results: list[Result], at: datetime) -> None:
    """Mark the rows of a batch and count them, in the transaction that worked them."""
    states = [JobRow.State.REFUSED if one.refusal else JobRow.State.DONE for one in results]
    columns = [[getattr(one, name) for one in results] for name in ("lead_id", "sequence", "edit", "refusal")]
    refused = states.count(JobRow.State.REFUSED)
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [columns[0], [str(state) for state in states], *columns[1:], job.pk])
        numbers: dict[str, Any] = {"done": len(results) - refused, "refused": refused, "at": at, "job": job.pk}
        cursor.execute(_COUNT, numbers)
        [(state,)] = cursor.fetchall()
    if state == Job.State.DONE:
        _tell(job, at)


def _end_if_empty(job: Job, at: datetime) -> None:
    """End a job whose last rows went with their leads."""
    if JobRow.objects.filter(job=job, state=JobRow.State.WAITING).exists():
        return
    if Job.objects.filter(pk=job.pk, state__in=OPEN).update(state=Job.State.DONE, finished_at=at):
        _tell(job, at)


def _tell(job: Job, at: datetime) -> None:
    """Tell who asked that it is done, when they have not waited for it; and who was given leads by it."""
    notices.tell_owner_of_job(job, at=at)
    if job.total > AT_ONCE:
        notice = Notice(user=job.by, kind=Notice.Kind.JOB, key=f"job-{job.pk}", job=job, count=job.total, at=at)
        notices.tell([notice])


def cancel(*, job_id: int, at: datetime) -> bool:
    """Do no further row of a job; what is done stays. Returns whether there was anything to stop."""
    stopped = Job.objects.filter(pk=job_id, state__in=OPEN).update(state=Job.State.CANCELLED, finished_at=at)
    if stopped:
        notices.tell_owner_of_job(Job.objects.get(pk=job_id), at=at)
    return bool(stopped)


def may_undo(job: Job, *, by: User, at: datetime) -> bool:
    """Whether `by` may take back what the job did: who asked for it within half an hour of its end, a manager always.

    Each row is asked again when it is undone.
    """
    if job.kind == Job.Kind.UNDO or job.state in OPEN or not job.done or hasattr(job, "undone_by"):
        return False
    ended = job.finished_at or job.at
    return by.role == Role.MANAGER or (job.by_id == by.pk and at - ended <= UNDO_FOR)


def undo(*, job_id: int, by: User, at: datetime) -> Job:
    """Begin a job that takes back every row of another whose lead nobody has changed since. Raises CannotStart."""
    try:
        with transaction.atomic():
            job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
            if not may_undo(job, by=by, at=at):
                raise CannotStart(_("This cannot be undone: it is still running, undone already, or too long ago."))
            back = Job.objects.create(by=by, at=at, kind=Job.Kind.UNDO, step=job.step, undoes=job, total=0)
            with connection.cursor() as cursor:
                cursor.execute(_SETTLE, [job.pk])
                cursor.execute(_ADD_UNDO, [back.pk, job.pk])
                notices.untell_owner_of_job(job)
                return _counted(back, cursor.rowcount)
    except IntegrityError as error:
        raise CannotStart(_("It was undone already.")) from error
    except OperationalError as error:
        if not is_lost_race(error):
            raise
        raise CannotStart(_("A part of it is still under way. Try again in a moment.")) from error


def open_jobs() -> list[int]:
    """The jobs with work to do, oldest first."""
    return list(Job.objects.filter(state__in=OPEN).order_by("id").values_list("id", flat=True))


def jobs_seen_by(user: User) -> Any:
    """The jobs a person may look at: their own, for managers everybody's."""
    jobs = Job.objects.select_related("by", "undoes", "undone_by")
    return jobs if user.role == Role.MANAGER else jobs.filter(by=user)


def rows_seen_by(job: Job, user: User) -> Any:
    """The rows of a job whose leads the person sees."""
    return JobRow.objects.filter(job=job, lead__in=Lead.objects.visible_to(user)).select_related("lead")
