"""Today: what a person has to do, most urgent first, and what has come in since the page was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_GET

from leads import queue, whys
from leads.due import Clock
from leads.firststeps import first_steps
from leads.models import StagePolicy
from leads.queue import Place, Section
from leads.views.pages import Request, answer
from leads.views.rows import Heading, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse, QueryDict

    from leads.queue import Listed
    from leads.views.rows import Row


@dataclass(frozen=True)
class Here:
    """Which part of the queue somebody looks at: all headings, or one of them from a place on."""

    section: Section | None = None
    after: Place | None = None

    @classmethod
    def read(cls, query: QueryDict) -> Here:
        """What an address asks for; nonsense is the whole queue."""
        named = query.get("section", "")
        if named not in Section.values:
            return cls()
        return cls(Section(named), Place.read(query.get("after", "")))

    @property
    def url(self) -> str:
        wanted = {"section": self.section.value if self.section else "", "after": str(self.after or "")}
        kept = {name: value for name, value in wanted.items() if value}
        return f"{reverse('today')}?{urlencode(kept)}" if kept else reverse("today")


@login_required
@require_GET
def today(request: Request) -> HttpResponse:
    """The person's queue, or one heading of it."""
    return show(request, Here.read(request.GET))


def show(request: Request, here: Here, *, status: int = 200) -> HttpResponse:
    """The queue as it is now."""
    now, clock, user = timezone.now(), Clock(), request.user
    policies = StagePolicy.objects.in_bulk()
    if here.section:
        one = queue.one_section(here.section, after=here.after, user=user, at=now, policies=policies)
        listed = [one] if one.places else []
    else:
        listed = queue.standing(user=user, at=now, policies=policies)
    rows = rows_of(listed, user=user, at=now, policies=policies, clock=clock)
    headings = [_heading(one, rows) for one in listed]
    context = {
        "now": now,
        "here": here,
        "headings": [one for one in headings if one.rows],
        "stage_labels": {stage: policy.label for stage, policy in policies.items()},
        "back": urlencode({"back": here.url}),
        "ask": here.url.removeprefix(reverse("today")),
        "news": f"{reverse('today_news')}?since={int(now.timestamp())}",
    }
    if not rows:
        context |= _clear(request, now)
    return answer(request, "leads/today.html", context, part="queue", status=status)


def _heading(one: Listed, rows: dict[tuple[str, int], Row]) -> Heading:
    found = [rows[key] for place in one.places if (key := (one.section.value, place.lead_id)) in rows]
    count = f"{queue.COUNTED}+" if one.count > queue.COUNTED else str(one.count)
    more = Here(one.section, one.more).url if one.more else ""
    return Heading(one.section, found, count, more)


def _clear(request: Request, now: datetime) -> dict[str, Any]:
    """What an empty queue says: when the next thing is due, or what a new installation has still to do."""
    due = queue.next_due(user=request.user, at=now)
    text = _("Nothing is waiting for you.")
    if due:
        text = _("The next thing is due on %(when)s.") % {"when": whys.moment(due)}
    return {
        "clear_title": _("Queue clear"),
        "clear_text": text,
        "clear_url": reverse("lead_list"),
        "clear_label": _("See all leads"),
        "steps": _first_steps(request),
    }


def _first_steps(request: Request) -> list[dict[str, Any]]:
    """What a new installation has still to do, with the address of each; none once all of it is done."""
    steps = first_steps(request.user)
    if all(step.done for step in steps):
        return []
    return [{"title": one.title, "done": one.done, "label": one.label, "url": _first_url(one.routes)} for one in steps]


def _first_url(routes: Iterable[str]) -> str:
    """The address of the first of these routes that there is, '' for none."""
    for route in routes:
        try:
            return reverse(route)
        except NoReverseMatch:
            continue
    return ""


def _arrived(request: Request) -> int:
    """How many leads have come since the moment the address names; counted once a request."""
    text = request.GET.get("since", "")
    known = text.isascii() and text.isdigit() and len(text) < 12
    now = timezone.now()
    since = datetime.fromtimestamp(int(text), UTC) if known else now
    since = max(since, now - timedelta(days=1))
    return queue.arrived(user=request.user, since=since, at=now)


def _tag(request: Request) -> str:
    request.arrived = _arrived(request)  # type: ignore[attr-defined]
    return f'"{request.user.pk}-{request.arrived}"'  # type: ignore[attr-defined]


@login_required
@require_GET
@condition(etag_func=_tag)
def today_news(request: Request) -> HttpResponse:
    """Says how many leads came since the page was drawn, for it to offer them; asked every minute."""
    url = f"{reverse('today_news')}?since={request.GET.get('since', '')}"
    context = {"arrived": request.arrived, "news": url}  # type: ignore[attr-defined]
    response = render(request, "leads/today.html#news", context)
    patch_cache_control(response, private=True, no_cache=True)
    return response
