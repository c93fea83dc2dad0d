"""A person who asks to be forgotten is: nothing that says who they were is left."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads import privacy
from leads.forms.erasing import EraseForm
from leads.refusals import LostRace
from leads.views.course import course_of
from leads.views.lead import show
from leads.views.pages import Request, answer, visible_lead

if TYPE_CHECKING:
    from django.http import HttpResponse


@login_required
@require_http_methods(["GET", "POST"])
def lead_erase(request: Request, lead_id: int) -> HttpResponse:
    """GET asks for the name as a confirmation; POST erases. For those with the permission to erase."""
    lead = visible_lead(request, lead_id)
    if not request.user.has_perm("leads.erase_lead"):
        raise PermissionDenied
    if lead.erased_at:
        return redirect(lead)
    form = EraseForm(request.POST if request.method == "POST" else None, lead=lead)
    if not form.is_valid():
        context = {"lead": lead, "form": form, "course": course_of(request)}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return answer(request, "leads/erase.html", context, status=status)
    try:
        privacy.erase(lead_id=lead_id, by=request.user, at=timezone.now())
    except LostRace as refused:
        return show(request, lead, problem=refused.message, status=HTTPStatus.CONFLICT)
    messages.success(request, _("This person is forgotten. What is left is only counted."))
    return redirect("lead", lead_id)
