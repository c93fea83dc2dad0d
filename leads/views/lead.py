"""The page of one lead: where it stands, what may come next, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from leads import handoff, merging, moves, path, planning, sla, story, timeline
from leads import known as knowing
from leads.due import Clock
from leads.forms.composing import KINDS, Composed, NoteForm, PlanForm, TouchForm
from leads.forms.contact import ConsentForm, KeyForm
from leads.forms.moving import OverrideForm, StepForm, asked_by
from leads.models import Reason, StagePolicy
from leads.models.allowed import may_override
from leads.models.stage import RANKS, Stage
from leads.models.stalled import is_stalled
from leads.views.course import course_of
from leads.views.pages import Request, answer, standing_for, visible_lead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from leads.models import Lead, StageChange
    from leads.refusals import Offer

LINES = 200  # of the log, for the path; a cycle has no more
MENDS = {"consent": "consent", "contact": "contact"}  # where on the page a missing fact is put right
EDITED = {"name", "title", "company", "source", "owner", "amount", "currency", "expected_close_on", "urgency"}
KEYS = {"lose": "l", "disqualify": "d", "reject": "r", "recycle": "r", "win": "w", "qualify": "q"}
FILTERS = {
    "all": _("All"), "moves": _("Moves"), "touches": _("Touches"), "notes": _("Notes"), "edits": _("Corrections"),
}  # fmt: skip
Entered = StepForm | OverrideForm | ConsentForm | KeyForm | Composed


@dataclass
class Choice:
    """A step that is open to this person, and the form of what it asks; `open` shows the form at once."""

    offer: Offer
    form: StepForm
    open: bool = False

    @property
    def forward(self) -> bool:
        return RANKS[self.offer.target] > RANKS[self.form.lead.stage] and self.offer.target != Stage.LOST

    @property
    def one_click(self) -> bool:
        return not asked_by(self.offer) and not self.open

    @property
    def key(self) -> str:
        """The key that takes the step or opens its form; A is always the next step forward."""
        return KEYS.get(self.offer.step, "a")


@dataclass(frozen=True)
class Composer:
    """The forms of what is written down between two moves; the one that was refused keeps what was typed."""

    touches: list[TouchForm]
    note: NoteForm
    plan: PlanForm
    open: str = ""


class Page:
    """Everything the template asks about one lead, fetched when it is asked for."""

    def __init__(self, request: Request, lead: Lead) -> None:
        self.request, self.lead, self.now = request, lead, timezone.now()
        self.known = knowing.known(lead)
        self.policies = StagePolicy.objects.in_bulk()
        self.course = course_of(request, lead if request.method == "GET" else None, self.policies)
        self.clock = Clock()

    @property
    def up(self) -> str:
        """The way back: to the list at the row of this lead, so that no scroll is lost."""
        is_list = urlsplit(self.course.back).path == reverse("lead_list")
        return f"{self.course.back}#row-{self.lead.pk}" if is_list else self.course.back

    @cached_property
    def offers(self) -> list[Offer]:
        return knowing.offers(self.lead, self.known, by=self.request.user, policies=self.policies)

    @cached_property
    def merges(self) -> list[merging.Arrived]:
        return merging.arrived_at(self.lead.pk) if self.known.stands_for_others else []

    @cached_property
    def badge(self) -> sla.Badge | None:
        """How the clock of the lead stands, None where none runs."""
        return sla.badges([self.lead], at=self.now, clock=self.clock).get(self.lead.pk)

    @property
    def stalled(self) -> bool:
        days = {stage: policy.stale_days for stage, policy in self.policies.items()}
        return is_stalled(self.lead, at=self.now, days=days)

    @cached_property
    def quick(self) -> list[tuple[str, str, datetime]]:
        """The quick choices of a plan: name, label and time."""
        times = planning.times(self.clock.calendar, at=self.now)
        return [(name, str(label), times[name]) for name, label in planning.QUICK.items()]


@login_required
@require_GET
def lead(request: Request, lead_id: int) -> HttpResponse:
    """One lead; for one that was merged, the lead that stands for it."""
    try:
        return show(request, visible_lead(request, lead_id))
    except Http404:
        if survivor := standing_for(request, lead_id):
            return redirect(survivor)
        raise


def show(
    request: Request,
    lead: Lead,
    *,
    form: Entered | None = None,
    step: str = "",
    problem: str = "",
    known: Lead | None = None,
    entered: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> HttpResponse:
    """The lead page as it is now; after a refusal with the `problem` said and the entered `form` kept open.

    `lead` comes from `visible_lead`, `known` is the lead that has the key that was to be this one's, and `entered` what
    was typed where no form takes it.
    """
    page = Page(request, lead)
    offers = page.offers
    context: dict[str, Any] = {
        "lead": lead,
        "page": page,
        "course": page.course,
        "stage_labels": {stage: policy.label for stage, policy in page.policies.items()},
        "guidance": page.policies[lead.stage].guidance if lead.stage in page.policies else "",
        "problem": problem,
        "entered": entered,
        "taken_by": known,
        "opened": request.GET.get("open", ""),
        **contact_forms(form),
        "composer": composer(lead, form),
        "choices": choices(request, lead, offers, form if isinstance(form, StepForm) else None),
        "blocked": [(one, missing(one)) for one in offers if not one.is_open and not one.needs_role],
        "others": [offer for offer in offers if offer.needs_role],
        **told(page, form),
    }
    if may_override(lead, request.user) and not lead.erased_at:
        labels = context["stage_labels"]
        context["override"] = form if isinstance(form, OverrideForm) else OverrideForm(lead=lead, labels=labels)
    open_steps = [choice.offer.step for choice in context["choices"]]
    if isinstance(form, StepForm) and step not in open_steps:
        context["entered"] = form.entered
    elif form is not None and form.errors:
        context.update(problem="", wrong=True)  # the form says it better
    return answer(request, "leads/lead.html", context, part="body", status=status)


def contact_forms(entered: Entered | None) -> dict[str, Any]:
    """The forms of how the lead may be reached; the one that was refused keeps what was entered."""
    refused = entered.granted if isinstance(entered, ConsentForm) else None
    return {
        "consent_forms": [entered if granted is refused else ConsentForm(granted=granted) for granted in (True, False)],
        "key_form": entered if isinstance(entered, KeyForm) else KeyForm(),
    }


def composer(lead: Lead, entered: Entered | None) -> Composer:
    """The forms to write with; the one that was refused is open and keeps what was typed."""
    kind = entered.name if isinstance(entered, TouchForm) else ""
    return Composer(
        touches=[
            entered if isinstance(entered, TouchForm) and one == kind else TouchForm(lead=lead, kind=one)
            for one in KINDS
        ],
        note=entered if isinstance(entered, NoteForm) and entered.name == "note" else NoteForm(lead=lead),
        plan=entered if isinstance(entered, PlanForm) else PlanForm(lead=lead),
        open=entered.name if isinstance(entered, Composed) else "",
    )


def missing(offer: Offer) -> list[tuple[str, str]]:
    """What a blocked step lacks, in words, each with where it is put right: a part of the page, or the facts."""
    return [(fact.label, MENDS.get(fact.name, "facts" if fact.name in EDITED else "")) for fact in offer.misses]


def choices(request: Request, lead: Lead, offers: Sequence[Offer], entered: StepForm | None) -> list[Choice]:
    """The open steps; the one that was refused keeps what was entered, for the lead as it is now."""
    result = []
    ask_reason = any(fact.name == "reason" for offer in offers if offer.is_open for fact in offer.asks)
    reasons = list(Reason.objects.filter(archived_at=None).order_by("pk")) if ask_reason else []
    for offer in offers:
        if offer.is_open and entered is not None and offer.step == entered.step:
            result.append(Choice(offer, entered, open=True))
        elif offer.is_open:
            form = StepForm(lead=lead, user=request.user, offer=offer, reasons=reasons)
            result.append(Choice(offer, form))
    return result


def thread_of(page: Page, lines: Sequence[StageChange], entered: Entered | None) -> dict[str, Any]:
    """What sales and marketing say about the newest rejection, and the form to answer with, to who may."""
    if not any(line.step == "reject" for line in path.valid(lines)):
        return {}
    thread = handoff.thread_of(page.lead)
    if thread is None:
        return {}
    if not thread.may_write(page.request.user):
        return {"thread": thread}
    is_reply = isinstance(entered, NoteForm) and entered.name == "reply"
    return {"thread": thread, "reply_form": entered if is_reply else NoteForm(lead=page.lead, cycle=thread.cycle)}


def told(page: Page, entered: Entered | None) -> dict[str, Any]:
    """The path and the story of a lead. Path and undo are its own; the story is told of its merged parts as well."""
    lead, request = page.lead, page.request
    lines = list(lead.changes.order_by("-sequence")[:LINES])
    newest = path.undoable(lines)
    undo = newest.sequence if newest and moves.may_undo(newest, by=request.user, at=page.now) else None
    show = page.course.shown if page.course.shown in FILTERS else story.EVERYTHING
    before = request.GET.get("before", "")
    happened, more = story.read(
        lead.pk, [one.lead_id for one in page.merges], show=show, before=before, converted=path.converted_at(lines)
    )
    origins = {key: one.lead_id for one in page.merges for key in one.touches}
    entries = timeline.entries(lead, happened, by=request.user, at=page.now, undo=undo, origins=origins)
    return {
        **thread_of(page, lines, entered),
        "path": path.path(lead, lines, at=page.now),
        "undo": undo,
        "entries": entries,
        "days": timeline.by_day(entries),
        "filters": [(name, label, name == show) for name, label in FILTERS.items()],
        "showing": show,
        "before": before,
        "older": happened[-1].cursor if more else "",
    }
