"""What an organisation decides about its stages, and the reasons it gives. Data; editing it never rewrites history."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from leads.models.facts import POLICY_FACTS
from leads.models.stage import Stage
from leads.phrases import listed


def known_facts(names: list[str]) -> None:
    """Refuse a required fact that no rule knows how to check."""
    unknown = sorted(set(names) - set(POLICY_FACTS))
    if unknown:
        words = gettext("Unknown facts: %(unknown)s. Known: %(known)s.")
        raise ValidationError(words % {"unknown": listed(unknown), "known": listed(sorted(POLICY_FACTS))})


class StagePolicy(models.Model):
    """One row a stage: how it is called, what to do there, and what a lead must bring to enter it."""

    stage = models.CharField(max_length=4, choices=Stage, primary_key=True)
    label = models.CharField(max_length=40)
    guidance = models.TextField(blank=True, help_text=_("what to do with a lead in this stage"))
    sla_hours = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("working hours until the next step is due")
    )
    escalate_hours = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("working hours after that until the manager is told; empty for never")
    )
    stale_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("days without a step or a touch until a lead counts as stalled; empty for never"),
    )
    required_facts = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        validators=[known_facts],
        help_text=_("facts a lead must have to enter, besides what the step itself asks"),
    )
    score_threshold = models.IntegerField(null=True, blank=True, help_text=_("least score to enter; empty for none"))

    class Meta:
        verbose_name_plural = _("stage policies")
        constraints = [models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="policy_stage_known")]

    def __str__(self) -> str:
        return self.label


class Reason(models.Model):
    """Why a lead was lost, rejected, disqualified or recycled. Archived, never deleted."""

    class Kind(models.TextChoices):
        LOSE = "lose", pgettext_lazy("kind of reason", "Lost")
        REJECT = "reject", pgettext_lazy("kind of reason", "Rejected")
        DISQUALIFY = "disqualify", pgettext_lazy("kind of reason", "Disqualified")
        RECYCLE = "recycle", pgettext_lazy("kind of reason", "Recycled")

    kind = models.CharField(max_length=10, choices=Kind)
    code = models.SlugField(max_length=40)
    label = models.CharField(max_length=80)
    asks_competitor = models.BooleanField(default=False, help_text=_("the competitor's name must be given with it"))
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "code", name="reason_code_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["lose", "reject", "disqualify", "recycle"]), name="reason_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label
