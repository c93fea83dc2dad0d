"""What the product tells a person: once, and kept until it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from leads.models import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leads.models import User


def tell(notices: Iterable[Notice]) -> int:
    """Write notices, apart from those whose person has been told the same already; returns how many were asked for.

    The table's own rule keeps each to once, whoever else is telling at the same moment.
    """
    return len(Notice.objects.bulk_create(notices, ignore_conflicts=True))


def unread(user: User) -> int:
    """How many notices a person has not read."""
    return Notice.objects.filter(user=user, read_at=None).count()


def read_all(*, user: User, at: datetime | None = None) -> int:
    """Mark everything a person was told as read; returns how many that were."""
    return Notice.objects.filter(user=user, read_at=None).update(read_at=at or timezone.now())
