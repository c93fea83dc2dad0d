"""The columns of the lead table, and how each draws a lead's cell.

Plain functions on plain strings, each of which escapes what it is given: a page has five hundred cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from leads.due import Clock
from leads.models import Identity, StagePolicy
from leads.models.stalled import is_stalled
from leads.ordering import ORDERS
from leads.reach import reaches
from leads.sla import badges
from leads.templatetags.marks import amount_of, person, score, sla, stage_mark
from leads.templatetags.reach import reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from django.utils.functional import _StrPromise

    from leads.models import Lead
    from leads.models.stalled import Days
    from leads.reach import Reach
    from leads.sla import Badge

type _Around = tuple[str, str, Callable[[Lead, Look], str]]

BLANK = '<span class="none">–</span>'


@dataclass(frozen=True)
class Look:
    """What the cells of a page have in common: names of the stages, the moment, clocks, and when a stage is stale.

    `reaches` says how the leads are reached, where a column asks for it.
    """

    labels: Mapping[str, str]
    at: datetime
    badges: Mapping[int, Badge] = field(default_factory=dict)
    days: Days = field(default_factory=dict)
    reaches: Mapping[int, Reach] = field(default_factory=dict)

    @classmethod
    def at_leads(
        cls, leads: Sequence[Lead], *, at: datetime, policies: Sequence[StagePolicy] = (),
        columns: Sequence[Column] = (),
    ) -> Look:  # fmt: skip
        """What it takes to draw `columns` of these leads, read at once for all; `policies` known spare a query."""
        policies = policies or list(StagePolicy.objects.all())
        return cls(
            {policy.stage: policy.label for policy in policies}, at, badges(leads, at=at, clock=Clock()),
            {policy.stage: policy.stale_days for policy in policies},
            reaches([lead.pk for lead in leads]) if any(column.reaches for column in columns) else {},
        )  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its heading, its cells, the order it sorts by and the fact one edits in it, where there are such.

    `reaches` says that its cells need to know how the leads are reached.
    """

    label: _StrPromise
    draw: Callable[[Lead, Look], str]
    sort: str = ""
    fact: str = ""
    is_number: bool = False
    reaches: bool = False


def _text(value: str) -> str:
    return f"<bdi>{escape(value)}</bdi>" if value else BLANK


def _day(value: date | datetime | None) -> str:
    if value is None:
        return BLANK
    local = timezone.localtime(value) if isinstance(value, datetime) else value
    day = local.date() if isinstance(local, datetime) else local
    return f'<time datetime="{local.isoformat()}">{_day_in_words(day, get_language())}</time>'


@lru_cache(maxsize=4096)
def _day_in_words(day: date, language: str | None) -> str:
    return escape(date_format(day, "DATE_FORMAT"))


def _moment(value: datetime | None) -> str:
    if value is None:
        return BLANK
    local = timezone.localtime(value)
    return f'<time datetime="{local.isoformat()}">{escape(date_format(local, "DATETIME_FORMAT"))}</time>'


def _stage(lead: Lead, look: Look) -> str:
    mark = stage_mark(lead.stage, str(look.labels.get(lead.stage, lead.stage)))
    return f"{mark} <small>{escape(_('cycle %(number)s') % {'number': lead.cycle})}</small>" if lead.cycle > 1 else mark


def _due(lead: Lead, look: Look) -> str:
    badge = look.badges.get(lead.pk)
    if badge is None:
        return BLANK
    told = date_format(timezone.localtime(badge.due_at), "DATETIME_FORMAT")
    return f'<span title="{escape(told)}">{sla(badge.state, badge.text)}</span>'


def _since(lead: Lead, look: Look) -> str:
    day = _day(lead.stage_since)
    is_late = is_stalled(lead, at=look.at, days=look.days)
    return f'{day} <span class="tag warn">{escape(_("stalled"))}</span>' if is_late else day


def _amount(lead: Lead, look: Look) -> str:
    return escape(amount_of(lead)) or BLANK


def _planned(lead: Lead, look: Look) -> str:
    if lead.next_at is None:
        return BLANK
    return f"{escape(str(lead.get_next_kind_display()))} {_moment(lead.next_at)}"


def _phone(lead: Lead, look: Look) -> str:
    one = look.reaches.get(lead.pk)
    return reach(Identity.Kind.PHONE, one.phones[0], one.withdrawn) if one and one.phones else BLANK


def _email(lead: Lead, look: Look) -> str:
    one = look.reaches.get(lead.pk)
    return reach(Identity.Kind.EMAIL, one.emails[0], one.withdrawn) if one and one.emails else BLANK


def _of_company(name: str) -> Callable[[Lead, Look], str]:
    return lambda lead, look: _text(getattr(lead.company, name) if lead.company else "")


def _fact(name: str) -> Callable[[Lead, Look], str]:
    return lambda lead, look: _text(getattr(lead, name))


COLUMNS: dict[str, Column] = {
    "title": Column(gettext_lazy("Job title"), _fact("title"), fact="title"),
    "company": Column(gettext_lazy("Company"), _of_company("name"), fact="company_name"),
    "stage": Column(gettext_lazy("Stage"), _stage),
    "due": Column(gettext_lazy("Due"), _due, sort="due"),
    "since": Column(gettext_lazy("In stage since"), _since, sort="since"),
    "owner": Column(gettext_lazy("Owner"), lambda lead, look: person(lead.owner), fact="owner"),
    "source": Column(gettext_lazy("Source"), _fact("source"), fact="source"),
    "score": Column(gettext_lazy("Score"), lambda lead, look: score(lead.score), sort="score", is_number=True),
    "amount": Column(gettext_lazy("Amount"), _amount, sort="amount", fact="amount", is_number=True),
    "close": Column(gettext_lazy("Expected close"), lambda lead, look: _day(lead.expected_close_on),
                    fact="expected_close_on"),
    "touched": Column(gettext_lazy("Last touch"), lambda lead, look: _moment(lead.touched_at), sort="touched"),
    "planned": Column(gettext_lazy("Planned"), _planned, sort="planned"),
    "campaign": Column(gettext_lazy("Campaign"), _fact("campaign"), fact="campaign"),
    "channel": Column(gettext_lazy("Channel"), _fact("channel"), fact="channel"),
    "industry": Column(gettext_lazy("Industry"), _of_company("industry")),
    "country": Column(gettext_lazy("Country"), _of_company("country")),
    "created": Column(gettext_lazy("Created"), lambda lead, look: _day(lead.created_at), sort="new"),
    "phone": Column(gettext_lazy("Phone"), _phone, reaches=True),
    "email": Column(gettext_lazy("E-mail"), _email, reaches=True),
}  # fmt: skip
NAME = Column(gettext_lazy("Lead"), lambda lead, look: _text(str(lead)), sort="name", fact="name")


def cell(lead: Lead, column: Column, look: Look) -> SafeString:
    """What stands in one cell."""
    return mark_safe(column.draw(lead, look))  # noqa: S308  (each column escapes)


def table_rows(leads: Sequence[Lead], columns: Sequence[Column], look: Look, back: str) -> SafeString:
    """The rows of the table. `back` is the query string by which a lead's page finds its way back here."""
    around = [_around(column) for column in columns]
    return mark_safe("\n".join(_row(lead, around, look, escape(back)) for lead in leads))  # noqa: S308  (escaped)


def _around(column: Column) -> _Around:
    """The tag a column's cells open with, the same where nobody corrects a fact any more, and what stands inside."""
    kind = ' class="n"' if column.is_number else ""
    said = f'<td data-label="{escape(str(column.label))}"{kind}'
    fact = f' data-fact="{column.fact}"' if column.fact else ""
    return f"{said}{fact}>", f"{said}>", column.draw


def _row(lead: Lead, around: Sequence[_Around], look: Look, back: str) -> str:
    closed = lead.erased_at is not None
    cells = "".join(f"{shut if closed else opened}{draw(lead, look)}</td>" for opened, shut, draw in around)
    name, fact = escape(str(lead)), "" if closed else ' data-fact="name"'
    return (
        f'<tr data-row id="row-{lead.pk}"><td class="pick"><label><input type="checkbox" form="bulk" name="lead" '
        f'value="{lead.pk}:{lead.version}" data-select data-stage="{lead.stage}" aria-label="{name}"></label></td>'
        f'<th scope="row"{fact}><a data-open href="{lead.get_absolute_url()}{back}">{NAME.draw(lead, look)}</a></th>'
        f"{cells}</tr>"
    )


def headings(columns: Sequence[Column], sort: str, link: Callable[[str], str]) -> list[dict[str, Any]]:
    """The heads of the columns: where each is sorted by, and the address that sorts it, or turns it round."""
    found = []
    for column in columns:
        name, down = sort.removeprefix("-"), sort.startswith("-")
        is_on = bool(column.sort) and column.sort == name
        first = f"-{column.sort}" if column.sort and ORDERS[column.sort].down else column.sort
        turned = (column.sort if down else f"-{column.sort}") if is_on else first
        found.append({
            "label": column.label, "is_number": column.is_number, "url": link(turned) if column.sort else "",
            "way": ("descending" if down else "ascending") if is_on else "",
        })  # fmt: skip
    return found
