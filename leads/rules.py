"""What the table of steps says about one lead and one person. Reads the lead, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leads.models import Lead, Stage, StagePolicy
from leads.models.allowed import WORKERS
from leads.models.facts import POLICY_FACTS, SCORE, Fact
from leads.models.lead import STEPS, transition_of
from leads.refusals import IllegalStep, MissingFacts, MoveRefused, NotYours, Offer, closed_to_work
from leads.roles import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leads.models import User

LABELS = {
    "engage": "Engage", "consider": "Consider", "qualify": "Qualify", "accept": "Accept", "reject": "Reject",
    "confirm": "Confirm", "win": "Win", "lose": "Lose", "disqualify": "Disqualify", "recycle": "Recycle",
    "reengage": "Re-engage", "override": "Override", "undo": "Undo", "create": "Created", "import": "Imported",
}  # fmt: skip


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
    if step == "disqualify":
        return ", ".join(sorted(Role(role).label for role in WORKERS[stage]))
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
        return Refusal(IllegalStep, f"There is no step called “{step}”. Steps: {', '.join(STEPS)}.")
    transition = transition_of(step, lead.stage)
    if transition is None:
        sources = ", ".join(Stage(stage).label for stage in getattr(Lead, step)._django_fsm.transitions)
        return Refusal(IllegalStep, f"{label} starts at {sources}; this lead stands at {Stage(lead.stage).label}.")
    if not transition.permission(lead, by):
        return Refusal(NotYours, f"{label} is for: {roles_for(step, lead.stage)}.")
    missing = wanting(lead, step)
    if missing:
        return Refusal(MissingFacts, f"{label} needs {', '.join(fact.label for fact in missing)}.", missing)
    return None


def offers(lead: Lead, by: User | None, policies: Mapping[str, StagePolicy]) -> list[Offer]:
    """Every step that starts where the lead stands: open, or blocked and why; none of a lead merged or erased."""
    if closed_to_work(lead, ""):
        return []
    result = []
    for step in STEPS:
        transition = transition_of(step, lead.stage)
        if transition is None:
            continue
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
