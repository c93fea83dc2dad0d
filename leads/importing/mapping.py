"""What a mapping can say: which columns are identity, lead, company and owner facts, and where history comes from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Value:
    """Where a fact comes from: columns joined by a space, or one value for every row.

    With `when_stage` only rows whose history ends in one of these stages have it.
    """

    columns: tuple[str, ...] = ()
    constant: str = ""
    when_stage: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lookup:
    """A side file, read whole: its row is the one whose `key` column equals the main file's column `by`.

    Without `by` it is found by the name the main file gives.
    """

    file: str
    key: str
    by: str = ""


@dataclass(frozen=True)
class Party:
    """A company or an owner: its facts by column, of the main file or of the looked-up row."""

    facts: dict[str, Value]
    lookup: Lookup | None = None
    role: str = ""

    @property
    def keyed_by(self) -> Value:
        """Where the main file says which one it is."""
        if self.lookup and self.lookup.by:
            return Value((self.lookup.by,))
        return self.facts.get("name") or self.facts["email"]

    def main_columns(self) -> set[str]:
        """The columns of the main file that it uses."""
        if self.lookup:
            return set(self.keyed_by.columns)
        return {column for value in self.facts.values() for column in value.columns}


@dataclass(frozen=True)
class Dated:
    """A stage, and the column that says when it was entered ('' for none)."""

    stage: str
    column: str = ""


@dataclass(frozen=True)
class History:
    """Where stage history comes from.

    dates: a date column per stage (`dated`) · stage: a `column` whose values `stages` translates ·
    file: rows of another file, valid from/to, whose stage values `stages` translates; '' there means no stage of ours.
    `otherwise` is for rows that have no stage at all; `column` is of the main file, or of the history file.
    """

    kind: str
    dated: tuple[Dated, ...] = ()
    column: str = ""
    stages: dict[str, tuple[Dated, ...]] = field(default_factory=dict)
    file: str = ""
    key: str = ""
    valid_from: str = ""
    valid_to: str = ""
    open_ends: tuple[str, ...] = ()
    otherwise: Dated | None = None

    def date_columns(self) -> list[str]:
        """The columns of the main file that hold times of stages."""
        entries = [*self.dated, *([self.otherwise] if self.otherwise else [])]
        if self.kind == "stage":
            entries += [entry for stages in self.stages.values() for entry in stages]
        return list(dict.fromkeys(entry.column for entry in entries if entry.column))


@dataclass(frozen=True)
class ConsentSource:
    """Where consent to be contacted comes from; `granted` are the values that mean yes, any other is a no."""

    value: Value
    granted: frozenset[str]
    wording: str
    at: str = ""


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. `name` is the part of a lead's history that its imports own."""

    name: str
    history: History
    encoding: str = "utf-8"
    delimiter: str = ","
    optional: frozenset[str] = frozenset()
    system: str = ""
    external: str = ""
    email: str = ""
    phone: str = ""
    match: tuple[str, ...] = ("external",)
    lead: dict[str, Value] = field(default_factory=dict)
    extra: dict[str, Value] = field(default_factory=dict)
    company: Party | None = None
    owner: Party | None = None
    consent: ConsentSource | None = None
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    refuse: dict[str, frozenset[str]] = field(default_factory=dict)

    def date_columns(self) -> list[str]:
        """The main file's columns that hold dates, each once."""
        columns = self.history.date_columns()
        for name in ("expected_close_on", "title_since"):
            columns += self.lead[name].columns if name in self.lead else ()
        if self.consent and self.consent.at:
            columns.append(self.consent.at)
        return list(dict.fromkeys(columns))

    def all_columns(self) -> set[str]:
        """The columns it uses, those of side files among them."""
        history = self.history
        used = self.columns() | {history.column, history.valid_from, history.valid_to}
        for party in (self.company, self.owner):
            used.update(column for value in (party.facts.values() if party else ()) for column in value.columns)
        return used - {""}

    def columns(self) -> set[str]:
        """The main file's columns that the mapping uses."""
        used = {self.external, self.email, self.phone, *self.refuse, *self.date_columns()}
        if self.history.kind == "stage":
            used.add(self.history.column)
        for value in (*self.lead.values(), *self.extra.values(), *([self.consent.value] if self.consent else [])):
            used.update(value.columns)
        for party in (self.company, self.owner):
            used |= party.main_columns() if party else set()
        return used - {""}
