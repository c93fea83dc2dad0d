"""The project and the measures: settings, pages, and every number computed from the record."""

from funnel.celery import app as celery_app

__all__ = ["celery_app"]
