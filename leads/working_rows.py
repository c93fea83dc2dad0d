"""What a job does with a batch of its rows, by its kind. The caller holds the rows and commits."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from leads import edits, moves, undoing
from leads.edits import CannotUndo
from leads.lines import Given
from leads.models import Job, JobRow, Lead, Reason, Stage, User
from leads.models.lead import transition_of
from leads.refusals import LostRace, MoveRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True)
class Result:
    """What came of one row: the log line or the edit it wrote, or why it was refused."""

    lead_id: int
    sequence: int | None = None
    edit: int | None = None
    refusal: str = ""


def work(job: Job, claimed: Mapping[int, int], *, at: datetime) -> list[Result]:
    """Do a batch: leads by number, each with the version that was chosen. Raises LostRace."""
    if job.kind == Job.Kind.UNDO:
        return _undone(job, claimed)
    try:
        return _moved(job, claimed, at) if job.kind == Job.Kind.MOVE else _corrected(job, claimed, at)
    except ValueError as nonsense:  # what was given makes no sense any more: an owner who has left since
        return [Result(number, refusal=str(nonsense)) for number in claimed]


def _moved(job: Job, claimed: Mapping[int, int], at: datetime) -> list[Result]:
    given = given_of(job.given)
    results = []
    for needed, numbers in _by_need(job.step, given, list(claimed)).items():
        moved = moves.move_many(
            lead_ids=numbers, step=job.step, by=job.by, at=at, expected_versions=claimed,
            given=_without(given, needed),
        )  # fmt: skip
        results += [
            Result(one.lead_id, sequence=one.line.sequence if one.line else None,
                   refusal=one.refused.message if one.refused else "")
            for one in moved
        ]  # fmt: skip
    return results


def given_of(data: Mapping[str, Any]) -> Given:
    """The facts a job keeps, for the gate. Raises ValueError on nonsense."""
    facts: dict[str, Any] = {}
    for name, value in data.items():
        if name == "owner":
            facts[name] = User.objects.get(pk=value)
        elif name == "reason":
            facts[name] = Reason.objects.get(pk=value)
        elif name == "note":
            facts[name] = value
        else:
            facts[name] = Lead._meta.get_field(name).to_python(value)  # type: ignore[union-attr]
    return Given(**facts)


def kept_of(given: Given) -> dict[str, Any]:
    """The same as JSON keeps it."""
    data: dict[str, Any] = {}
    for field in fields(given):
        value = getattr(given, field.name)
        if value in (None, ""):
            continue
        data[field.name] = value.pk if field.name in ("owner", "reason") else str(value)
    return data


def _by_need(step: str, given: Given, numbers: Sequence[int]) -> dict[frozenset[str], list[int]]:
    """The leads by which of the facts given they have already: those keep their own."""
    asked = {fact.name for stage in Stage.values if (one := transition_of(step, stage)) is not None
             for fact in one.conditions or () if fact.given} - {"reason", "competitor"}  # fmt: skip
    names = sorted(asked & set(kept_of(given)))
    groups: dict[frozenset[str], list[int]] = {}
    leads = Lead.objects.in_bulk(numbers) if names else {}
    for number in numbers:
        lead = leads.get(number)
        has = {name for name in names if lead and getattr(lead, name) not in (None, "")}
        groups.setdefault(frozenset(has), []).append(number)
    return groups


def _without(given: Given, has: frozenset[str]) -> Given:
    """What is still to be given to leads that have some of it. An amount means nothing without its currency."""
    blank: dict[str, Any] = {name: Given.__dataclass_fields__[name].default for name in has}
    if "amount" in has:
        blank["currency"] = ""
    elif "currency" in has and given.amount is not None:
        blank.pop("currency")
    return replace(given, **blank)


def _corrected(job: Job, claimed: Mapping[int, int], at: datetime) -> list[Result]:
    values = {name: _column(name, value) for name, value in job.given.items()}
    if (owner := values.get("owner_id")) and not User.objects.filter(pk=owner, is_active=True).exists():
        raise ValueError(_("The owner you chose has left and can own no lead."))
    changed = edits.set_facts_many(lead_ids=list(claimed), facts=values, by=job.by, at=at)
    return [
        Result(one.lead_id, edit=one.edit_id, refusal=one.refused.message if one.refused else "") for one in changed
    ]


def _column(name: str, value: Any) -> Any:
    """A value of a lead's column from how JSON keeps it."""
    return value if name.endswith("_id") else Lead._meta.get_field(name).to_python(value)  # type: ignore[union-attr]


def _undone(job: Job, claimed: Mapping[int, int]) -> list[Result]:
    """Each row back, by itself: who may and whether somebody moved it since is asked of each."""
    edited = dict(
        JobRow.objects.filter(job=job.undoes_id, lead__in=list(claimed), edit__isnull=False).values_list("lead", "edit")
    )
    return [_back(number, sequence, edited.get(number), job) for number, sequence in sorted(claimed.items())]


def _back(number: int, sequence: int, edit: int | None, job: Job) -> Result:
    """One row back. It counts as undone when it was asked, however long the job takes."""
    try:
        if edit is not None:
            undoing.undo(edit_id=edit, by=job.by, at=job.at)
            return Result(number)
        line = moves.undo(lead_id=number, by=job.by, at=job.at, expected_version=sequence)
        return Result(number, sequence=line.sequence)
    except LostRace:
        raise
    except (MoveRefused, CannotUndo) as refused:
        return Result(number, refusal=getattr(refused, "message", str(refused)))
