"""The question as pages show it: its form, the filters in force, and the period in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from funnel import dimensions, wording
from funnel.asking import DEFAULT_WINDOW, words_of
from funnel.dimensions import DIMENSIONS, NAMES
from funnel.flow import snapshot_at
from funnel.questions import FUNNEL, GRAINS
from leads.filters import BLANK, owners_seen_by, param_of, sources_seen_by, teams_seen_by
from leads.models import Stage
from leads.phrases import any_of, nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from funnel.questions import Question
    from leads.views.pages import Request

FILTERS = ("owner", "team", "source")
"""The dimensions that the form narrows to; the others come from the address."""
GRAIN_WORDS = {"day": gettext_lazy("By day"), "week": gettext_lazy("By week"), "month": gettext_lazy("By month")}
FUNNEL_WORDS = ("entry", "window", "from", "to", "by")


class QuestionForm(forms.Form):
    """The filters of the funnel page and of reports; what they mean is for `asking.ask` to say."""

    entry = forms.ChoiceField(label=pgettext_lazy("field of a question", "Entered"))
    window = forms.IntegerField(label=gettext_lazy("Within days"), min_value=1, max_value=3650)
    by = forms.ChoiceField(label=gettext_lazy("Split by"), required=False)
    grain = forms.ChoiceField(label=gettext_lazy("Over time"), required=False)
    unit = forms.ChoiceField(label=pgettext_lazy("field of a question", "Count"), required=False)
    owner = forms.ChoiceField(label=NAMES["owner"], required=False)
    team = forms.ChoiceField(label=NAMES["team"], required=False)
    source = forms.ChoiceField(label=NAMES["source"], required=False)

    def __init__(
        self, words: dict[str, Any], request: Request, names: dict[str, str], asks: Sequence[str] = FUNNEL_WORDS
    ) -> None:
        """`asks` are the words of the question it has fields for, besides the filters."""
        last = {name: word if isinstance(word, str) else word[-1] for name, word in words.items()}
        super().__init__({"entry": str(Stage.TOFU), "window": DEFAULT_WINDOW, **last})
        self.fields["from"] = _day_field(pgettext("first day", "From"))
        self.fields["to"] = _day_field(pgettext("last day", "To"))
        self._choose("entry", [(str(stage), names.get(stage) or str(stage.label)) for stage in FUNNEL[:-1]])
        self._choose("by", [("", pgettext("split by", "Nothing")), *((name, str(NAMES[name])) for name in DIMENSIONS)])
        self._choose(
            "grain", [("", pgettext("over time", "Not")), *((grain, str(GRAIN_WORDS[grain])) for grain in GRAINS[1:])]
        )
        self._choose("unit", [("", _("Cycles")), ("lead", _("Leads, once ever"))])
        self._people_and_sources(request)
        self.kept = _kept(words)
        several = {name for name, _ in self.kept}
        shown = [*asks, *(name for name in FILTERS if name not in several)]
        self.order_fields(shown)
        for name in set(self.fields) - set(shown):
            del self.fields[name]

    def _people_and_sources(self, request: Request) -> None:
        owners = [(str(user.pk), str(user)) for user in owners_seen_by(request.user)]
        teams = [(str(team.pk), team.name) for team in teams_seen_by(request.user)]
        sources = [(param_of(source), source or nothing()) for source in sources_seen_by(request.user)]
        self._choose("owner", [("", _("Any")), *owners, (BLANK, _("No owner"))])
        self._choose("team", [("", _("Any")), *teams, (BLANK, _("No team"))])
        self._choose("source", [("", _("Any")), *sources])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = choices


def _day_field(label: str) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget)


def _kept(words: dict[str, Any]) -> list[tuple[str, str]]:
    """What the form has no field for and must not forget: the other dimensions, and a filter of several values."""
    named = {name: [value for value in words.get(name, []) if value] for name in DIMENSIONS}
    return [
        (name, value)
        for name, values in named.items()
        if name not in FILTERS or len(values) > 1
        for value in values
    ]  # fmt: skip


def words_of_address(request: Request) -> dict[str, Any]:
    """The words of the URL; of a dimension that is named several times, all of them."""
    return {
        name: request.GET.getlist(name) if name in DIMENSIONS else str(value) for name, value in request.GET.items()
    }


def chosen(question: Question) -> list[dict[str, str]]:
    """The filters in force, each with the query of the address that drops it."""
    found = []
    for name, values in question.where:
        without = urlencode(words_of(question, **{name: ""}), doseq=True)
        labels = any_of(label_of(name, value) for value in values)
        found.append({"name": str(NAMES[name]), "label": labels, "without": without})
    return found


def label_of(name: str, value: str) -> str:
    """How people read a value of a dimension; itself where no cycle ever had it."""
    [code] = dimensions.codes(name, [value])
    return value if code == dimensions.UNKNOWN else dimensions.labels(name, [code])[code]


def instant(question: Question) -> str:
    """The end of the period in words, for what is told of an instant."""
    if question.end and snapshot_at(question) < question.at:
        return _("end of %(day)s") % {"day": wording.day(question.end)}
    return _("now")


def period(question: Question) -> str:
    """The period in words."""
    if question.start and question.end:
        return wording.days(question.start, question.end)
    if question.start:
        return _("since %(day)s") % {"day": wording.day(question.start)}
    return _("until %(day)s") % {"day": wording.day(question.end)} if question.end else _("all time")
