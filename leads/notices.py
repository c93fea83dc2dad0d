"""What the product tells a person: once, and kept until it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leads.models import Job, JobRow, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from leads.models import Edit, User

PAGE = 50
UNREAD = 100
ONE_BY_ONE = 3  # more than so many at once for one person are told by their number
OWNER = "owner_id"


def tell(notices: Iterable[Notice]) -> int:
    """Write notices, apart from those whose person has been told the same already; returns how many were asked for.

    The table's own rule keeps each to once, whoever else is telling at the same moment.
    """
    return len(Notice.objects.bulk_create(notices, ignore_conflicts=True))


def about_leads(
    user_id: int, kind: Notice.Kind, leads: Sequence[tuple[int, int]], *, by_id: int | None, at: datetime
) -> list[Notice]:
    """What one person is told of these leads, each with the number of what happened to it; many are only counted."""
    if len(leads) > ONE_BY_ONE:
        key = key_of(f"{kind}s", *leads[0])
        return [Notice(user_id=user_id, kind=kind, key=key, count=len(leads), by_id=by_id, at=at)]
    return [
        Notice(user_id=user_id, kind=kind, key=key_of(kind, lead_id, number), lead_id=lead_id, by_id=by_id, at=at)
        for lead_id, number in leads
    ]


def key_of(kind: str, lead_id: int, number: int) -> str:
    """What says that a person was told of this; `number` is that of the log line or the edit."""
    return f"{kind}:{lead_id}:{number}"


def tell_owner(edit: Edit) -> None:
    """Tell whom an edit of facts made the owner of a lead, when somebody else did; in the edit's own transaction."""
    _before, owner = edit.data.get(OWNER, (None, None))
    if owner not in (None, edit.by_id):
        tell(about_leads(owner, Notice.Kind.GIVEN, [(edit.lead_id, edit.pk)], by_id=edit.by_id, at=edit.at))


def untell_owner(edit: Edit) -> None:
    """Take that back, unless it was read, when the edit is undone."""
    _before, owner = edit.data.get(OWNER, (None, None))
    _unread(owner, key_of(Notice.Kind.GIVEN, edit.lead_id, edit.pk)).delete()


def tell_owner_of_job(job: Job, *, at: datetime) -> None:
    """Tell whom a job made the owner of many leads, when somebody else asked for it."""
    owner = job.given.get(OWNER)
    if job.kind != Job.Kind.FACTS or owner in (None, job.by_id):
        return
    if count := JobRow.objects.filter(job=job, edit__isnull=False).count():
        key = _key_of_job(job)
        tell([Notice(user_id=owner, kind=Notice.Kind.GIVEN, key=key, count=count, by_id=job.by_id, at=at)])


def untell_owner_of_job(job: Job) -> None:
    """Take that back, unless it was read, when the job is undone."""
    _unread(job.given.get(OWNER), _key_of_job(job)).delete()


def _key_of_job(job: Job) -> str:
    return f"{Notice.Kind.GIVEN}-job:{job.pk}"


def _unread(user_id: int | None, key: str) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user_id, key=key, read_at=None)


def unread(user: User) -> int:
    """How many notices a person has not read."""
    return Notice.objects.filter(user=user, read_at=None).count()


def newest(user: User, *, read: bool) -> list[Notice]:
    """The newest notices a person has read, or has not, with what their words name."""
    return list(_of(user).filter(read_at__isnull=not read).order_by("-pk")[:UNREAD])


def page(user: User, *, before: int = 0) -> tuple[list[Notice], bool]:
    """Fifty notices a person has read, newest first and from a number down; and whether there are older ones."""
    rows = _of(user).filter(read_at__isnull=False).order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    return found[:PAGE], len(found) > PAGE


def read_one(notice: Notice, *, at: datetime) -> None:
    """Mark a notice as read; and with it all others to the same person about the same lead."""
    same = Notice.objects.filter(user=notice.user_id, read_at=None)
    same = same.filter(lead=notice.lead_id) if notice.lead_id else same.filter(pk=notice.pk)
    same.update(read_at=at)


def _of(user: User) -> QuerySet[Notice]:
    return Notice.objects.filter(user=user).select_related("lead", "by", "job", "note")


def read_all(*, user: User, at: datetime) -> int:
    """Mark everything a person was told as read; returns how many that were."""
    return Notice.objects.filter(user=user, read_at=None).update(read_at=at)
