"""What people write down on a lead's page: calls, e-mails, meetings, notes, and the next thing they plan."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from leads import planning, talking, working
from leads.calendar import working_calendar
from leads.forms.composing import KINDS, Composed, NoteForm, PlanForm, TouchForm
from leads.models import Lead, Touch
from leads.refusals import Erased, LostRace, MergedAway, NoSuchLead
from leads.views.course import course_of
from leads.views.gone import elsewhere, rebound
from leads.views.lead import show
from leads.views.pages import Request, again, seen_lead, visible_lead

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from leads.models import Edit

OFFERED = 8  # people while a name is typed


@login_required
@require_http_methods(["GET", "POST"])
def lead_touch(request: Request, lead_id: int) -> HttpResponse:
    """Write down a call, an e-mail or a meeting, with what came of it."""
    if request.method == "GET":
        return again(request, visible_lead(request, lead_id), _("the outcome"))
    kind = request.POST.get("kind", "")
    if kind not in KINDS:
        raise Http404("There is no touch of this kind.")
    form = TouchForm(request.POST, lead=seen_lead(request, lead_id) or Lead(pk=lead_id), kind=kind)

    def write() -> Edit | None:
        given = form.cleaned_data
        return working.touch(
            lead_id=lead_id, kind=kind, outcome=given["outcome"], note=given["note"].strip(), by=request.user,
            at=timezone.now(), occurred_at=given["occurred_at"],
        )  # fmt: skip

    outcome = request.POST.get("outcome", "")
    label = Touch.Outcome(outcome).label if outcome in Touch.Outcome.values else ""
    said = f"{Touch.Kind(kind).label}: {label}." if label else f"{Touch.Kind(kind).label}."
    return _written(request, lead_id, form, write, lambda: _("Written down. %(touch)s") % {"touch": said})


@login_required
@require_http_methods(["GET", "POST"])
def lead_note(request: Request, lead_id: int) -> HttpResponse:
    """Write a note, or a reply in the thread of a handoff."""
    if request.method == "GET":
        return again(request, visible_lead(request, lead_id), _("Save"))
    cycle = request.POST.get("cycle", "")
    form = NoteForm(
        request.POST, lead=seen_lead(request, lead_id) or Lead(pk=lead_id), cycle=1 if cycle.strip() else None
    )

    def write() -> Edit | None:
        given = form.cleaned_data
        return talking.write(
            lead_id=lead_id, text=given["text"], by=request.user, at=timezone.now(), cycle=given["cycle"]
        )

    said = _("The reply was sent.") if cycle else _("The note was saved.")
    return _written(request, lead_id, form, write, lambda: said)


@login_required
@require_http_methods(["GET", "POST"])
def lead_plan(request: Request, lead_id: int) -> HttpResponse:
    """Plan what to do next, in place of what was planned."""
    if request.method == "GET":
        return again(request, visible_lead(request, lead_id), _("Plan"))
    form = PlanForm(request.POST, lead=seen_lead(request, lead_id) or Lead(pk=lead_id))
    now = timezone.now()

    def write() -> Edit | None:
        given = form.cleaned_data
        times = planning.times(working_calendar(), at=now) if given["quick"] else {}
        form.cleaned_data["due_at"] = form.due(times)
        return working.plan(
            lead_id=lead_id, kind=given["kind"], due_at=given["due_at"], note=given["note"], by=request.user, at=now
        )

    def said() -> str:
        when = date_format(timezone.localtime(form.cleaned_data["due_at"]), "DATETIME_FORMAT")
        kind = Lead.NextKind(form.cleaned_data["kind"]).label
        return _("Planned: %(kind)s on %(when)s.") % {"kind": kind, "when": when}

    return _written(request, lead_id, form, write, said)


@login_required
@require_http_methods(["GET", "POST"])
def lead_unplan(request: Request, lead_id: int) -> HttpResponse:
    """Plan nothing any more, because it is done or will not be."""
    lead = visible_lead(request, lead_id)
    if request.method == "GET":
        return again(request, lead, _("Drop the plan"))
    form = Composed(request.POST, lead=lead, name="unplan")
    done = request.POST.get("done") == "yes"
    write = partial(working.unplan, lead_id=lead_id, by=request.user, at=timezone.now())
    return _written(request, lead_id, form, write, lambda: _("Done.") if done else _("The plan was dropped."))


@login_required
@require_GET
def lead_colleagues(request: Request, lead_id: int) -> JsonResponse:
    """The people who see this lead and whose name begins like `q`, for a note that mentions them."""
    lead = visible_lead(request, lead_id)
    found = talking.colleagues(lead, request.GET.get("q", "")[:60], limit=OFFERED)
    return JsonResponse({"people": [{"username": one.username, "name": str(one)} for one in found]})


def _written(
    request: Request, lead_id: int, form: Composed, write: Callable[[], Edit | None], said: Callable[[], str]
) -> HttpResponse:
    """Write what the form says, and show the lead; whatever stands in the way, what was typed is kept."""
    lead = seen_lead(request, lead_id)
    if lead is None:
        return elsewhere(request, lead_id, form)
    if not form.is_valid():
        return show(request, lead, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.is_stale:
        problem = _(
            "Nothing was written yet: somebody has moved this lead since you looked. Look at it, then press again."
        )
        return show(request, lead, form=rebound(form, lead), problem=problem, status=HTTPStatus.CONFLICT)
    try:
        edit = write()
    except (NoSuchLead, MergedAway):
        return elsewhere(request, lead_id, form)
    except (working.WrongTime, LostRace, Erased) as refused:
        is_time = isinstance(refused, working.WrongTime)
        form.add_error(form.moment if is_time else None, str(refused))
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_time else HTTPStatus.CONFLICT
        return show(request, lead, form=form, status=status)
    undo = f"{reverse('edit_undo', args=[edit.pk])}{course_of(request).query}" if edit else ""
    messages.success(request, said(), extra_tags=undo)
    return shown_again(request, lead_id)


def shown_again(request: Request, lead_id: int) -> HttpResponse:
    """The lead as it is now, on the way the person is on."""
    lead = visible_lead(request, lead_id)
    if request.htmx:
        return show(request, lead)
    return redirect(f"{lead.get_absolute_url()}{course_of(request).query}")
