"""The lead, and the table of steps it may take."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, transition

from leads.models import facts
from leads.models.allowed import AE, MANAGER, MARKETER, SDR, SYSTEM, by, may_override, who_works_it
from leads.models.asset import Asset
from leads.models.company import Company
from leads.models.guards import number_stays, stage_only_with_line
from leads.models.indexes import INDEXES
from leads.models.stage import OPEN, Stage
from leads.models.stalled import Days, Stalled, stale_days
from leads.roles import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models.policy import Reason
    from leads.models.users import User


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, user: User) -> Self:
        """The leads a person may see; `Lead.is_visible_to` says the same of one lead.

        One that was merged into another is seen as part of that, and nowhere else.
        """
        return self.in_sight_of(user).filter(merged_into=None)

    def in_sight_of(self, user: User) -> Self:
        """The leads that lie in a person's field, merged ones too."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.scope is Scope.ALL:
            return self
        if user.scope is Scope.OWN:
            return self.filter(owner=user)
        # Numbers, not a join: so the index on owners can be walked. Oneself is among the team.
        own = Q(owner__in=user.team_mates) if user.team_id else Q(owner=user)
        return self.filter(own | Q(owner=None, stage=Stage.MQL))

    def stalled(self, *, at: datetime, days: Days | None = None) -> Self:
        """Those whose stage's days are over without a step, a touch or a plan; `days` spare reading the policies."""
        return self.filter(Stalled(at, stale_days() if days is None else days))


class Lead(models.Model):
    """One person, perhaps still anonymous, in the funnel: one record for life, across marketing and sales.

    `stage`, `stage_since`, `cycle` and `version` are written by `leads/moves.py` alone; `version` is the sequence
    of the lead's newest log line. `due_at` follows from the stage's policy and the working hours (`leads/due.py`).
    `next_*` is what somebody plans to do next: one activity at most. Uniqueness lives in `Identity`. `merged_into` is
    written by `leads/merging.py`: the other record of the same person, which stands for both. An erased lead is only
    counted any more.
    """

    class Urgency(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")

    class NextKind(models.TextChoices):
        CALL = "call", _("Call")
        EMAIL = "email", _("E-mail")
        MEETING = "meeting", _("Meeting")
        TODO = "todo", _("To do")

    name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=120, blank=True)
    title_since = models.DateField(null=True, blank=True)
    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="leads", db_index=False)
    source = models.CharField(max_length=80, blank=True)
    medium = models.CharField(max_length=80, blank=True)
    campaign = models.CharField(max_length=120, blank=True)
    channel = models.CharField(max_length=60, blank=True)
    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("what brought it in"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="leads", db_index=False
    )
    stage = FSMField(choices=Stage, default=Stage.TOFU, protected=True, max_length=4)
    stage_since = models.DateTimeField()
    cycle = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    score = models.IntegerField(default=0)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    expected_close_on = models.DateField(null=True, blank=True)
    urgency = models.CharField(max_length=6, choices=Urgency, blank=True)
    competitor = models.CharField(max_length=120, blank=True)
    wake_on = models.DateField(null=True, blank=True, help_text=_("when a recycled lead is worth another look"))
    extra = models.JSONField(default=dict, blank=True, help_text=_("further facts an import brought"))
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("when the next step is due, by working hours")
    )
    touched_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("when one of us last called, wrote to or met the lead")
    )
    next_kind = models.CharField(max_length=7, choices=NextKind, blank=True, db_default="")
    next_at = models.DateTimeField(null=True, blank=True, help_text=_("when the planned activity is due"))
    next_note = models.CharField(max_length=200, blank=True, db_default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", db_index=False, editable=False
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    # What the rules ask for besides the columns; the gate fills them in.
    has_contact: bool = False
    has_consent: bool = False
    required_facts: tuple[str, ...] = ()
    score_threshold: int | None = None
    sla_hours: int | None = None
    given_reason: Reason | None = None

    objects = LeadQuerySet.as_manager()

    class Meta:
        permissions = [
            ("override_move", "Can override a move"),
            ("import_leads", "Can import leads"),
            ("erase_lead", "Can erase a person"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="lead_stage_known"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="lead_amount_not_negative"
            ),
            models.CheckConstraint(condition=Q(amount__isnull=True) | ~Q(currency=""), name="lead_amount_has_currency"),
            models.CheckConstraint(condition=~Q(merged_into=models.F("id")), name="lead_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(next_at__isnull=False, next_kind__in=["call", "email", "meeting", "todo"])
                | Q(next_at=None, next_kind="", next_note=""),
                name="lead_plan_whole",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(name="", title="", title_since=None, company=None, competitor="", extra={}, next_note=""),
                name="lead_erased_is_nobody",
            ),
        ]
        indexes = INDEXES
        triggers = [*stage_only_with_line(), number_stays()]

    def __str__(self) -> str:
        if self.erased_at:
            return gettext("Erased lead %(number)s") % {"number": self.pk}
        return self.name or gettext("Anonymous lead %(number)s") % {"number": self.pk}

    def get_absolute_url(self) -> str:
        return reverse("lead", args=[self.pk])

    @cached_property
    def owner_team_id(self) -> int | None:
        return self.owner.team_id if self.owner else None

    def is_visible_to(self, user: User) -> bool:
        """What `visible_to` says, of this one lead."""
        return self.merged_into_id is None and self.is_in_sight_of(user)

    def is_in_sight_of(self, user: User) -> bool:
        """What `in_sight_of` says, of this one lead."""
        if not user.is_authenticated or not user.is_active:
            return False
        if user.scope is Scope.ALL or self.owner_id == user.pk:
            return True
        if user.scope is Scope.OWN:
            return False
        if self.owner_id is None:
            return bool(self.stage == Stage.MQL)
        return user.team_id is not None and self.owner_team_id == user.team_id

    # The steps. Sources, roles and needed facts are checked one by one by leads/moves.py, which alone calls these.

    @transition(
        stage, Stage.TOFU, Stage.MOFU, conditions=[facts.CONTACT, facts.CONSENT], permission=by(MARKETER, SYSTEM)
    )
    def engage(self) -> None:
        """Known and willing to hear from us."""

    @transition(stage, Stage.MOFU, Stage.BOFU, permission=by(MARKETER, SDR, SYSTEM))
    def consider(self) -> None:
        """Weighing what we offer."""

    @transition(
        stage,
        [Stage.TOFU, Stage.MOFU, Stage.BOFU],
        Stage.MQL,
        conditions=[facts.CONTACT, facts.CONSENT, facts.SCORE],
        permission=by(MARKETER, SYSTEM),
    )
    def qualify(self) -> None:
        """Offered to sales; from ToFu or MoFu a fast track, what it skips is implied."""

    @transition(stage, Stage.MQL, Stage.SAL, conditions=[facts.OWNER], permission=by(SDR, MANAGER))
    def accept(self) -> None:
        """Sales takes the offer."""

    @transition(stage, Stage.MQL, Stage.MOFU, conditions=[facts.REJECT_REASON], permission=by(SDR, AE, MANAGER))
    def reject(self) -> None:
        """Sales hands the offer back, with its feedback to marketing; the next cycle opens."""

    @transition(
        stage,
        Stage.SAL,
        Stage.SQL,
        conditions=[facts.AMOUNT, facts.CURRENCY, facts.EXPECTED_CLOSE, facts.URGENCY],
        permission=by(SDR, AE, MANAGER),
    )
    def confirm(self) -> None:
        """A deal: its size, timeline and urgency are known."""

    @transition(stage, Stage.SQL, Stage.WON, conditions=[facts.AMOUNT, facts.CURRENCY], permission=by(AE, MANAGER))
    def win(self) -> None:
        """Closed won."""

    @transition(
        stage,
        [Stage.SAL, Stage.SQL],
        Stage.LOST,
        conditions=[facts.LOSS_REASON, facts.COMPETITOR],
        permission=by(SDR, AE, MANAGER),
    )
    def lose(self) -> None:
        """Closed lost."""

    @transition(stage, list(OPEN), Stage.LOST, conditions=[facts.DISQUALIFICATION_REASON], permission=who_works_it)
    def disqualify(self) -> None:
        """Not a lead for us."""

    @transition(
        stage,
        [Stage.SAL, Stage.SQL, Stage.LOST],
        Stage.MOFU,
        conditions=[facts.RECYCLE_REASON],
        permission=by(SDR, AE, MARKETER, MANAGER),
    )
    def recycle(self) -> None:
        """Back to marketing for later; the next cycle opens."""

    @transition(stage, Stage.WON, Stage.MOFU, permission=by(MARKETER, AE, MANAGER))
    def reengage(self) -> None:
        """A customer enters the funnel again; the next cycle opens."""

    @transition(stage, "*", RETURN_VALUE(*Stage.values), permission=may_override)
    def override(self, to: str) -> str:
        """Put the lead where it belongs, by permission and with a reason."""
        return to

    @transition(stage, "*", RETURN_VALUE(*Stage.values))
    def undo(self, to: str) -> str:
        """Back to what was before the newest line; who may is for the gate to say, for it depends on that line."""
        return to


STEPS: tuple[str, ...] = (
    "engage", "consider", "qualify", "accept", "reject", "confirm", "win", "lose", "disqualify", "recycle", "reengage",
)  # fmt: skip


def transition_of(step: str, stage: str) -> Any:
    """The django-fsm transition of a step from a stage, or None where the table has none."""
    return getattr(Lead, step)._django_fsm.get_transition(stage)
