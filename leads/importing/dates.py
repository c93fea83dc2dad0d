"""Dates as files write them. The format of a column follows from all its values together, never from one row alone."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils import timezone as django_timezone
from django.utils.translation import gettext as _

from leads.importing.errors import RowRefused, Unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MONTHS = {
    name: number
    for number, month in enumerate(calendar.month_name)
    for name in (month.lower(), month[:3].lower(), month[:4].lower())
    if number
}
LONGEST_FORMAT = 100
FIRST_YEAR, LAST_YEAR = 1901, 9999  # 1900 is what strptime makes of a time without a date
MOST_MAY_FAIL = 0.1  # of a column's values, when no format reads them all
CACHED = 200_000

_TIME = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?[0-5]\d)?)?)?"
)
_Y, _M, _D, _YY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})", r"(?P<year>\d\d)"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"

# Named as `strptime` writes the date's part; each may be followed by a time, and that by a zone.
FORMATS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern + _TIME)
    for name, pattern in {
        "%Y-%m-%d": f"{_Y}-{_M}-{_D}",
        "%Y/%m/%d": f"{_Y}/{_M}/{_D}",
        "%Y%m%d": r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
        "%d.%m.%Y": rf"{_D}\.{_M}\.{_Y}",
        "%d/%m/%Y": f"{_D}/{_M}/{_Y}",
        "%m/%d/%Y": f"{_M}/{_D}/{_Y}",
        "%d-%m-%Y": f"{_D}-{_M}-{_Y}",
        "%m-%d-%Y": f"{_M}-{_D}-{_Y}",
        "%d.%m.%y": rf"{_D}\.{_M}\.{_YY}",
        "%d/%m/%y": f"{_D}/{_M}/{_YY}",
        "%m/%d/%y": f"{_M}/{_D}/{_YY}",
        "%d-%b-%Y": rf"{_D}[-\s]{_NAME}[-\s,]\s*{_Y}",
        "%d-%b-%y": rf"{_D}[-\s]{_NAME}[-\s]{_YY}",
        "%b %d, %Y": rf"{_NAME}\s+{_D},?\s+{_Y}",
    }.items()
}
EPOCHS = {"epoch": (re.compile(r"\d{9,10}(\.\d+)?"), 1), "epoch_ms": (re.compile(r"\d{12,13}"), 1000)}
_DIGITS = re.compile(r"\d+")


def parse(text: str, name: str) -> datetime | None:
    """The instant that `text` means in the format `name`, None when it is not in it.

    Without a zone it is a time of the organisation; without a time, the midnight that day begins with.
    """
    if name in EPOCHS:
        pattern, unit = EPOCHS[name]
        return datetime.fromtimestamp(float(text) / unit, UTC) if pattern.fullmatch(text) else None
    if name in FORMATS:
        found = FORMATS[name].fullmatch(text)
        return _instant(found.groupdict()) if found else None
    try:
        return _aware(datetime.strptime(text, name))  # noqa: DTZ007  (made aware at once)
    except (ValueError, OverflowError):
        return None


def _instant(parts: dict[str, str | None]) -> datetime | None:
    month = MONTHS.get((parts["name"] or "").lower()) if "name" in parts else int(parts["month"] or 0)
    year = int(parts["year"] or 0)
    hour = int(parts["hour"] or 0)
    if len(parts["year"] or "") == 2:
        year += 2000 if year < 70 else 1900
    if parts["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if parts["half"] in "pP" else 0)
    minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
    fraction = int((parts["fraction"] or "").ljust(6, "0")[:6] or 0)
    try:
        naive = datetime(  # noqa: DTZ001  (made aware at once)
            year, month or 0, int(parts["day"] or 0), hour, minute, second, fraction
        )
    except ValueError:
        return None
    return _aware(naive, parts["zone"])


def _aware(value: datetime, zone: str | None = None) -> datetime | None:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        return None
    try:
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        offset = _offset(zone) if zone else django_timezone.get_default_timezone()
        return value.replace(tzinfo=offset).astimezone(UTC)
    except ValueError:  # no zone is a day or more away from UTC
        return None
    except OverflowError:
        return value.replace(tzinfo=UTC)


@lru_cache(64)
def _offset(text: str) -> tzinfo:
    if not text.startswith(("+", "-")):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset if text[0] == "+" else -offset)  # ValueError from 24 hours on


def candidates(text: str) -> Iterator[tuple[str, datetime]]:
    """Every format that reads the text, with what it reads."""
    for name in (*FORMATS, *EPOCHS):
        value = parse(text, name)
        if value is not None:
            yield name, value


@dataclass
class Column:
    """What all values of one column, of one file, say about its format. Blank ones say nothing."""

    name: str
    fixed: str = ""
    total: int = 0
    reads: Counter[str] = field(default_factory=Counter)
    disagree: dict[frozenset[str], str] = field(default_factory=dict)
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Count one value."""
        if not text or self.fixed:
            return
        self.total += 1
        names = self.seen.get(text)
        if names is None:
            names = self._look(text)
            if len(self.seen) < CACHED:
                self.seen[text] = names
        self.reads.update(names)

    def _look(self, text: str) -> tuple[str, ...]:
        if text[4:5] == "-" and _DIGITS.fullmatch(text[:4]):  # nothing else begins like this
            return ("%Y-%m-%d",) if parse(text, "%Y-%m-%d") else ()
        found = list(candidates(text))
        for number, (one, value) in enumerate(found):
            for other, meant in found[number + 1 :]:
                if value != meant:
                    self.disagree.setdefault(frozenset((one, other)), text)
        return tuple(name for name, _ in found)

    def decide(self) -> str:
        """The one format of the column. Raises Unusable when there is none, or more than one that differ."""
        if self.fixed or not self.total:
            return self.fixed or "%Y-%m-%d"
        ranked = self.reads.most_common()
        most = ranked[0][1] if ranked else 0
        if most < self.total * (1 - MOST_MAY_FAIL):
            facts = {"name": self.name, "most": most, "total": self.total, "how": self._how()}
            if not ranked:
                raise Unusable(_("Column %(name)r: no date format reads its values. %(how)s") % facts)
            words = _(
                "Column %(name)r: no date format reads its values; the best, %(best)s, reads %(most)s of %(total)s. "
                "%(how)s"
            )
            raise Unusable(words % {**facts, "best": ranked[0][0]})
        least = self.total if most == self.total else self.total * (1 - MOST_MAY_FAIL)
        good = [name for name, count in ranked if count >= least]
        for number, one in enumerate(good):
            for other in good[number + 1 :]:
                if text := self.disagree.get(frozenset((one, other))):
                    words = _("Column %(name)r: its dates are ambiguous: %(text)r can be %(one)s or %(other)s. %(how)s")
                    facts = {"name": self.name, "text": text, "one": one, "other": other}
                    raise Unusable(words % {**facts, "how": self._how()})
        return good[0]

    def _how(self) -> str:
        return _('Name the format in the mapping, such as [dates] "%(name)s" = "%%d/%%m/%%Y".') % {"name": self.name}


def reader(name: str, *, latest: datetime | None = None) -> Callable[[str, str], datetime | None]:
    """A function from (text, column) to the instant, None for a blank; it remembers what it has read.

    Raises RowRefused for text not in the format, and for an instant after `latest`.
    """
    seen: dict[str, datetime | None] = {"": None}

    def read(text: str, column: str) -> datetime | None:
        try:
            return seen[text]
        except KeyError:
            pass
        value = parse(text, name)
        if value is None:
            words = _("%(column)s: %(text)r is not a date in the column's format %(name)s")
            raise RowRefused(words % {"column": column, "text": text[:40], "name": name})
        if latest is not None and value > latest:
            raise RowRefused(_("%(column)s: %(text)r lies in the future") % {"column": column, "text": text[:40]})
        if len(seen) > CACHED:
            seen.clear()
            seen[""] = None
        seen[text] = value
        return value

    return read


def check_format(column: str, name: str) -> None:
    """Raises Unusable when `name` is no format a mapping can give."""
    if name in FORMATS or name in EPOCHS:
        return
    sample = datetime.combine(datetime(2001, 2, 3, tzinfo=UTC), time(4, 5, 6), UTC)
    readable = "%" in name and len(name) <= LONGEST_FORMAT
    try:
        readable = readable and bool(datetime.strptime(sample.strftime(name), name))  # noqa: DTZ007  (only tried)
    except (ValueError, OverflowError, re.error):  # the last one for a directive that comes twice
        readable = False
    if not readable:
        known = ", ".join((*FORMATS, *EPOCHS))
        words = _("[dates].%(column)s is %(name)r; allowed: %(known)s, or a format of Python's strptime.")
        raise Unusable(words % {"column": column, "name": name, "known": known})
