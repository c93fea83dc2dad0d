"""Where a person came to a lead from, and which leads come before and after it there: kept while they work on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from leads import listing, queue
from leads.views.pages import number_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leads.models import Lead, StagePolicy
    from leads.views.pages import Request


type Beside = tuple[int | None, int | None]


@dataclass(frozen=True)
class Course:
    """`back` is the list with its filters, `before` and `after` the numbers of the leads beside this one in it."""

    back: str
    before: int | None = None
    after: int | None = None
    shown: str = ""

    @property
    def query(self) -> str:
        """What an address carries along, so that the way is not lost by a step; empty for nothing."""
        kept = {"back": self.back, "prev": self.before, "next": self.after, "show": self.shown}
        plain = {"back": reverse("lead_list")}
        pairs = {name: value for name, value in kept.items() if value and plain.get(name) != value}
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def tail(self) -> str:
        """`query` for an address that asks for something already."""
        return self.query.replace("?", "&", 1)

    @property
    def label(self) -> str:
        """What the page one came from is called."""
        names = {"funnel": _("Funnel"), "today": _("Today"), "board": _("Board"), "companies": _("Companies")}
        return names.get(urlsplit(self.back).path.strip("/").split("/")[0], _("Leads"))

    def to(self, number: int | None) -> str:
        """The address of another lead on the same way."""
        if number is None:
            return ""
        address = reverse("lead", args=[number])
        return address + (f"?{urlencode({'back': self.back})}" if self.back != reverse("lead_list") else "")

    @property
    def to_before(self) -> str:
        return self.to(self.before)

    @property
    def to_after(self) -> str:
        return self.to(self.after)


def course_of(request: Request, lead: Lead | None = None, policies: Mapping[str, StagePolicy] | None = None) -> Course:
    """The way a person is on: as their address says it, else, for a `lead`, worked out from the list they came from."""
    back = back_of(request)
    shown = request.GET.get("show", "")[:10]
    if request.GET.get("prev") or request.GET.get("next"):
        return Course(back, number_in(request.GET.get("prev", "")), number_in(request.GET.get("next", "")), shown)
    if lead is None:
        return Course(back, shown=shown)
    return Course(back, *neighbours(request, lead, back, policies or {}), shown=shown)


def back_of(request: Request) -> str:
    """Where the person came from, when that is a page of ours; the plain list else."""
    back = request.GET.get("back", "")
    known = back.startswith(("/leads/", "/funnel/", "/today/", "/board/", "/companies/", "/notices/"))
    return back if known and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else reverse("lead_list")


def neighbours(request: Request, lead: Lead, back: str, policies: Mapping[str, StagePolicy]) -> Beside:
    """The leads before and after this one in the list with these filters, or in the queue of Today."""
    where = urlsplit(back)
    if where.path == reverse("lead_list"):
        return listing.neighbours(user=request.user, query=where.query, lead=lead)
    if where.path == reverse("today"):
        return queue.neighbours(lead_id=lead.pk, user=request.user, at=timezone.now(), policies=policies)
    return None, None
