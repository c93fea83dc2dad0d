"""What a benchmark's leads are like: where they come from, which steps they take, how long they stay. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leads.models.stage import RANKS, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray


# People by code: 0 is nobody, then come the SDRs, the AEs and the marketers.
TEAMS, SDRS, AES, MARKETERS = 8, 32, 18, 4
OWNERS = SDRS + AES


def team_of(code: int) -> int | None:
    """The number of the team an owner is in; None for others."""
    if not 1 <= code <= OWNERS:
        return None
    return (code - 1 if code <= SDRS else code - 1 - SDRS) % TEAMS


class Source(NamedTuple):
    """`quality` multiplies the odds of going on, `speed` divides the stays."""

    name: str
    medium: str
    channel: str
    share: float
    quality: float
    speed: float
    campaigns: tuple[str, ...] = ("",)


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}-{number:02d}" for number in range(1, count + 1))


SOURCES = (
    Source("google", "organic", "Organic search", 0.24, 1.02, 1.0),
    Source("google-ads", "cpc", "Paid search", 0.17, 0.92, 1.1, _numbered("search", 9)),
    Source("linkedin", "social", "Social", 0.12, 0.9, 0.85, _numbered("stories", 6)),
    Source("outbound", "email", "Outbound", 0.11, 0.86, 0.75, _numbered("list", 8)),
    Source("direct", "none", "Direct", 0.10, 1.06, 1.1),
    Source("webinar", "event", "Webinar", 0.08, 1.05, 1.0, _numbered("live", 5)),
    Source("reviews.example", "referral", "Referral", 0.06, 1.1, 1.25),
    Source("partner", "referral", "Partner", 0.04, 1.14, 1.4, _numbered("alliance", 3)),
    Source("bing", "organic", "Organic search", 0.03, 0.98, 1.0),
    Source("newsletter", "email", "Newsletter", 0.025, 1.0, 0.9, _numbered("issue", 4)),
    Source("trade-fair", "event", "Event", 0.015, 1.04, 0.8, _numbered("fair", 3)),
    Source("unknown", "", "unknown", 0.01, 0.85, 0.9),
)
ORIGINS = [(source, campaign) for source in SOURCES for campaign in source.campaigns]  # what a lead can come by


def origin_shares() -> NDArray[np.float64]:
    """The share of each origin; of a source's campaigns the first are the largest."""
    shares = []
    for source in SOURCES:
        weights = np.array([1 / (number + 1) for number in range(len(source.campaigns))])
        shares += [source.share * weight for weight in weights / weights.sum()]
    all_shares: NDArray[np.float64] = np.array(shares) / sum(shares)
    return all_shares


STEPS = (
    "create", "import", "undo", "engage", "consider", "qualify", "accept", "reject", "confirm", "win", "lose",
    "disqualify", "recycle", "reengage",
)  # fmt: skip
CREATE, IMPORT, UNDO, _, _, QUALIFY, ACCEPT, REJECT, CONFIRM, _, LOSE, DISQUALIFY, RECYCLE, REENGAGE = range(len(STEPS))
REASON_KINDS = {LOSE: "lose", DISQUALIFY: "disqualify", REJECT: "reject", RECYCLE: "recycle"}


class Option(NamedTuple):
    """A step from a stage: how likely it is, and the median of the stay before it (days) with its log-normal spread."""

    stage: str
    step: str
    to: str
    weight: float
    median: float
    sigma: float


# What is missing to 1 stays where it is for good. The first option of each stage is the way on.
OPTIONS = (
    Option("tofu", "engage", "mofu", 0.79, 5, 1.2),
    Option("tofu", "qualify", "mql", 0.018, 2, 0.9),
    Option("tofu", "disqualify", "lost", 0.1, 15, 0.8),
    Option("mofu", "consider", "bofu", 0.8, 9, 1.0),
    Option("mofu", "qualify", "mql", 0.02, 4, 0.9),
    Option("mofu", "disqualify", "lost", 0.08, 25, 0.8),
    Option("bofu", "qualify", "mql", 0.82, 7, 1.0),
    Option("bofu", "disqualify", "lost", 0.08, 20, 0.8),
    Option("mql", "accept", "sal", 0.68, 0.8, 1.1),
    Option("mql", "reject", "mofu", 0.05, 1.5, 0.9),
    Option("mql", "disqualify", "lost", 0.2, 2, 0.9),
    Option("sal", "confirm", "sql", 0.62, 5, 0.9),
    Option("sal", "lose", "lost", 0.14, 9, 0.8),
    Option("sal", "disqualify", "lost", 0.12, 7, 0.8),
    Option("sal", "recycle", "mofu", 0.04, 12, 0.8),
    Option("sql", "win", "won", 0.34, 28, 0.7),
    Option("sql", "lose", "lost", 0.42, 35, 0.8),
    Option("sql", "recycle", "mofu", 0.04, 40, 0.7),
    Option("won", "reengage", "mofu", 0.08, 200, 0.5),
    Option("lost", "recycle", "mofu", 0.075, 110, 0.6),
)
_CHOICES = 4


def option_table(name: str) -> NDArray[np.float64]:
    """One column of OPTIONS by stage rank and place: its numbers, or the codes of its steps and stages."""
    table = np.zeros((len(RANKS) + 1, _CHOICES))
    for rank, stage in enumerate(Stage.values, start=1):
        for place, option in enumerate(option for option in OPTIONS if option.stage == stage):
            value = getattr(option, name)
            table[rank, place] = {"step": STEPS.index, "to": RANKS.__getitem__}.get(name, float)(value)
    return table


AGAIN = (1.0, 0.35, 0.0)  # how much of the odds of a further cycle is left in the first, second and third
UNDONE = 0.012  # of the lines people wrote; about 0.5 % of all lines are taken back
IMPORTED = 0.01  # of the leads: their history came from another system
ASSUMED, CLAMPED = 0.15, 0.05  # of an imported lead's lines after the first
BY_MARKETER = 0.35  # of the steps of marketing; the system takes the others by itself
ROUTED = 0.9  # of the offers to sales that already have an owner
