"""The facts a step can ask for: each knows its name, and whether a lead has it.

A fact is a django-fsm condition, so the table of transitions in `lead.py` reads as the rule it is.
Facts that are `given` can be brought with the move itself (a reason, an amount); the others the lead must have already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from leads.models.lead import Lead


@dataclass(frozen=True)
class Fact:
    name: str
    label: str
    holds: Callable[[Lead], bool]
    given: bool = False

    def __call__(self, lead: Lead) -> bool:
        return self.holds(lead)


def _reason(kind: str, label: str) -> Fact:
    def holds(lead: Lead) -> bool:
        reason = lead.given_reason
        return reason is not None and reason.kind == kind and reason.archived_at is None

    return Fact("reason", label, holds, given=True)


def _competitor(lead: Lead) -> bool:
    reason = lead.given_reason
    return reason is None or not reason.asks_competitor or bool(lead.competitor)


def _filled(name: str) -> Callable[[Lead], bool]:
    return lambda lead: getattr(lead, name) not in (None, "")


def _score(lead: Lead) -> bool:
    return lead.score_threshold is None or lead.score >= lead.score_threshold


CONTACT = Fact("contact", "a contact identity (e-mail or phone)", lambda lead: lead.has_contact)
CONSENT = Fact("consent", "consent to be contacted", lambda lead: lead.has_consent)
SCORE = Fact("score", "a score at the policy's threshold", _score)
OWNER = Fact("owner", "an owner", _filled("owner_id"), given=True)
AMOUNT = Fact("amount", "the deal's amount", _filled("amount"), given=True)
CURRENCY = Fact("currency", "the amount's currency", _filled("currency"), given=True)
EXPECTED_CLOSE = Fact("expected_close_on", "the expected close", _filled("expected_close_on"), given=True)
URGENCY = Fact("urgency", "the urgency", _filled("urgency"), given=True)
COMPETITOR = Fact("competitor", "the competitor's name", _competitor, given=True)
REJECT_REASON = _reason("reject", "a reject reason")
LOSS_REASON = _reason("lose", "a loss reason")
DISQUALIFICATION_REASON = _reason("disqualify", "a disqualification reason")
RECYCLE_REASON = _reason("recycle", "a recycle reason")

# What a stage policy can require besides; names are stored in StagePolicy.required_facts.
POLICY_FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        CONTACT,
        CONSENT,
        OWNER,
        AMOUNT,
        CURRENCY,
        EXPECTED_CLOSE,
        URGENCY,
        Fact("name", "a name", _filled("name")),
        Fact("title", "a job title", _filled("title")),
        Fact("company", "a company", _filled("company_id")),
        Fact("source", "a source", _filled("source")),
    )
}
