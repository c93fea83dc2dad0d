"""What every page here does the same way: answer whole or in part, and find a lead that may be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from leads import merging
from leads.known import with_known
from leads.models import Edit, Lead, StagePolicy, User

if TYPE_CHECKING:
    from datetime import datetime

    from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """A request of somebody logged in; only a name for the type checker."""

    user: User
    htmx: HtmxDetails


def answer(
    request: Request, template: str, context: dict[str, Any], *, part: str = "", status: int = 200
) -> HttpResponse:
    """The page, or only its partial `part` when htmx asks to swap it in.

    Both live at one address, so caches must tell them apart.
    """
    partial = bool(part and request.htmx and not request.htmx.history_restore_request)
    context = {**context, "partial": partial}
    if "stage_labels" not in context:
        context["stage_labels"] = stage_labels()
    response = render(request, f"{template}#{part}" if partial else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"  # going back after a move must not show what was
    if partial:
        response["HX-Part"] = part
    return response


def number_in(text: str, *, digits: int = 18) -> int | None:
    """The number that an address or a form carries; None for what is none, or has more digits than ours do."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def stage_labels() -> dict[str, str]:
    """What the organisation calls each stage."""
    return dict(StagePolicy.objects.values_list("stage", "label"))


def visible_lead(request: Request, lead_id: int) -> Lead:
    """The lead, or 404 when there is none that this person may see."""
    lead = seen_lead(request, lead_id)
    if lead is None:
        raise Http404(_("There is no lead of this number that you can see."))
    return lead


def seen_lead(request: Request, lead_id: int) -> Lead | None:
    """The lead with what is known of it, None when there is none that this person may see."""
    seen = Lead.objects.visible_to(request.user).select_related("company", "owner__team")
    return with_known(seen).filter(pk=lead_id).first()


def standing_for(request: Request, lead_id: int) -> Lead | None:
    """The lead that a merged one is part of now, None for a lead that was not merged or one out of sight."""
    survivor = merging.survivor_of(lead_id)
    if survivor is None or survivor == lead_id:
        return None
    return seen_lead(request, survivor)


def undo_of(request: Request, lead: Lead, *, at: datetime) -> str:
    """The address that takes back what this person just did to the lead at `at`; empty when that was nothing."""
    edit = Edit.objects.filter(lead=lead.pk, by=request.user, at=at, undone_at=None).order_by("-pk").first()
    return reverse("edit_undo", args=[edit.pk]) if edit else ""


def again(request: Request, lead: Lead | None, label: str, *, button: str = "") -> HttpResponse:
    """To the lead, or to the list when it is unseen, after logging in led back to an address only a button may call.

    `button` is the address of an undo to offer with the message.
    """
    messages.info(request, _("Please press %(button)s again.") % {"button": label}, extra_tags=button)
    return redirect(lead) if lead else redirect("lead_list")
