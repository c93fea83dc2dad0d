"""Taking back what somebody did to a lead that was no move."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from leads import undoing
from leads.edits import CannotUndo
from leads.models import Edit
from leads.refusals import MoveRefused, NoSuchLead
from leads.suppression import Suppressed
from leads.views.composing import shown_again
from leads.views.lead import show
from leads.views.pages import Request, again, answer, seen_lead, standing_for

if TYPE_CHECKING:
    from django.http import HttpResponse


@login_required
@require_http_methods(["GET", "POST"])
def edit_undo(request: Request, edit_id: int) -> HttpResponse:
    """Take an edit back. `then` is the page of ours to go to; without it that is the lead's."""
    edit = Edit.objects.filter(pk=edit_id).first()
    if edit is None:
        raise Http404("There is nothing of this number to undo.")
    if request.method == "GET":
        return again(request, seen_lead(request, edit.lead_id), _("Undo"), button=request.get_full_path())
    try:
        undoing.undo(edit_id=edit_id, by=request.user, at=timezone.now())
    except NoSuchLead as unseen:
        raise Http404(unseen.message) from unseen
    except (CannotUndo, Suppressed, MoveRefused) as refused:
        return _refused(request, edit, str(refused))
    messages.success(request, _("Undone."))
    return _there(request, edit.lead_id)


def _there(request: Request, lead_id: int) -> HttpResponse:
    """To where the person was: their page, else the lead, else the list when it is out of sight."""
    then = request.GET.get("then", "")
    if then.startswith("/") and url_has_allowed_host_and_scheme(then, allowed_hosts=None):
        return HttpResponseClientRedirect(then) if request.htmx else redirect(then)
    if seen_lead(request, lead_id):
        return shown_again(request, lead_id)
    return HttpResponseClientRedirect(reverse("lead_list")) if request.htmx else redirect("lead_list")


def _refused(request: Request, edit: Edit, problem: str) -> HttpResponse:
    """409 with the reason, on the page of the lead, or of the one that stands for it."""
    lead = seen_lead(request, edit.lead_id) or standing_for(request, edit.lead_id)
    if lead is None:
        return answer(request, "leads/gone.html", {"problem": problem}, part="body", status=HTTPStatus.CONFLICT)
    return show(request, lead, problem=problem, status=HTTPStatus.CONFLICT)
