"""Why a move was refused: one error a cause, each with the steps that are legal now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leads.models import Lead
    from leads.models.facts import Fact


@dataclass(frozen=True)
class Offer:
    """What one step would mean for one lead and one person.

    Open: nothing stands in the way; `asks` are the facts the person gives with it and the lead does not have yet.
    Blocked: `misses` names what the lead lacks, or `needs_role` who may take the step.
    """

    step: str
    label: str
    target: str
    asks: tuple[Fact, ...] = ()
    misses: tuple[Fact, ...] = ()
    needs_role: str = ""

    @property
    def is_open(self) -> bool:
        return not self.misses and not self.needs_role


class MoveRefused(Exception):
    """A move the gate did not make. Nothing was written.

    `code` is stable for programs, the message is for people, `legal` are the steps of this lead for this person.
    """

    code = "refused"

    def __init__(self, message: str, *, lead_id: int, step: str, legal: Sequence[Offer] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.lead_id = lead_id
        self.step = step
        self.legal = tuple(legal)


class IllegalStep(MoveRefused):
    """The lead does not stand where this step begins."""

    code = "illegal_step"


class NotYours(MoveRefused):
    """The step is legal, but not for this person."""

    code = "not_yours"


class MissingFacts(MoveRefused):
    """The step needs facts the lead does not have; `missing` names them."""

    code = "missing_facts"

    def __init__(
        self, message: str, *, lead_id: int, step: str, legal: Sequence[Offer] = (), missing: Sequence[Fact] = ()
    ) -> None:
        super().__init__(message, lead_id=lead_id, step=step, legal=legal)
        self.missing = tuple(missing)


class StaleVersion(MoveRefused):
    """The lead moved since the caller looked at it; look again."""

    code = "stale_version"


class LostRace(MoveRefused):
    """Somebody else is moving this lead at this moment; try again."""

    code = "lost_race"


class WrongTime(MoveRefused):
    """`occurred_at` lies in the future, or before the step before it."""

    code = "wrong_time"


class NoSuchLead(MoveRefused):
    """No lead of this number is visible to this person."""

    code = "no_such_lead"


class MergedAway(MoveRefused):
    """The lead was merged into another, which is the one to work with."""

    code = "merged_away"


class Erased(MoveRefused):
    """The person asked to be erased; what is left is only counted."""

    code = "erased"


def unseen(lead_id: int, step: str) -> NoSuchLead:
    """What to tell who names a lead that is none, or none for them."""
    message = _("There is no lead %(lead)s that you can see.") % {"lead": lead_id}
    return NoSuchLead(message, lead_id=lead_id, step=step)


def erased(lead_id: int, step: str) -> Erased:
    """What to tell who wants to do something with an erased lead."""
    message = _("This person asked to be erased. Nothing is recorded about them.")
    return Erased(message, lead_id=lead_id, step=step)


def closed_to_work(lead: Lead, step: str) -> MoveRefused | None:
    """Why nothing may be done with this lead any more, whoever asks; None when it is worked as usual."""
    if lead.merged_into_id is not None:
        message = _("Lead %(lead)s was merged into lead %(survivor)s, which stands for both.")
        message %= {"lead": lead.pk, "survivor": lead.merged_into_id}
        return MergedAway(message, lead_id=lead.pk, step=step)
    if lead.erased_at is not None:
        return erased(lead.pk, step)
    return None
