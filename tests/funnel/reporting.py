"""Asking for reports, on pages and in a terminal."""

from io import StringIO

from django.core.management import call_command
from django.urls import reverse

from funnel.reports import INDEX

PERIOD = {"from": "2026-03-01", "to": "2026-03-02"}


CYCLES_ONLY = [name for name, listed in INDEX.items() if "unit" not in listed.asks and name != "snapshot"]
"""The reports with no answer about leads; to the snapshot a cycle is a lead."""


def asked(name, words):
    """The words with the period that some reports have no answer without, and about cycles where they must be."""
    about = {
        word: value for word, value in words.items() if name not in CYCLES_ONLY or (word, value) != ("unit", "lead")
    }
    return {**PERIOD, **about} if INDEX[name].compares else about


def page_of(client, name, words):
    response = client.get(reverse("report", args=[name]), {"window": "1", **asked(name, words)})
    assert response.status_code == 200
    return response.content.decode()


def printed(name, *options):
    out = StringIO()
    call_command("report", name, *options, stdout=out)
    return out.getvalue()
