"""Companies: a list, and the page of one with its leads and what happened with them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import companies
from leads.companies import Back, NotSaved, Tally
from leads.forms.companies import CompanyFilterForm, CompanyForm
from leads.moves import UNDO_FOR
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from typing import Any

    from leads.models import Company

SALT = "leads.company.undo"


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
    entries, older = companies.happenings({lead.pk: lead for lead in leads}, back=back)
    here = one_url(one.pk)
    context = {
        "company": one,
        "leads": leads,
        "cut": companies.MOST,
        "entries": entries,
        "newer": f"{here}#story" if back else "",
        "older": f"{here}?{urlencode({'before': older.moment.isoformat(), 'seen': older.seen})}#story" if older else "",
        "alike": companies.alike(one, user=request.user),
        "may_edit": request.user.has_perm("leads.change_company"),
    }
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
    form = CompanyForm(request.POST if request.method == "POST" else None, instance=one)
    context: dict[str, Any] = {"company": one, "form": form}
    if request.method == "GET":
        return answer(request, "leads/company_edit.html", context)
    if not form.is_valid():
        status = HTTPStatus.CONFLICT if form.overtaken else HTTPStatus.UNPROCESSABLE_ENTITY
        return answer(request, "leads/company_edit.html", context, status=status)
    try:
        changed = companies.correct(company_id=company_id, facts=form.facts())
    except NotSaved as refused:
        form.add_error("domain", str(refused))
        return answer(request, "leads/company_edit.html", context, status=HTTPStatus.CONFLICT)
    if changed:
        was = signing.dumps([request.user.pk, company_id, changed], salt=SALT, compress=True)
        undo = f"{reverse('company_undo', args=[company_id])}?{urlencode({'was': was})}"
        messages.success(request, _("The facts were saved."), extra_tags=undo)
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("company", company_id)


@login_required
@permission_required("leads.change_company", raise_exception=True)
@require_POST
def company_undo(request: Request, company_id: int) -> HttpResponse:
    """Put back what the person just changed; the button carries it, signed, for half an hour."""
    one = visible_company(request, company_id)
    try:
        user, number, changed = signing.loads(request.GET.get("was", ""), salt=SALT, max_age=UNDO_FOR)
        restored = (user, number) == (request.user.pk, one.pk) and companies.restore(company_id=one.pk, changed=changed)
    except (signing.BadSignature, NotSaved):
        restored = False
    if restored:
        messages.success(request, _("Undone: what you changed is as it was before."))
    else:
        messages.error(request, _("Nothing was undone: it is too late, or it has been changed again since."))
    return redirect("company", company_id)
