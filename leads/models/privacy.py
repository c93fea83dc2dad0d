"""What stays of a person who asked to be erased: that they did, and what keeps it so. No value of theirs."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.guards import append_only
from leads.models.lead import Lead


class Suppression(models.Model):
    """A key that must never be recorded again, as a keyed hash: see `leads/suppression.py`."""

    pk = models.CompositePrimaryKey("kind", "digest")
    kind = models.CharField(max_length=10)
    digest = models.CharField(max_length=64, help_text=_("HMAC-SHA256 of the identity's value, in hexadecimal digits"))
    erased_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"a suppressed {self.kind}, {self.erased_at:%Y-%m-%d}"


class Erasure(models.Model):
    """Who erased whom, and how many rows of which table were emptied or deleted. Append-only.

    `lead` is the record that stood for the person; those merged into it were erased with it.
    """

    lead = models.OneToOneField(Lead, models.CASCADE, related_name="erasure")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    counts = models.JSONField()

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("erasure")

    def __str__(self) -> str:
        return f"erasure of lead {self.lead_id}"
