"""The filtered list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leads import exporting
from leads.listing import Listing

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from leads.views.pages import Request


@login_required
@permission_required("leads.export_leads", raise_exception=True)
@require_GET
def lead_export(request: Request) -> HttpResponseBase:
    """Every lead of the list, as CSV; the same filters, the same sight.

    Asks for the password, once in half an hour, and then leads back to the list: a file would leave its form standing.
    """
    try:
        file: HttpResponseBase = _file(request)
    except ReauthenticationRequired:
        messages.info(request, _("Give your password, then press CSV again."))
        query = request.GET.urlencode()
        back = f"{reverse('lead_list')}?{query}" if query else reverse("lead_list")
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")
    return file


@reauthentication_required
def _file(request: Request) -> HttpResponseBase:
    listing = Listing.of(request.GET, user=request.user, at=timezone.now())
    if listing.form.errors:
        messages.error(request, " ".join([_("No file was made: a filter makes no sense."), *listing.form.problems]))
        return redirect("lead_list")
    headers = {"Content-Disposition": 'attachment; filename="leads.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(
        exporting.lines(listing.leads), content_type="text/csv; charset=utf-8", headers=headers
    )
