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

from funnel import charts, cohorts, dimensions, flow
from funnel.answers import narrowed
from funnel.asking import DEFAULT_WINDOW, ask, words_of
from funnel.dimensions import DIMENSIONS, BadQuestion
from funnel.freshness import one_moment
from funnel.questions import FUNNEL, Question
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
    "channel": "Channel", "industry": "Industry", "country": "Country", "size_band": "Size", "asset": "Content",
    "cycle": "Cycle", "round": "First or later cycle",
}  # fmt: skip


class QuestionForm(forms.Form):
    """The funnel page's filters; what they mean is for `asking.ask` to say."""

    entry = forms.ChoiceField(label="Entered")
    window = forms.IntegerField(label="Within days", min_value=1, max_value=3650)
    by = forms.ChoiceField(label="Split by", required=False)
    owner = forms.ChoiceField(label="Owner", required=False)
    team = forms.ChoiceField(label="Team", required=False)
    source = forms.ChoiceField(label="Source", required=False)

    def __init__(self, words: dict[str, Any], request: Request, names: dict[str, str]) -> None:
        last = {name: word if isinstance(word, str) else word[-1] for name, word in words.items()}
        super().__init__({"entry": str(Stage.TOFU), "window": DEFAULT_WINDOW, **last})
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
    words = _words(request)
    try:
        question = ask(words, at=timezone.now(), viewer=request.user)
        rows, what = _behind(question, words)
    except BadQuestion as bad:
        raise Http404(str(bad)) from bad
    rows = rows.select_related("lead__company", "lead__owner").order_by("-opened_at", "lead_id")
    page = Paginator(rows, 50).get_page(words.get("page"))
    sources = dimensions.labels("source", {journey.source for journey in page})
    for journey in page:
        journey.source_word = sources[journey.source]  # type: ignore[attr-defined]  # for the template
    context = {
        "page": page, "what": what, "chosen": _chosen(question), "total": page.paginator.count,
        "back": f"{reverse('funnel')}?{urlencode(words_of(question), doseq=True)}",
        "period": _period(question), "question": question,
    }  # fmt: skip
    return answer(request, "funnel/behind.html", context)


def _words(request: Request) -> dict[str, Any]:
    """The words of the URL; of a dimension that is named several times, all of them."""
    return {
        name: request.GET.getlist(name) if name in DIMENSIONS else str(value) for name, value in request.GET.items()
    }


def _behind(question: Question, words: dict[str, Any]) -> tuple[QuerySet[Journey], str]:
    """The rows of one cell, and what they are in words. Raises BadQuestion for a cell no table has.

    A group's rows are those of the question narrowed to the group.
    """
    table, cell = words.get("table", "cohort"), words.get("cell", "")
    at = flow.snapshot_at(question)
    names = {str(stage): stage.label for stage in Stage}
    group = ""
    if question.by and "key" in words:
        key, by = value_of(words["key"]), question.by
        question = narrowed(question, key=key)
        [code] = dimensions.codes(by, [key])
        group = f", {NAMES[by].lower()} {dimensions.labels(by, [code])[code]}"
    if table == "flow" and cell in names:
        return flow.behind_flow(question, Stage(cell)), f"entered {names[cell]}{group}"
    if table == "snapshot" and cell in names:
        rows = flow.behind_snapshot(question, Stage(cell), at)
        return rows, f"stood at {names[cell]} on {at:%-d %b %Y}{group}"
    if table == "cohort" and cell in (told := _cells(question)):
        return cohorts.behind(question, cell), f"{told[cell]}{group}"
    raise BadQuestion("There is no such number in the funnel.")


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
        **{
            f"stood-{stage}": f"entered {entry} and stood in {stage.label} within {days} days"
            for stage in question.targets
        },
    }


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
    for name, values in question.where:
        codes = dimensions.codes(name, values)
        labels = dimensions.labels(name, codes)
        known = [
            labels[code] if code != dimensions.UNKNOWN else value for value, code in zip(values, codes, strict=True)
        ]
        without = urlencode(words_of(question, **{name: ""}), doseq=True)
        chosen.append({"name": NAMES[name], "label": " or ".join(known), "without": without})
    return chosen


def _period(question: Question) -> str:
    if question.start and question.end:
        return f"{question.start:%-d %b %Y} to {question.end:%-d %b %Y}"
    if question.start:
        return f"since {question.start:%-d %b %Y}"
    return f"until {question.end:%-d %b %Y}" if question.end else "all time"
