"""What the product tells a person: the list, the bell beside it, and the way from a notice to what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import condition, require_GET, require_POST

from leads import handoff, notices, tellings
from leads.models import Lead, Notice
from leads.views.pages import Request, answer, number_in

if TYPE_CHECKING:
    from datetime import date

ICONS = {
    Notice.Kind.OFFER: "star", Notice.Kind.GIVEN: "person", Notice.Kind.MENTION: "note", Notice.Kind.REPLY: "note",
    Notice.Kind.REJECTED: "undo", Notice.Kind.REMINDER: "clock", Notice.Kind.BREACH: "breach",
    Notice.Kind.ESCALATED: "breach", Notice.Kind.JOB: "done",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A notice as the list shows it."""

    notice: Notice
    text: str
    icon: str
    excerpt: str


@dataclass(frozen=True)
class Day:
    """The notices of one day; those nobody has read stand first, under no day."""

    day: date | None
    told: list[Told]


@login_required
@require_GET
def notice_list(request: Request) -> HttpResponse:
    """What the person was told: first what is unread, then the days before."""
    before = number_in(request.GET.get("before", "")) or 0
    unread = notices.newest(request.user, read=False) if not before else []
    read, older = notices.page(request.user, before=before)
    told = iter(_told(request, [*unread, *read]))
    days = [Day(None, list(islice(told, len(unread))))] if unread else []
    for day, of_day in groupby(told, key=lambda one: timezone.localtime(one.notice.at).date()):
        days.append(Day(day, list(of_day)))
    context = {
        "days": days,
        "unread_shown": len(unread),
        "cut": notices.UNREAD if len(unread) == notices.UNREAD else 0,
        "newer": reverse("notices") if before else "",
        "older": f"{reverse('notices')}?before={read[-1].pk}" if older else "",
    }
    return answer(request, "leads/notices.html", context)


@login_required
@require_GET
def notice(request: Request, notice_id: int) -> HttpResponse:
    """To what a notice is about, and marks it read on the way."""
    found = Notice.objects.filter(user=request.user, pk=notice_id).first()
    if found is None:
        raise Http404("There is no notice of this number for you.")
    notices.read_one(found, at=timezone.now())
    return redirect(_place(found))


@login_required
@require_POST
def notices_read(request: Request) -> HttpResponse:
    """Marks everything read, or the one that `notice` names."""
    number = number_in(request.POST.get("notice", ""))
    if number:
        found = Notice.objects.filter(user=request.user, pk=number).first()
        if found is None:
            raise Http404("There is no notice of this number for you.")
        notices.read_one(found, at=timezone.now())
    else:
        count = notices.read_all(user=request.user, at=timezone.now())
        said = ngettext("%(count)d notice is marked as read.", "%(count)d notices are marked as read.", count)
        messages.success(request, said % {"count": count} if count else _("There was nothing unread."))
    return redirect("notices")


def _tag(request: HttpRequest) -> str:
    request.unread = notices.unread(request.user) if request.user.is_authenticated else 0  # type: ignore[attr-defined]
    return f'"{request.user.pk}-{request.unread}"'  # type: ignore[attr-defined]


@login_required
@require_GET
@condition(etag_func=_tag)
def notices_unread(request: Request) -> HttpResponse:
    """The bell's count, asked every minute; nothing is sent while it stays the same."""
    response = render(request, "components/_bell.html", {"unread": request.unread})  # type: ignore[attr-defined]
    patch_cache_control(response, private=True, no_cache=True)
    return response


def unread(request: HttpRequest) -> dict[str, Any]:
    """The context processor of the bell; counts only where a page shows it."""
    user = getattr(request, "user", None)
    known = bool(user and user.is_authenticated)
    return {"unread": SimpleLazyObject(lambda: notices.unread(user)) if known else 0}  # type: ignore[arg-type]


def _told(request: Request, listed: list[Notice]) -> list[Told]:
    """The notices in words. Of a lead that is out of sight by now, nothing is said."""
    about = {one.lead_id for one in listed if one.lead_id}
    seen = set(Lead.objects.in_sight_of(request.user).filter(pk__in=about).values_list("pk", flat=True))
    reasons = handoff.reasons_told(listed)
    found = []
    for one in listed:
        in_sight = one.lead_id is None or one.lead_id in seen
        text = tellings.text_of(one, seen=in_sight, reason=reasons.get(one.pk, ""))
        excerpt = one.note.text if in_sight and one.note else ""
        found.append(Told(one, text, ICONS.get(Notice.Kind(one.kind), "bell"), excerpt))
    return found


def _place(one: Notice) -> str:
    """The address of what a notice is about: the lead, its thread, the job; of several leads Today, or one's list."""
    if one.job_id:
        try:
            return reverse("job", args=[one.job_id])
        except NoReverseMatch:
            return reverse("lead_list")
    if one.lead is None or one.count > 1:
        own = one.kind == Notice.Kind.GIVEN
        return f"{reverse('lead_list')}?view=mine" if own else reverse("today")
    thread = one.kind in (Notice.Kind.REJECTED, Notice.Kind.REPLY)
    return f"{one.lead.get_absolute_url()}#thread" if thread else one.lead.get_absolute_url()
