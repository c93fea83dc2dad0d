"""What a person sets for themselves: keys, and the theme of this browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from funnel.views.shell import THEME_COOKIE, THEMES
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from django.http import HttpResponse

YEAR = 365 * 86_400


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: Request) -> HttpResponse:
    """GET shows them, POST keeps them; the keys dialog sends the keys alone, and so leaves the theme as it is."""
    if request.method == "GET":
        return answer(request, "funnel/preferences.html", {})
    request.user.shortcuts = "shortcuts" in request.POST
    request.user.save(update_fields=["shortcuts"])
    response = redirect("preferences")
    if "theme" in request.POST:
        messages.success(request, _("Your preferences are kept."))
        chosen = request.POST["theme"]
        if chosen in THEMES:
            response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, secure=request.is_secure(), samesite="Lax")
        else:
            response.delete_cookie(THEME_COOKIE)
    return response
