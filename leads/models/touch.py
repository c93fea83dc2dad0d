"""What a lead did, or was done with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from leads.models.asset import Asset
from leads.models.lead import Lead


class Touch(models.Model):
    """One dated interaction. The client's own `key` makes recording it twice harmless."""

    class Kind(models.TextChoices):
        VISIT = "visit", "Visit"
        FORM = "form", "Form"
        EMAIL = "email", "E-mail"
        AD = "ad", "Ad"
        EVENT = "event", "Event"
        CALL = "call", "Call"
        MEETING = "meeting", "Meeting"

    HUMAN_KINDS = (Kind.CALL, Kind.MEETING)

    pk = models.CompositePrimaryKey("lead_id", "occurred_at", "key")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="touches", db_index=False)
    occurred_at = models.DateTimeField()
    key = models.CharField(max_length=64, help_text="the client's id of this interaction")
    recorded_at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.CharField(max_length=60, blank=True)
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="touches")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "touches"
        constraints = [
            models.CheckConstraint(condition=~Q(key=""), name="touch_has_key"),
            models.CheckConstraint(
                condition=Q(kind__in=["visit", "form", "email", "ad", "event", "call", "meeting"]),
                name="touch_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d %H:%M}"
