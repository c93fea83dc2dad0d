"""What one row asks for, once read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from leads.importing.arranging import Entry

type Key = tuple[str, str]  # an identity's kind and value
type Claim = tuple[Key, int]  # a key, and the lead that is to have it
type Facts = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class Record:
    """One row, read: the lead it is about, its facts, its part of the history.

    `also` are further rows of the same file about the same lead; they are written, and refused, with it. Of those,
    `adds` tells whether the row said anything that the rows before it had not.
    """

    line: int
    cells: list[str]
    keys: list[Key] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    company: Facts = ()
    owner: Facts = ()
    consent: tuple[bool, datetime | None] | None = None
    entries: list[Entry] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    also: list[Record] = field(default_factory=list)
    adds: bool = True

    @property
    def key(self) -> str:
        """The row's identity, for people."""
        return self.keys[0][1] if self.keys else ""

    def absorb(self, other: Record) -> None:
        """Take a further row about the same lead in, once: what it says holds, what it leaves blank stays."""
        if any(one is other for one in self.also):
            return
        facts = {**self.facts, **other.facts}
        extra = {**self.extra, **other.extra}
        keys = [key for key in other.keys if key not in self.keys]
        entries = [entry for entry in other.entries if entry not in self.entries]
        same = (facts, extra) == (self.facts, self.extra) and other.company in ((), self.company)
        other.adds = bool(keys or entries or not same or other.owner not in ((), self.owner))
        self.facts, self.extra = facts, extra
        self.keys += keys
        self.entries += entries
        self.company = other.company or self.company
        self.owner = other.owner or self.owner
        self.consent = other.consent or self.consent
        self.flags += [flag for flag in other.flags if flag not in self.flags]
        self.also.append(other)


@dataclass(slots=True)
class Result:
    """What became of one row. `why` says what changed, or what stood in the way."""

    line: int
    key: str
    result: str
    why: str = ""
    flags: tuple[str, ...] = ()
    cells: list[str] | None = None


CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "refused"
