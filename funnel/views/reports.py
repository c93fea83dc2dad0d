"""The reports: what there is, any of them as a page or a file, and the list behind each of their numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from funnel import reports
from funnel.asking import DEFAULT_WINDOW, ask, words_of
from funnel.dimensions import BadQuestion
from funnel.freshness import one_moment
from funnel.reports import INDEX, PERSONAS
from funnel.sheets import csv_of
from funnel.views.lists import listing, of_line
from funnel.views.questions import QuestionForm, chosen, instant, period, words_of_address
from funnel.views.tables import table_of
from leads.views.pages import Request, answer, stage_labels

if TYPE_CHECKING:
    from funnel.answers import Answer
    from funnel.reports import Listed

COMPARED_DAYS = 28


@login_required
@require_GET
def index(request: Request) -> HttpResponse:
    """What can be asked, by who asks it."""
    groups = [
        (persona, [_entry(name, one) for name, one in INDEX.items() if one.persona == persona]) for persona in PERSONAS
    ]
    context = {"groups": [group for group in groups if group[1]]}
    return answer(request, "funnel/reports.html", context)


@login_required
@require_GET
def report(request: Request, name: str) -> HttpResponse:
    """One report over the leads the person may see, as a page or, with format=csv, as a file."""
    listed = _listed(name)
    words, names = words_of_address(request), stage_labels()
    context: dict[str, Any] = {
        **_entry(name, listed), "name": name, "problem": "", "stage_labels": names,
        "form": QuestionForm(words, request, names, listed.asks),
    }  # fmt: skip
    try:
        with one_moment() as at:
            found = reports.answered(name, ask(words, at=at, viewer=request.user))
            if words.get("format") == "csv":
                return _file(found)
            context |= _shown(found, names, listed)
    except BadQuestion as bad:
        context["problem"] = str(bad)
        return answer(request, "funnel/report.html", context, part="answer", status=422)
    return answer(request, "funnel/report.html", context, part="answer")


@login_required
@require_GET
def leads(request: Request, name: str) -> HttpResponse:
    """The cycles behind one number of a report: as many rows as the number says."""
    module, words = _listed(name).module, words_of_address(request)
    try:
        with one_moment() as at:
            asked = ask(words, at=at, viewer=request.user)
            question, line = of_line(asked, words)
            cell = words.get("cell", "")
            rows, what = module.behind(question, cell), module.told(question, cell)
            back = f"{reverse('report', args=[name])}?{urlencode(words_of(asked), doseq=True)}"
            title = str(module.TITLE)
            label = _("Back to %(report)s") % {"report": title.lower()}
            return listing(request, question, rows, what=line(what), back=back, page_name=title, back_label=label)
    except (BadQuestion, KeyError) as bad:
        raise Http404(_("There is no such number in this report.")) from bad


def _listed(name: str) -> Listed:
    """The report of this name, or 404."""
    if name not in INDEX:
        raise Http404(_("There is no such report."))
    return INDEX[name]


def _entry(name: str, listed: Listed) -> dict[str, Any]:
    """A report as the index shows it, with an address that has an answer."""
    address = reverse("report", args=[name])
    words = urlencode(_last_followed()) if listed.compares else ""
    return {
        "title": listed.module.TITLE, "sentence": listed.sentence, "address": address,
        "start_address": f"{address}?{words}" if words else address,
    }  # fmt: skip


def _last_followed() -> dict[str, str]:
    """The last four weeks whose leads have all been followed for the usual window."""
    end = timezone.localdate() - timedelta(days=DEFAULT_WINDOW + 1)
    return {"from": (end - timedelta(days=COMPARED_DAYS - 1)).isoformat(), "to": end.isoformat()}


def _file(found: Answer) -> HttpResponse:
    day = timezone.localtime(found.question.at).date()
    headers = {"Content-Disposition": f'attachment; filename="{found.name}-{day}.csv"', "Cache-Control": "no-store"}
    return HttpResponse(csv_of(found), content_type="text/csv; charset=utf-8", headers=headers)


def _shown(found: Answer, names: dict[str, str], listed: Listed) -> dict[str, Any]:
    """What the template shows of an answer."""
    question = found.question
    when = period(question) if "from" in listed.asks else instant(question)
    as_shown = {**words_of(question), "at": question.at.isoformat(), "format": "csv"}
    return {
        "report": found, "question": question, "freshness": found.freshness, "chosen": chosen(question),
        "period": when, "table": table_of(found, names), "file": urlencode(as_shown, doseq=True),
    }  # fmt: skip
