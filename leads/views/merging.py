"""Two records of one person made one: find the other, see what it would do, and do it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads import duplicates, known, merging, search
from leads.models.stage import RANKS
from leads.refusals import Erased, LostRace, NoSuchLead, erased
from leads.views.course import course_of
from leads.views.lead import show
from leads.views.pages import Request, answer, number_in, seen_lead, standing_for, undo_of, visible_lead

if TYPE_CHECKING:
    from django.http import HttpResponse

    from leads.models import Lead

FOUND = 20


@login_required
@require_http_methods(["GET", "POST"])
def lead_merge(request: Request, lead_id: int) -> HttpResponse:
    """GET finds the other record and shows both side by side; POST merges the one not kept into the one kept."""
    lead = visible_lead(request, lead_id)
    if lead.erased_at:
        return show(request, lead, problem=erased(lead_id, "merge").message, status=HTTPStatus.CONFLICT)
    if request.method == "GET":
        other = _other(request, lead, request.GET.get("other", ""))
        return _compared(request, lead, other) if other else _searched(request, lead)
    other = _other(request, lead, request.POST.get("other", ""))
    if other is None:
        problem = _("Nothing was merged: the other record is not there any more. Look for it again.")
        return _searched(request, lead, problem=problem, status=HTTPStatus.CONFLICT)
    if {"version": str(lead.version), "other_version": str(other.version)}.items() - request.POST.items():
        problem = _("Nothing was merged: one of the two has moved since you looked. Compare them again.")
        return _compared(request, lead, other, problem=problem, status=HTTPStatus.CONFLICT)
    kept, absorbed = (lead, other) if request.POST.get("keep") != str(other.pk) else (other, lead)
    return _merged(request, lead, kept, absorbed)


def _merged(request: Request, lead: Lead, kept: Lead, absorbed: Lead) -> HttpResponse:
    now = timezone.now()
    try:
        merging.merge(survivor_id=kept.pk, absorbed_id=absorbed.pk, by=request.user, at=now)
    except NoSuchLead as unseen:
        raise Http404(unseen.message) from unseen
    except (merging.MergeRefused, LostRace, Erased) as refused:
        problem = _("Nothing was merged: %(why)s") % {"why": refused}
        return show(request, lead, problem=problem, status=HTTPStatus.CONFLICT)
    said = _("%(absorbed)s was merged into this lead. Both stories are told below.") % {"absorbed": absorbed}
    messages.success(request, said, extra_tags=undo_of(request, kept, at=now))
    return redirect(f"{kept.get_absolute_url()}{course_of(request).query}")


def _searched(request: Request, lead: Lead, *, problem: str = "", status: int = 200) -> HttpResponse:
    """The page that finds the other record: suggestions, and a search by name, e-mail or phone."""
    words = request.GET.get("q", "")
    found = [one for one in search.leads(words, user=request.user, limit=FOUND + 1) if one.pk != lead.pk]
    context = {
        "lead": lead,
        "course": course_of(request),
        "q": words,
        "found": [one for one in found if not one.erased_at][:FOUND],
        "suggested": duplicates.suggested(lead, known.known(lead), by=request.user),
        "problem": problem,
    }
    return answer(request, "leads/merge.html", context, status=status)


def _compared(request: Request, lead: Lead, other: Lead, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Both records side by side; the one further along the funnel is proposed to be kept, else the older one."""
    counts = duplicates.counts(lead.pk, other.pk)
    kept = max(lead, other, key=lambda one: (RANKS[one.stage], -one.pk))
    if request.POST.get("keep") == str(other.pk):
        kept = other
    sides = [(one, known.known(one), counts[one.pk], one == kept) for one in (lead, other)]
    context: dict[str, Any] = {
        "lead": lead, "other": other, "sides": sides, "course": course_of(request), "problem": problem
    }  # fmt: skip
    return answer(request, "leads/merge.html", context, status=status)


def _other(request: Request, lead: Lead, number: str) -> Lead | None:
    """The other record, or the one that stands for it; None when there is none to merge with."""
    other_id = number_in(number)
    if other_id is None:
        return None
    other = seen_lead(request, other_id) or standing_for(request, other_id)
    return None if other is None or other == lead or other.erased_at else other
