"""The keys a lead is known by."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

from leads.models.lead import Lead


class Identity(models.Model):
    """One key of one lead. Keyed by its value, so that one e-mail can never mean two leads."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        VISITOR = "visitor", _("Visitor")
        EXTERNAL = "external", _("External system")

    CONTACT_KINDS = (Kind.EMAIL, Kind.PHONE)

    pk = models.CompositePrimaryKey("kind", "value")
    kind = models.CharField(max_length=10, choices=Kind)
    value = models.CharField(max_length=320, help_text=_("normalised; external ids as system:id"))
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="identities")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = _("identities")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["email", "phone", "visitor", "external"]) & ~models.Q(value=""),
                name="identity_kind_and_value",
            )
        ]
        indexes = [GinIndex(OpClass("value", "gin_trgm_ops"), name="identity_value_parts")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
