"""What answers quickly is kept in: rollups and columns. Both follow from the journeys and can be made anew."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Rollup(models.Model):
    """Counts of the cycles that entered a stage on a day, or in a month, for one value of one dimension.

    `kind` is the dimension's place in `rollups.KINDS`, `value` its number, `anchor` the rank of the stage entered,
    `span` the first day of the month, or the day, as days since 2000-01-01 in the organisation's time zone. `cells`
    are the counts, packed as `rollups.pack` says. A generation is a set of rollups that is complete; another may be
    in the making.
    """

    pk = models.CompositePrimaryKey("generation", "kind", "anchor", "value", "is_month", "span")
    generation = models.IntegerField()
    kind = models.SmallIntegerField()
    anchor = models.SmallIntegerField()
    value = models.BigIntegerField()
    is_month = models.BooleanField()
    span = models.IntegerField()
    cells = models.BinaryField()

    def __str__(self) -> str:
        return f"kind {self.kind}, value {self.value}, anchor {self.anchor}, span {self.span}"


class Chunk(models.Model):
    """One column of the journeys of 16,384 leads, as `packed.py` packs it."""

    pk = models.CompositePrimaryKey("number", "name")
    number = models.IntegerField()
    name = models.CharField(max_length=12)
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.name} of chunk {self.number}"


class Stale(models.Model):
    """A lead whose journeys changed since its chunk was written: they are read from the journeys until it is again."""

    lead_id = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name_plural = "stale"

    def __str__(self) -> str:
        return f"lead {self.lead_id}"


class Rebuild(models.Model):
    """The one row that says which generation of rollups counts, in which time zone, and how far the next one is.

    `building` is the generation in the making (None: no rebuild goes on), `block` the first block of leads not yet
    in it. Generation 0 has no rollups: before the first rebuild of many leads is through, the journeys answer.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    generation = models.IntegerField(default=1)
    zone = models.CharField(max_length=60)
    building = models.IntegerField(null=True)
    building_zone = models.CharField(max_length=60, blank=True)
    block = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="rebuild_one_row")]

    def __str__(self) -> str:
        return f"generation {self.generation}"


class Touched(models.Model):
    """When journeys with this value of this dimension last changed, as a count of changes; ('', 0) is any journey.

    An answer that was worked out when the count stood lower is out of date.
    """

    pk = models.CompositePrimaryKey("dimension", "value")
    dimension = models.CharField(max_length=10, blank=True)
    value = models.BigIntegerField()
    changes = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "touched"

    def __str__(self) -> str:
        return f"{self.dimension} {self.value}: {self.changes}"


class Alarm(models.Model):
    """Statistics that were found to differ from the log: what was found, and whether it has been put right."""

    raised_at = models.DateTimeField()
    found = models.JSONField(help_text=_("the first differences, in words"))
    differences = models.IntegerField()
    repaired_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.differences} differences at {self.raised_at:%Y-%m-%d %H:%M}"
