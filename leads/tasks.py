"""What the worker does for the record. The rows are the queue; a task only says: look now. Safe to run twice."""

from celery import shared_task
from django.utils import timezone

from leads import escalation


@shared_task
def tell_in_time() -> None:
    """Tell people of limits missed, and of planned activities that are due."""
    escalation.escalate(at=timezone.now())
    escalation.remind(at=timezone.now())
