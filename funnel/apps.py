from django.apps import AppConfig

from funnel.celery import app as celery_app

__all__ = ["FunnelConfig", "celery_app"]


class FunnelConfig(AppConfig):
    name = "funnel"
    verbose_name = "Funnel"
