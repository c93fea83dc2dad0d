"""The page of one lead: where it stands, what may come next, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from leads import merging, moves, timeline
from leads.forms.contact import ConsentForm, KeyForm
from leads.forms.moving import OverrideForm, StepForm, asked_by
from leads.models import Consent, Identity, Reason, StageChange, Touch
from leads.models.allowed import may_override
from leads.models.stage import RANKS, Stage
from leads.views.pages import Request, answer, stage_labels, standing_for, visible_lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from leads.models import Lead
    from leads.refusals import Offer

SHOWN = 200
LINE = ("by", "reason", "owner")  # what a line names
MENDS = {"consent": "consent", "contact": "contact"}  # where on the page a missing fact is put right
Entered = StepForm | OverrideForm | ConsentForm | KeyForm


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
    status: int = 200,
) -> HttpResponse:
    """The lead page as it is now; after a refusal with the `problem` said and the entered `form` kept open.

    `known` is the lead that has the key that was to be this one's.
    """
    labels = stage_labels()
    offers = moves.legal_steps(lead, by=request.user)
    context: dict[str, Any] = {
        "lead": lead,
        "stage_labels": labels,
        "problem": problem,
        "identities": lead.identities.order_by("kind", "value"),
        "removable": Identity.CONTACT_KINDS,
        "known": known,
        "back": back_of(request),
        "opened": request.GET.get("open", ""),
        **contact_forms(form),
        "choices": choices(request, lead, offers, form if isinstance(form, StepForm) else None),
        "blocked": [(one, missing(one)) for one in offers if not one.is_open and not one.needs_role],
        "others": [offer for offer in offers if offer.needs_role],
        **story(request, lead),
    }
    if may_override(lead, request.user) and not lead.erased_at:
        context["override"] = form if isinstance(form, OverrideForm) else OverrideForm(lead=lead, labels=labels)
    open_steps = [choice.offer.step for choice in context["choices"]]
    if isinstance(form, StepForm) and step not in open_steps:
        context["entered"] = form.entered
    elif form is not None and form.errors:
        context.update(problem="", wrong=True)  # the form says it better
    return answer(request, "leads/lead.html", context, part="body", status=status)


def back_of(request: Request) -> str:
    """Where the person came from: the list with its filters, or a page of the funnel; the plain list else."""
    back = request.GET.get("back", "")
    known = back.startswith(("/leads/", "/funnel/")) and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if known else reverse("lead_list")


def contact_forms(entered: Entered | None) -> dict[str, Any]:
    """The forms of how the lead may be reached; the one that was refused keeps what was entered."""
    refused = entered.granted if isinstance(entered, ConsentForm) else None
    return {
        "consent_forms": [entered if granted is refused else ConsentForm(granted=granted) for granted in (True, False)],
        "key_form": entered if isinstance(entered, KeyForm) else KeyForm(),
    }


def missing(offer: Offer) -> list[tuple[str, str]]:
    """What a blocked step lacks, in words, each with the part of the page that puts it right."""
    return [(fact.label, MENDS.get(fact.name, "")) for fact in offer.misses]


def choices(request: Request, lead: Lead, offers: Sequence[Offer], entered: StepForm | None) -> list[Choice]:
    """The open steps; the one that was refused keeps what was entered, for the lead as it is now."""
    result = []
    reasons = list(Reason.objects.filter(archived_at=None).order_by("pk"))
    for offer in offers:
        if offer.is_open and entered is not None and offer.step == entered.step:
            result.append(Choice(offer, entered, open=True))
        elif offer.is_open:
            form = StepForm(lead=lead, user=request.user, offer=offer, reasons=reasons)
            result.append(Choice(offer, form))
    return result


def story(request: Request, lead: Lead) -> dict[str, Any]:
    """The path, the timeline and the consent of a lead, by one query each.

    Path, undo and consent are its own; the timeline shows the leads merged into it as well.
    """
    now = timezone.now()
    parts = merging.parts_of(lead.pk)
    lines = list(lead.changes.select_related(*LINE).order_by("-sequence")[:SHOWN])
    consents = list(lead.consents.order_by("-number")[:SHOWN])
    touches = list(
        Touch.objects.filter(lead__in=[lead.pk, *parts]).select_related("asset", "by").order_by("-occurred_at")[:SHOWN]
    )
    newest = timeline.undoable(lines)
    undo = newest if newest and moves.may_undo(newest, by=request.user, at=now) else None
    path = timeline.path(lead, lines, at=now)
    own_consent = next((one for one in consents if one.purpose == "contact"), None)
    origins: dict[tuple[str, str], int] = {}
    if parts:
        origins = merging.origins_of_touches(lead.pk)
        told = StageChange.objects.filter(lead__in=parts).select_related(*LINE)
        lines += told.order_by("-recorded_at", "-lead_id", "-sequence")[:SHOWN]
        consents += Consent.objects.filter(lead__in=parts).order_by("-recorded_at", "-number")[:SHOWN]
    return {
        "now": now,
        "path": path,
        "undo": undo,
        "entries": timeline.timeline(
            lead, lines=lines, touches=touches, consents=consents, origins=origins, may_undo=undo
        ),
        "cut": SHOWN if len(lines) >= SHOWN or len(touches) >= SHOWN else 0,
        "consent": own_consent,
    }
