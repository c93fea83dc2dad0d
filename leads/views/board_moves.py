"""Steps taken from the board. What came of one is told in fragments, each of which knows its own place."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads import moves, rules
from leads.forms.moving import StepForm
from leads.models import Lead, StageChange
from leads.models.lead import STEPS
from leads.refusals import MissingFacts, MoveRefused, NoSuchLead, NotYours, WrongTime
from leads.views.board import PAGE, shown_behind
from leads.views.pages import Request, again, answer, visible_lead

if TYPE_CHECKING:
    from leads.ledger import Line
    from leads.views.board import Shown

STEP = "leads/board_step.html"


@login_required
@require_http_methods(["GET", "POST"])
def board_move(request: Request, lead_id: int, step: str) -> HttpResponse:
    """GET asks for the facts of a step; POST takes it. Both lead back to the board they came from."""
    if step not in STEPS:
        raise Http404(f"There is no step called {step}.")
    lead = visible_lead(request, lead_id)
    shown = shown_behind(request)
    offer = rules.offer_of(step, moves.legal_steps(lead, by=request.user))
    if request.method == "GET":
        if offer is None or not offer.is_open:
            problem = _("%(step)s is not open for this lead now.") % {"step": rules.LABELS[step]}
            return _asks(request, shown, lead, step, None, problem=problem, status=HTTPStatus.CONFLICT)
        return _asks(request, shown, lead, step, StepForm(lead=lead, user=request.user, offer=offer))
    form = StepForm(request.POST, lead=lead, user=request.user, offer=offer, step=step)
    if not form.is_valid():
        return _asks(request, shown, lead, step, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        line = moves.move(
            lead_id=lead.pk, step=step, by=request.user, at=timezone.now(),
            expected_version=form.cleaned_data["version"], given=form.given(),
        )  # fmt: skip
    except MoveRefused as refused:
        return _refused(request, shown, lead, refused, form)
    said = _("%(step)s: %(lead)s now stands at %(stage)s.")
    return _moved(request, shown, line, said % _words(shown, lead, line), before=lead.stage)


@login_required
@require_http_methods(["GET", "POST"])
def board_undo(request: Request, lead_id: int) -> HttpResponse:
    """Take back the move that a message told about; who made it may, even when it put the lead out of their sight."""
    version = request.GET.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Http404("The address does not say which move to take back.")
    shown = shown_behind(request)
    if request.method == "GET":
        lead = Lead.objects.visible_to(request.user).filter(pk=lead_id).first()
        return again(request, lead, _("Undo"), button=_undo_url(shown, lead_id, int(version)))
    before = StageChange.objects.filter(lead=lead_id, sequence=version).values_list("to_stage", flat=True).first()
    try:
        line = moves.undo(lead_id=lead_id, by=request.user, at=timezone.now(), expected_version=int(version))
    except NoSuchLead as unseen:
        raise Http404(unseen.message) from unseen
    except MoveRefused as refused:
        messages.error(request, refused.message)
        return _told(request, shown, lead_id, status=_status(refused))
    said = _("Undone: %(lead)s stands at %(stage)s again.")
    return _moved(request, shown, line, said % _words(shown, Lead.objects.get(pk=lead_id), line), before=before or "")


def _words(shown: Shown, lead: Lead, line: Line) -> dict[str, str]:
    step = rules.LABELS[line.step]
    return {"step": step, "lead": str(lead), "stage": shown.labels.get(line.to_stage, line.to_stage)}


def _undo_url(shown: Shown, lead_id: int, version: int) -> str:
    query = urlencode({"version": str(version), "query": shown.query()})
    return f"{reverse('board_undo', args=[lead_id])}?{query}"


def _moved(request: Request, shown: Shown, line: Line, said: str, *, before: str) -> HttpResponse:
    """Say what happened and offer to undo it."""
    undo = "" if line.step == "undo" else _undo_url(shown, line.lead_id, line.sequence)
    stands = shown.board.leads.filter(pk=line.lead_id).exists()
    if not stands and Lead.objects.visible_to(request.user).filter(pk=line.lead_id).exists():
        said = f"{said} {_('It no longer matches the filters of this board.')}"
    elif not stands:
        said = f"{said} {_('It is no longer among the leads you see.')}"
    messages.success(request, said, extra_tags=undo)
    return _told(request, shown, line.lead_id, stages=(before, line.to_stage))


def _told(
    request: Request, shown: Shown, lead_id: int, *, stages: tuple[str, ...] | None = None, status: int = 200
) -> HttpResponse:
    """The message; and when `stages` have changed, their heads, and the card where it stands now, if it does."""
    if not request.htmx:
        return redirect(shown.url)
    context = shown.context(lead_id=lead_id)
    if stages is not None:
        chosen = [stage for stage in shown.stages if stage in stages]
        columns = shown.board.columns(chosen, everything=shown.adds_everything_up, cards=0)
        context["lanes"] = [shown.lane(column) for column in columns]
        here = shown.board.leads.filter(pk=lead_id, stage__in=shown.stages)
        context["card"] = shown.board.cards(list(here.values_list("pk", flat=True))).get(lead_id)
        context["gone"] = True
    response = answer(request, PAGE, context, part="moved", status=status)
    response["HX-Reswap"] = "none"  # every fragment knows its own place
    response["HX-Card"] = str(lead_id)
    return response


def _asks(
    request: Request,
    shown: Shown,
    lead: Lead,
    step: str,
    form: StepForm | None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The form of a step with what was typed into it; without a `form`, why there is none."""
    context = shown.context(lead=lead, step=step, label=rules.LABELS[step], problem=problem)
    context |= {"form": form, "offer": form.offer if form else None, "target": rules.target_of(step)}
    response = answer(request, STEP, context, part="body", status=status)
    if request.htmx:
        response["HX-Retarget"] = "#step-body"
        response["HX-Reswap"] = "innerHTML"
    return response


def _refused(request: Request, shown: Shown, lead: Lead, refused: MoveRefused, form: StepForm) -> HttpResponse:
    """What was refused and why. What was typed is kept; a card that was only pushed goes to where it stands now."""
    if isinstance(refused, NoSuchLead):
        raise Http404(refused.message) from refused
    lead = visible_lead(request, lead.pk)
    if request.htmx and "note" not in request.POST and not isinstance(refused, MissingFacts):
        messages.error(request, refused.message)
        has_moved = lead.version != form.cleaned_data["version"]
        stages = tuple(shown.stages) if has_moved else None
        return _told(request, shown, lead.pk, stages=stages, status=_status(refused))
    offer = rules.offer_of(refused.step, refused.legal)
    data = {**dict(form.data.items()), "version": lead.version}
    fresh = StepForm(data, lead=lead, user=request.user, offer=offer, step=refused.step)
    fresh.is_valid()
    for fact in refused.missing if isinstance(refused, MissingFacts) else ():
        said = _("Choose a reason.") if fact.name == "reason" else _("Give %(fact)s.") % {"fact": fact.label}
        fresh.add_error(fact.name if fact.name in fresh.fields else None, said)
    return _asks(request, shown, lead, refused.step, fresh, problem=refused.message, status=_status(refused))


def _status(refused: MoveRefused) -> int:
    if isinstance(refused, MissingFacts | WrongTime):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.FORBIDDEN if isinstance(refused, NotYours) else HTTPStatus.CONFLICT
