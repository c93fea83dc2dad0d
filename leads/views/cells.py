"""One fact of one lead, edited where it stands in the table."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads import edits
from leads.forms.editing import LeadForm
from leads.refusals import Erased, LostRace, erased
from leads.standing import lock_leads, races_told
from leads.views.columns import COLUMNS, NAME, Column, Look, cell
from leads.views.pages import Request, answer, visible_lead

if TYPE_CHECKING:
    from django.http import HttpResponse

    from leads.models import Edit, Lead

FACTS: dict[str, Column] = {column.fact: column for column in (NAME, *COLUMNS.values()) if column.fact}
PAIRS = {"amount": ("amount", "currency")}


@login_required
@require_http_methods(["GET", "POST"])
def lead_cell(request: Request, lead_id: int, fact: str) -> HttpResponse:
    """GET gives the field of a fact, or the cell as it is with `?shown`; POST saves it and gives the cell.

    What somebody else changed meanwhile is told with 409, and what was typed stays in the field.
    """
    if fact not in FACTS:
        raise Http404("There is no such fact to edit.")
    lead = visible_lead(request, lead_id)
    if not request.htmx:
        return redirect("lead_edit", lead_id)
    if request.method == "GET":
        if "shown" in request.GET or lead.erased_at:
            return _cell(request, lead, fact)
        return _field(request, lead, fact, LeadForm(instance=lead, user=request.user))
    try:
        with races_told(lead_id, "edit"):
            form, edit = _saved(request, lead_id, fact)
    except (LostRace, Erased) as refused:
        form = LeadForm(request.POST, instance=lead, user=request.user)
        form.add_error(None, refused.message)
        return _field(request, lead, fact, form, HTTPStatus.CONFLICT)
    if form.errors:
        status = HTTPStatus.CONFLICT if form.overtaken else HTTPStatus.UNPROCESSABLE_ENTITY
        return _field(request, lead, fact, form, status)
    if edit:
        messages.success(request, _("Saved."), extra_tags=_undo(edit))
    return _cell(request, visible_lead(request, lead_id), fact)


@transaction.atomic
def _saved(request: Request, lead_id: int, fact: str) -> tuple[LeadForm, Edit | None]:
    """What was posted of this one fact, compared with the lead under its lock, and saved when nothing is wrong."""
    for lead in lock_leads([lead_id], step="edit"):
        if lead.erased_at:
            raise erased(lead_id, "edit")
    own = {name: request.POST.get(name, "") for name in (*_names(fact), "shown")}
    form = LeadForm(own, instance=visible_lead(request, lead_id), user=request.user)
    if not form.is_valid():
        return form, None
    return form, edits.set_facts(lead_id=lead_id, facts=form.facts(), by=request.user, at=timezone.now())


def _names(fact: str) -> tuple[str, ...]:
    return PAIRS.get(fact, (fact,))


def _undo(edit: Edit) -> str:
    try:
        return reverse("edit_undo", args=[edit.pk])
    except NoReverseMatch:
        return ""


def _field(request: Request, lead: Lead, fact: str, form: LeadForm, status: int = HTTPStatus.OK) -> HttpResponse:
    for name in _names(fact):
        form.fields[name].widget.attrs["aria-label"] = str(form.fields[name].label or name)
    context = {"lead": lead, "fact": fact, "form": form, "fields": [form[name] for name in _names(fact)]}
    return answer(request, "leads/cell.html", context, part="field", status=status)


def _cell(request: Request, lead: Lead, fact: str) -> HttpResponse:
    look = Look.at_leads([lead], at=timezone.now())
    drawn = cell(lead, FACTS[fact], look)
    return answer(request, "leads/cell.html", {"lead": lead, "fact": fact, "cell": drawn}, part="cell")
