"""Many leads at once: first what would happen and why not to all of them, then the doing."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from leads import bulk, jobs
from leads.forms.bulk import FactForm, step_form
from leads.listing import Listing
from leads.models import Job, Lead
from leads.models.lead import STEPS
from leads.refusals import LostRace
from leads.rules import LABELS
from leads.tasks import ring
from leads.views.pages import Request, answer, number_in, stage_labels
from leads.working_rows import kept_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from leads.forms.moving import StepForm
    from leads.models.lead import LeadQuerySet

FACT = "fact:"
MOST_PICKED = 500


@dataclass(frozen=True)
class Choice:
    """The leads that were chosen: by their boxes, each with the version that was seen, or all that match a query.

    `most` is how many of all those the person saw, `problems` what made no sense of the query: were it ignored, more
    leads would match than anybody chose.
    """

    leads: LeadQuerySet
    versions: dict[int, int] | None
    query: str
    do: str
    most: int | None = None
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: Request, at: datetime) -> Choice:
        asked = request.POST if request.method == "POST" else request.GET
        query, do = asked.get("query", "")[:4000], asked.get("do", "")
        if asked.get("all"):
            listing = Listing.of(QueryDict(query), user=request.user, at=at)
            most = number_in(asked.get("total", ""))
            return cls(listing.leads, None, query, do, most, tuple(listing.form.problems))
        versions = dict(filter(None, map(_picked, asked.getlist("lead")[:MOST_PICKED])))
        leads = Lead.objects.visible_to(request.user).filter(pk__in=list(versions))
        return cls(leads, versions, query, do)

    @property
    def back(self) -> str:
        return f"{reverse('lead_list')}{'?' if self.query else ''}{self.query}"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the next page must carry along."""
        picked = [("all", "1")] if self.versions is None else [
            ("lead", f"{number}:{version}") for number, version in self.versions.items()
        ]  # fmt: skip
        return [("query", self.query), ("do", self.do), *picked]


def _picked(text: str) -> tuple[int, int] | None:
    """A lead's number and version, None for what is neither."""
    number, _colon, version = text.partition(":")
    lead_id, seen = number_in(number), number_in(version)
    return None if lead_id is None or seen is None else (lead_id, min(seen, 2**31 - 1))


@login_required
@require_http_methods(["GET", "POST"])
def lead_bulk(request: Request) -> HttpResponse:
    """GET shows what would happen to the chosen leads; POST does it."""
    at = timezone.now()
    choice = Choice.of(request, at)
    if choice.problems:
        messages.error(request, " ".join([_("Nothing was done: a filter makes no sense any more."), *choice.problems]))
        return redirect(choice.back)
    if choice.versions == {}:
        messages.warning(request, _("Nothing was selected. Tick some leads first, or all that match."))
        return redirect(choice.back)
    if choice.do in STEPS:
        return _step(request, choice, at)
    if choice.do.removeprefix(FACT) in FactForm.KNOWN and choice.do.startswith(FACT):
        return _fact(request, choice, at)
    messages.warning(request, _("Choose what to do with the selected leads."))
    return redirect(choice.back)


def _step(request: Request, choice: Choice, at: datetime) -> HttpResponse:
    preview = bulk.preview(choice.leads, step=choice.do, by=request.user)
    posted = request.POST if request.method == "POST" else None
    form = step_form(posted, preview=preview, user=request.user)
    if posted is None or not form.is_valid() or _lacking(form):
        return _page(request, choice, title=preview.label, preview=preview, form=form)
    return _start(request, choice, jobs.Ask(Job.Kind.MOVE, choice.do, kept_of(form.given())), at)


def _lacking(form: StepForm) -> bool:
    """Whether a fact is not given that the step asks for; the form says which."""
    for name in form.asked:
        if form.cleaned_data.get(name) in (None, ""):
            form.add_error(name, _("The step asks for this."))
    return bool(form.errors)


def _fact(request: Request, choice: Choice, at: datetime) -> HttpResponse:
    fact = choice.do.removeprefix(FACT)
    form = FactForm(request.POST if request.method == "POST" else None, fact=fact, user=request.user)
    if not form.is_valid():
        title = _("Change %(fact)s") % {"fact": FactForm.KNOWN[fact]}
        return _page(request, choice, title=title, preview=None, form=form)
    return _start(request, choice, jobs.Ask(Job.Kind.FACTS, given=form.facts()), at)


def _page(request: Request, choice: Choice, *, title: str, preview: bulk.Preview | None, form: Any) -> HttpResponse:
    total = preview.can + preview.refused if preview else choice.leads.count()
    context = {
        "title": title, "preview": preview, "form": form, "choice": choice, "total": total,
        "fields": form.shown if preview else list(form), "stage_labels": stage_labels(),
        "gone": len(choice.versions) - total if choice.versions is not None else 0,
        "at_once": total <= jobs.AT_ONCE,
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return answer(request, "leads/bulk.html", context, status=status)


def _start(request: Request, choice: Choice, ask: jobs.Ask, at: datetime) -> HttpResponse:
    """Begin the job; a small one is done at once."""
    try:
        job = jobs.start(ask, choice.leads, by=request.user, at=at, versions=choice.versions, most=choice.most)
    except jobs.CannotStart as refused:
        messages.error(request, str(refused))
        return redirect(choice.back)
    return begin(request, job, back=choice.back)


def begin(request: Request, job: Job, *, back: str) -> HttpResponse:
    """Do a small job at once and go back where the person came from; leave a big one to the worker."""
    here = reverse("job", args=[job.pk])
    if job.total > jobs.AT_ONCE:
        ring(job.pk)
        return redirect(here)
    try:
        jobs.run(job_id=job.pk, at=timezone.now())
    except LostRace:
        messages.warning(request, _("Somebody else is working on some of these leads; the rest follows in a moment."))
        return redirect(here)
    job = Job.objects.get(pk=job.pk)
    undo = reverse("job_undo", args=[job.pk]) if jobs.may_undo(job, by=request.user, at=timezone.now()) else ""
    messages.success(request, said(job), extra_tags=undo)
    return redirect(here if job.refused else back)


def said(job: Job) -> str:
    """What a job did, in words."""
    words = {
        Job.Kind.MOVE: ngettext("%(what)s: %(done)s lead moved.", "%(what)s: %(done)s leads moved.", job.done),
        Job.Kind.FACTS: ngettext("%(done)s lead changed.", "%(done)s leads changed.", job.done),
        Job.Kind.UNDO: ngettext("Undone for %(done)s lead.", "Undone for %(done)s leads.", job.done),
    }[Job.Kind(job.kind)]
    told = words % {"what": LABELS.get(job.step, job.step), "done": f"{job.done:,}"}
    if not job.refused:
        return told
    refused = ngettext("%(number)s was refused.", "%(number)s were refused.", job.refused)
    return _("%(first)s %(second)s") % {"first": told, "second": refused % {"number": f"{job.refused:,}"}}
