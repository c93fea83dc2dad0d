"""The append-only log of moves: the truth every number is counted from."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models.guards import append_only, line_only_with_stage
from leads.models.lead import Lead
from leads.models.policy import Reason
from leads.models.stage import Stage
from leads.models.users import Team


class Timing(models.TextChoices):
    """How well we know when a line happened."""

    EXACT = "exact", _("as given")
    ASSUMED = "assumed", _("assumed: the source gave no date")
    CLAMPED = "clamped", _("flagged: the source's date lies before the step before it")


class StageChangeQuerySet(models.QuerySet["StageChange"]):
    def valid(self) -> Self:
        """The lines that count: neither an undo nor taken back by one."""
        undone = StageChange.objects.filter(lead_id=OuterRef("lead_id"), voids=OuterRef("sequence"))
        return self.exclude(step="undo").exclude(Exists(undone))


class StageChange(models.Model):
    """One line: lead, cycle, sequence, from, to, when it happened (`occurred_at`), when we learnt it (`recorded_at`).

    `voids` names the sequence of the line an undo takes back; both then count in no statistic.
    `entry` holds the lead's dimensions as they were when this line opened a cycle, and is empty otherwise.
    `changed` holds the facts this line set, each as [before, after], so that an undo can put them back.
    """

    pk = models.CompositePrimaryKey("lead_id", "sequence")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="changes", db_index=False)
    sequence = models.PositiveIntegerField()
    cycle = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=12)
    from_stage = models.CharField(max_length=4, choices=Stage, blank=True, help_text=_("empty on a lead's first line"))
    to_stage = models.CharField(max_length=4, choices=Stage)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    timing = models.CharField(max_length=8, choices=Timing, default=Timing.EXACT)
    voids = models.PositiveIntegerField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.ForeignKey(Reason, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.TextField(blank=True)
    origin = models.CharField(max_length=80, blank=True, help_text=_("the import that brought this line"))
    entry = models.JSONField(null=True)
    changed = models.JSONField(null=True)

    objects = StageChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_stage__in=Stage.values) & Q(from_stage__in=["", *Stage.values]), name="line_stages_known"
            ),
            models.CheckConstraint(
                condition=Q(sequence__gte=1)
                & Q(cycle__gte=1)
                & (Q(voids__isnull=True) | Q(voids__lt=models.F("sequence"))),
                name="line_numbers_sane",
            ),
            models.CheckConstraint(
                condition=Q(step="undo", voids__isnull=False) | (~Q(step="undo") & Q(voids__isnull=True)),
                name="line_undo_voids",
            ),
            models.CheckConstraint(condition=Q(timing__in=Timing.values), name="line_timing_known"),
            models.UniqueConstraint("lead_id", "voids", condition=Q(voids__isnull=False), name="line_voided_once"),
        ]
        triggers = [*append_only("stagechange"), *line_only_with_stage()]

    def __str__(self) -> str:
        return f"{self.from_stage or 'new'} → {self.to_stage}"


class Unapplied(models.Model):
    """A line the statistics have not counted yet: written with the line, deleted with the count."""

    pk = models.CompositePrimaryKey("lead_id", "sequence")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="+", db_index=False)
    sequence = models.PositiveIntegerField()
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = _("unapplied")

    def __str__(self) -> str:
        return f"{self.lead_id}:{self.sequence}"
