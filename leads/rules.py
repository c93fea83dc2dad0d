"""What the table of steps says about one lead and one person. Reads the lead, writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from leads.models import Lead, Stage, StagePolicy
from leads.models.allowed import WORKERS
from leads.models.facts import POLICY_FACTS, SCORE, Fact
from leads.models.lead import STEPS, transition_of
from leads.phrases import listed
from leads.refusals import IllegalStep, MissingFacts, MoveRefused, NotYours, Offer, closed_to_work
from leads.roles import Role, Scope

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from leads.models import User


class Labels(Mapping[str, str]):
    """Words by code, each in the language of the moment, and looked up once in each."""

    def __init__(self, words: dict[str, StrPromise]) -> None:
        self._words = words
        self._said: dict[tuple[str, str | None], str] = {}

    def __getitem__(self, code: str) -> str:
        key = (code, get_language())
        return self._said.get(key) or self._said.setdefault(key, str(self._words[code]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


LABELS = Labels(
    {
        "engage": pgettext_lazy("step", "Engage"),
        "consider": pgettext_lazy("step", "Consider"),
        "qualify": pgettext_lazy("step", "Qualify"),
        "accept": pgettext_lazy("step", "Accept"),
        "reject": pgettext_lazy("step", "Reject"),
        "confirm": pgettext_lazy("step", "Confirm"),
        "win": pgettext_lazy("step", "Win"),
        "lose": pgettext_lazy("step", "Lose"),
        "disqualify": pgettext_lazy("step", "Disqualify"),
        "recycle": pgettext_lazy("step", "Recycle"),
        "reengage": pgettext_lazy("step", "Re-engage"),
        "override": pgettext_lazy("step", "Override"),
        "undo": pgettext_lazy("step", "Undo"),
        "create": pgettext_lazy("step", "Created"),
        "import": pgettext_lazy("step", "Imported"),
    }
)


@dataclass(frozen=True)
class Refusal:
    """Why a step is refused, before it is tied to one lead: the error's class, its message, the facts missing."""

    error: type[MoveRefused]
    message: str
    missing: tuple[Fact, ...] = ()

    def about(self, lead_id: int, step: str) -> MoveRefused:
        if issubclass(self.error, MissingFacts):
            return self.error(self.message, lead_id=lead_id, step=step, missing=self.missing)
        return self.error(self.message, lead_id=lead_id, step=step)


def target_of(step: str) -> str:
    """The stage a step leads to; '' for a step that the table does not have."""
    if step not in STEPS:
        return ""
    return str(next(iter(getattr(Lead, step)._django_fsm.transitions.values())).target)


def needed(lead: Lead, step: str) -> list[Fact]:
    """The facts the step asks from where the lead stands: its own, then those of the policy it enters under."""
    facts = list(transition_of(step, lead.stage).conditions or ())
    if SCORE not in facts and lead.score_threshold is not None:
        facts.append(SCORE)
    return facts + [fact for name in lead.required_facts if (fact := POLICY_FACTS[name]) not in facts]


def wanting(lead: Lead, step: str) -> tuple[Fact, ...]:
    """The needed facts that do not hold."""
    return tuple(fact for fact in needed(lead, step) if not fact(lead))


def roles_for(step: str, stage: str) -> str:
    """Who may take the step from the stage, in words."""
    return _roles_for(step, stage, get_language())


@lru_cache(maxsize=512)
def _roles_for(step: str, stage: str, language: str | None) -> str:
    if step == "disqualify":
        return listed(sorted(str(Role(role).label) for role in WORKERS[stage]))
    return str(transition_of(step, stage).permission)


def takes(step: str, by: User) -> bool:
    """Whether who decides so on an offer nobody owns becomes its owner.

    An SDR who rejects it would else lose sight of it, and of what marketing answers.
    """
    return step == "accept" or (step == "reject" and by.scope is not Scope.ALL)


def refusal(lead: Lead, step: str, by: User | None) -> Refusal | None:
    """Why `by` cannot take `step` with the lead as it is, or None when nothing stands in the way."""
    label = LABELS.get(step, step)
    if step not in STEPS:
        words = _("There is no step called “%(step)s”. Steps: %(steps)s.")
        return Refusal(IllegalStep, words % {"step": step, "steps": listed(STEPS)})
    transition = transition_of(step, lead.stage)
    if transition is None:
        sources = listed(Stage(stage).label for stage in getattr(Lead, step)._django_fsm.transitions)
        words = _("%(step)s starts at %(stages)s; this lead stands at %(stage)s.")
        return Refusal(IllegalStep, words % {"step": label, "stages": sources, "stage": Stage(lead.stage).label})
    if not transition.permission(lead, by):
        words = _("%(step)s is for: %(roles)s.")
        return Refusal(NotYours, words % {"step": label, "roles": roles_for(step, lead.stage)})
    missing = wanting(lead, step)
    if missing:
        words = _("%(step)s needs %(facts)s.") % {"step": label, "facts": listed(fact.label for fact in missing)}
        return Refusal(MissingFacts, words, missing)
    return None


def offers(lead: Lead, by: User | None, policies: Mapping[str, StagePolicy]) -> list[Offer]:
    """Every step that starts where the lead stands: open, or blocked and why; none of a lead merged or erased."""
    if closed_to_work(lead, ""):
        return []
    result = []
    for step, transition in _steps_from(lead.stage):
        policy = policies.get(transition.target)
        lead.required_facts = tuple(policy.required_facts) if policy else ()
        lead.score_threshold = policy.score_threshold if policy else None
        missing = wanting(lead, step)
        if step == "accept":
            missing = tuple(fact for fact in missing if fact.name != "owner")
        result.append(
            Offer(
                step=step,
                label=LABELS[step],
                target=transition.target,
                asks=tuple(fact for fact in missing if fact.given),
                misses=tuple(fact for fact in missing if not fact.given),
                needs_role="" if transition.permission(lead, by) else roles_for(step, lead.stage),
            )
        )
    return result


@lru_cache(maxsize=16)
def _steps_from(stage: str) -> tuple[tuple[str, Any], ...]:
    """The steps that start at a stage, in the order of STEPS."""
    found = ((step, transition_of(step, stage)) for step in STEPS)
    return tuple((step, transition) for step, transition in found if transition)


def offer_of(step: str, among: Iterable[Offer]) -> Offer | None:
    """What the step would mean, of the offers of one lead; None when it does not start where the lead stands."""
    return next((offer for offer in among if offer.step == step), None)
