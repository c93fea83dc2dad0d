"""What the worker does for the record. The rows are the queue; a task only says: look now. Safe to run twice."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from leads import due, escalation, jobs
from leads.refusals import LostRace

ROWS_AT_ONCE = 10_000


@shared_task
def tell_in_time() -> None:
    """Tell people of limits missed, and of planned activities that are due."""
    escalation.escalate(at=timezone.now())
    escalation.remind(at=timezone.now())


@shared_task
def set_clocks() -> None:
    """Set due times anew where policies, hours or holidays have changed."""
    due.catch_up(at=timezone.now())


@shared_task
def run_job(job_id: int) -> None:
    """Do the waiting rows of a job; so many that no time limit cuts it, the sweep sees to the rest."""
    with suppress(LostRace):
        jobs.run(job_id=job_id, at=timezone.now(), most=ROWS_AT_ONCE)


@shared_task
def run_jobs() -> None:
    """Go on with every job that is not done."""
    for job_id in jobs.open_jobs():
        run_job(job_id)


def ring(job_id: int) -> None:
    """Say that a job waits. With no broker to say it to, the sweep finds it."""
    with suppress(OperationalError, OSError):
        run_job.apply_async((job_id,), retry=False)
