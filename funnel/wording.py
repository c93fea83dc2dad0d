"""How figures are written, on pages and in text alike. Pure: no database, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnel.honest import COUNT, DAYS, HOURS, MONEY, POINTS, Figure

if TYPE_CHECKING:
    from datetime import date

NOTHING = "–"
SPACE = "\N{NO-BREAK SPACE}"
PERCENT = f"{SPACE}%"
MINUS = "\N{MINUS SIGN}"


def percent(share: float | None) -> str:
    """A share of 1 in percent."""
    return NOTHING if share is None else f"{share * 100:.1f}{PERCENT}"


def points(difference: float) -> str:
    """A difference of shares of 1 in percentage points, with its sign."""
    rounded = round(difference * 100, 1)
    sign = MINUS if rounded < 0 else "+" if rounded > 0 else "±"
    return f"{sign}{abs(rounded):.1f}"


def time(unit: str, *numbers: float) -> str:
    """A time, or from when to when: in its unit, or where all is less than one of it, in the next smaller."""
    smaller, per = {DAYS: (HOURS, 24), HOURS: ("minutes", 60)}[unit]
    if 0 < max(numbers) < 1:
        unit, numbers = smaller, tuple(number * per for number in numbers)
    return f"{'–'.join(f'{number:,.1f}' for number in numbers)}{SPACE}{unit}"


def value(figure: Figure) -> str:
    """The value in its unit."""
    one = figure.value
    if one is None:
        return NOTHING
    if figure.unit == COUNT:
        return f"{one:,.0f}"
    if figure.unit in (DAYS, HOURS):
        return time(figure.unit, one)
    if figure.unit == MONEY:
        return f"{one:,.0f}{SPACE}{figure.currency}".rstrip()
    return f"{points(one)}{SPACE}points" if figure.unit == POINTS else percent(one)


def interval(figure: Figure) -> str:
    """The 95 % interval in the value's unit; blank where there is none."""
    if figure.interval is None or figure.value is None:
        return ""
    low, high = figure.interval
    if figure.unit == POINTS:
        return f"{points(low)} to {points(high)}"
    if figure.unit in (DAYS, HOURS):
        return time(figure.unit, low, high)
    if figure.unit in (COUNT, MONEY):
        between = f"{low:,.0f}–{high:,.0f}" if low >= 0 else f"{MINUS}{-low:,.0f} to {high:,.0f}"
        return f"{between}{SPACE}{figure.currency}".rstrip()
    return f"{low * 100:.1f}–{high * 100:.1f}{PERCENT}"


def maturity(figure: Figure) -> str:
    """How much of the cohort is old enough to be counted; blank where all is."""
    if figure.maturity is None or figure.maturity >= 1:
        return ""
    return f"{min(figure.maturity * 100, 99.9):.1f}{PERCENT} mature"


NAMES = {
    "1h": "Within 1 hour", "1d": "Within 1 day", "3d": "Within 3 days",
    "over7": "Over 7 days", "over30": "Over 30 days", "over90": "Over 90 days",
    "vague": "No sure date", "young": "Not followed so long", "velocity": "Velocity a day", "days": "Days to win",
    "hours": "Time to decide", "unpriced": "No amount",
}  # fmt: skip
"""Figures whose names would not be understood."""


def name(figure: str) -> str:
    """The name of a figure as a heading."""
    if figure in NAMES:
        return NAMES[figure]
    words = figure.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def span(first: date, grain: str) -> str:
    """A span of time by its first day."""
    if grain == "month":
        return f"{first:%b %Y}"
    return f"{'Week of ' if grain == 'week' else ''}{first:%-d %b %Y}"
