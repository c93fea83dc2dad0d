"""Out of office: one's own days away, and those of one's people."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from leads import absences as away
from leads.forms.absences import AbsenceForm
from leads.models import Absence
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from django.http import HttpResponse

SHOWN = 200


@login_required
@require_http_methods(["GET", "POST"])
def absences(request: Request) -> HttpResponse:
    """GET shows who is away and when, POST plans one more absence."""
    now = timezone.now()
    form = AbsenceForm(request.POST or None, by=request.user)
    absence = form.planned(at=now) if request.method == "POST" else None
    if absence:
        messages.success(request, _planned(absence), extra_tags=reverse("absence_remove", args=[absence.pk]))
        return redirect("absences")
    page = {"form": form, "planned": away.planned_by(request.user, at=now)[:SHOWN], "of_others": "user" in form.fields}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return answer(request, "leads/absences.html", page, status=status)


@login_required
@require_POST
def absence_remove(request: Request, absence_id: int) -> HttpResponse:
    """Strike an absence; also the undo of planning it."""
    try:
        absence = away.remove(absence_id=absence_id, by=request.user)
    except Absence.DoesNotExist as gone:
        raise Http404("There is no such absence that you can change.") from gone
    messages.success(request, _("%(person)s is no longer planned as away.") % {"person": absence.user})
    return redirect("absences")


def _planned(absence: Absence) -> str:
    words = _("%(person)s is away from %(first)s to %(last)s and is offered no new leads on these days.")
    return words % {
        "person": absence.user,
        "first": date_format(absence.starts_on),
        "last": date_format(absence.ends_on),
    }
