"""Arguments that more than one command takes."""

from argparse import ArgumentTypeError
from datetime import datetime

from django.utils import timezone


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not a number of at least 1.")
    return int(text)


def instant(text: str) -> datetime:
    """An ISO date or instant; without an offset in the organisation's time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not an ISO date or instant such as 2026-03-04T12:00Z.") from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
