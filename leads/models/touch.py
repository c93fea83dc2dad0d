"""What a lead did, or was done with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.asset import Asset
from leads.models.lead import Lead


class Touch(models.Model):
    """One dated interaction. The client's own `key` makes recording it twice harmless."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Visit")
        FORM = "form", _("Form")
        EMAIL = "email", _("E-mail")
        AD = "ad", _("Ad")
        EVENT = "event", _("Event")
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        VOICEMAIL = "voicemail", _("Left a voicemail")
        NO_ANSWER = "no_answer", _("No answer")
        WRONG_NUMBER = "wrong", _("Wrong number")
        SENT = "sent", _("Sent")
        REPLIED = "replied", _("Replied")
        BOUNCED = "bounced", _("Bounced")
        HELD = "held", _("Held")
        NO_SHOW = "no_show", _("Did not show up")

    HUMAN_KINDS = (Kind.CALL, Kind.MEETING)
    # What can come of what one of us does.
    OUTCOMES = {
        Kind.CALL: (Outcome.REACHED, Outcome.VOICEMAIL, Outcome.NO_ANSWER, Outcome.WRONG_NUMBER),
        Kind.EMAIL: (Outcome.SENT, Outcome.REPLIED, Outcome.BOUNCED),
        Kind.MEETING: (Outcome.HELD, Outcome.NO_SHOW),
    }

    pk = models.CompositePrimaryKey("lead_id", "occurred_at", "key")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="touches", db_index=False)
    occurred_at = models.DateTimeField()
    key = models.CharField(max_length=64, help_text=_("the client's id of this interaction"))
    recorded_at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=10, choices=Kind)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, db_default="")
    channel = models.CharField(max_length=60, blank=True)
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="touches")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = _("touches")
        constraints = [
            models.CheckConstraint(condition=~Q(key=""), name="touch_has_key"),
            models.CheckConstraint(
                condition=Q(kind__in=["visit", "form", "email", "ad", "event", "call", "meeting"]),
                name="touch_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d %H:%M}"
