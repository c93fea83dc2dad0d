"""The facts a step can ask for: each knows its name, and whether a lead has it.

A fact is a django-fsm condition, so the table of transitions in `lead.py` reads as the rule it is.
Facts that are `given` can be brought with the move itself (a reason, an amount); the others the lead must have already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import _StrPromise as StrPromise

    from leads.models.lead import Lead


@dataclass(frozen=True)
class Fact:
    name: str
    words: StrPromise
    holds: Callable[[Lead], bool]
    given: bool = False

    @property
    def label(self) -> str:
        """What it is called within a sentence."""
        return str(self.words)

    def __call__(self, lead: Lead) -> bool:
        return self.holds(lead)


def _reason(kind: str, words: StrPromise) -> Fact:
    def holds(lead: Lead) -> bool:
        reason = lead.given_reason
        return reason is not None and reason.kind == kind and reason.archived_at is None

    return Fact("reason", words, holds, given=True)


def _competitor(lead: Lead) -> bool:
    reason = lead.given_reason
    return reason is None or not reason.asks_competitor or bool(lead.competitor)


def _filled(name: str) -> Callable[[Lead], bool]:
    return lambda lead: getattr(lead, name) not in (None, "")


def _score(lead: Lead) -> bool:
    return lead.score_threshold is None or lead.score >= lead.score_threshold


CONTACT = Fact("contact", _("a contact identity (e-mail or phone)"), lambda lead: lead.has_contact)
CONSENT = Fact("consent", _("consent to be contacted"), lambda lead: lead.has_consent)
SCORE = Fact("score", _("a score at the policy's threshold"), _score)
OWNER = Fact("owner", _("an owner"), _filled("owner_id"), given=True)
AMOUNT = Fact("amount", _("the deal's amount"), _filled("amount"), given=True)
CURRENCY = Fact("currency", _("the amount's currency"), _filled("currency"), given=True)
EXPECTED_CLOSE = Fact("expected_close_on", _("the expected close"), _filled("expected_close_on"), given=True)
URGENCY = Fact("urgency", _("the urgency"), _filled("urgency"), given=True)
COMPETITOR = Fact("competitor", _("the competitor's name"), _competitor, given=True)
REJECT_REASON = _reason("reject", _("a reject reason"))
LOSS_REASON = _reason("lose", _("a loss reason"))
DISQUALIFICATION_REASON = _reason("disqualify", _("a disqualification reason"))
RECYCLE_REASON = _reason("recycle", _("a recycle reason"))

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
        Fact("name", _("a name"), _filled("name")),
        Fact("title", _("a job title"), _filled("title")),
        Fact("company", _("a company"), _filled("company_id")),
        Fact("source", _("a source"), _filled("source")),
    )
}
