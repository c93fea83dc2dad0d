"""Keys of people who asked to be erased: kept as keyed hashes alone, to be recognised and not remembered."""

from __future__ import annotations

import hmac
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from leads.models import Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

type Key = tuple[str, str]  # an identity's kind and value

_FIND = """
    SELECT known.kind, known.digest, known.erased_at FROM unnest(%s::text[], %s::text[]) AS wanted(kind, digest)
    JOIN leads_suppression known ON known.kind = wanted.kind AND known.digest = wanted.digest
"""


class Suppressed(Exception):
    """Somebody known by one of these keys asked to be erased. Nothing was written."""

    def __init__(self, erased_at: datetime) -> None:
        super().__init__(why(erased_at))


def why(erased_at: datetime) -> str:
    """What to tell who wants to record somebody that was erased."""
    day = timezone.localtime(erased_at).date()
    words = _("This person asked to be erased on %(day)s; nothing about them may be recorded again.")
    return words % {"day": day}


def suppress(keys: Iterable[Key], *, at: datetime) -> None:
    """Let none of these keys be recorded again. Twice is once."""
    digests = [(kind, _digest(settings.SECRET_KEY, kind, value)) for kind, value in keys]
    rows = [Suppression(kind=kind, digest=digest, erased_at=at) for kind, digest in digests]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)


def suppressed(keys: Iterable[Key]) -> dict[Key, datetime]:
    """Those of the keys that must not be recorded, with the time of the erasure; one query for all of them.

    What is asked about keys just looked up, or just written, sees every erasure that let go of them before.
    """
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    wanted = {(key[0], _digest(secret, *key)): key for key in keys for secret in secrets}
    if not wanted:
        return {}
    kinds, digests = zip(*wanted, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [list(kinds), list(digests)])
        return {wanted[kind, digest]: erased_at for kind, digest, erased_at in cursor.fetchall()}


def refuse(keys: Iterable[Key]) -> None:
    """Raise Suppressed when one of the keys must not be recorded.

    Asked after the keys were written and before that is committed: an erasure may have let go of them a moment ago.
    """
    for erased_at in suppressed(keys).values():
        raise Suppressed(erased_at)


@cache
def _secret(secret: str | bytes) -> bytes:
    return salted_hmac("leads.suppression", "", secret, algorithm="sha256").digest()


def _digest(secret: str | bytes, kind: str, value: str) -> str:
    return hmac.digest(_secret(secret), f"{kind}:{value}".encode(), "sha256").hex()
