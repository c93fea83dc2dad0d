"""A lead that somebody had open and that is not there for them any more: what became of it, and what they had typed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext as _

from leads import path
from leads.models import Lead, StageChange
from leads.views.lead import show
from leads.views.pages import Request, answer, number_in, standing_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from leads.forms.composing import Composed

MERGED = "Nothing was written yet: the lead you had open was merged into this one. Press again to write it here."


def gone(request: Request, lead_id: int, entered: Sequence[tuple[str, str]] = ()) -> HttpResponse:
    """409 with what happened and what was typed; 404 for a lead that the person could not have seen."""
    line = _seen_line(request, lead_id)
    if line is None or not path.as_left_by(line).is_visible_to(request.user):
        raise Http404("There is no lead of this number that you can see.")
    taken = Lead.objects.filter(pk=lead_id).exclude(owner=None).exists()
    problem = _("Somebody else has just taken this lead.") if taken else _("Somebody else has just moved this lead.")
    context = {"problem": problem, "entered": entered}
    return answer(request, "leads/gone.html", context, part="body", status=HTTPStatus.CONFLICT)


def elsewhere(request: Request, lead_id: int, form: Composed) -> HttpResponse:
    """Where what was written for a lead belongs now: to the lead it was merged into, if to any; `form` keeps it."""
    if survivor := standing_for(request, lead_id):
        fresh = rebound(form, survivor)
        return show(request, survivor, form=fresh, problem=_(MERGED), status=HTTPStatus.CONFLICT)
    return gone(request, lead_id, form.entered)


def rebound[Form: Composed](form: Form, lead: Lead) -> Form:
    """The same form with what was typed, for the lead as it is now; a second press then writes it."""
    form.data = {**dict(form.data.items()), "version": str(lead.version)}
    form.lead = lead
    return form


def _seen_line(request: Request, lead_id: int) -> StageChange | None:
    """The log line that was the lead's newest when the person looked, as their page says."""
    version = number_in(request.POST.get("version", ""), digits=9)
    return None if version is None else StageChange.objects.filter(lead_id=lead_id, sequence=version).first()
