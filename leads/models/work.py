"""What people did to leads outside the log, so that it is told and can be taken back; and work on many at once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.company import Company
from leads.models.lead import Lead


class Job(models.Model):
    """One thing done with many leads. Its rows are the queue: each is done once, whoever does it.

    `kind` is `move` (with a `step`), `facts` or `undo` (of the job `undoes`); `given` holds the facts, as forms send
    them. Counts are of rows: those that were done and those refused.
    """

    class Kind(models.TextChoices):
        MOVE = "move", _("Move")
        FACTS = "facts", _("Change facts")
        UNDO = "undo", _("Undo")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs")
    at = models.DateTimeField()
    kind = models.CharField(max_length=6, choices=Kind)
    step = models.CharField(max_length=12, blank=True)
    given = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="undone_by")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["move", "facts", "undo"]), name="job_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "cancelled"]), name="job_state_known"
            ),
            models.CheckConstraint(
                condition=Q(done__gte=0, refused__gte=0, total__gte=models.F("done") + models.F("refused")),
                name="job_counts_sane",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="job_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.total}"

    @property
    def worked(self) -> int:
        """Rows that are decided, one way or the other."""
        return self.done + self.refused


class JobRow(models.Model):
    """One lead of a job: the version of it that was chosen, and what came of it.

    `sequence` is the log line a move wrote, `edit` the change of facts; `refusal` says why not.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    pk = models.CompositePrimaryKey("job_id", "lead_id")
    job = models.ForeignKey(Job, models.CASCADE, related_name="rows", db_index=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    sequence = models.PositiveIntegerField(null=True, blank=True)
    edit = models.BigIntegerField(null=True, blank=True)
    refusal = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "done", "refused"]), name="job_row_state_known")
        ]
        indexes = [models.Index(fields=["job", "lead"], condition=Q(state="waiting"), name="job_row_waiting")]

    def __str__(self) -> str:
        return f"lead {self.lead_id} of job {self.job_id}"


class Correction(models.Model):
    """What people corrected, with what it takes to tell it and to take it back in `data`, and who took it back."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    data = models.JSONField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="%(class)s_undone_by_somebody",
            )
        ]


class Edit(Correction):
    """One change of a lead that is no move: `data` holds what it takes to tell it and to take it back.

    facts: {column: [before, after]} · plan: {"before": plan, "after": plan} · touch: the touch's time and key ·
    note: its number · consent: its purpose and number · key: kind, value and whether it came or went ·
    merge: the lead that was absorbed.
    """

    class Kind(models.TextChoices):
        FACTS = "facts", _("Facts")
        PLAN = "plan", _("Plan")
        TOUCH = "touch", _("Touch")
        NOTE = "note", _("Note")
        CONSENT = "consent", _("Consent")
        KEY = "key", _("Contact")
        MERGE = "merge", _("Merge")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="edits", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["facts", "plan", "touch", "note", "consent", "key", "merge"]),
                name="edit_kind_known",
            ),
            *Correction.Meta.constraints,
        ]
        indexes = [models.Index(fields=["lead", "-id"], name="edit_of_lead")]

    def __str__(self) -> str:
        return f"{self.kind} of lead {self.lead_id}"


class CompanyEdit(Correction):
    """One correction of a company's facts: `data` is {column: [before, after]}."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="edits", db_index=False)

    class Meta(Correction.Meta):
        indexes = [models.Index(fields=["company", "-id"], name="edit_of_company")]

    def __str__(self) -> str:
        return f"edit of company {self.company_id}"


class SavedView(models.Model):
    """Filters, columns and order of the leads table under a name: the query of its address."""

    class Sharing(models.TextChoices):
        MINE = "mine", _("Only me")
        TEAM = "team", _("My team")
        ALL = "all", _("Everybody")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    sharing = models.CharField(max_length=4, choices=Sharing, default=Sharing.MINE)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("owner", "name", name="saved_view_name_once"),
            models.CheckConstraint(condition=Q(sharing__in=["mine", "team", "all"]), name="saved_view_sharing_known"),
        ]

    def __str__(self) -> str:
        return self.name
