"""From lived leads to the columns of `leads_lead`, `leads_stagechange` and the tables beside them. Pure."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel.bulk import binary, facts, lives, plan
from funnel.bulk.binary import INT2, INT4, Coded, Plain, Same, Table
from funnel.demo import words
from leads.lines import FACTS
from leads.models.stage import Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from funnel.bulk.binary import Column
    from funnel.bulk.cast import Cast
    from funnel.bulk.lives import Leads, Lines

type Columns = dict[str, Column]

ORIGIN = "bench-crm"  # the import that imported lines name
TIMINGS = ("exact", "assumed", "clamped")
NOTES = ("", "the wrong lead", "dated before the step before it")
NO_COMPANY = 0.06
_NAMES = 2_000


class Writer:
    """Turns blocks into columns; holds the tables that all blocks share. `over` is the end of the history (µs)."""

    def __init__(self, cast: Cast, *, first_day: int, over: int) -> None:
        self.cast, self.over = cast, over
        self.facts = facts.tables(cast.user_ids, first_day=first_day, days=over // lives.DAY - first_day + 200)
        self.stages = Table([binary.text(stage) for stage in ("", *Stage.values)])
        self.steps = Table([binary.text(step) for step in plan.STEPS])
        self.timings = Table([binary.text(timing) for timing in TIMINGS])
        self.notes = Table([binary.text(note) for note in NOTES])
        self.origins = Table([binary.text(""), binary.text(ORIGIN)])
        self.teams = Table([binary.integer(pk) for pk in cast.team_ids])
        rng = np.random.default_rng(0)
        firsts, lasts = rng.choice(words.FIRST_NAMES, _NAMES), rng.choice(words.LAST_NAMES, _NAMES)
        self.names = Table([binary.text(f"{a} {b}") for a, b in zip(firsts, lasts, strict=True)])
        self.titles = Table([binary.text(title) for title in ("", *words.TITLES)])

    @cached_property
    def entries(self) -> Table:
        """`entry` by origin and firmographics, after a first one that is NULL; padded, which jsonb forgets."""
        documents = [
            json.dumps({
                "source": source.name, "medium": source.medium, "campaign": campaign, "channel": source.channel,
                "industry": industry, "country": country, "size_band": size_band,
                "asset": None,
            })
            for source, campaign in plan.ORIGINS
            for industry, country, size_band in self.cast.firmographics
        ]  # fmt: skip
        widest = max(map(len, documents))
        return Table([binary.NULL, *(binary.jsonb(one.ljust(widest)) for one in documents)])

    def leads(self, rng: np.random.Generator, leads: Leads, ids: NDArray[Any], company: NDArray[Any]) -> Columns:
        """The columns of `leads_lead`; `company` holds places in the cast's list."""
        count = len(ids)
        recorded = np.where(leads.imported, self._imported_at(leads.now), leads.born)
        by_origin = zip(*((s.name, s.medium, campaign, s.channel) for s, campaign in plan.ORIGINS), strict=True)
        return {
            "id": Plain(ids),
            "name": Coded(rng.integers(0, _NAMES, count), self.names),
            "title": Coded(rng.integers(0, len(words.TITLES) + 1, count), self.titles),
            "company_id": Plain(self.cast.company_ids[company], null=company == 0),
            **{
                name: Coded(leads.origin, Table([binary.text(value) for value in values]))
                for name, values in zip(("source", "medium", "campaign", "channel"), by_origin, strict=True)
            },
            **{name: Coded(leads.facts[fact], self.facts.fields[fact]) for fact, name in enumerate(FACTS)},
            "stage": Coded(leads.stage, self.stages), "stage_since": Plain(leads.since),
            "cycle": Plain(leads.cycle, INT2), "version": Plain(leads.version, INT4),
            "score": Plain(rng.integers(0, 101, count), INT4), "extra": Same(binary.jsonb("{}")),
            "is_demo": Same(binary.boolean(False)), "created_at": Plain(recorded),
        }  # fmt: skip

    def lines(self, rng: np.random.Generator, leads: Leads, lines: Lines, ids: NDArray[Any], firm: Any) -> Columns:
        """The columns of `leads_stagechange`; `firm` is each lead's place among the firmographics."""
        imported = lines.step == plan.IMPORT
        entry = 1 + leads.origin * len(self.cast.firmographics) + firm
        reason = self._reasons(rng, lines)
        note = np.where(lines.step == plan.UNDO, 1, np.where(lines.timing == lives.CLAMPED, 2, 0))
        return {
            "lead_id": Plain(ids[lines.lead]), "sequence": Plain(lines.sequence, INT4),
            "cycle": Plain(lines.cycle, INT2), "step": Coded(lines.step, self.steps),
            "from_stage": Coded(lines.from_rank, self.stages), "to_stage": Coded(lines.to_rank, self.stages),
            "occurred_at": Plain(lines.occurred),
            "recorded_at": Plain(np.where(imported, self._imported_at(leads.now)[lines.lead], lines.occurred)),
            "timing": Coded(lines.timing, self.timings), "voids": Plain(lines.voids, INT4, lines.voids == 0),
            "by_id": Coded(lines.by, self.facts.fields[lives.OWNER]),
            "owner_id": Coded(lines.after[lives.OWNER], self.facts.fields[lives.OWNER]),
            "team_id": Coded(lines.after[lives.OWNER], self.teams), "reason_id": Plain(reason, null=reason == 0),
            "note": Coded(note, self.notes), "origin": Coded(imported.astype(int), self.origins),
            "entry": Coded(np.where(lines.opens, entry[lines.lead], 0), self.entries),
            "changed": facts.changed(lines.before, lines.after, self.facts),
        }  # fmt: skip

    def _imported_at(self, last: NDArray[Any]) -> NDArray[Any]:
        """When an imported lead's lines were recorded: some time after the last of them happened."""
        recorded: NDArray[Any] = np.minimum(last + lives.DAY, self.over)
        return recorded

    def _reasons(self, rng: np.random.Generator, lines: Lines) -> NDArray[Any]:
        """The reason's id for the steps that ask for one, of their kind; 0 for none."""
        chosen = np.zeros(len(lines.step), int)
        named = lines.after[lives.COMPETITOR] != lines.before[lives.COMPETITOR]
        for step, kind in plan.REASON_KINDS.items():
            rows = np.flatnonzero(lines.step == step)
            known = [pk for pk in self.cast.reasons[kind] if pk != self.cast.competitor_reason]
            chosen[rows] = rng.choice(known, len(rows))
        chosen[(lines.step == plan.LOSE) & named] = self.cast.competitor_reason
        return chosen
