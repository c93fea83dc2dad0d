"""Figures of how long something takes: by which time half, three in four and nine in ten were through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel import wording
from funnel.honest import DAYS, Figure

if TYPE_CHECKING:
    from datetime import datetime

    from funnel.survival import Curve

QUANTILES = {"median": (0.5, _("half")), "p75": (0.75, _("three in four")), "p90": (0.9, _("nine in ten"))}
"""Name → (share, the share in words)."""


def quantile_figure(
    curve: Curve, name: str, *, definition: str, computed_at: datetime, cell: str, unit: str = DAYS
) -> Figure:
    """The time by which a share has left, with its interval. The curve's durations are in `unit`.

    `definition` says {share} where the share's words belong. Where the curve has not fallen that far there is no
    value, and where the band has not there is no interval; the note says what is known then.
    """
    share, words = QUANTILES[name]
    value, (low, high) = curve.quantile(share), curve.quantile_interval(share)
    return Figure(
        value=value, n=curve.n, interval=None if low is None or high is None else (low, high), unit=unit, cell=cell,
        definition=definition.format(share=words), computed_at=computed_at, note=_note(curve, value, low, high, unit),
    )  # fmt: skip


def _note(curve: Curve, value: float | None, low: float | None, high: float | None, unit: str) -> str:
    if not curve.n:
        return gettext("nobody came")
    if value is None:
        reached = gettext("not reached yet")
        if low is None:
            return reached
        return gettext("%(note)s; %(bound)s") % {"note": reached, "bound": or_more(low, unit)}
    return or_more(low, unit) if high is None else ""


def or_more(low: float | None, unit: str) -> str:
    """What a note says of a 95 % interval whose upper end is not reached yet."""
    if low is None:
        return gettext("no interval yet")
    # xgettext:no-python-format
    return gettext("95 %: {time} or more").format(time=wording.time(unit, low))
