"""The one gate: every move of every lead, from wherever it comes, passes here.

The steps and who may take them stand in `models/lead.py`; this module locks the rows, asks `rules.py`, and has
`ledger.py` write lead and log line in one transaction. Nothing else in the product writes a stage.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from leads import handoff, ledger, routing, rules
from leads.due import Clock
from leads.lines import NOTHING, Given, Undone, apply, facts_of, next_line, restored
from leads.models import Lead, Stage, StageChange, StagePolicy
from leads.models.lead import transition_of
from leads.refusals import (
    IllegalStep,
    MissingFacts,
    MoveRefused,
    NoSuchLead,
    NotYours,
    Offer,
    StaleVersion,
    WrongTime,
    closed_to_work,
    unseen,
)
from leads.roles import Role
from leads.standing import lock_leads, look_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from leads.ledger import Line, NewLead
    from leads.models import User

UNDO_FOR = timedelta(minutes=30)
CLOCKS_DIFFER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks of the gate: which step, who, now, when it happened, with which facts."""

    step: str
    by: User | None
    at: datetime
    occurred_at: datetime | None = None
    given: Given = NOTHING

    clock: Clock = field(default_factory=Clock)

    def when(self, lead: Lead) -> datetime:
        """When it happened: as told, else now; clocks of two servers may differ a little without refusing a move."""
        now = lead.stage_since if timedelta(0) < lead.stage_since - self.at <= CLOCKS_DIFFER else self.at
        return self.occurred_at or now


@dataclass(frozen=True, slots=True)
class Moved:
    """One lead's result of a bulk move: its new line, or why it was refused."""

    lead_id: int
    line: Line | None = None
    refused: MoveRefused | None = None


def open_lead(lead: NewLead) -> int:
    """Open a lead at its first stage and write the first line of its log; returns its number."""
    lead.due_at = Clock().due(lead.stage, lead.occurred_at)
    with transaction.atomic():
        ledger.open_leads([lead])
    return lead.id


def move(
    *,
    lead_id: int,
    step: str,
    by: User | None,
    at: datetime,
    expected_version: int | None = None,
    occurred_at: datetime | None = None,
    given: Given = NOTHING,
) -> Line:
    """Take one legal step and write it down, in one transaction; returns the line written.

    The row lock makes two simultaneous clicks queue; the second is refused, not repeated. No `by` is the system.
    Raises a MoveRefused of its own kind for a lead unseen, a stale version, a lost race, an illegal step, a wrong
    role, missing facts or a wrong time; each names the steps that are legal and what the others miss.
    """
    with _explained(by), transaction.atomic():
        [moved] = _moved([lead_id], Asked(step, by, at, occurred_at, given), {lead_id: expected_version})
        if moved.refused:
            raise moved.refused
        assert moved.line is not None  # noqa: S101  (a result is one or the other)
        return moved.line


def move_many(
    *,
    lead_ids: Sequence[int],
    step: str,
    by: User | None,
    at: datetime,
    expected_versions: Mapping[int, int] | None = None,
    occurred_at: datetime | None = None,
    given: Given = NOTHING,
) -> list[Moved]:
    """Take one step with many leads by one statement; each gets its own result, in the order asked for.

    What is refused does not hold up the others. Raises LostRace when one of the rows stays locked by somebody else.
    """
    with transaction.atomic():
        moved = _moved(lead_ids, Asked(step, by, at, occurred_at, given), expected_versions or {})
    _add_legal([result.refused for result in moved if result.refused], by)
    return moved


def override(
    *,
    lead_id: int,
    to: str,
    by: User,
    at: datetime,
    expected_version: int | None = None,
    occurred_at: datetime | None = None,
    given: Given = NOTHING,
) -> Line:
    """Put a lead where it belongs, whatever the table says; needs the permission, and a reason in `given.note`.

    A step back opens the next cycle. Raises like `move`.
    """
    asked = Asked("override", by, at, occurred_at, given)
    with _explained(by), transaction.atomic():
        lead = _the_lead(lead_id, asked, expected_version)
        before = facts_of(lead)
        if not transition_of("override", lead.stage).permission(lead, by):
            raise NotYours("Override needs the permission to override moves.", lead_id=lead_id, step="override")
        if to not in Stage.values or to == lead.stage:
            message = f"Override needs another stage to go to than {Stage(lead.stage).label}."
            raise IllegalStep(message, lead_id=lead_id, step="override")
        if not given.note.strip():
            raise MissingFacts("Override needs a reason, in words.", lead_id=lead_id, step="override")
        apply(lead, given.facts(), given.reason, target=to)
        if to == Stage.MQL:
            routing.give([lead], at=at)
        line = next_line(
            lead, step="override", target=to, before=before, by=by, at=at, occurred_at=asked.when(lead), given=given,
            due_at=asked.clock.due(to, asked.when(lead)),
        )  # fmt: skip
        lead.override(to)
        _write([line], at=at)
        return line


def undo(*, lead_id: int, by: User, at: datetime, expected_version: int | None = None, note: str = "") -> Line:
    """Take back the newest line that still counts: its actor within 30 minutes of recording it, a manager always.

    Nothing is erased: the undo is a line of its own that voids the other. Raises like `move`. Whoever made the move
    may take it back even where it put the lead out of their sight, as disqualifying an unowned offer does.
    """
    with _explained(by), transaction.atomic():
        lead = _locked(lead_id, "undo")
        newest, *before_it = StageChange.objects.filter(lead=lead).valid().order_by("-sequence")[:2]
        is_own = (newest.by_id, newest.owner_id) == (by.pk, lead.owner_id)  # even if it took the lead out of sight
        if not by.is_active or not (is_own or lead.is_in_sight_of(by)):
            raise unseen(lead_id, "undo")
        if refused := _seen_in_time(lead, Asked("undo", None, at), expected_version):
            raise refused
        if not before_it:
            raise IllegalStep("Nothing to undo: this is where the lead began.", lead_id=lead_id, step="undo")
        [previous] = before_it
        if not may_undo(newest, by=by, at=at):
            minutes = int(UNDO_FOR.total_seconds() // 60)
            message = f"A move can be undone by who made it within {minutes} minutes, and by managers."
            raise NotYours(message, lead_id=lead_id, step="undo")
        before = facts_of(lead)
        apply(lead, restored(lead, newest.changed))
        undoes = Undone(voids=newest.sequence, cycle=previous.cycle, stage_since=previous.occurred_at)
        line = next_line(
            lead, step="undo", target=previous.to_stage, before=before, by=by, at=at, occurred_at=at,
            given=Given(note=note), undoes=undoes, due_at=Clock().due(previous.to_stage, previous.occurred_at),
        )  # fmt: skip
        lead.undo(previous.to_stage)
        ledger.write([line])
        if handoff.concerns(newest):
            handoff.take_back(newest)
        return line


def may_undo(line: StageChange, *, by: User, at: datetime) -> bool:
    """Whether `by` may take this line back at `at`; that it is the newest valid one is for `undo` to see."""
    return by.role == Role.MANAGER or (line.by_id == by.pk and at - line.recorded_at <= UNDO_FOR)


def legal_steps(lead: Lead, *, by: User | None) -> list[Offer]:
    """Every step from where the lead stands: open or blocked, what it asks and what it misses."""
    [standing] = look_at([lead.pk])
    return rules.offers(standing, by, StagePolicy.objects.in_bulk())


def _moved(lead_ids: Sequence[int], asked: Asked, versions: Mapping[int, int | None]) -> list[Moved]:
    """Lock, ask the rules, write what they allow; one result per lead asked for."""
    target = rules.target_of(asked.step)
    leads = lock_leads(lead_ids, step=asked.step, target=target)
    before = {lead.pk: facts_of(lead) for lead in leads}
    results = {lead.pk: Moved(lead.pk, refused=_refusal(lead, asked, target, versions.get(lead.pk))) for lead in leads}
    going = [lead for lead in leads if results[lead.pk].refused is None]
    if target == Stage.MQL:
        routing.give(going, at=asked.at)
    results |= {lead.pk: Moved(lead.pk, _line(lead, asked, target, before[lead.pk])) for lead in going}
    _write([moved.line for moved in results.values() if moved.line], at=asked.at)
    return [results.get(number) or Moved(number, refused=unseen(number, asked.step)) for number in lead_ids]


def _write(lines: Sequence[Line], *, at: datetime) -> None:
    """Write moves down, and tell whom they concern."""
    ledger.write(lines)
    if any(map(handoff.concerns, lines)):
        handoff.tell(lines, at=at)


def _refusal(lead: Lead, asked: Asked, target: str, version: int | None) -> MoveRefused | None:
    """Why one lead's move is refused; else the lead carries, in memory, the facts as they will be."""
    if refused := _seen_in_time(lead, asked, version):
        return refused
    apply(lead, asked.given.facts(), asked.given.reason, target=target)
    if lead.owner_id is None and asked.by is not None and rules.takes(asked.step, asked.by):
        lead.owner_id = asked.by.pk
    verdict = rules.refusal(lead, asked.step, asked.by)
    return verdict.about(lead.pk, asked.step) if verdict else None


def _line(lead: Lead, asked: Asked, target: str, before: dict[str, Any]) -> Line:
    """The line that one lead's move writes; the lead stands where it leads to."""
    line = next_line(
        lead, step=asked.step, target=target, before=before, by=asked.by, at=asked.at,
        occurred_at=asked.when(lead), given=asked.given, due_at=asked.clock.after(lead.sla_hours, asked.when(lead)),
    )  # fmt: skip
    getattr(lead, asked.step)()
    return line


def _seen_in_time(lead: Lead, asked: Asked, version: int | None) -> MoveRefused | None:
    """What stands in the way before any rule is asked: sight, a lead merged or erased, version, time."""
    step = asked.step
    if asked.by is not None and not lead.is_in_sight_of(asked.by):
        return unseen(lead.pk, step)
    if refused := closed_to_work(lead, step):
        return refused
    if version is not None and version != lead.version:
        message = f"This lead has moved since you looked: it now stands at {Stage(lead.stage).label}. Look again."
        return StaleVersion(message, lead_id=lead.pk, step=step)
    if asked.occurred_at is not None and asked.occurred_at > asked.at:
        return WrongTime("A move cannot lie in the future.", lead_id=lead.pk, step=step)
    if asked.when(lead) < lead.stage_since:
        message = f"A move cannot lie before the one before it ({lead.stage_since:%Y-%m-%d %H:%M} UTC)."
        return WrongTime(message, lead_id=lead.pk, step=step)
    return None


def _locked(lead_id: int, step: str) -> Lead:
    leads = lock_leads([lead_id], step=step)
    if not leads:
        raise unseen(lead_id, step)
    return leads[0]


def _the_lead(lead_id: int, asked: Asked, version: int | None) -> Lead:
    """The one lead, locked, and seen by who asks if anybody does; raises what `_seen_in_time` says."""
    lead = _locked(lead_id, asked.step)
    if refused := _seen_in_time(lead, asked, version):
        raise refused
    return lead


@contextmanager
def _explained(by: User | None) -> Iterator[None]:
    """Give a refusal on its way out the steps that are legal instead."""
    try:
        yield
    except MoveRefused as refused:
        _add_legal([refused], by)
        raise


def _add_legal(refusals: Sequence[MoveRefused], by: User | None) -> None:
    """Fill in `legal` of each refusal from where its lead stands now; a lead not seen has none."""
    about = {refused.lead_id: refused for refused in refusals if not isinstance(refused, NoSuchLead)}
    policies = StagePolicy.objects.in_bulk() if about else {}
    for lead in look_at(list(about)):
        about[lead.pk].legal = tuple(rules.offers(lead, by, policies))
