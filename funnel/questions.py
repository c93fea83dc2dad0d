"""A question to the funnel: which period, which leads, which stage to start from, split by what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from funnel import dimensions
from funnel.columns import NEVER, instant
from funnel.dimensions import BadQuestion
from funnel.periods import day_after, day_start
from leads.models import Lead, Stage
from leads.phrases import listed
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrOrPromise as StrOrPromise

    from leads.models import User

FUNNEL = (Stage.TOFU, Stage.MOFU, Stage.BOFU, Stage.MQL, Stage.SAL, Stage.SQL, Stage.WON)
GRAINS = ("", "day", "week", "month")
UNITS = ("cycle", "lead")
LONGEST = timedelta(days=3650)

UNIT_WORDS = {
    "cycle": pgettext_lazy("what is counted", "cycles"),
    "lead": pgettext_lazy("what is counted", "leads"),
}


def not_one_of(name: str, value: str, known: Iterable[str]) -> BadQuestion:
    """What to raise for a word of a question that has another meaning, or none."""
    words = _("%(name)s: %(value)r is not one of %(known)s.")
    return BadQuestion(words % {"name": name, "value": value, "known": listed(known)})


@dataclass(frozen=True, kw_only=True)
class Question:
    """`start` and `end` are the first and last day, in the organisation's time zone; `at` is the instant of asking:
    what happened after it is not known yet, and when it is `live`, it is now, and nothing did.

    `entry` is the stage whose entrants make the cohort, `window` how long each of them is followed. `where` narrows
    to cycles with one of these values in each dimension, '' meaning none of it. `by` splits by a dimension, `grain`
    by the time of entry. `unit` counts cycles, or each lead once ever. `viewer` is who asks: only leads they may see
    are counted. `raw` asks the journeys even where rollups have the answer. `only` narrows to these leads, `without`
    leaves leads out.
    Owner and team are those at the entry of `entry`, the other dimensions those at the entry of the cycle.
    """

    at: datetime
    start: date | None = None
    end: date | None = None
    entry: Stage = Stage.TOFU
    window: timedelta = timedelta(days=90)
    by: str = ""
    grain: str = ""
    unit: str = "cycle"
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    viewer: User | None = None
    live: bool = False
    raw: bool = False
    only: frozenset[int] | None = None
    without: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.start and self.end and self.start > self.end:
            words = _("The period ends (%(end)s) before it begins (%(start)s).")
            raise BadQuestion(words % {"end": self.end, "start": self.start})
        if self.entry not in FUNNEL[:-1]:
            raise BadQuestion(_("The entry stage is one of %(stages)s.") % {"stages": listed(FUNNEL[:-1])})
        if not timedelta(0) < self.window <= LONGEST:
            raise BadQuestion(_("The window is a number of days from 1 to 3650."))
        if self.grain not in GRAINS:
            raise not_one_of("grain", self.grain, GRAINS[1:])
        if self.unit not in UNITS:
            raise not_one_of("unit", self.unit, UNITS)
        if self.by:
            dimensions.check(self.by, ())
        for name, values in self.where:
            dimensions.check(name, values)

    def cycles_only(self, title: StrOrPromise) -> None:
        """Raises BadQuestion where it counts leads and only cycles mean something."""
        if self.unit != "cycle":
            words = _("%(report)s is counted in cycles; a lead as a whole has no such time. Leave out the unit.")
            raise BadQuestion(words % {"report": title})

    @property
    def rank(self) -> int:
        return self.entry.rank

    @property
    def units(self) -> str:
        """What is counted, as a word for many."""
        return str(UNIT_WORDS[self.unit])

    @property
    def targets(self) -> tuple[Stage, ...]:
        """The stages beyond the entry, up to won."""
        return FUNNEL[self.entry.rank :]

    @property
    def zone(self) -> str:
        """The organisation's time zone."""
        return settings.TIME_ZONE

    @property
    def instants(self) -> tuple[int, int]:
        """The period as far as it has passed, in the columns' microseconds: from the first, without the second."""
        begin = instant(day_start(self.start, self.zone)) if self.start else -NEVER
        over = instant(day_after(self.end, self.zone)) if self.end else NEVER
        return begin, max(begin, min(over, self.known_until))

    @property
    def known_until(self) -> int:
        """The instant from which on nothing is known: just after `at`, or the end of a live question's day."""
        if not self.live:
            return instant(self.at) + 1
        return instant(day_after(self.at.astimezone(ZoneInfo(self.zone)).date(), self.zone))

    @property
    def last_known(self) -> int:
        """The last instant that the period knows of: its end, or where that has not come yet, the instant asked at."""
        over = instant(day_after(self.end, self.zone)) if self.end else NEVER
        return min(over, self.known_until) - 1

    @property
    def ripe(self) -> int:
        """The instant before which a cycle must have entered to count as followed for the window.

        The entrants of a day are counted together, once every one of them has been followed for so long.
        """
        return instant(day_start((self.at - self.window).astimezone(ZoneInfo(self.zone)).date(), self.zone))

    @cached_property
    def leads(self) -> list[int] | None:
        """The leads it is narrowed to by who asks or by `only`, ascending; None for all."""
        if self.viewer is None or (self.viewer.is_active and self.viewer.scope is Scope.ALL):
            return None if self.only is None else sorted(self.only)
        seen = Lead.objects.visible_to(self.viewer).values_list("pk", flat=True)
        return sorted(seen) if self.only is None else sorted(self.only.intersection(seen))

    @cached_property
    def codes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """`where`, in the numbers that columns hold."""
        return tuple((name, tuple(dimensions.codes(name, values))) for name, values in self.where)

    def asking(self, **changes: object) -> Question:
        """The same question but for these changes."""
        return replace(self, **changes)  # type: ignore[arg-type]
