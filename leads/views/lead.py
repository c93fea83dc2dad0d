"""The page of one lead: where it stands, what may come next, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from leads import moves, timeline
from leads.forms.contact import ConsentForm, KeyForm
from leads.forms.moving import OverrideForm, StepForm, asked_by
from leads.models import Identity, Reason
from leads.models.lead import may_override
from leads.models.stage import RANKS, Stage
from leads.views.pages import Request, answer, stage_labels, visible_lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from leads.models import Lead
    from leads.refusals import Offer

SHOWN = 200
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
    """One lead."""
    return show(request, visible_lead(request, lead_id))


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
    if may_override(lead, request.user):
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
    """The path, the timeline and the consent of a lead, by one query each."""
    now = timezone.now()
    lines = list(lead.changes.select_related("by", "reason", "owner").order_by("-sequence")[:SHOWN])
    touches = list(lead.touches.select_related("asset", "by").order_by("-occurred_at")[:SHOWN])
    consents = list(lead.consents.order_by("-number")[:SHOWN])
    newest = timeline.undoable(lines)
    undo = newest if newest and moves.may_undo(newest, by=request.user, at=now) else None
    return {
        "now": now,
        "path": timeline.path(lead, lines, at=now),
        "undo": undo,
        "entries": timeline.timeline(lines=lines, touches=touches, consents=consents, may_undo=undo),
        "cut": SHOWN if SHOWN in (len(lines), len(touches)) else 0,
        "consent": next((one for one in consents if one.purpose == "contact"), None),
    }
