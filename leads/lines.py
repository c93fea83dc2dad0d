"""From a lead, a step and the facts given with it to the log line that says so. Touches no database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from leads.ledger import Line
from leads.models import Lead
from leads.models.stage import opens_cycle
from leads.phrases import listed

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import Reason, User

_MONEY = {"amount", "currency"}
FACTS = ("owner_id", "amount", "currency", "expected_close_on", "urgency", "competitor", "wake_on")
_facts = attrgetter(*FACTS)


@dataclass(frozen=True, kw_only=True)
class Given:
    """Facts that come with a move; what is not given stays as the lead has it. Raises ValueError on nonsense."""

    owner: User | None = None
    amount: Decimal | None = None
    currency: str = ""
    expected_close_on: date | None = None
    urgency: str = ""
    competitor: str = ""
    wake_on: date | None = None
    reason: Reason | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.amount is not None and self.amount < 0:
            raise ValueError(_("An amount cannot be negative."))
        if self.currency and not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(_("%(currency)r is not a currency such as EUR.") % {"currency": self.currency})
        if self.owner is not None and not self.owner.is_active:
            raise ValueError(_("%(owner)s has left and can own no lead.") % {"owner": self.owner})
        if self.urgency and self.urgency not in Lead.Urgency.values:
            words = _("%(urgency)r is not an urgency: %(known)s.")
            raise ValueError(words % {"urgency": self.urgency, "known": listed(Lead.Urgency.values)})

    def facts(self) -> dict[str, Any]:
        """The given facts by column of the lead."""
        values = {name: getattr(self, name) for name in FACTS if name != "owner_id"}
        values["owner_id"] = self.owner.pk if self.owner else None
        values["amount"] = None if self.amount is None else Decimal(self.amount)
        return {name: value for name, value in values.items() if value not in (None, "")}


NOTHING = Given()


def facts_of(lead: Lead) -> dict[str, Any]:
    """The lead's facts that a move can set, by column."""
    return dict(zip(FACTS, _facts(lead), strict=True))


# A deal belongs to one pass through the funnel: what is left of it when the next cycle opens.
_NO_DEAL = {
    "amount": None, "currency": "", "expected_close_on": None, "urgency": "", "competitor": "", "wake_on": None,
}  # fmt: skip


def apply(lead: Lead, facts: dict[str, Any], reason: Reason | None = None, *, target: str = "") -> None:
    """Set facts on the lead in memory, so that the rules see what the move to `target` would leave."""
    if target and opens_cycle(source=lead.stage, target=target):
        facts = {**_NO_DEAL, **facts}
    for name, value in facts.items():
        setattr(lead, name, value)
    lead.given_reason = reason


def plain(value: Any) -> Any:
    """A value of a lead as JSON keeps it."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Decimal):  # as the database will give it back
        return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))
    return value.isoformat() if isinstance(value, date) else str(value)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """The facts that differ, as JSON {name: [before, after]}; None when nothing does."""
    if before == after:
        return None
    pairs = {name: [plain(old), plain(after[name])] for name, old in before.items() if old != after[name]}
    return json.dumps(pairs)


def restored(lead: Lead, changed: dict[str, list[Any]] | None) -> dict[str, Any]:
    """The facts an undo puts back: those the line set and nobody has changed since."""
    result = {}
    changed = changed or {}
    kept = {name for name, (_old, new) in changed.items() if plain(getattr(lead, name)) != new}
    if kept & _MONEY:  # an amount means nothing without its currency: both go back, or neither
        kept |= _MONEY
    for name, (old, _new) in changed.items():
        if name not in kept:
            column = Lead._meta.get_field(name.removesuffix("_id"))
            result[name] = old if name == "owner_id" else column.to_python(old)  # type: ignore[union-attr]
    return result


@dataclass(frozen=True)
class Undone:
    """Where an undo leads back to: the line it voids, and the cycle and time of the one before that."""

    voids: int
    cycle: int
    stage_since: datetime


def next_line(
    lead: Lead,
    *,
    step: str,
    target: str,
    before: dict[str, Any],
    by: User | None,
    at: datetime,
    occurred_at: datetime,
    given: Given = NOTHING,
    undoes: Undone | None = None,
    due_at: datetime | None = None,
) -> Line:
    """The line that follows the lead's newest one. The lead already carries the facts as they will be.

    `due_at` is when the step out of the target is due.
    An undo goes back to a cycle and a time that were; for every other step they follow from the stages.
    """
    opens = undoes is None and opens_cycle(source=lead.stage, target=target)
    after = facts_of(lead)
    return Line(
        lead_id=lead.pk,
        sequence=lead.version + 1,
        cycle=undoes.cycle if undoes else lead.cycle + opens,
        step=step,
        from_stage=lead.stage,
        to_stage=target,
        occurred_at=occurred_at,
        stage_since=undoes.stage_since if undoes else occurred_at,
        recorded_at=at,
        timing="exact",
        voids=undoes.voids if undoes else None,
        by_id=by.pk if by else None,
        reason_id=given.reason.pk if given.reason else None,
        note=given.note,
        origin="",
        opens=opens,
        changed=_changed(before, after),
        due_at=due_at,
        **after,
    )
