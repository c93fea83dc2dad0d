"""Stays: from when to when each cycle stood in each stage, and how it left. Pure: no database, no clock.

A stage that was only passed (implied) has no stay. A stay ends by advancing to the next stage stood in, by losing, or
by recycling: the lead's next cycle opening. Won and lost last until the next cycle opens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnel.columns import NEVER, STAGES, Column, Columns

STAYING, ADVANCED, WENT_LOST, WENT_BACK = range(4)
CAUSES = ("staying", "advance", "lose", "recycle")
COLUMNS = (*STAGES, "opened", "next", "implied", "assumed", "clamped")
"""The columns that stays are worked out from."""


@dataclass(frozen=True)
class Stay:
    """Of each cycle: whether it `stood` in the stage, when it `came` and `left` (NEVER: has not), by which cause, and
    whether both ends are known to the day (`exact`), so that its length means something."""

    stood: Column
    came: Column
    left: Column
    cause: Column
    exact: Column

    def ended(self, at: int) -> Column:
        """The cause as known at an instant: who left later was still staying."""
        return np.where(self.left <= at, self.cause, STAYING)


def stays(part: Columns) -> list[Stay]:
    """The stays in each stage, from ToFu to lost."""
    vague = part["assumed"] | part["clamped"]
    found: list[Stay] = []
    after = {"left": part["next"], "cause": np.where(part["next"] == NEVER, STAYING, WENT_BACK)}
    left, cause, exact_end = after["left"], after["cause"], np.ones(len(part["next"]), bool)
    for k in range(len(STAGES), 0, -1):
        bit = 1 << (k - 1)
        stood = (part[STAGES[k - 1]] != NEVER) & ((part["implied"] & bit) == 0)
        came, sure = part[STAGES[k - 1]], (vague & bit) == 0
        found.append(Stay(stood, came, np.where(stood, left, NEVER), np.where(stood, cause, STAYING), sure & exact_end))
        left = np.where(stood, came, left)
        cause = np.where(stood, WENT_LOST if STAGES[k - 1] == "lost" else ADVANCED, cause)
        exact_end = np.where(stood, sure, exact_end)
    return found[::-1]


def standing(part: Columns, at: int) -> Column:
    """The rank of the stage each cycle stood in at an instant, 0 where it had not opened or the next one had."""
    rank = np.zeros(len(part["next"]), np.int64)
    for k, stay in enumerate(stays(part), start=1):
        rank[stay.stood & (stay.came <= at) & (stay.left > at)] = k
    return rank


def forward_rank(part: Columns, at: int = NEVER - 1) -> Column:
    """The rank of the furthest forward stage each cycle had reached at an instant; at least 1."""
    ranks: Column = np.sum([part[stage] <= at for stage in STAGES[:-1]], axis=0).clip(1)
    return ranks
