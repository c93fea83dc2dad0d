"""What one step would do with many leads: which can take it, which cannot and why. Looks, writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, Count, Exists, Min, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from leads import rules
from leads.models import Consent, Identity, Lead, Stage, StagePolicy
from leads.models.lead import STEPS, transition_of
from leads.refusals import Offer, closed_to_work
from leads.standing import look_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leads.models import User
    from leads.models.facts import Fact
    from leads.models.lead import LeadQuerySet


@dataclass(frozen=True)
class StepOffer:
    """A step that some of the leads can be asked for: the stages it starts at, for this person."""

    step: str
    label: str
    target: str
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """`can` leads can take the step when the facts that it `asks` are given; `cannot` says how many cannot, and why."""

    step: str
    label: str
    target: str
    can: int
    asks: tuple[Fact, ...]
    cannot: list[tuple[str, int]]

    @property
    def refused(self) -> int:
        return sum(number for _why, number in self.cannot)

    @property
    def offer(self) -> Offer:
        """The step as a form asks for it."""
        return Offer(self.step, self.label, self.target, self.asks)


def offers_for(leads: Iterable[Lead], *, by: User) -> list[StepOffer]:
    """The steps that start where one of the leads stands, and are for this person."""
    standing = {lead.stage: lead for lead in leads}
    found = []
    for step in STEPS:
        starts = {stage: one for stage, lead in standing.items() if (one := transition_of(step, stage)) is not None
                  and one.permission(lead, by)}  # fmt: skip
        if starts:
            target = next(iter(starts.values())).target
            found.append(StepOffer(step, rules.LABELS[step], target, tuple(starts)))
    return found


def preview(leads: LeadQuerySet, *, step: str, by: User) -> Preview:
    """What the gate would say of every lead, in one reading of them.

    Leads that agree in everything the step's rule asks about get the same answer, so the rule is asked of one of each
    kind. Raises ValueError for a step there is not.
    """
    target = rules.target_of(step)
    if not target:
        raise ValueError(f"There is no step called {step!r}")
    policies = StagePolicy.objects.in_bulk()
    alike = _alike(leads, step, policies.get(target))
    numbers = {row["one"]: row["number"] for row in alike}
    asks: dict[str, Fact] = {}
    can, cannot = 0, Counter[str]()
    for lead in look_at(list(numbers)):
        offer = rules.offer_of(step, rules.offers(lead, by, policies))
        if offer and offer.is_open:
            can += numbers[lead.pk]
            asks |= {fact.name: fact for fact in offer.asks}
        else:
            cannot[_why(lead, step, by, offer)] += numbers[lead.pk]
    return Preview(step, rules.LABELS[step], target, can, tuple(asks.values()), cannot.most_common())


def _why(lead: Lead, step: str, by: User, offer: Offer | None) -> str:
    """Why this lead cannot take the step, in words that are true of all that are like it."""
    if closed_to_work(lead, step):
        return _("The person asked to be erased.")
    if offer and offer.misses and not offer.needs_role:
        facts = ", ".join(str(fact.label) for fact in offer.misses)
        return _("%(step)s needs %(facts)s.") % {"step": offer.label, "facts": facts}
    refusal = rules.refusal(lead, step, by)
    return refusal.message if refusal else ""


def _alike(leads: LeadQuerySet, step: str, policy: StagePolicy | None) -> list[dict[str, Any]]:
    """How many leads there are of each kind, and the number of one of them."""
    kinds: dict[str, Any] = {"gone": _holds(Q(erased_at__isnull=False))}
    for fact in _facts(step, policy):
        kinds[f"has_{fact}"] = _has(fact, policy)
    rows: Any = leads.order_by().annotate(**kinds).values("stage", *kinds)
    return list(rows.annotate(number=Count("pk"), one=Min("pk")))


def _facts(step: str, policy: StagePolicy | None) -> set[str]:
    """The names of the facts that the step's rule can ask about, wherever a lead stands."""
    conditions = {fact.name for stage in Stage.values if (one := transition_of(step, stage)) is not None
                  for fact in one.conditions or ()}  # fmt: skip
    if policy:
        conditions |= set(policy.required_facts) | ({"score"} if policy.score_threshold is not None else set())
    return conditions - {"reason"}


def _has(fact: str, policy: StagePolicy | None) -> Any:
    if fact == "contact":
        return Exists(Identity.objects.filter(lead=OuterRef("pk"), kind__in=Identity.CONTACT_KINDS))
    if fact == "consent":
        newest = Consent.objects.filter(lead=OuterRef("pk"), purpose="contact").order_by("-number")
        return Coalesce(newest.values("granted")[:1], Value(False))
    if fact == "score":
        least = policy.score_threshold if policy else None
        return _holds(Q(score__gte=least)) if least is not None else Value(True)
    column = Lead._meta.get_field(fact)
    if column.null:
        return _holds(Q(**{f"{column.name}__isnull": False}))
    return _holds(~Q(**{column.name: ""}))


def _holds(condition: Q) -> Any:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
