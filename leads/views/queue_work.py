"""Work done without leaving Today: the steps of a row, the outcome of a call, and taking either back."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from leads import moves, rules, sla, undoing, whys, working
from leads.due import Clock
from leads.edits import CannotUndo
from leads.forms.moving import StepForm
from leads.models import Lead, Stage, StageChange, StagePolicy, Touch
from leads.models.lead import STEPS
from leads.path import as_left_by
from leads.queue import Section
from leads.reach import reaches
from leads.refusals import Erased, LostRace, MergedAway, MissingFacts, MoveRefused, NoSuchLead
from leads.views.pages import Request, answer, number_in, stage_labels, visible_lead
from leads.views.today import Here, show

if TYPE_CHECKING:
    from leads.refusals import Offer

LONGEST = 2_000  # characters of a note
GONE = (NoSuchLead, MergedAway, Erased)


@login_required
@require_http_methods(["GET", "POST"])
def today_step(request: Request, lead_id: int, step: str) -> HttpResponse:
    """GET asks in place for what a step needs; POST takes it and goes on with the queue."""
    if step not in STEPS:
        raise Http404(f"There is no step called {step}.")
    lead = Lead.objects.visible_to(request.user).select_related("company", "owner__team").filter(pk=lead_id).first()
    if lead is None:
        return _left(request, lead_id)
    offer = rules.offer_of(step, moves.legal_steps(lead, by=request.user))
    if request.method == "GET":
        if offer is None or not offer.is_open:
            problem = _("%(step)s is not open for this lead now.") % {"step": rules.LABELS[step]}
            return _ask(request, lead, None, offer, problem=problem, status=HTTPStatus.CONFLICT)
        return _ask(request, lead, StepForm(lead=lead, user=request.user, offer=offer), offer)
    form = StepForm(request.POST, lead=lead, user=request.user, offer=offer, step=step)
    if not form.is_valid():
        return _ask(request, lead, form, offer, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        line = moves.move(
            lead_id=lead_id, step=step, by=request.user, at=timezone.now(),
            expected_version=form.cleaned_data["version"], given=form.given(),
        )  # fmt: skip
    except MoveRefused as refused:
        return _refused(request, refused, form)
    stage = stage_labels().get(line.to_stage) or str(Stage(line.to_stage).label)
    said = _("%(step)s: %(lead)s now stands at %(stage)s.") % {
        "step": rules.LABELS[step], "lead": lead, "stage": stage,
    }  # fmt: skip
    return _done(request, said, undo=f"{reverse('today_undo', args=[lead_id])}?version={line.sequence}")


@login_required
@require_GET
def today_why(request: Request, lead_id: int) -> HttpResponse:
    """The sentences that say why a lead stands under its heading."""
    lead, now = visible_lead(request, lead_id), timezone.now()
    named = request.GET.get("section", "")
    section = Section(named) if named in Section.values else Section.OVERDUE
    policies = StagePolicy.objects.in_bulk()
    badge = sla.badges([lead], at=now, clock=Clock()).get(lead.pk)
    said = whys.why(lead, section, user=request.user, at=now, policies=policies, badge=badge)
    return _asked(request, lead, {"why": said}, HTTPStatus.OK)


@login_required
@require_http_methods(["GET", "POST"])
def today_call(request: Request, lead_id: int) -> HttpResponse:
    """GET asks in place how a call went; POST writes it down."""
    lead = Lead.objects.visible_to(request.user).select_related("company", "owner__team").filter(pk=lead_id).first()
    if lead is None:
        return _left(request, lead_id)
    if request.method == "GET":
        return _ask_call(request, lead)
    outcome, note = request.POST.get("outcome", ""), request.POST.get("note", "").strip()
    try:
        _check_call(outcome, note)
        edit = working.touch(
            lead_id=lead_id, kind=Touch.Kind.CALL, outcome=outcome, note=note, by=request.user, at=timezone.now()
        )
    except GONE:
        return _left(request, lead_id)
    except LostRace as refused:
        return _ask_call(request, lead, note=note, problem=refused.message, status=HTTPStatus.CONFLICT)
    except ValidationError as wrong:
        problem = " ".join(wrong.messages)
        return _ask_call(request, lead, note=note, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    said = _("Call with %(lead)s: %(outcome)s.") % {"lead": lead, "outcome": Touch.Outcome(outcome).label}
    return _done(request, said, undo=f"{reverse('today_undo', args=[lead_id])}?edit={edit.pk}")


def _check_call(outcome: str, note: str) -> None:
    """Refuse what cannot be said of a call."""
    if outcome not in Touch.OUTCOMES[Touch.Kind.CALL]:
        raise ValidationError(_("Choose how the call went."))
    if len(note) > LONGEST or "\0" in note:
        raise ValidationError(_("Write a shorter note: at most %(most)d characters.") % {"most": LONGEST})


@login_required
@require_POST
def today_undo(request: Request, lead_id: int) -> HttpResponse:
    """Take back a step (`version`) or an edit (`edit`) that was made from Today, and go on with the queue."""
    version, edit = _number(request, "version"), _number(request, "edit")
    try:
        if version:
            line = moves.undo(lead_id=lead_id, by=request.user, at=timezone.now(), expected_version=version)
            stage = stage_labels().get(line.to_stage) or str(Stage(line.to_stage).label)
            said = _("Undone: %(lead)s stands at %(stage)s again.")
            return _done(request, said % {"lead": Lead.objects.get(pk=lead_id), "stage": stage})
        undoing.undo(edit_id=edit, by=request.user, at=timezone.now())
    except GONE as refused:
        raise Http404(str(refused)) from refused
    except (MoveRefused, CannotUndo) as refused:
        messages.error(request, str(refused))
        return _queue(request, status=HTTPStatus.CONFLICT)
    return _done(request, _("Undone."))


def _number(request: Request, name: str) -> int:
    return number_in(request.GET.get(name, "")) or 0


def _refused(request: Request, refused: MoveRefused, entered: StepForm) -> HttpResponse:
    """What was refused and why, with everything entered kept, for the lead as it stands now."""
    lead = Lead.objects.visible_to(request.user).select_related("company", "owner__team").filter(pk=refused.lead_id)
    found = lead.first()
    if found is None or isinstance(refused, GONE):
        return _left(request, refused.lead_id)
    offer = rules.offer_of(refused.step, refused.legal)
    data = {**dict(entered.data.items()), "version": found.version}
    form = StepForm(data, lead=found, user=request.user, offer=offer, step=refused.step)
    form.is_valid()
    if isinstance(refused, MissingFacts):
        for fact in refused.missing:
            said = _("Choose a reason.") if fact.name == "reason" else _("Give %(fact)s.") % {"fact": fact.label}
            form.add_error(fact.name if fact.name in form.fields else None, said)
        return _ask(request, found, form, offer, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _ask(request, found, form, offer, problem=refused.message, status=HTTPStatus.CONFLICT)


def _ask(
    request: Request, lead: Lead, form: StepForm | None, offer: Offer | None, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Asks for what a step needs; where it is not open any more, shows what was entered."""
    is_open = form is not None and offer is not None and offer.is_open
    fields = form.shown if form and is_open else []
    if fields:
        fields[0].field.widget.attrs["data-focus"] = ""  # the script moves the focus there
    context = {
        "offer": offer,
        "form": form if is_open else None,
        "fields": fields,
        "reasons": _reasons(form) if form and is_open else [],
        "entered": form.entered if form and form.is_bound and not is_open else [],
        "problem": problem,
    }
    return _asked(request, lead, context, status)


def _ask_call(request: Request, lead: Lead, *, note: str = "", problem: str = "", status: int = 200) -> HttpResponse:
    """Asks how a call went, beside what to call."""
    context = {
        "calling": True, "outcomes": Touch.OUTCOMES[Touch.Kind.CALL], "note": note, "problem": problem,
        "reach": reaches([lead.pk]).get(lead.pk),
    }  # fmt: skip
    return _asked(request, lead, context, status)


def _asked(request: Request, lead: Lead, context: dict[str, Any], status: int) -> HttpResponse:
    """What a row asks, in place; without a script, a page of its own."""
    context = {**context, "lead": lead, "here": _here(request)}
    response = answer(request, "leads/today_ask.html", context, part="ask", status=status)
    if request.htmx and status >= HTTPStatus.BAD_REQUEST:
        reswap(retarget(response, f"#ask-{lead.pk}"), "innerHTML")
    return response


def _reasons(form: StepForm) -> list[tuple[int, str]]:
    """The reasons a step can be given by one key, as long as nothing has been entered."""
    if form.is_bound or "reason" not in form.asked:
        return []
    return [(one.pk, one.label) for one in form.fields["reason"].queryset]  # type: ignore[attr-defined]


def _here(request: Request) -> Here:
    return Here.read(request.POST if request.method == "POST" else request.GET)


def _left(request: Request, lead_id: int) -> HttpResponse:
    """The queue anew for a lead that somebody else has taken meanwhile; 404 for one that was never in sight."""
    version = number_in(request.POST.get("version", ""), digits=9) or 0
    line = StageChange.objects.filter(lead_id=lead_id, sequence=version).first()
    if line is None or not as_left_by(line).is_visible_to(request.user):
        raise Http404("There is no lead of this number that you can see.")
    messages.error(request, _("Nothing was written: somebody else has just taken or moved this lead."))
    return _queue(request, status=HTTPStatus.CONFLICT)


def _done(request: Request, said: str, *, undo: str = "") -> HttpResponse:
    messages.success(request, said, extra_tags=undo)
    return _queue(request)


def _queue(request: Request, *, status: int = 200) -> HttpResponse:
    """The queue as it is now, with what was said; a redirect to it without a script."""
    here = _here(request)
    return show(request, here, status=status) if request.htmx else redirect(here.url)
