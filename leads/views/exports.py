"""The filtered list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required, permission_required
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from leads import exporting
from leads.listing import Listing

if TYPE_CHECKING:
    from leads.views.pages import Request


@login_required
@permission_required("leads.export_leads", raise_exception=True)
@require_GET
@reauthentication_required
def lead_export(request: Request) -> StreamingHttpResponse:
    """Every lead of the list, as CSV; the same filters, the same sight. Asks for the password, unless it just was."""
    listing = Listing.of(request.GET, user=request.user, at=timezone.now())
    headers = {"Content-Disposition": 'attachment; filename="leads.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(
        exporting.lines(listing.leads), content_type="text/csv; charset=utf-8", headers=headers
    )
