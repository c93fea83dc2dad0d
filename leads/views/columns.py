"""The columns of the lead table, and how each draws a lead's cell. Plain functions: a page has five hundred cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.due import Clock
from leads.models import StagePolicy
from leads.models.stage import RANKS
from leads.models.stalled import is_stalled
from leads.ordering import ORDERS
from leads.sla import badges
from leads.templatetags.marks import person, score, sla

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from django.utils.functional import _StrPromise

    from leads.models import Lead
    from leads.models.stalled import Days
    from leads.sla import Badge

BLANK = mark_safe('<span class="none">–</span>')


@dataclass(frozen=True)
class Look:
    """What the cells of a page have in common: names of the stages, the moment, clocks, and when a stage is stale."""

    labels: Mapping[str, str]
    at: datetime
    badges: Mapping[int, Badge] = field(default_factory=dict)
    days: Days = field(default_factory=dict)

    @classmethod
    def at_leads(cls, leads: Sequence[Lead], *, at: datetime, policies: Sequence[StagePolicy] = ()) -> Look:
        """What it takes to draw these leads, read at once for all of them; `policies` already read spare a query."""
        policies = policies or list(StagePolicy.objects.all())
        return cls(
            {policy.stage: policy.label for policy in policies}, at, badges(leads, at=at, clock=Clock()),
            {policy.stage: policy.stale_days for policy in policies},
        )  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its heading, its cells, the order it sorts by and the fact one edits in it, where there are such."""

    label: _StrPromise
    draw: Callable[[Lead, Look], str]
    sort: str = ""
    fact: str = ""
    is_number: bool = False


def _text(value: str) -> SafeString:
    return format_html("<bdi>{}</bdi>", value) if value else BLANK


def _day(value: date | datetime | None) -> SafeString:
    if value is None:
        return BLANK
    local = timezone.localtime(value) if isinstance(value, datetime) else value
    told = date_format(local, "DATE_FORMAT")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), told)


def _moment(value: datetime | None) -> SafeString:
    if value is None:
        return BLANK
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), date_format(local, "DATETIME_FORMAT"))


def _stage(lead: Lead, look: Look) -> SafeString:
    cycle = format_html(" <small>{}</small>", _("cycle %(number)s") % {"number": lead.cycle}) if lead.cycle > 1 else ""
    return format_html(
        '<span class="stage stage-{}"><span class="num">{}</span> {}</span>{}',
        lead.stage, RANKS[lead.stage], look.labels.get(lead.stage, lead.stage), cycle,
    )  # fmt: skip


def _due(lead: Lead, look: Look) -> SafeString:
    badge = look.badges.get(lead.pk)
    if badge is None:
        return BLANK
    told = date_format(timezone.localtime(badge.due_at), "DATETIME_FORMAT")
    return format_html('<span title="{}">{}</span>', told, sla(badge.state, badge.text))


def _since(lead: Lead, look: Look) -> SafeString:
    day = _day(lead.stage_since)
    if not is_stalled(lead, at=look.at, days=look.days):
        return day
    return format_html('{} <span class="tag warn">{}</span>', day, _("stalled"))


def _amount(lead: Lead, look: Look) -> SafeString:
    if lead.amount is None:
        return BLANK
    places = 0 if lead.amount == lead.amount.to_integral_value() else 2
    return format_html("{} {}", number_format(lead.amount, places, use_l10n=True, force_grouping=True), lead.currency)


def _planned(lead: Lead, look: Look) -> SafeString:
    if lead.next_at is None:
        return BLANK
    return format_html("{} {}", lead.get_next_kind_display(), _moment(lead.next_at))


def _of_company(name: str) -> Callable[[Lead, Look], SafeString]:
    return lambda lead, look: _text(getattr(lead.company, name) if lead.company else "")


def _fact(name: str) -> Callable[[Lead, Look], SafeString]:
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
}  # fmt: skip
NAME = Column(gettext_lazy("Lead"), lambda lead, look: _text(str(lead)), sort="name", fact="name")


def cell(lead: Lead, column: Column, look: Look) -> SafeString:
    """What stands in one cell."""
    return format_html("{}", column.draw(lead, look))


def cells(lead: Lead, columns: Sequence[Column], look: Look) -> SafeString:
    """The cells of one row after its name."""
    return mark_safe("".join(_td(lead, column, look) for column in columns))  # noqa: S308  (each part is escaped)


def _td(lead: Lead, column: Column, look: Look) -> str:
    kind = ' class="n"' if column.is_number else ""
    fact = format_html(' data-fact="{}"', column.fact) if column.fact and not lead.erased_at else ""
    return format_html('<td data-label="{}"{}{}>{}</td>', column.label, mark_safe(kind), fact, column.draw(lead, look))  # noqa: S308


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
