"""Jobs: how far they are, what was refused and why, stopping them and taking them back."""

from __future__ import annotations

import csv
from http import HTTPStatus
from io import StringIO
from time import monotonic
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leads import jobs
from leads.exporting import safe
from leads.models import Job, JobRow
from leads.refusals import LostRace
from leads.views.bulk import begin, said
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from typing import Any

SHOWN, LISTED = 200, 50
PATIENCE = 2
"""For so many seconds batches are begun when a person goes on with a job in the page itself."""


def _job(request: Request, job_id: int) -> Job:
    found: Job = get_object_or_404(jobs.jobs_seen_by(request.user), pk=job_id)
    return found


@login_required
@require_GET
def job_list(request: Request) -> HttpResponse:
    """The newest jobs: one's own, for managers everybody's."""
    found = jobs.jobs_seen_by(request.user).order_by("-id")[:LISTED]
    rows = [(job, said(job), jobs.may_undo(job, by=request.user, at=timezone.now())) for job in found]
    return answer(request, "leads/jobs.html", {"rows": rows})


@login_required
@require_GET
def job(request: Request, job_id: int) -> HttpResponse:
    """One job. A poll that has seen this state of it is answered by 304."""
    found = _job(request, job_id)
    tag = f'"{found.state}-{found.done}-{found.refused}"'
    if request.htmx:
        if request.headers.get("If-None-Match") == tag:
            return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        response = render(request, "leads/job.html#progress", {"job": found, "is_open": found.state in jobs.OPEN})
        if found.state not in jobs.OPEN:
            response["HX-Refresh"] = "true"
        response["ETag"], response["Cache-Control"], response["Vary"] = tag, "private, no-cache", "HX-Request"
        return response
    refused = JobRow.objects.filter(job=found, state=JobRow.State.REFUSED)
    reasons: Any = refused.values("refusal").annotate(number=Count("lead")).order_by("-number", "refusal")
    context = {
        "job": found,
        "said": said(found),
        "is_open": found.state in jobs.OPEN,
        "reasons": list(reasons[:LISTED]),
        "rows": list(jobs.rows_seen_by(found, request.user).filter(state=JobRow.State.REFUSED)[:SHOWN]),
        "may_undo": jobs.may_undo(found, by=request.user, at=timezone.now()),
        "undone_by": getattr(found, "undone_by", None),
    }
    return answer(request, "leads/job.html", context)


@login_required
@require_POST
def job_run(request: Request, job_id: int) -> HttpResponse:
    """Go on with a job in the page itself, where no worker does."""
    found = _job(request, job_id)
    try:
        ends = monotonic() + PATIENCE
        while monotonic() < ends and jobs.run_some(job_id=found.pk, at=timezone.now()):
            pass
    except LostRace:
        messages.warning(request, _("Somebody else is working on some of these leads. Try again in a moment."))
    return redirect("job", found.pk)


@login_required
@require_POST
def job_cancel(request: Request, job_id: int) -> HttpResponse:
    """Stop a job; what is done stays done, and can be undone."""
    found = _job(request, job_id)
    if jobs.cancel(job_id=found.pk, at=timezone.now()):
        messages.success(request, _("Stopped. What was done stays."))
    else:
        messages.info(request, _("There was nothing left to stop."))
    return redirect("job", found.pk)


@login_required
@require_POST
def job_undo(request: Request, job_id: int) -> HttpResponse:
    """Take back what a job did, by a job of its own."""
    found = _job(request, job_id)
    try:
        back = jobs.undo(job_id=found.pk, by=request.user, at=timezone.now())
    except jobs.CannotStart as refused:
        messages.error(request, str(refused))
        return redirect("job", found.pk)
    return begin(request, back, back=reverse("lead_list"))


@login_required
@require_GET
def job_refused(request: Request, job_id: int) -> HttpResponse:
    """The refused rows of a job as a file, with the reason of each."""
    found = _job(request, job_id)
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["lead", "name", "why"])
    rows = jobs.rows_seen_by(found, request.user).filter(state=JobRow.State.REFUSED).order_by("lead")
    writer.writerows([row.lead_id, safe(str(row.lead)), safe(row.refusal)] for row in rows.iterator())
    headers = {"Content-Disposition": f'attachment; filename="job-{found.pk}-refused.csv"'}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)
