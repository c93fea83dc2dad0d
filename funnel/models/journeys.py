"""One row per pass of a lead through the funnel, derived from the log and always rebuildable from it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from leads.models import Lead, Reason


class Journey(models.Model):
    """A cycle: when it entered or passed each stage, how it ended, and its dimensions as they were at entry.

    `*_at` is the time the stage was entered, or passed when it was skipped. The masks have bit rank-1 set for each
    stage that was `implied` (skipped), `assumed` (the source gave no date) or `clamped` (its date was impossible).
    `owners` and `teams` hold the owner and team at the entry of stages 1, 2, … up to the highest reached.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"
        RECYCLED = "recycled", "Recycled"

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
    implied = models.PositiveSmallIntegerField(default=0)
    assumed = models.PositiveSmallIntegerField(default=0)
    clamped = models.PositiveSmallIntegerField(default=0)
    owners = ArrayField(models.BigIntegerField(null=True))
    teams = ArrayField(models.BigIntegerField(null=True))
    outcome = models.CharField(max_length=8, choices=Outcome)
    ended_at = models.DateTimeField(null=True)
    end_step = models.CharField(max_length=12, blank=True)
    end_reason = models.ForeignKey(
        Reason, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    source = models.CharField(max_length=80, blank=True)
    medium = models.CharField(max_length=80, blank=True)
    campaign = models.CharField(max_length=120, blank=True)
    channel = models.CharField(max_length=60, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=120, blank=True)
    size_band = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [models.Index("opened_at", name="journey_opened")]
        permissions = [("view_reports", "Can view reports")]

    def __str__(self) -> str:
        return f"lead {self.lead_id}, cycle {self.cycle}"
