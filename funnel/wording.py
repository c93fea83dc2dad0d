"""How figures are written, on pages and in text alike, in the language of the moment. Touches no database, no clock.

A page has thousands of figures, so the few words they are written with are looked up once for each language.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from funnel.currencies import currency_number, currency_word
from funnel.honest import COUNT, DAYS, HOURS, MONEY, POINTS, Figure

if TYPE_CHECKING:
    from datetime import date, datetime

NOTHING = "–"
SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
MINUTES = "minutes"
UNITS = {
    "percent": gettext_lazy("{number} %"),
    DAYS: gettext_lazy("{number} days"),
    HOURS: gettext_lazy("{number} hours"),
    MINUTES: gettext_lazy("{number} minutes"),
    POINTS: gettext_lazy("{number} points"),
    MONEY: gettext_lazy("{number} {currency}"),
}
"""Numbers with their units; the spaces in them never break a line."""
NAMES = {
    "1d": pgettext_lazy("figure", "Within 1 day"),
    "1h": pgettext_lazy("figure", "Within 1 hour"),
    "3d": pgettext_lazy("figure", "Within 3 days"),
    "acceptance": pgettext_lazy("figure", "Acceptance"),
    "advance": pgettext_lazy("figure", "Advance"),
    "amount": pgettext_lazy("figure", "Amount"),
    "attainment": pgettext_lazy("figure", "Attainment"),
    "before": pgettext_lazy("figure", "Before"),
    "change": pgettext_lazy("figure", "Change"),
    "closed": pgettext_lazy("figure", "Closed"),
    "closing": pgettext_lazy("figure", "Closing"),
    "dated": pgettext_lazy("figure", "Dated"),
    "days": pgettext_lazy("figure", "Days to win"),
    "deals": pgettext_lazy("figure", "Deals"),
    "entered": pgettext_lazy("figure", "Entered"),
    "entries": pgettext_lazy("figure", "Entries"),
    "hours": pgettext_lazy("figure", "Time to decide"),
    "immature": pgettext_lazy("figure", "Immature"),
    "in": pgettext_lazy("figure", "In"),
    "left": pgettext_lazy("figure", "Left"),
    "lose": pgettext_lazy("figure", "Lose"),
    "mature": pgettext_lazy("figure", "Mature"),
    "median": pgettext_lazy("figure", "Median"),
    "missed": pgettext_lazy("figure", "Missed"),
    "mix": pgettext_lazy("figure", "Mix"),
    "mix before": pgettext_lazy("figure", "Mix before"),
    "mix now": pgettext_lazy("figure", "Mix now"),
    "now": pgettext_lazy("figure", "Now"),
    "offers": pgettext_lazy("figure", "Offers"),
    "oldest": pgettext_lazy("figure", "Oldest"),
    "open": pgettext_lazy("figure", "Open"),
    "opening": pgettext_lazy("figure", "Opening"),
    "out": pgettext_lazy("figure", "Out"),
    "over30": pgettext_lazy("figure", "Over 30 days"),
    "over7": pgettext_lazy("figure", "Over 7 days"),
    "over90": pgettext_lazy("figure", "Over 90 days"),
    "overdue": pgettext_lazy("figure", "Overdue"),
    "p75": pgettext_lazy("figure", "P75"),
    "p90": pgettext_lazy("figure", "P90"),
    "part": pgettext_lazy("figure", "Part"),
    "rate": pgettext_lazy("figure", "Rate"),
    "ratio": pgettext_lazy("figure", "Ratio"),
    "recycle": pgettext_lazy("figure", "Recycle"),
    "skipped": pgettext_lazy("figure", "Skipped"),
    "skipped past": pgettext_lazy("figure", "Skipped past"),
    "standing": pgettext_lazy("figure", "Standing"),
    "staying": pgettext_lazy("figure", "Staying"),
    "stays": pgettext_lazy("figure", "Stays"),
    "touched": pgettext_lazy("figure", "Touched"),
    "undated": pgettext_lazy("figure", "Undated"),
    "unpriced": pgettext_lazy("figure", "No amount"),
    "vague": pgettext_lazy("figure", "No sure date"),
    "velocity": pgettext_lazy("figure", "Velocity a day"),
    "waiting": pgettext_lazy("figure", "Waiting"),
    "weighted": pgettext_lazy("figure", "Weighted"),
    "win_rate": pgettext_lazy("figure", "Win rate"),
    "young": pgettext_lazy("figure", "Not followed so long"),
}
"""What each figure is called as a heading."""


@lru_cache(maxsize=32)
def _units(language: str | None) -> dict[str, str]:
    return {unit: words.replace(" ", SPACE) for unit, words in UNITS.items()}


@lru_cache(maxsize=32)
def _names(language: str | None) -> dict[str, str]:
    return {figure: str(words) for figure, words in NAMES.items()}


@lru_cache(maxsize=32)
def _marks(language: str | None) -> dict[int, str]:
    """What stands in a number for the point and the comma."""
    return {ord("."): get_format("DECIMAL_SEPARATOR", language), ord(","): get_format("THOUSAND_SEPARATOR", language)}


def number(value: float, places: int = 0) -> str:
    """A number with its thousands parted and this many decimal places."""
    return f"{value:,.{places}f}".translate(_marks(get_language()))


def _with_unit(unit: str, number: str, currency: str = "") -> str:
    return _units(get_language())[unit].format(number=number, currency=currency).rstrip()


def percent(share: float | None) -> str:
    """A share of 1 in percent."""
    return NOTHING if share is None else _with_unit("percent", number(share * 100, 1))


def points(difference: float) -> str:
    """A difference of shares of 1 in percentage points, with its sign."""
    rounded = round(difference * 100, 1)
    sign = MINUS if rounded < 0 else "+" if rounded > 0 else "±"
    return f"{sign}{number(abs(rounded), 1)}"


def time(unit: str, *numbers: float) -> str:
    """A time, or from when to when: in its unit, or where all is less than one of it, in the next smaller."""
    smaller, per = {DAYS: (HOURS, 24), HOURS: (MINUTES, 60)}[unit]
    if 0 < max(numbers) < 1:
        unit, numbers = smaller, tuple(number * per for number in numbers)
    return _with_unit(unit, "–".join(number(one, 1) for one in numbers))


def value(figure: Figure) -> str:
    """The value in its unit."""
    one = figure.value
    if one is None:
        return NOTHING
    if figure.unit == COUNT:
        return number(one)
    if figure.unit in (DAYS, HOURS):
        return time(figure.unit, one)
    if figure.unit == MONEY:
        return _with_unit(MONEY, number(one), figure.currency)
    return _with_unit(POINTS, points(one)) if figure.unit == POINTS else percent(one)


def interval(figure: Figure) -> str:
    """The 95 % interval in the value's unit; blank where there is none."""
    if figure.interval is None or figure.value is None:
        return ""
    low, high = figure.interval
    if figure.unit == POINTS:
        return _between(points(low), points(high))
    if figure.unit in (DAYS, HOURS):
        return time(figure.unit, low, high)
    if figure.unit in (COUNT, MONEY):
        some = f"{number(low)}–{number(high)}" if low >= 0 else _between(f"{MINUS}{number(-low)}", number(high))
        return _with_unit(MONEY, some, figure.currency)
    return _with_unit("percent", f"{number(low * 100, 1)}–{number(high * 100, 1)}")


def _between(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def maturity(figure: Figure) -> str:
    """How much of the cohort is old enough to be counted; blank where all is."""
    if figure.maturity is None or figure.maturity >= 1:
        return ""
    return _("%(share)s mature") % {"share": percent(min(figure.maturity, 0.999))}


def name(figure: str) -> str:
    """The name of a figure as a heading."""
    names = _names(get_language())
    if figure in names:
        return names[figure]
    words = figure.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def weak() -> str:
    """What is said of a number that rests on few."""
    return pgettext("number", "weak")


def day(one: date) -> str:
    """A day."""
    return date_format(one, "j M Y")


def moment(at: datetime) -> str:
    """A day and a time of day, in the time zone it comes in."""
    return date_format(at, "j M Y, H:i")


def instant(at: datetime) -> str:
    """A day and a time of day, as short as can be."""
    return date_format(at, "j M Y H:i")


def days(first: date, last: date) -> str:
    """From one day to another."""
    return _("%(first)s to %(last)s") % {"first": day(first), "last": day(last)}


def span(first: date, grain: str) -> str:
    """A span of time by its first day."""
    return _span(first, grain, get_language())


@lru_cache(maxsize=4096)
def _span(first: date, grain: str, language: str | None) -> str:
    if grain == "month":
        return date_format(first, "M Y")
    return _("Week of %(day)s") % {"day": day(first)} if grain == "week" else day(first)


def currency_part(money: int) -> str:
    """Which part of a group a line of one currency tells of."""
    return currency_word(money) if money else _("no currency")


def of_currency(what: str, word: str) -> str:
    """What those did whose deals are of the currency of this word; of any for a blank one.

    Raises KeyError for a word that is none.
    """
    if not word:
        return what
    if currency_number(word):
        return _("%(what)s in %(currency)s") % {"what": what, "currency": word}
    return _("%(what)s without a currency") % {"what": what}
