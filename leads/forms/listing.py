"""The lead list as a URL asks for it: filters, order, columns, and the place in it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import filters, ordering
from leads.forms.fields import date_field
from leads.models import Stage
from leads.phrases import nothing
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import QueryDict

    from leads.models import User
    from leads.ordering import Key

BIGGEST = 2**63 - 1
DUE = [
    ("overdue", gettext_lazy("Overdue")), ("today", gettext_lazy("Today")), ("week", gettext_lazy("This week")),
    ("none", gettext_lazy("No due time")),
]  # fmt: skip
PLANNED = [
    ("yes", gettext_lazy("Something is planned")), ("past", gettext_lazy("Planned time has passed")),
    ("no", gettext_lazy("Nothing is planned")),
]  # fmt: skip
CREATED = [
    ("today", gettext_lazy("Today")), ("week", gettext_lazy("This week")), ("month", gettext_lazy("This month")),
]  # fmt: skip
COLUMNS = (
    "title", "company", "stage", "due", "since", "owner", "source", "score", "amount", "close", "touched", "planned",
    "campaign", "channel", "industry", "country", "created", "phone", "email",
)  # fmt: skip
SHOWN = ("company", "stage", "due", "since", "owner", "source", "score", "amount")


def _words(label: Any, length: int = 120) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=length)


def _number(label: Any, low: int, high: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=low, max_value=high)


class FilterForm(forms.Form):
    """What a URL asks of the lead list. What makes no sense is named in `problems` and otherwise ignored."""

    q = _words(gettext_lazy("Search"), 100)
    stage = forms.MultipleChoiceField(label=gettext_lazy("Stage"), required=False)
    owner = forms.MultipleChoiceField(label=gettext_lazy("Owner"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    source = forms.MultipleChoiceField(label=gettext_lazy("Source"), required=False)
    due = forms.ChoiceField(label=gettext_lazy("Due"), required=False)
    planned = forms.ChoiceField(label=gettext_lazy("Planned"), required=False)
    score = _number(gettext_lazy("Score at least"), -(2**31), 2**31 - 1)
    days = _number(gettext_lazy("Days in stage at least"), 0, 36_500)
    industry = _words(gettext_lazy("Industry"))
    country = _words(gettext_lazy("Country"))
    size = forms.ChoiceField(label=gettext_lazy("Company size"), required=False)
    channel = _words(gettext_lazy("Channel"))
    campaign = _words(gettext_lazy("Campaign"))
    created = forms.ChoiceField(label=gettext_lazy("Created"), required=False)
    created_from = date_field(gettext_lazy("Created from"))
    created_to = date_field(gettext_lazy("Created to"))
    stalled = forms.BooleanField(label=gettext_lazy("Only stalled leads"), required=False)
    company = _number(gettext_lazy("Company"), 1, BIGGEST)
    sort = forms.ChoiceField(label=gettext_lazy("Order"), required=False)
    cols = forms.MultipleChoiceField(label=gettext_lazy("Columns"), required=False)
    after = _words("after", 400)
    before = _words("before", 400)

    def __init__(self, data: QueryDict, *, user: User, labels: Mapping[str, str]) -> None:
        super().__init__(data, use_required_attribute=False)
        self.asked = data
        self.user = user
        self._choose("stage", [(stage, labels.get(stage, stage)) for stage in Stage.values])
        self._people = cache(lambda: filters.owners_seen_by(user))
        self._owners, self._sources = cache(self._all_owners), cache(self._all_sources)
        self._choose("owner", self._owners)  # asked only when the URL or the page needs them
        self._choose("source", self._sources)
        self._choose("team", cache(self._all_teams))
        self._choose("due", [("", _("At any time")), *DUE])
        self._choose("planned", [("", _("Planned or not")), *PLANNED])
        self._choose("created", [("", _("At any time")), *CREATED])
        bands = [(band, nothing() if band == filters.BLANK else band) for band in filters.BANDS]
        self._choose("size", [("", _("Any size")), *bands])
        self._choose("cols", [(name, name) for name in COLUMNS])
        self._choose("sort", [(way + name, name) for name in ordering.ORDERS for way in ("", "-")])

    def _choose(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = choices

    def _all_owners(self) -> list[tuple[str, str]]:
        everybody = [(str(one.pk), str(one)) for one in self._people()]
        return [(filters.ME, _("Me")), (filters.NOBODY, _("No owner")), *everybody]

    def _all_sources(self) -> list[tuple[str, str]]:
        return [(filters.param_of(one), one or nothing()) for one in filters.sources_seen_by(self.user)]

    def _all_teams(self) -> list[tuple[str, str]]:
        teams = {one.team.pk: one.team.name for one in self._people() if one.team}
        known = sorted(teams.items(), key=lambda team: team[1]) if self.user.scope is Scope.ALL else []
        return [("", _("Any team")), *((str(number), name) for number, name in known)]

    def clean_owner(self) -> list[str]:
        """The owners by number, whoever "me" is; None of them twice."""
        return list(
            dict.fromkeys(str(self.user.pk) if one == filters.ME else one for one in self.cleaned_data["owner"])
        )

    def clean(self) -> dict[str, Any]:
        sorting = self.sorting
        for name in ("after", "before"):
            if text := self.cleaned_data.get(name):
                try:
                    self.cleaned_data[name] = ordering.read_key(text, sorting)
                except ValueError:
                    self.add_error(name, _("There is no such place in the list."))
        return self.cleaned_data

    @property
    def choosing(self) -> list[tuple[forms.BoundField, list[tuple[str, str, bool]]]]:
        """The filters of which several values can be chosen, each value with whether it is."""
        return [
            (self[name], [(value, label, value in self.asked.getlist(name)) for value, label in choices()])
            for name, choices in (("owner", self._owners), ("source", self._sources))
        ]

    @property
    def asking(self) -> list[forms.BoundField]:
        """The filters of one value, apart from the search and the stage."""
        return [self[name] for name in SINGLE if name != "team" or self.user.scope is Scope.ALL]

    @property
    def sorting(self) -> ordering.Sorting:
        return ordering.Sorting(self.cleaned_data.get("sort") or ordering.NEWEST)

    def place(self, name: str) -> Key | None:
        """The key that the page begins behind (`after`) or ends before (`before`)."""
        return self.cleaned_data.get(name) or None

    @property
    def problems(self) -> list[str]:
        """What was asked for and ignored, in words."""
        return [
            _("The filter “%(name)s” was ignored. %(why)s") % {"name": name, "why": " ".join(map(str, errors))}
            for name, errors in self.errors.items()
        ]

    @property
    def is_filtering(self) -> bool:
        return bool(self.cleaned_data.get("stage") or filters.filtering(self.cleaned_data))

    def params(self, *, without: Iterable[str] = ()) -> list[tuple[str, str]]:
        """What was asked for and understood, as a URL says it, in one order; `without` names what to leave out."""
        said: list[tuple[str, str]] = []
        for name in (*ASKED, "sort", "cols"):
            value = self.cleaned_data.get(name)
            if name in without or not filters.is_given(value) or (name, value) == ("sort", ordering.NEWEST):
                continue
            texts = self.asked.getlist(name) if isinstance(value, list) else [_text(value)]
            said += [(name, text) for text in texts]
        return said

    def query(self, *, without: Iterable[str] = ()) -> str:
        """The same as a query string; two lists that ask for the same have the same."""
        return urlencode(self.params(without=without))


def _text(value: Any) -> str:
    return "1" if value is True else str(value)


ASKED = ("stage", *filters.FILTERS)
SINGLE = (
    "team", "due", "planned", "score", "days", "created", "created_from", "created_to", "industry", "country", "size",
    "channel", "campaign",
)  # fmt: skip
