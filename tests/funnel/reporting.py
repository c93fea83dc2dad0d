"""Asking for reports, on pages and in a terminal."""

from io import StringIO

from django.core.management import call_command
from django.urls import reverse

from funnel.reports import INDEX

PERIOD = {"from": "2026-03-01", "to": "2026-03-02"}


def asked(name, words):
    """The words with the period that some reports have no answer without."""
    return {**PERIOD, **words} if INDEX[name].compares else words


def page_of(client, name, words):
    response = client.get(reverse("report", args=[name]), {"window": "1", **asked(name, words)})
    assert response.status_code == 200
    return response.content.decode()


def printed(name, *options):
    out = StringIO()
    call_command("report", name, *options, stdout=out)
    return out.getvalue()
