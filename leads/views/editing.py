"""Leads opened by hand, and their facts corrected."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads import capture, edits, suppression
from leads.forms.editing import LeadForm, NewLeadForm
from leads.models import Lead
from leads.refusals import Erased, LostRace, erased
from leads.standing import lock_leads, races_told
from leads.views.contact import ASK
from leads.views.course import course_of
from leads.views.lead import show
from leads.views.pages import Request, answer, undo_of, visible_lead

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse


@login_required
@require_http_methods(["GET", "POST"])
def lead_new(request: Request) -> HttpResponse:
    """Open a lead; one that is known already is shown instead, to those who may see it."""
    form = NewLeadForm(request.POST or None)
    if not form.is_valid():
        return answer(request, "leads/new.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        lead_id = capture.open_by_hand(form.person(), by=request.user, at=timezone.now())
    except capture.KnownAlready as known:
        seen = Lead.objects.visible_to(request.user).filter(pk=known.lead_id).first()
        exists = _("A lead with this e-mail or phone exists already.")
        form.add_error(None, exists if seen else f"{exists} {ASK}")
        return answer(request, "leads/new.html", {"form": form, "known": seen}, status=409)
    except suppression.Suppressed as suppressed:
        form.add_error(None, str(suppressed))
        return answer(request, "leads/new.html", {"form": form}, status=409)
    messages.success(request, _("Lead created."))
    return redirect("lead", lead_id)


@login_required
@require_http_methods(["GET", "POST"])
def lead_edit(request: Request, lead_id: int) -> HttpResponse:
    """Correct a lead's facts; its stage only moves by steps."""
    lead, now = visible_lead(request, lead_id), timezone.now()
    course = course_of(request)
    if lead.erased_at:
        return show(request, lead, problem=erased(lead_id, "edit").message, status=HTTPStatus.CONFLICT)
    page = {"lead": lead, "course": course}
    if request.method == "GET":
        return answer(request, "leads/edit.html", {"form": LeadForm(instance=lead, user=request.user), **page})
    try:
        with races_told(lead_id, "edit"):
            form = corrected(request, lead_id, at=now)
    except (LostRace, Erased) as refused:
        form = LeadForm(request.POST, instance=lead, user=request.user)
        form.add_error(None, refused.message)
        return answer(request, "leads/edit.html", {"form": form, **page}, status=HTTPStatus.CONFLICT)
    if form.errors:
        status = HTTPStatus.CONFLICT if form.overtaken else HTTPStatus.UNPROCESSABLE_ENTITY
        return answer(request, "leads/edit.html", {"form": form, **page}, status=status)
    if not Lead.objects.visible_to(request.user).filter(pk=lead.pk).exists():
        said = _("The facts were saved. The lead is no longer among those you see.")
        messages.success(request, said, extra_tags=undo_of(request, lead, at=now))
        return redirect(course.to_after or course.back)
    messages.success(request, _("The facts were saved."), extra_tags=undo_of(request, lead, at=now))
    return redirect(f"{lead.get_absolute_url()}{course.query}")


@transaction.atomic
def corrected(request: Request, lead_id: int, *, at: datetime) -> LeadForm:
    """What was posted, compared with the lead as it is under its lock, and saved when nothing is wrong.

    Raises LostRace when somebody else holds the lead, and Erased.
    """
    for lead in lock_leads([lead_id], step="edit"):
        if lead.erased_at:
            raise erased(lead_id, "edit")
    form = LeadForm(request.POST, instance=visible_lead(request, lead_id), user=request.user)
    if form.is_valid():
        edits.set_facts(lead_id=lead_id, facts=form.facts(), by=request.user, at=at)
    return form
