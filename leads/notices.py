"""What the product tells a person: once, and kept until it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leads.models import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from leads.models import User

PAGE = 50
UNREAD = 100


def tell(notices: Iterable[Notice]) -> int:
    """Write notices, apart from those whose person has been told the same already; returns how many were asked for.

    The table's own rule keeps each to once, whoever else is telling at the same moment.
    """
    return len(Notice.objects.bulk_create(notices, ignore_conflicts=True))


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
