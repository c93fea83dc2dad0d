"""How a lead may be reached, written down: its consent, its e-mails and phones."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from leads import consent, keys, suppression
from leads.forms.contact import ConsentForm, KeyForm
from leads.models import Lead
from leads.refusals import Erased, LostRace, NoSuchLead
from leads.views.course import course_of
from leads.views.lead import show
from leads.views.pages import Request, again, undo_of, visible_lead

if TYPE_CHECKING:
    from django.http import HttpResponse

ASK = gettext_lazy("Ask a marketer or manager.")  # about a lead one cannot see
KNOWN = gettext_lazy("Another lead has this e-mail or phone.")


@login_required
@require_http_methods(["GET", "POST"])
def lead_consent(request: Request, lead_id: int) -> HttpResponse:
    """Write down that the lead agreed to be contacted, or no longer does."""
    lead = visible_lead(request, lead_id)
    form = ConsentForm(request.POST, granted=request.POST.get("granted") != "no")
    if request.method == "GET":
        return again(request, lead, _("Record consent"))
    if not form.is_valid():
        return show(request, lead, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        consent.record(lead_id=lead_id, granted=form.granted, by=request.user, at=timezone.now(), **form.cleaned_data)
    except consent.WrongOrder as wrong:
        form.add_error("occurred_at", str(wrong))
        return show(request, lead, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except (LostRace, Erased) as refused:
        form.add_error(None, refused.message)
        return show(request, lead, form=form, status=HTTPStatus.CONFLICT)
    except NoSuchLead as gone:
        raise Http404(gone.message) from gone
    messages.success(request, _("Consent recorded.") if form.granted else _("Withdrawal recorded."))
    return redirect(f"{lead.get_absolute_url()}{course_of(request).query}")


@login_required
@require_http_methods(["GET", "POST"])
def lead_key(request: Request, lead_id: int) -> HttpResponse:
    """Make the lead known by one more e-mail or phone."""
    lead, now = visible_lead(request, lead_id), timezone.now()
    form = KeyForm(request.POST)
    if request.method == "GET":
        return again(request, lead, _("Add"))
    if not form.is_valid():
        return show(request, lead, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        value = keys.add(
            lead_id=lead_id, kind=form.cleaned_data["kind"], text=form.cleaned_data["value"], by=request.user, at=now
        )
    except ValueError as wrong:
        form.add_error("value", _("%(problem)s.") % {"problem": wrong})
        return show(request, lead, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except keys.Taken as taken:
        known = Lead.objects.visible_to(request.user).filter(pk=taken.lead_id).first()
        form.add_error(None, KNOWN if known else f"{KNOWN} {ASK}")
        return show(request, lead, form=form, known=known, status=HTTPStatus.CONFLICT)
    except (LostRace, Erased, suppression.Suppressed) as refused:
        form.add_error(None, str(refused))
        return show(request, lead, form=form, status=HTTPStatus.CONFLICT)
    except NoSuchLead as gone:
        raise Http404(gone.message) from gone
    messages.success(request, _("Added %(key)s.") % {"key": value}, extra_tags=undo_of(request, lead, at=now))
    return redirect(f"{lead.get_absolute_url()}{course_of(request).query}")


@login_required
@require_http_methods(["GET", "POST"])
def lead_key_remove(request: Request, lead_id: int) -> HttpResponse:
    """Forget an e-mail or phone of the lead."""
    lead, now = visible_lead(request, lead_id), timezone.now()
    kind, value = request.POST.get("kind", ""), request.POST.get("value", "").replace("\0", "")
    if request.method == "GET":
        return again(request, lead, _("Remove"))
    try:
        removed = keys.remove(lead_id=lead_id, kind=kind, value=value, by=request.user, at=now)
    except ValueError as wrong:
        problem = _("Nothing was removed: %(why)s.") % {"why": wrong}
        return show(request, lead, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except (LostRace, Erased) as refused:
        return show(request, lead, problem=refused.message, status=HTTPStatus.CONFLICT)
    except NoSuchLead as gone:
        raise Http404(gone.message) from gone
    said = _("Removed %(key)s.") % {"key": value} if removed else _("It was removed already.")
    messages.success(request, said, extra_tags=undo_of(request, lead, at=now))
    return redirect(f"{lead.get_absolute_url()}{course_of(request).query}")
