"""Steps taken in the browser. Each view makes one call to the gate and says what came of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from leads import moves, rules
from leads.forms.moving import OverrideForm, StepForm
from leads.lines import Given
from leads.models import Lead, Stage
from leads.models.lead import STEPS
from leads.refusals import MergedAway, MissingFacts, MoveRefused, NoSuchLead, NotYours, WrongTime
from leads.views.course import course_of
from leads.views.gone import gone
from leads.views.lead import show
from leads.views.pages import Request, again, answer, seen_lead, stage_labels, standing_for, visible_lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leads.ledger import Line


@login_required
@require_http_methods(["GET", "POST"])
def lead_move(request: Request, lead_id: int, step: str) -> HttpResponse:
    """GET asks for the facts of a step on a page of its own; POST takes the step."""
    if step not in STEPS:
        raise Http404(f"There is no step called {step}.")
    lead = seen_lead(request, lead_id)
    if lead is None:
        return _gone(request, lead_id, _typed(request, Lead(pk=lead_id), step))
    offer = rules.offer_of(step, moves.legal_steps(lead, by=request.user))
    if request.method == "GET":
        if offer is None or not offer.is_open:
            problem = _("%(step)s is not open for this lead now.") % {"step": rules.LABELS[step]}
            return show(request, lead, problem=problem, status=409)
        form = StepForm(lead=lead, user=request.user, offer=offer)
        return answer(
            request, "leads/move.html", {"lead": lead, "offer": offer, "form": form, "course": course_of(request)}
        )
    form = StepForm(request.POST, lead=lead, user=request.user, offer=offer, step=step)
    if not form.is_valid():
        return show(request, lead, form=form, step=step, problem=_("Nothing was moved."), status=422)
    try:
        line = moves.move(
            lead_id=lead.pk, step=step, by=request.user, at=timezone.now(),
            expected_version=form.cleaned_data["version"], given=form.given(),
        )  # fmt: skip
    except MoveRefused as refused:
        return _refused(request, refused, form)
    return _moved(request, line, _("%(step)s: %(lead)s now stands at %(stage)s."), lead)


@login_required
@require_http_methods(["GET", "POST"])
def lead_override(request: Request, lead_id: int) -> HttpResponse:
    """Put a lead where it belongs; for those with the permission."""
    lead = visible_lead(request, lead_id)
    if request.method == "GET":
        return again(request, lead, _("Override"))
    form = OverrideForm(request.POST, lead=lead, labels=stage_labels())
    if not form.is_valid():
        return show(request, lead, form=form, step="override", problem=_("Nothing was moved."), status=422)
    try:
        line = moves.override(
            lead_id=lead.pk, to=form.cleaned_data["to"], by=request.user, at=timezone.now(),
            expected_version=form.cleaned_data["version"], given=Given(note=form.cleaned_data["note"]),
        )  # fmt: skip
    except MoveRefused as refused:
        return _refused(request, refused, form)
    return _moved(request, line, _("%(step)s: %(lead)s now stands at %(stage)s."), lead)


@login_required
@require_http_methods(["GET", "POST"])
def lead_undo(request: Request, lead_id: int) -> HttpResponse:
    """Take back the newest move; who made it may, even when it put the lead out of their sight."""
    version = request.GET.get("version", "")
    is_number = version.isascii() and version.isdigit() and len(version) < 10
    if request.method == "GET":
        button = f"{reverse('lead_undo', args=[lead_id])}?version={version}" if is_number else ""
        lead = Lead.objects.visible_to(request.user).filter(pk=lead_id).first()
        return again(request, lead, _("Undo"), button=button)
    if not is_number:
        problem = _("Nothing was undone: the request does not say which move to take back. Look again.")
        return show(request, visible_lead(request, lead_id), problem=problem, status=HTTPStatus.CONFLICT)
    try:
        line = moves.undo(lead_id=lead_id, by=request.user, at=timezone.now(), expected_version=int(version))
    except MoveRefused as refused:
        return _refused(request, refused, None)
    lead = Lead.objects.get(pk=lead_id)
    return _moved(request, line, _("Undone: %(lead)s stands at %(stage)s again."), lead)


def _stage(line: Line) -> str:
    return stage_labels().get(line.to_stage) or str(Stage(line.to_stage).label)


def _moved(request: Request, line: Line, words: str, lead: Lead) -> HttpResponse:
    """Say what happened, offer to undo it, and show the lead; when it went out of sight, the next one or the list."""
    said = words % {"step": rules.LABELS[line.step], "lead": lead, "stage": _stage(line)}
    course = course_of(request)
    undo = (
        ""
        if line.step == "undo"
        else f"{reverse('lead_undo', args=[line.lead_id])}?version={line.sequence}{course.tail}"
    )
    seen = seen_lead(request, line.lead_id)
    if seen is None:
        there = course.to_after or course.back
        messages.success(request, f"{said} {_('It is no longer among the leads you see.')}", extra_tags=undo)
        return HttpResponseClientRedirect(there) if request.htmx else redirect(there)
    messages.success(request, said, extra_tags=undo)
    return show(request, seen) if request.htmx else redirect(f"{seen.get_absolute_url()}{course.query}")


def _refused(request: Request, refused: MoveRefused, form: StepForm | OverrideForm | None) -> HttpResponse:
    """The lead as it stands now, what was refused and why, and what was entered kept for another try."""
    if isinstance(refused, NoSuchLead | MergedAway):
        return _gone(request, refused.lead_id, form.entered if isinstance(form, StepForm) else ())
    lead = visible_lead(request, refused.lead_id)
    if isinstance(form, OverrideForm):
        fresh: StepForm | OverrideForm | None = OverrideForm(_as_of(lead, form), lead=lead, labels=stage_labels())
    elif form is not None:
        offer = rules.offer_of(refused.step, refused.legal)
        fresh = StepForm(_as_of(lead, form), lead=lead, user=request.user, offer=offer, step=refused.step)
    else:
        fresh = None
    if fresh is not None:
        fresh.is_valid()
        for fact in refused.missing if isinstance(refused, MissingFacts) else ():
            said = _("Choose a reason.") if fact.name == "reason" else _("Give %(fact)s.") % {"fact": fact.label}
            fresh.add_error(fact.name if fact.name in fresh.fields else None, said)
        if isinstance(fresh, OverrideForm) and isinstance(refused, MissingFacts):
            fresh.add_error("note", _("Give a reason, in words."))
    return show(request, lead, form=fresh, step=refused.step, problem=refused.message, status=_status(refused))


def _gone(request: Request, lead_id: int, entered: Sequence[tuple[str, str]] = ()) -> HttpResponse:
    """What became of a lead that the person had open and no longer sees; what was typed is shown with it."""
    survivor = standing_for(request, lead_id)
    problem = _("Nothing was moved: the lead you had open was merged into this one.")
    if survivor is None:
        return gone(request, lead_id, entered)
    if entered:
        return show(request, survivor, problem=problem, entered=entered, status=HTTPStatus.CONFLICT)
    messages.info(request, problem)
    return HttpResponseClientRedirect(survivor.get_absolute_url()) if request.htmx else redirect(survivor)


def _typed(request: Request, lead: Lead, step: str) -> list[tuple[str, str]]:
    """What was typed for a step of a lead that is not there any more."""
    form = StepForm(request.POST, lead=lead, user=request.user, offer=None, step=step)
    form.is_valid()
    return form.entered if request.method == "POST" else []


def _as_of(lead: Lead, form: StepForm | OverrideForm) -> dict[str, object]:
    """What was entered, to be sent again for the lead as it is now."""
    return {**dict(form.data.items()), "version": lead.version}


def _status(refused: MoveRefused) -> int:
    if isinstance(refused, MissingFacts | WrongTime):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.FORBIDDEN if isinstance(refused, NotYours) else HTTPStatus.CONFLICT
