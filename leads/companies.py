"""Companies as a person may see them: those with a lead in sight, or all for who sees all leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Lower

from leads import company_edits
from leads.models import Company, CompanyEdit, Lead, Note, Stage, StageChange, Touch
from leads.models.company import LARGEST_BAND, SIZE_BANDS
from leads.models.stage import OPEN
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from leads.models import User
    from leads.timeline import Change

PAGE = 50
MOST = 200  # leads of one company that its page shows


@dataclass(frozen=True)
class Tally:
    """How many of a company's leads somebody sees are open, and how many were won."""

    open: int = 0
    won: int = 0


@dataclass(frozen=True)
class Happening:
    """One thing that happened with a lead of a company, or an edit of the company itself; one of the four is there."""

    at: datetime
    lead: Lead | None = None
    line: StageChange | None = None
    touch: Touch | None = None
    note: Note | None = None
    edit: CompanyEdit | None = None

    @property
    def by(self) -> User | None:
        one = self.line or self.touch or self.note or self.edit
        return one.by if one else None

    @property
    def changes(self) -> list[Change]:
        """The facts of the company that were changed, in words."""
        return company_edits.told(self.edit) if self.edit else []

    @property
    def text(self) -> str:
        if self.note:
            return self.note.text
        return self.line.note if self.line else self.touch.note if self.touch else ""


def visible_to(user: User) -> QuerySet[Company]:
    """The companies a person may see."""
    if not user.is_authenticated or not user.is_active:
        return Company.objects.none()
    if user.scope is Scope.ALL:
        return Company.objects.all()
    return Company.objects.filter(Exists(Lead.objects.visible_to(user).filter(company=OuterRef("pk"))))


def filtered(companies: QuerySet[Company], wanted: Mapping[str, Any]) -> QuerySet[Company]:
    """The companies that match every filter given."""
    if words := wanted.get("q"):
        companies = companies.filter(Q(name__icontains=words) | Q(domain__istartswith=words))
    for name in ("industry", "country"):
        if value := wanted.get(name):
            companies = companies.filter(**{name: value})
    if band := wanted.get("size"):
        companies = companies.filter(**_employees(band))
    return companies


def _employees(band: str) -> dict[str, Any]:
    """The filter of a head-count band; of an unknown one, that of unknown head counts."""
    least: dict[str, Any] = {}
    for most, label in SIZE_BANDS:
        if label == band:
            return {**least, "employees__lte": most}
        least = {"employees__gt": most}
    return least if band == LARGEST_BAND else {"employees__isnull": True}


def page(
    companies: QuerySet[Company], *, after: tuple[str, int] | None = None, before: tuple[str, int] | None = None
) -> tuple[list[Company], bool, bool]:
    """Fifty companies by name, by key and not by counting rows; and whether there are some before and after."""
    named: QuerySet[Any] = companies.annotate(called=Lower("name"))
    if before:
        name, number = before
        back = named.filter(called__lte=name).filter(Q(called__lt=name) | Q(pk__lt=number))
        rows = list(back.order_by("-called", "-pk")[: PAGE + 1])
        return rows[:PAGE][::-1], len(rows) > PAGE, True
    if after:
        name, number = after
        named = named.filter(called__gte=name).filter(Q(called__gt=name) | Q(pk__gt=number))
    rows = list(named.order_by("called", "pk")[: PAGE + 1])
    return rows[:PAGE], after is not None, len(rows) > PAGE


def tallies(companies: list[Company], *, user: User) -> dict[int, Tally]:
    """How many leads of each company are open and won, of those the person sees."""
    leads = Lead.objects.visible_to(user).filter(company__in=companies).order_by().values("company")
    counted = leads.annotate(open=Count("pk", filter=Q(stage__in=OPEN)), won=Count("pk", filter=Q(stage=Stage.WON)))
    return {row["company"]: Tally(row["open"], row["won"]) for row in counted}


def choices_of(user: User) -> tuple[list[str], list[str]]:
    """The industries and the countries of the companies a person sees."""
    seen = visible_to(user).order_by()
    pairs = seen.values_list("industry", "country").distinct()
    industries, countries = zip(*pairs, strict=True) if pairs else ((), ())
    return sorted({one for one in industries if one}), sorted({one for one in countries if one})


def leads_of(company: Company, *, user: User) -> list[Lead]:
    """The leads of a company that the person sees: those that moved last, at most MOST."""
    seen = Lead.objects.visible_to(user).filter(company=company).select_related("owner")
    return list(seen.order_by("-stage_since", "-pk")[:MOST])


def alike(company: Company, *, user: User) -> list[Company]:
    """Other companies in sight that may be the same one: of the same name, or the same domain but for its ending."""
    same = Q(called=company.name.lower())
    host = company.domain.lower().removeprefix("www.")
    if host:
        same |= Q(domain__istartswith=f"{host.split('.')[0]}.") | Q(domain__iexact=f"www.{host}")
    found = visible_to(user).annotate(called=Lower("name")).filter(same).exclude(pk=company.pk)
    return list(found.order_by("called", "pk")[:10])


@dataclass(frozen=True)
class Back:
    """How far back somebody has read: to a moment, of which they have seen so many things."""

    moment: datetime
    seen: int = 0


def happenings(
    company: Company, leads: Mapping[int, Lead], *, back: Back | None = None
) -> tuple[list[Happening], Back | None]:
    """What happened with a company and these leads of it, newest first; and how far back that is when there is more.

    `leads` are by their numbers.
    """
    seen = back.seen if back else 0
    found = _happened(company, leads, until=back.moment if back else None, most=seen + PAGE + 1)
    shown = found[seen : seen + PAGE]
    if len(found) <= seen + PAGE:
        return shown, None
    last = shown[-1].at
    return shown, Back(last, sum(one.at == last for one in found[: seen + PAGE]))


def _happened(company: Company, leads: Mapping[int, Lead], *, until: datetime | None, most: int) -> list[Happening]:
    """The newest of what happened, up to and at a moment."""
    at = Q(at__lte=until) if until else Q()
    occurred = Q(occurred_at__lte=until) if until else Q()
    lines = StageChange.objects.filter(occurred, lead__in=leads).select_related("by", "reason")
    touches = Touch.objects.filter(occurred, lead__in=leads).select_related("by", "asset")
    notes = Note.objects.filter(at, lead__in=leads).select_related("by").order_by("-at", "-pk")
    found = [
        Happening(line.occurred_at, leads[line.lead_id], line=line)
        for line in lines.order_by("-occurred_at", "-lead_id", "-sequence")[:most]
    ]
    found += [
        Happening(touch.occurred_at, leads[touch.lead_id], touch=touch)
        for touch in touches.order_by("-occurred_at", "-lead_id", "-key")[:most]
    ]
    found += [Happening(note.at, leads[note.lead_id], note=note) for note in notes[:most]]
    edits = CompanyEdit.objects.filter(at, company=company).select_related("by").order_by("-at", "-pk")
    found += [Happening(edit.at, edit=edit) for edit in edits[:most]]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]
