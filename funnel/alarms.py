"""The nightly recount: an alarm first, for whoever looks after the installation, and then the repair."""

from __future__ import annotations

import logging

from django.utils import timezone

from funnel import rebuild, verify
from funnel.models import Alarm

logger = logging.getLogger(__name__)
TOLD = 20


def verify_and_repair() -> Alarm | None:
    """Recount everything. On any difference tell the log and the administrators, then derive everything anew.

    Returns the alarm, repaired if the recount then finds no difference; None when there was nothing to tell.
    """
    found = verify.verify().differences
    if not found:
        return None
    alarm = Alarm.objects.create(raised_at=timezone.now(), found=found[:TOLD], differences=len(found))
    logger.error("Statistics differ from the log in %d places: %s. Rebuilding.", len(found), "; ".join(found[:TOLD]))
    rebuild.rebuild()
    left = verify.verify().differences
    if left:
        logger.error("After rebuilding, statistics still differ from the log: %s.", "; ".join(left[:TOLD]))
        return alarm
    alarm.repaired_at = timezone.now()
    alarm.save(update_fields=["repaired_at"])
    return alarm


def unseen() -> Alarm | None:
    """The newest alarm that no administrator has marked as seen."""
    return Alarm.objects.filter(seen_at=None).order_by("-raised_at").first()
