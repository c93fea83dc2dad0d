"""Where somebody is logged in, and logging out from afar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User


# The first that is in what a browser says of itself; most of them claim to be several.
BROWSERS = {
    "Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome", "CriOS": "Chrome",
    "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS": "macOS", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Open:
    """One browser somebody is logged in with, and since when."""

    number: int
    since: datetime
    address: str
    browser: str
    is_current: bool


def open_of(user: User, *, current: str, at: datetime) -> list[Open]:
    """The sessions that are still good, newest first; `current` is the key of the one that asks.

    One that began before the password changed is no longer good, although its row is still there.
    """
    rows = list(UserSession.objects.filter(user=user).order_by("-created_at"))
    alive = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=at)
    good = {
        session.session_key
        for session in alive
        if session.get_decoded().get(HASH_SESSION_KEY) == user.get_session_auth_hash()
    }
    return [
        Open(row.pk, row.created_at, row.ip, browser_of(row.user_agent), row.session_key == current)
        for row in rows
        if row.session_key in good
    ]


def browser_of(agent: str) -> str:
    """The browser and the system of a user agent, as people call them; the agent itself when it is none we know."""
    names = [next((name for mark, name in table.items() if mark in agent), "") for table in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names)) or agent


def end(user: User, *, number: int | None = None, keep: str = "") -> int:
    """Log this person out of one session by its number, or of all; never of the one whose key is `keep`.

    Returns how many ended.
    """
    rows = UserSession.objects.filter(user=user).exclude(session_key=keep)
    if number is not None:
        rows = rows.filter(pk=number)
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)
