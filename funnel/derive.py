"""From log lines to journeys, for a hundred thousand leads at once. Pure: no database, no clock.

A line covers every stage from the one after its predecessor's to its own: those it skips are implied. Lost is an exit,
no stage further on: it covers itself, and the first stage where the cycle knows no other. Inside a cycle the stages
only rise, so each is covered once.
"""

from __future__ import annotations

import numpy as np

from funnel.columns import (
    FORWARD,
    JOURNEY,
    LOST,
    NEVER,
    OPEN,
    RECYCLED,
    STAGES,
    STEPS,
    TEXTS,
    WON,
    Column,
    Columns,
    take,
)

LOST_RANK = 8
EXACT, ASSUMED, CLAMPED = range(3)
UNDO, WIN = STEPS.index("undo"), STEPS.index("win")


def sorted_lines(lines: Columns) -> Columns:
    """Lines by lead, then sequence."""
    return take(lines, np.lexsort((lines["sequence"], lines["lead"])))


def valid(lines: Columns) -> Column:
    """Mask of the lines that count: neither an undo nor taken back by one. `lines` are sorted."""
    undo = lines["step"] == UNDO
    counts: Column = ~undo
    if undo.any():
        numbers = lines["lead"] * 1_048_576 + lines["sequence"]
        voided = np.searchsorted(numbers, lines["lead"][undo] * 1_048_576 + lines["voids"][undo])
        counts[voided] = False
    return counts


def journeys(lines: Columns, leads: Columns) -> Columns:
    """One row per cycle, by lead and cycle, as `columns.JOURNEY` lays it out.

    `lines` has lead, sequence, cycle, step, rank, at, timing, voids, owner, team, reason, the facts the lead had
    before (cents, currency), and per line that opens a cycle its dimensions. `leads` has, by ascending lead, what
    each has now: cents, currency, and whether it `counts` (is not merged into another).
    """
    lines = sorted_lines(lines)
    place = np.searchsorted(leads["lead"], lines["lead"])
    lines = take(lines, valid(lines) & leads["counts"][place])
    n = len(lines["lead"])
    opens = np.ones(n, bool)
    opens[1:] = (np.diff(lines["lead"]) != 0) | (np.diff(lines["cycle"]) != 0)
    first = np.flatnonzero(opens)
    found = _empty(lines, first)
    before = np.where(opens, 0, np.concatenate(([0], lines["rank"][:-1])))[:n]
    _reach(found, lines, np.cumsum(opens) - 1, before)
    found["opened"] = np.minimum.reduceat(lines["at"], first) if n else lines["at"]
    _end(found, lines, first, leads)
    return found


def _empty(lines: Columns, first: Column) -> Columns:
    """A row per cycle, with lead, cycle and dimensions as its first line has them, and nothing reached."""
    found: Columns = {}
    for name, kind in JOURNEY.fields.items():
        found[name] = np.zeros(len(first), kind)
    for name, many in JOURNEY.repeats.items():
        found[name] = np.zeros((len(first), many), np.int64)
    for name in ("lead", "cycle", *TEXTS, "asset", "entry"):
        found[name] = lines[name][first].astype(JOURNEY.fields[name])
    for stage in STAGES:
        found[stage][:] = NEVER
    return found


def _reach(found: Columns, lines: Columns, cycle: Column, before: Column) -> None:
    """When each stage was entered or passed, by whom it was owned then, and how well that is known."""
    rank, lost = lines["rank"], lines["rank"] == LOST_RANK
    for k, stage in enumerate(STAGES, start=1):
        covers = lost if k == LOST_RANK else (before < k) & (rank >= k) & ~lost
        if k == 1:
            covers = covers | (lost & (before == 0))
        where = cycle[covers]
        found[stage][where] = lines["at"][covers]
        bit = np.int16(1 << (k - 1))
        found["implied"][where] |= np.where(rank[covers] != k, bit, np.int16(0))
        found["assumed"][where] |= np.where(lines["timing"][covers] == ASSUMED, bit, np.int16(0))
        found["clamped"][where] |= np.where(lines["timing"][covers] == CLAMPED, bit, np.int16(0))
        if k <= len(FORWARD):
            found["owners"][where, k - 1] = lines["owner"][covers]
            found["teams"][where, k - 1] = lines["team"][covers]
    where = cycle[lost]
    found["end_step"][where] = lines["step"][lost]
    found["end_reason"][where] = lines["reason"][lost]


def _end(found: Columns, lines: Columns, first: Column, leads: Columns) -> None:
    """How each cycle ended, and the deal it ended with: the lead's now, or what the next cycle's first line cleared."""
    cycles = len(first)
    follows = np.zeros(cycles, bool)
    follows[:-1] = found["lead"][1:] == found["lead"][:-1]
    after = np.minimum(np.arange(cycles) + 1, max(cycles - 1, 0))
    won, lost = found["won"] != NEVER, found["lost"] != NEVER
    found["next"] = np.where(follows, found["opened"][after], NEVER)
    found["outcome"] = np.select([won, lost, follows], [WON, LOST, RECYCLED], OPEN).astype(np.int16)
    found["ended"] = np.where(won, found["won"], np.where(lost, found["lost"], found["next"]))
    recycled = found["outcome"] == RECYCLED
    found["end_step"] = np.where(won, WIN, found["end_step"])
    found["end_reason"][won] = 0
    place = np.searchsorted(leads["lead"], found["lead"])
    opener = first[after]
    if cycles:
        found["end_step"] = np.where(recycled, lines["step"][opener], found["end_step"])
        found["end_reason"] = np.where(recycled, lines["reason"][opener], found["end_reason"])
        found["cents"] = np.where(follows, lines["cents"][opener], leads["cents"][place])
        found["currency"] = np.where(follows, lines["currency"][opener], leads["currency"][place])
    found["end_step"] = found["end_step"].astype(np.int16)
