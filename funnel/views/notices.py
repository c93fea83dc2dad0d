"""What every page tells those who look after the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import SimpleLazyObject

from funnel import alarms

if TYPE_CHECKING:
    from django.http import HttpRequest


def alarm(request: HttpRequest) -> dict[str, Any]:
    """The newest alarm nobody has seen, for administrators; asked for only where a template shows it."""
    user = getattr(request, "user", None)
    return {"alarm": SimpleLazyObject(alarms.unseen) if user and user.is_staff else None}
