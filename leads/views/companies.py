"""Companies: a list, and the page of one with its leads and what happened with them."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import companies, company_edits, undoing
from leads.companies import Back, Tally
from leads.company_edits import NotSaved
from leads.edits import CannotUndo
from leads.forms.companies import CompanyFilterForm, CompanyForm
from leads.models import Company, CompanyEdit
from leads.views.pages import Request, answer


@login_required
@permission_required("leads.view_company", raise_exception=True)
@require_GET
def company_list(request: Request) -> HttpResponse:
    """The companies in sight, by the filters of the URL."""
    form = CompanyFilterForm(request.GET, user=request.user)
    form.is_valid()
    matching = companies.filtered(companies.visible_to(request.user), form.cleaned_data)
    rows, newer, older = companies.page(
        matching, after=_key(request.GET.get("after", "")), before=_key(request.GET.get("before", ""))
    )
    tallies = companies.tallies(rows, user=request.user)
    kept = {name: value for name, value in form.cleaned_data.items() if value}
    context = {
        "form": form,
        "rows": [(one, tallies.get(one.pk, Tally())) for one in rows],
        "newer": _turn("before", rows[0], kept) if newer and rows else "",
        "older": _turn("after", rows[-1], kept) if older and rows else "",
    }
    return answer(request, "leads/companies.html", context, part="results")


def _turn(way: str, one: Company, kept: dict[str, str]) -> str:
    key = signing.Signer(salt="key").sign_object([one.name.lower(), one.pk], compress=False)
    return f"{reverse('company_list')}?{urlencode({**kept, way: key})}"


def _key(text: str) -> tuple[str, int] | None:
    """The place in the list that `_turn` wrote down."""
    try:
        name, number = signing.Signer(salt="key").unsign_object(text)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return name, number


def visible_company(request: Request, company_id: int) -> Company:
    """The company, or 404 when there is none that this person may see."""
    found = companies.visible_to(request.user).filter(pk=company_id).first()
    if found is None:
        raise Http404("There is no company of this number that you can see.")
    return found


@login_required
@permission_required("leads.view_company", raise_exception=True)
@require_GET
def company(request: Request, company_id: int) -> HttpResponse:
    """One company: what is known of it, its leads, and everything that happened with them."""
    one = visible_company(request, company_id)
    leads = companies.leads_of(one, user=request.user)
    back = _back(request)
    entries, older = companies.happenings(one, {lead.pk: lead for lead in leads}, back=back)
    here, now = one_url(one.pk), timezone.now()
    may_edit = request.user.has_perm("leads.change_company")
    context = {
        "company": one,
        "leads": leads,
        "cut": companies.MOST,
        "entries": [(entry, may_edit and entry.edit and undoing.may_undo(entry.edit, by=request.user, at=now))
                    for entry in entries],
        "newer": f"{here}#story" if back else "",
        "older": f"{here}?{urlencode({'before': older.moment.isoformat(), 'seen': older.seen})}#story" if older else "",
        "alike": companies.alike(one, user=request.user),
        "may_edit": may_edit,
    }  # fmt: skip
    return answer(request, "leads/company.html", context)


def one_url(company_id: int) -> str:
    return reverse("company", args=[company_id])


def _back(request: Request) -> Back | None:
    """How far back the address asks for, None for the newest or for nonsense."""
    seen = request.GET.get("seen", "0")
    try:
        moment = parse_datetime(request.GET.get("before", ""))
    except ValueError:
        return None
    if moment is None or not timezone.is_aware(moment) or not (seen.isascii() and seen.isdigit() and len(seen) < 6):
        return None
    return Back(moment, int(seen))


@login_required
@permission_required("leads.change_company", raise_exception=True)
@require_http_methods(["GET", "POST"])
def company_edit(request: Request, company_id: int) -> HttpResponse:
    """Correct what is known of a company."""
    one = visible_company(request, company_id)
    if request.method == "GET":
        return answer(request, "leads/company_edit.html", {"company": one, "form": CompanyForm(instance=one)})
    try:
        form, edit = _corrected(request, company_id)
    except NotSaved as refused:
        form = CompanyForm(request.POST, instance=one)
        form.add_error("domain", str(refused))
        return answer(request, "leads/company_edit.html", {"company": one, "form": form}, status=HTTPStatus.CONFLICT)
    if form.errors:
        status = HTTPStatus.CONFLICT if form.overtaken else HTTPStatus.UNPROCESSABLE_ENTITY
        return answer(request, "leads/company_edit.html", {"company": one, "form": form}, status=status)
    if edit:
        messages.success(request, _("The facts were saved."), extra_tags=reverse("company_undo", args=[edit.pk]))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("company", company_id)


@transaction.atomic
def _corrected(request: Request, company_id: int) -> tuple[CompanyForm, CompanyEdit | None]:
    """What was posted, compared with the company as it is under its lock, and saved when nothing is wrong.

    Raises NotSaved.
    """
    one = Company.objects.select_for_update().get(pk=company_id)
    form = CompanyForm(request.POST, instance=one)
    if not form.is_valid():
        return form, None
    facts = form.facts()
    return form, company_edits.correct(company_id=company_id, facts=facts, by=request.user, at=timezone.now())


@login_required
@permission_required("leads.change_company", raise_exception=True)
@require_POST
def company_undo(request: Request, edit_id: int) -> HttpResponse:
    """Put back what somebody changed of a company's facts."""
    edit = CompanyEdit.objects.filter(pk=edit_id, company__in=companies.visible_to(request.user)).first()
    if edit is None:
        raise Http404("There is nothing of this number to undo.")
    try:
        company_edits.undo(edit_id=edit_id, by=request.user, at=timezone.now())
        messages.success(request, _("Undone: what you changed is as it was before."))
    except CannotUndo as refused:
        messages.error(request, str(refused))
    return redirect("company", edit.company_id)
