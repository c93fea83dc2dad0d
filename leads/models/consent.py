"""What a lead agreed to. Append-only: a withdrawal is a new row."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.models.guards import append_only
from leads.models.lead import Lead


class Consent(models.Model):
    class Purpose(models.TextChoices):
        CONTACT = "contact", _("To be contacted")
        TRACKING = "tracking", _("To be tracked by name")

    pk = models.CompositePrimaryKey("lead_id", "purpose", "number")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="consents", db_index=False)
    purpose = models.CharField(max_length=10, choices=Purpose)
    number = models.PositiveIntegerField(help_text=_("1 for the first event of this purpose, then counting up"))
    granted = models.BooleanField()
    wording = models.CharField(max_length=80, help_text=_("version of the wording agreed to"))
    source = models.CharField(max_length=120, help_text=_("where it was given"))
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=["contact", "tracking"]), name="consent_purpose_known")
        ]
        triggers: list[pgtrigger.Trigger] = append_only("consent")

    def __str__(self) -> str:
        words = gettext("%(purpose)s: given") if self.granted else gettext("%(purpose)s: withdrawn")
        return words % {"purpose": self.get_purpose_display()}
