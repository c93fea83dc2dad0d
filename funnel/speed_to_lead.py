"""Speed to lead: how long an MQL waits for the first human to call or meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames
from funnel.answers import Answer
from funnel.columns import Column, Columns, instant
from funnel.followed import notes_on
from funnel.freshness import freshness
from funnel.groups import Gathering
from funnel.honest import HOURS, Figure, count, share
from funnel.quantiles import quantile_figure
from funnel.stays import COLUMNS
from funnel.survival import kaplan_meier
from funnel.touched import first_human_touch
from leads.models import Stage

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funnel.answers import Line
    from funnel.groups import Group
    from funnel.models import Journey
    from funnel.questions import Question

TITLE = _("Speed to lead")
HOUR = 3_600_000_000  # microseconds
RANK = Stage.MQL.rank
WAITING, TOUCHED, CLOSED, VAGUE = range(4)
LIMITS = {
    "1h": (1, pgettext_lazy("limit", "1 hour")),
    "1d": (24, pgettext_lazy("limit", "1 day")),
    "3d": (72, pgettext_lazy("limit", "3 days")),
}
"""Name → (hours, in words)."""
DEFINITION = _(
    "Hours from entering MQL in the period to the first call or meeting at or after it in the same cycle, whatever the "
    "stage by then: accepting a lead is not touching it, so the clock runs on. It stops without a touch when the cycle "
    "is won, lost or followed by the next, or at the instant of asking. Kaplan-Meier counts those as waiting that "
    "long, and never as touched. Owner and team are those at the entry of MQL. An MQL that was only skipped past is "
    "not counted."
)
TIME = _(
    "Hours within which {share} of the MQLs of the period were touched, by Kaplan-Meier: untouched ones are waiting."
)
WITHIN = _(
    "Of the MQLs that entered at least {limit} before the instant of asking, the share touched within {limit}. A cycle "
    "that closed without a touch counts as not touched."
)
STATES = {
    "entered": (WAITING, TOUCHED, CLOSED), "touched": (TOUCHED,), "waiting": (WAITING,), "closed": (CLOSED,),
    "vague": (VAGUE,),
}  # fmt: skip
WORDS = {
    "entered": _("Cycles that entered MQL in the period, at a time that is known."),
    "touched": _("Those of them that a human has called or met since."),
    "waiting": _("Those of them that nobody has called or met, and whose cycle is open."),
    "closed": _("Those of them whose cycle closed before anybody called or met them."),
    "vague": _("Entries into MQL in the period with an assumed or corrected date, or one at their close: in no time."),
}
TOLD = {
    "entered": _("entered MQL at a known time"), "touched": _("entered MQL and were called or met"),
    "waiting": _("entered MQL and wait for a call or a meeting"),
    "closed": _("entered MQL and closed before anybody called or met them"),
    "vague": _("entered MQL or closed on a date that is assumed or was corrected"),
}  # fmt: skip
CELLS = {
    **{name: (name, "") for name in STATES},
    **{f"{name}:{limit}": (name, limit) for name in ("touched", "mature") for limit in LIMITS},
}
"""Cell → what it counts, and by which limit."""


@dataclass(frozen=True, eq=False)
class Waits:
    """The cycles that entered MQL, by their place in the part: how many microseconds each waited, what for (its
    `state`), and how long it has been followed since."""

    row: Column
    waited: Column
    state: Column
    followed: Column


def waits(question: Question, part: Columns) -> Waits:
    """How long those of a part that entered MQL in the period waited, as known at the instant of asking."""
    at, (begin, over), bit = instant(question.at), question.instants, 1 << (RANK - 1)
    came = part["mql"]
    entered = (came >= begin) & (came < over) & (came <= at) & ((part["implied"] & bit) == 0)
    row = np.flatnonzero(entered & frames.chosen_by(question, part, RANK))
    came, closed = came[row], _closed(part)[row]
    touch = first_human_touch(part["lead"][row], came)
    # A call at the very instant of the close came before it; one when the next cycle opens is that cycle's.
    touched = (touch <= at) & (touch <= closed) & (touch < part["next"][row])
    state = np.where(touched, TOUCHED, np.where(closed <= at, CLOSED, WAITING))
    state[_is_vague(part, at)[row]] = VAGUE
    return Waits(row, np.where(touched, touch, np.minimum(closed, at)) - came, state, at - came)


def _closed(part: Columns) -> Column:
    """When each cycle was won, lost or followed by the next; NEVER where it is open."""
    found: Column = np.minimum(np.minimum(part["won"], part["lost"]), part["next"])
    return found


def _is_vague(part: Columns, at: int) -> Column:
    """Mask of the cycles whose entry into MQL, or close as known at an instant, has no date that is sure."""
    vague = part["assumed"] | part["clamped"]
    mask: Column = (vague & (1 << (RANK - 1))) != 0
    for close in (Stage.WON, Stage.LOST):
        mask |= (part[str(close)] <= at) & ((vague & (1 << (close.rank - 1))) != 0)
    return mask


def rule(name: str, limit: str, waited: Column, state: Column, followed: Column) -> Column:
    """Mask of those that a figure counts."""
    if not limit:
        return np.isin(state, STATES[name])
    most = LIMITS[limit][0] * HOUR
    mature: Column = (state != VAGUE) & (followed >= most)
    return mature & (state == TOUCHED) & (waited <= most) if name == "touched" else mature


def answer(question: Question) -> Answer:
    """A line per group. Raises BadQuestion for a question about leads instead of cycles."""
    question.cycles_only(TITLE)
    gathering = Gathering(question.by, "i8", "i1", "i8")
    for part in frames.parts(question, COLUMNS, ranks=[RANK]):
        one = waits(question, part)
        gathering.add(dimensions.of(question.by, part, RANK)[one.row], one.waited, one.state, one.followed)
    lines = [_line(question, group) for group in gathering.groups()]
    vague = next(line.figures["vague"].n for line in lines if line.whole)
    return Answer(
        name="speed", title=str(TITLE), question=question, definition=str(DEFINITION), lines=lines,
        freshness=freshness(), notes=notes_on(question, vague),
    )  # fmt: skip


def _line(question: Question, group: Group) -> Line:
    figures = {**_times(question, group), **{limit: _share(question, group, limit) for limit in LIMITS}}
    for name, words in WORDS.items():
        figures[name] = count(_many(group, name), definition=str(words), computed_at=question.at, cell=name)
    return group.line(figures, stage=str(Stage.MQL))


def _many(group: Group, name: str, limit: str = "") -> int:
    return int(np.count_nonzero(rule(name, limit, *group.columns)))


def _times(question: Question, group: Group) -> dict[str, Figure]:
    waited, state, _followed = group.columns
    sure = state != VAGUE
    curve = kaplan_meier(waited[sure] / HOUR, state[sure] == TOUCHED)
    return {
        name: quantile_figure(curve, name, definition=str(TIME), computed_at=question.at, cell="entered", unit=HOURS)
        for name in ("median", "p90")
    }


def _share(question: Question, group: Group, limit: str) -> Figure:
    mature, entered = _many(group, "mature", limit), _many(group, "entered")
    return share(
        _many(group, "touched", limit), mature, definition=WITHIN.format(limit=LIMITS[limit][1]),
        computed_at=question.at, maturity=mature / entered if entered else None,
        note="" if mature else gettext("nobody has been followed that long"), cell=f"touched:{limit}",
        base=f"mature:{limit}",
    )  # fmt: skip


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a number, one of CELLS. Raises KeyError for any other cell."""
    name, limit = CELLS[cell]
    question.cycles_only(TITLE)

    def chosen(part: Columns) -> Column:
        one, mask = waits(question, part), np.zeros(len(part["lead"]), bool)
        mask[one.row] = rule(name, limit, one.waited, one.state, one.followed)
        return mask

    return frames.behind(question, COLUMNS, chosen, ranks=[RANK])


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    name, limit = CELLS[cell]
    if name == "mature":
        return gettext("entered MQL at least %(limit)s before") % {"limit": LIMITS[limit][1]}
    if limit:
        return gettext("%(what)s within %(limit)s") % {"what": TOLD[name], "limit": LIMITS[limit][1]}
    return str(TOLD[name])
