"""What the worker does. The rows are the queue; a task only says: look now. Safe to run twice, safe to lose."""

from celery import shared_task

from funnel import alarms, chunks, generations, journeys, rebuild

_LONG = {"acks_late": False, "soft_time_limit": 10_500, "time_limit": 10_800}  # lost, it comes again
CHUNKS_AT_ONCE = 16


@shared_task
def apply_changes() -> None:
    """Count the log lines that wait."""
    journeys.apply_waiting()


@shared_task
def tend_columns() -> None:
    """Write the columns anew that most has changed in; and where the organisation's time zone has, all rollups."""
    chunks.write_stale(budget=CHUNKS_AT_ONCE)
    if generations.must_be_cut_anew():
        rebuild_statistics.delay()


@shared_task(**_LONG)
def rebuild_statistics() -> None:
    """Derive everything from the log anew."""
    rebuild.rebuild()


@shared_task(**_LONG)
def verify_statistics() -> None:
    """Recount everything; raise an alarm on any difference, then repair."""
    alarms.verify_and_repair()
