"""One row per pass of a lead through the funnel, derived from the log and always rebuildable from it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funnel.columns import STEPS
from leads.models import Lead, Reason


class Journey(models.Model):
    """A cycle: when it entered or passed each stage, how it ended, and its dimensions as they were at entry.

    `*_at` is the time the stage was entered, or passed when it was skipped. The masks have bit rank-1 set for each
    stage that was `implied` (skipped), `assumed` (the source gave no date) or `clamped` (its date was impossible).
    `owners` and `teams` hold the owner and team at the entry of stages 1 to 7, 0 where there was none.
    `next_at` is when the lead's next cycle opened, `end_step` the number of a step in `columns.STEPS`. `cents` and
    `currency` are the deal it ended with, or has now. Dimensions of words hold numbers of `Term`s, `asset` the number
    of an asset; 0 is none.
    """

    class Outcome(models.IntegerChoices):
        OPEN = 0, pgettext_lazy("outcome of a cycle", "Open")
        WON = 1, pgettext_lazy("outcome of a cycle", "Won")
        LOST = 2, pgettext_lazy("outcome of a cycle", "Lost")
        RECYCLED = 3, pgettext_lazy("outcome of a cycle", "Recycled")

    pk = models.CompositePrimaryKey("lead_id", "cycle")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="journeys", db_index=False)
    cycle = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    tofu_at = models.DateTimeField(null=True)
    mofu_at = models.DateTimeField(null=True)
    bofu_at = models.DateTimeField(null=True)
    mql_at = models.DateTimeField(null=True)
    sal_at = models.DateTimeField(null=True)
    sql_at = models.DateTimeField(null=True)
    won_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    implied = models.PositiveSmallIntegerField(default=0)
    assumed = models.PositiveSmallIntegerField(default=0)
    clamped = models.PositiveSmallIntegerField(default=0)
    outcome = models.PositiveSmallIntegerField(choices=Outcome)
    end_step = models.PositiveSmallIntegerField(default=0)
    end_reason = models.ForeignKey(
        Reason, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    cents = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    owners = ArrayField(models.BigIntegerField())
    teams = ArrayField(models.BigIntegerField())
    source = models.IntegerField(default=0)
    medium = models.IntegerField(default=0)
    campaign = models.IntegerField(default=0)
    channel = models.IntegerField(default=0)
    industry = models.IntegerField(default=0)
    country = models.IntegerField(default=0)
    size_band = models.IntegerField(default=0)
    asset = models.IntegerField(default=0)
    entry = models.BigIntegerField(default=0, help_text=_("hash of what the dimensions were read from"))

    class Meta:
        permissions = [("view_reports", "Can view reports")]

    def __str__(self) -> str:
        return f"lead {self.lead_id}, cycle {self.cycle}"

    @property
    def ended_by(self) -> str:
        """The step that ended it, '' while it is open."""
        return STEPS[self.end_step]


class Term(models.Model):
    """A word of a dimension and its number, so that millions of journeys compare numbers."""

    id = models.AutoField(primary_key=True)
    dimension = models.CharField(max_length=10)
    value = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint("dimension", "value", name="term_once")]

    def __str__(self) -> str:
        return f"{self.dimension} {self.value}"
