"""One lead's life in memory: the gate's own steps, facts and lines, without the database.

What a `Life` does mirrors `leads/moves.py` line by line, and asks the same rules; so nothing is simulated that the
gate would refuse. A step in the future, or one refused, ends the life: the lead stays where it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from leads import rules
from leads.lines import NOTHING, Given, Undone, apply, facts_of, next_line, restored
from leads.models import Lead, Stage
from leads.models.lead import STEPS

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from funnel.demo.cast import World
    from funnel.demo.sources import Source
    from leads.ledger import Line, NewLead
    from leads.models import User
    from leads.rules import Refusal

TARGETS = {step: rules.target_of(step) for step in STEPS}


class Stand(NamedTuple):
    """Where the lead stood after a line that still counts."""

    sequence: int
    stage: str
    cycle: int
    since: datetime
    changed: str | None


@dataclass(slots=True)
class Contact:
    """What is known to reach the lead by, and what it agreed to; `None` where nothing is."""

    email: str = ""
    phone: str = ""
    visitor: str = ""
    consented_at: datetime | None = None
    tracked: bool = False
    withdrawn_at: datetime | None = None


@dataclass(slots=True)
class Life:
    """A lead, how promising it is (`merit`, a factor on the odds), and the lines of its log so far."""

    new: NewLead
    source: Source
    contact: Contact
    merit: float
    world: World
    rng: Random
    lead: Lead = field(init=False)
    lines: list[Line] = field(default_factory=list)
    stands: list[Stand] = field(init=False)
    now: datetime = field(init=False)
    refused: Refusal | None = None
    over: bool = False

    def __post_init__(self) -> None:
        new = self.new
        self.now = new.occurred_at
        self.stands = [Stand(1, new.stage, 1, new.occurred_at, None)]
        self.lead = Lead(
            id=0, name=new.name, title=new.title, company_id=new.company_id, source=new.source, score=new.score,
            stage=new.stage, stage_since=new.occurred_at,
        )  # fmt: skip
        self.lead.has_contact = bool(self.contact.email or self.contact.phone)
        self.lead.has_consent = self.contact.consented_at is not None
        self._note_team()

    @property
    def owner(self) -> User | None:
        return self.world.person(self.lead.owner_id)

    @property
    def valid(self) -> list[Line]:
        """The lines that count: neither an undo nor taken back by one."""
        counting = {stand.sequence for stand in self.stands}
        return [line for line in self.lines if line.sequence in counting]

    def take(self, step: str, by: User | None, at: datetime, given: Given = NOTHING) -> bool:
        """Take a step if its time has come and the rules allow it; otherwise the life is over."""
        lead, target = self.lead, TARGETS[step]
        if at > self.world.at or (by is not None and not lead.is_visible_to(by)):
            self.over = True
            return False
        before = facts_of(lead)
        apply(lead, given.facts(), given.reason, target=target)
        if lead.owner_id is None and by is not None and rules.takes(step, by):
            lead.owner_id = by.pk
        policy = self.world.policies.get(target)
        lead.required_facts = tuple(policy.required_facts) if policy else ()
        lead.score_threshold = policy.score_threshold if policy else None
        self.refused = rules.refusal(lead, step, by)
        if self.refused:
            apply(lead, before)
            self.over = True
            return False
        if target == Stage.MQL and lead.owner_id is None:
            lead.owner_id = self.world.turns.next(lead)
        line = next_line(lead, step=step, target=target, before=before, by=by, at=at, occurred_at=at, given=given)
        getattr(lead, step)()
        self._stand(line)
        self.stands.append(Stand(line.sequence, line.to_stage, line.cycle, line.stage_since, line.changed))
        return True

    def undo(self, by: User, at: datetime, note: str) -> bool:
        """Take back the newest line that counts."""
        if at > self.world.at or len(self.stands) < 2:
            return False
        lead, newest, previous = self.lead, self.stands[-1], self.stands[-2]
        before = facts_of(lead)
        apply(lead, restored(lead, json.loads(newest.changed) if newest.changed else None))
        undoes = Undone(voids=newest.sequence, cycle=previous.cycle, stage_since=previous.since)
        line = next_line(
            lead, step="undo", target=previous.stage, before=before, by=by, at=at, occurred_at=at,
            given=Given(note=note), undoes=undoes,
        )  # fmt: skip
        lead.undo(previous.stage)
        self._stand(line)
        self.stands.pop()
        return True

    def _stand(self, line: Line) -> None:
        """The lead as `ledger.write` leaves it."""
        self.lines.append(line)
        self.now = line.occurred_at
        self.lead.stage_since, self.lead.cycle, self.lead.version = line.stage_since, line.cycle, line.sequence
        self._note_team()

    def _note_team(self) -> None:
        owner = self.owner
        self.lead.owner_team_id = owner.team_id if owner else None
