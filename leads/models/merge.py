"""That two records were found to be one person, and what it takes to part them again."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from leads.models.lead import Lead


class Merge(models.Model):
    """One merge, in force until it is undone.

    `moved` holds what the survivor was given, so that exactly that goes back: `identities` as [kind, value], `touches`
    as [occurred_at, key], `consents` as [purpose, number of the row repeated for it]. Empty once undone or erased.
    """

    survivor = models.ForeignKey(Lead, models.CASCADE, related_name="+")
    absorbed = models.ForeignKey(Lead, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("absorbed", condition=Q(undone_at=None), name="merge_in_force_once"),
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="merge_of_two_leads"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"lead {self.absorbed_id} into lead {self.survivor_id}"
