"""Whether this process can work, and what it says when it cannot."""

import sys

from django.db import Error, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

RETRY_AFTER = "5"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, 503 with Retry-After otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        away = HttpResponse("database away\n", status=503, content_type="text/plain")
        away["Retry-After"] = RETRY_AFTER
        return away
    return HttpResponse("ok\n", content_type="text/plain")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for what should not happen; 503 with Retry-After when it is the database that is away."""
    away = isinstance(sys.exc_info()[1], OperationalError)
    response = HttpResponse(render_to_string("500.html", {"away": away}), status=503 if away else 500)
    if away:
        response["Retry-After"] = RETRY_AFTER
    return response
