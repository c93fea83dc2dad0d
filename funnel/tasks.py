"""What the worker does. The rows are the queue; a task only says: look now. Safe to run twice, safe to lose."""

import logging

from celery import shared_task

from funnel import journeys, rebuild, verify

logger = logging.getLogger(__name__)


@shared_task
def apply_changes() -> None:
    """Count the log lines that wait."""
    journeys.apply_waiting()


@shared_task(acks_late=False, soft_time_limit=3_500, time_limit=3_600)  # long; lost, it comes again tomorrow
def verify_statistics() -> None:
    """Recount everything; raise an alarm on any difference, then repair by rebuilding."""
    result = verify.verify()
    if result.differences:
        logger.error("Statistics differ from the log: %s. Rebuilding.", "; ".join(result.differences[:20]))
        rebuild.rebuild()
