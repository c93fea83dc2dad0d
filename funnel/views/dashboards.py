"""The funnel page, and the list behind each of its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from funnel import charts, cohorts, flow
from funnel.asking import DEFAULT_WINDOW, ask, words_of
from funnel.questions import DIMENSIONS, FUNNEL, NUMBERED, BadQuestion, Question, label, names_of, number
from funnel.report import funnel_report
from leads.filters import BLANK, owners_seen_by, param_of, sources_seen_by, teams_seen_by, value_of
from leads.models import Stage
from leads.views.pages import Request, answer, stage_labels

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from funnel.models import Journey
    from funnel.report import FunnelReport

NAMES = {
    "owner": "Owner", "team": "Team", "source": "Source", "medium": "Medium", "campaign": "Campaign",
    "channel": "Channel", "industry": "Industry", "country": "Country", "size_band": "Size", "cycle": "Cycle",
}  # fmt: skip


class QuestionForm(forms.Form):
    """The funnel page's filters; what they mean is for `asking.ask` to say."""

    entry = forms.ChoiceField(label="Entered")
    window = forms.IntegerField(label="Within days", min_value=1, max_value=3650)
    by = forms.ChoiceField(label="Split by", required=False)
    owner = forms.ChoiceField(label="Owner", required=False)
    team = forms.ChoiceField(label="Team", required=False)
    source = forms.ChoiceField(label="Source", required=False)

    def __init__(self, words: dict[str, str], request: Request, names: dict[str, str]) -> None:
        super().__init__({"entry": str(Stage.TOFU), "window": DEFAULT_WINDOW, **words})
        self.fields["from"] = _day_field("From")
        self.fields["to"] = _day_field("To")
        self.order_fields(["entry", "window", "from", "to", "by", "owner", "team", "source"])
        self._choose("entry", [(str(stage), names.get(stage, stage.label)) for stage in FUNNEL[:-1]])
        self._choose("by", [("", "Nothing"), *((name, NAMES[name]) for name in DIMENSIONS)])
        owners = [(str(user.pk), str(user)) for user in owners_seen_by(request.user)]
        teams = [(str(team.pk), team.name) for team in teams_seen_by(request.user)]
        sources = [(param_of(source), source or BLANK) for source in sources_seen_by(request.user)]
        self._choose("owner", [("", "Any"), *owners, (BLANK, "No owner")])
        self._choose("team", [("", "Any"), *teams, (BLANK, "No team")])
        self._choose("source", [("", "Any"), *sources])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = choices


def _day_field(label: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget)


@login_required
@require_GET
def funnel(request: Request) -> HttpResponse:
    """Cohort conversion, period flow and snapshot of the leads the person may see."""
    words, names = _words(request), stage_labels()
    context: dict[str, Any] = {"form": QuestionForm(words, request, names), "problem": "", "stage_labels": names}
    try:
        question = ask(words, at=timezone.now(), viewer=request.user)
        report = funnel_report(question)
    except BadQuestion as bad:
        context["problem"] = str(bad)
        return answer(request, "funnel/funnel.html", context, part="answer", status=422)
    return answer(request, "funnel/funnel.html", {**context, **_shown(report)}, part="answer")


@login_required
@require_GET
def behind(request: Request) -> HttpResponse:
    """The cycles behind one number: as many rows as the number says, each a link to its lead."""
    words = _words(request)
    try:
        question = ask(words, at=timezone.now(), viewer=request.user)
        rows, what = _behind(question, words)
    except BadQuestion as bad:
        raise Http404(str(bad)) from bad
    rows = rows.select_related("lead__company", "lead__owner").order_by("-opened_at", "lead_id")
    page = Paginator(rows, 50).get_page(words.get("page"))
    context = {
        "page": page, "what": what, "chosen": _chosen(question), "total": page.paginator.count,
        "back": f"{reverse('funnel')}?{urlencode(words_of(question))}",
        "period": _period(question), "question": question,
    }  # fmt: skip
    return answer(request, "funnel/behind.html", context)


def _words(request: Request) -> dict[str, str]:
    """The words of the URL."""
    return {name: str(value) for name, value in request.GET.items()}


def _behind(question: Question, words: dict[str, str]) -> tuple[QuerySet[Journey], str]:
    """The rows of one cell, and what they are in words. Raises BadQuestion for a cell no table has.

    A group's rows are found by the very expression its number was grouped by.
    """
    table, cell = words.get("table", "cohort"), words.get("cell", "")
    at = flow.snapshot_at(question)
    names = {str(stage): stage.label for stage in Stage}
    group: Any = question.dimension(question.by) if question.by else None
    if table == "flow" and cell in names:
        rows, what = flow.behind_flow(question, Stage(cell)), f"entered {names[cell]}"
        group = flow.key_at(Stage(cell), question.by)
    elif table == "snapshot" and cell in names:
        rows, what = flow.behind_snapshot(question, Stage(cell), at), f"stood at {names[cell]} on {at:%-d %b %Y}"
        group = flow.standing_key(at, question.by)
    elif table == "cohort" and cell in (told := _cells(question)):
        rows, what = cohorts.behind(question, cell), told[cell]
    else:
        raise BadQuestion("There is no such number in the funnel.")
    if not question.by or "key" not in words:
        return rows, what
    key = value_of(words["key"])
    chosen = number(question.by, key) if question.by in NUMBERED else key
    what += f", {NAMES[question.by].lower()} {question.label(chosen)}"
    rows = rows.annotate(group=group)
    return rows.filter(group__isnull=True) if chosen is None else rows.filter(group=chosen), what


def _cells(question: Question) -> dict[str, str]:
    """The cells of the cohort table, in words."""
    entry, days = question.entry.label, question.window.days
    followed = f"entered {entry} and were followed for {days} days"
    return {
        "entered": f"entered {entry}",
        "mature": followed,
        "immature": f"entered {entry} less than {days} days ago",
        "undated": f"entered {entry} at a time nobody knows",
        **{str(stage): f"entered {entry} and reached {stage.label} within {days} days" for stage in question.targets},
        **{f"of-{stage}": followed for stage in question.targets},
    }


def _link(question: Question, table: str, cell: str, key: Any = None, *, grouped: bool = False) -> str:
    """The address of the list behind a number; a group's number names its group."""
    words = words_of(question)
    group = {"key": param_of("" if key is None else str(key))} if grouped else {}
    words |= {**group, "table": table, "cell": cell, "at": question.at.isoformat()}
    return f"{reverse('funnel_behind')}?{urlencode(words)}"


def _shown(report: FunnelReport) -> dict[str, Any]:
    """What the template shows, each number with its link."""
    question = report.question
    return {
        "report": report,
        "question": question,
        "chosen": _chosen(question),
        "by_name": NAMES.get(question.by, ""),
        "period": _period(question),
        "time_zone": settings.TIME_ZONE,
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


def _chosen(question: Question) -> list[dict[str, str]]:
    """The filters in force, each with the address that drops it."""
    chosen = []
    for name, value in question.where:
        key = number(name, value) if name in NUMBERED else value
        without = urlencode(words_of(question, **{name: ""}))
        chosen.append({"name": NAMES[name], "label": label(name, key, names_of(name)), "without": without})
    return chosen


def _period(question: Question) -> str:
    if question.start and question.end:
        return f"{question.start:%-d %b %Y} to {question.end:%-d %b %Y}"
    if question.start:
        return f"since {question.start:%-d %b %Y}"
    return f"until {question.end:%-d %b %Y}" if question.end else "all time"
