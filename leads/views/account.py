"""One's own account: name, ways to log in, sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import sessions as logged_in
from leads.forms.people import NameForm
from leads.views.pages import Request, answer, number_in

if TYPE_CHECKING:
    from django.http import HttpResponse


@require_http_methods(["GET", "POST"])
@login_required
def account(request: Request) -> HttpResponse:
    """Everything about oneself in one place."""
    form = NameForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account")
    kinds = list(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    page = {
        "form": form,
        "has_totp": Authenticator.Type.TOTP in kinds,
        "has_codes": Authenticator.Type.RECOVERY_CODES in kinds,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "sessions": len(_open(request)),
        "company": bool(settings.SOCIALACCOUNT_PROVIDERS),
    }
    return answer(request, "account/account.html", page, status=422 if form.is_bound else 200)


@require_GET
@login_required
def sessions(request: Request) -> HttpResponse:
    """Where one is logged in."""
    return answer(request, "account/sessions.html", {"sessions": _open(request)})


@require_POST
@login_required
def session_end(request: Request) -> HttpResponse:
    """End one other session, or with no number all others."""
    one = number_in(request.POST.get("session", ""))
    ended = logged_in.end(request.user, number=one, keep=request.session.session_key or "")
    words = ngettext("%(ended)d session is ended.", "%(ended)d sessions are ended.", ended)
    messages.success(request, words % {"ended": ended})
    return redirect("usersessions_list")


def _open(request: Request) -> list[logged_in.Open]:
    return logged_in.open_of(request.user, current=request.session.session_key or "", at=timezone.now())
