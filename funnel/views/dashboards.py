"""The funnel page, and the list behind each of its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from funnel import charts, cohort_report, flow_report, snapshot_report
from funnel.asking import ask, words_of
from funnel.dimensions import NAMES, PEOPLE, WITHIN, BadQuestion
from funnel.freshness import one_moment
from funnel.report import funnel_report
from funnel.views.lists import listing, of_line
from funnel.views.questions import QuestionForm, chosen, period, words_of_address
from leads.filters import param_of
from leads.views.pages import Request, answer, stage_labels

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from funnel import cohorts, flow
    from funnel.models import Journey
    from funnel.questions import Question
    from funnel.report import FunnelReport

TABLES = {"cohort": cohort_report, "flow": flow_report, "snapshot": snapshot_report}


@login_required
@require_GET
def funnel(request: Request) -> HttpResponse:
    """Cohort conversion, period flow and snapshot of the leads the person may see."""
    words, names = words_of_address(request), stage_labels()
    context: dict[str, Any] = {"form": QuestionForm(words, request, names), "problem": "", "stage_labels": names}
    try:
        with one_moment() as at:
            report = funnel_report(ask(words, at=at, viewer=request.user))
    except BadQuestion as bad:
        context["problem"] = str(bad)
        return answer(request, "funnel/funnel.html", context, part="answer", status=422)
    return answer(request, "funnel/funnel.html", {**context, **_shown(report)}, part="answer")


@login_required
@require_GET
def behind(request: Request) -> HttpResponse:
    """The cycles behind one number: as many rows as the number says, each a link to its lead."""
    words = words_of_address(request)
    try:
        with one_moment() as at:
            question = ask(words, at=at, viewer=request.user)
            rows, what = _behind(question, words)
            back = f"{reverse('funnel')}?{urlencode(words_of(question), doseq=True)}"
            return listing(
                request, question, rows, what=what, back=back, page_name=_("Funnel"), back_label=_("Back to funnel")
            )
    except BadQuestion as bad:
        raise Http404(str(bad)) from bad


def _behind(question: Question, words: dict[str, Any]) -> tuple[QuerySet[Journey], str]:
    """The rows of one cell, and what they are in words. Raises BadQuestion for a cell no table has.

    A group's rows are those of the question narrowed to the group.
    """
    report = TABLES.get(words.get("table", "cohort"))
    cell = words.get("cell", "")
    question, group = of_line(question, words)
    try:
        if report is not None:
            return report.behind(question, cell), group(report.told(question, cell))
    except KeyError:
        pass
    raise BadQuestion(_("There is no such number in the funnel."))


def _link(question: Question, table: str, cell: str, key: Any = None, *, grouped: bool = False) -> str:
    """The address of the list behind a number; a group's number names its group."""
    words = words_of(question)
    group = {"key": param_of("" if key is None else str(key))} if grouped else {}
    words |= {**group, "table": table, "cell": cell, "at": question.at.isoformat()}
    return f"{reverse('funnel_behind')}?{urlencode(words, doseq=True)}"


def _shown(report: FunnelReport) -> dict[str, Any]:
    """What the template shows, each number with its link."""
    question = report.question
    return {
        "report": report,
        "notes": _notes(question),
        "question": question,
        "chosen": chosen(question),
        "by_name": NAMES.get(question.by, ""),
        "by_within": WITHIN.get(question.by, ""),
        "period": period(question),
        "freshness": report.freshness,
        "cohort": _cohort(question, report.cohort),
        "groups": [_cohort(question, one, grouped=True) for one in report.cohorts],
        "targets": [str(stage) for stage in question.targets],
        "flow": _tallies(question, "flow", report.flow, base=report.flow.of(question.entry)),
        "flows": [
            {"label": one.label, "entries": _tallies(question, "flow", one, grouped=True)} for one in report.flows
        ],
        "snapshot": _tallies(question, "snapshot", report.snapshot),
        "snapshots": [
            {"label": one.label, "entries": _tallies(question, "snapshot", one, grouped=True)}
            for one in report.snapshots
        ],
    }


def _notes(question: Question) -> list[str]:
    """Whose owner and team are meant, where that is asked about."""
    if question.by in PEOPLE:
        words = _("Owner and team are those at the entry of %(stage)s; choose a later entry stage to compare people.")
    elif question.where:
        words = _("Owner and team are those at the entry of %(stage)s.")
    else:
        return []
    return [words % {"stage": question.entry.label}]


def _cohort(question: Question, cohort: cohorts.Cohort, *, grouped: bool = False) -> dict[str, Any]:
    def link(cell: str) -> str:
        return _link(question, "cohort", cell, cohort.key, grouped=grouped)

    rows = [
        {
            "stage": str(one.stage),
            "conversion": one,
            "bar": charts.bar(one.rate),
            "link": link(str(one.stage)),
            "of_link": link(f"of-{one.stage}"),
        }
        for one in cohort.conversions
    ]
    cells = ("entered", "mature", "immature", "undated")
    return {"cohort": cohort, "rows": rows, **{f"{cell}_link": link(cell) for cell in cells}}


def _tallies(
    question: Question, table: str, one: flow.Flow, *, base: int = 0, grouped: bool = False
) -> list[dict[str, Any]]:
    return [
        {
            "stage": str(entry.stage),
            "n": entry.n,
            "implied": entry.implied,
            "ratio": entry.n / base if base else None,
            "link": _link(question, table, str(entry.stage), one.key, grouped=grouped),
        }
        for entry in one.entries
    ]
