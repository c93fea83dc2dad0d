"""Entries of stages from several sources, arranged into one history. Pure; no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from leads.models.log import Timing
from leads.models.stage import CLOSED, RANKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EXACT, ASSUMED, CLAMPED = Timing.EXACT.value, Timing.ASSUMED.value, Timing.CLAMPED.value
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Entry:
    """The lead entered `stage` at `at`; None when the source gave no date.

    `late` means that the source's date cannot be: the entry belongs after lower stages that are dated later.
    `recorded` is the time the log has for an entry without a date.
    """

    stage: str
    at: datetime | None
    late: bool = False
    origin: str = ""
    owner_id: int | None = None
    recorded: datetime | None = None


@dataclass(slots=True)
class Placed:
    """An entry as its log line says it."""

    stage: str
    at: datetime
    timing: str
    origin: str
    note: str
    owner_id: int | None

    def says(self, line: Placed) -> bool:
        """Whether `line` of the log says the same."""
        return (self.stage, self.at, self.timing, self.origin, self.note) == (
            line.stage, line.at, line.timing, line.origin, line.note,
        )  # fmt: skip


def one_pass(entries: Iterable[Entry]) -> list[Entry]:
    """Entries of one pass, each stage at most once, in the order of the stages; late ones marked.

    A lead both won and lost was the earlier of the two first.
    """
    ordered = sorted(entries, key=lambda entry: RANKS[entry.stage])
    if len(ordered) > 1 and ordered[-2].stage in CLOSED and ordered[-2].at and ordered[-1].at:
        ordered[-2:] = sorted(ordered[-2:], key=lambda entry: entry.at or NEVER)
    latest: datetime | None = None
    for entry in ordered:
        if entry.at is not None:
            entry.late = latest is not None and entry.at < latest
            latest = entry.at if latest is None or entry.at > latest else latest
    return ordered


def arrange(entries: Sequence[Entry], *, at: datetime) -> list[Placed]:
    """The entries of all parts as one history: by time, late and undated ones where their stage belongs.

    Of entries that say the same the first given holds. `at` stands in where no date is known at all.
    """
    dated = sorted(
        (entry for entry in entries if entry.at is not None and not entry.late),
        key=lambda entry: (entry.at, RANKS[entry.stage]),
    )
    early = [id(entry) for entry in dated if entry.stage in CLOSED and _closes_too_early(entry, dated)]
    late = [entry for entry in entries if entry.at is not None and (entry.late or id(entry) in early)]
    order = [entry for entry in dated if id(entry) not in early] if early else dated
    for entry in sorted(late, key=lambda entry: RANKS[entry.stage]) if late else ():
        order.insert(_place_of_late(entry, order), entry)
    for entry in entries:
        if entry.at is None and all(entry.stage != other.stage for other in order):
            order.insert(_place_of_undated(entry, order), entry)
    return _timed(order, at)


def _closes_too_early(close: Entry, dated: Sequence[Entry]) -> bool:
    """Whether a close lies before the first contact, or is a bare date on the very day of a step before it.

    A part that itself reopens the lead after the close knows better and is believed.
    """
    assert close.at is not None  # noqa: S101  (of the dated ones)
    opened = [entry for entry in dated if entry.stage not in CLOSED and entry.at is not None]
    after = [entry for entry in opened if entry.at is not None and entry.at > close.at]
    if not after or any(entry.origin == close.origin for entry in after):
        return False
    if len(after) == len(opened):
        return True
    day = timezone.localtime(close.at)
    is_bare = not (day.hour or day.minute or day.second or day.microsecond)
    return is_bare and any(timezone.localtime(entry.at).date() == day.date() for entry in after)


def _place_of_late(entry: Entry, order: Sequence[Entry]) -> int:
    """Behind all that is dated no later, then behind the lower stages of the same pass."""
    rank = RANKS[entry.stage]
    place = 0
    while place < len(order) and (order[place].at or NEVER, RANKS[order[place].stage]) <= (entry.at or NEVER, rank):
        place += 1
    lowest = 0
    while place < len(order) and lowest <= RANKS[order[place].stage] <= rank:
        lowest = RANKS[order[place].stage]
        place += 1
    return place


def _place_of_undated(entry: Entry, order: Sequence[Entry]) -> int:
    rank = RANKS[entry.stage]
    return next((place for place, other in enumerate(order) if RANKS[other.stage] > rank), len(order))


def _timed(order: Sequence[Entry], at: datetime) -> list[Placed]:
    """Give every entry its time and say how well it is known; the same stage twice in a row is one stay."""
    placed: list[Placed] = []
    for number, entry in enumerate(order):
        if placed and placed[-1].stage == entry.stage:
            continue
        timing, note = EXACT, ""
        time = entry.at
        previous = placed[-1].at if placed else None
        if time is None:
            timing = ASSUMED
            following = next((other.at for other in order[number:] if other.at is not None), None)
            time = following or previous or entry.recorded or at
        if previous is not None and (entry.late or time < previous):
            if timing == EXACT:
                timing, note = CLAMPED, f"dated {time.isoformat()} in the source"
            time = max(time, previous)
        placed.append(Placed(entry.stage, time, timing, entry.origin, note, entry.owner_id))
    return placed
