"""The board: a column for each stage, with the leads that are most urgent in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from leads import boarding, filters
from leads.due import Clock
from leads.listing import Listing
from leads.models import Lead, Stage, StagePolicy
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta
    from decimal import Decimal

    from leads.boarding import Board, Column
    from leads.forms.listing import FilterForm

PAGE = "leads/board.html"
QUERY = 4_000  # characters of a query string that a form may send along
HOUR, DAY = 3_600, 86_400
SUMS = ("sums", "all")  # asks to add up the biggest columns, too
SOONEST = ("sort", "due")  # the order of the list that is the board's
ELSEWHERE = ("sort", "cols")  # what a URL says of the list and not of the board


@dataclass(frozen=True)
class Lane:
    """A column as it is shown: its numbers in words, and the addresses of the lists behind them."""

    column: Column
    count: str
    overdue: str
    values: list[str]
    age: str
    everybody_url: str
    overdue_url: str
    longest_url: str
    more_url: str


@dataclass(frozen=True)
class Shown:
    """The board that a query string asks for, and what all its fragments say."""

    form: FilterForm
    board: Board
    labels: dict[str, str]
    adds_everything_up: bool = False

    @property
    def stages(self) -> list[str]:
        """The stages chosen; all of them where none is."""
        chosen = self.form.cleaned_data.get("stage")
        return [stage for stage in Stage.values if not chosen or stage in chosen]

    def query(self, *more: tuple[str, str], without: Iterable[str] = ()) -> str:
        """The filters as a query string, some of them left out or replaced."""
        replaced = [name for name, _value in more]
        return urlencode([*self.form.params(without=(*ELSEWHERE, *without, *replaced)), *more])

    def link(self, route: str, *more: tuple[str, str], without: Iterable[str] = ()) -> str:
        """An address with the board's filters, some of them left out or replaced."""
        query = self.query(*more, without=without)
        return f"{reverse(route)}?{query}" if query else reverse(route)

    @property
    def url(self) -> str:
        """The address of this board."""
        return self.link("board", *([SUMS] if self.adds_everything_up else []))

    @property
    def chips(self) -> list[dict[str, str]]:
        """The filters in force, each with the address of the board without it."""
        found = []
        for name, text in self.form.params(without=ELSEWHERE):
            others = [(name, said) for other, said in self.form.params() if other == name and said != text]
            field = self.form.fields[name]
            named = dict(getattr(field, "choices", ()))
            value = _("yes") if name == "stalled" else str(named.get(text, text))
            url = self.link("board", *others, without=[name])
            found.append({"name": str(field.label), "value": value, "url": url})
        return found

    def lane(self, column: Column) -> Lane:
        """A column with its words and links."""
        this = ("stage", column.stage)
        overdue = ngettext("%(number)s overdue", "%(number)s overdue", column.overdue)
        bound = None if column.added_up else self.board.bound
        return Lane(
            column,
            count=counted(column.count, bound),
            overdue=overdue % {"number": counted(column.overdue, bound)},
            values=[money(amount, currency) for currency, amount in column.values],
            age=age_in_words(column.age) if column.age is not None else "",
            everybody_url=self.link("lead_list", this, SOONEST),
            overdue_url=self.link("lead_list", this, SOONEST, ("due", "overdue")),
            longest_url=self.link("lead_list", this, ("sort", "since")),
            more_url=self.link("board_more", this, ("place", str(column.more))) if column.more else "",
        )

    def context(self, **more: Any) -> dict[str, Any]:
        """What the templates of the board ask for."""
        query = urlencode(self.form.params(without=ELSEWHERE) + ([SUMS] if self.adds_everything_up else []))
        known = {"back": urlencode({"back": self.url}), "step_query": urlencode({"query": query}), "query": query}
        return {"shown": self, "form": self.form, "stage_labels": self.labels, "now": self.board.at, **known, **more}


def shown_for(request: Request, query: QueryDict) -> Shown:
    """The board of one person by the filters of a query string."""
    policies = StagePolicy.objects.in_bulk()
    labels = {stage: policy.label for stage, policy in policies.items()}
    listing = Listing.of(query, user=request.user, at=timezone.now(), labels=labels)
    wanted = listing.form.cleaned_data
    owners, leads = boarding.owners_for(request.user, wanted), listing.of_any_stage
    everybody = Lead.objects.filter(merged_into=None)
    board = boarding.Board(
        leads, leads if owners is None or wanted.get("q") else listing.filtered(everybody), request.user, listing.at,
        Clock(), policies, owners,
        searched=bool(wanted.get("q")),
        bound=boarding.COUNTED_BY_FILTER if set(filters.filtering(wanted)) - {"owner", "team"} else boarding.COUNTED,
    )  # fmt: skip
    return Shown(listing.form, board, labels, adds_everything_up=query.get("sums") == "all")


def shown_behind(request: Request) -> Shown:
    """The board that a step was taken from: its query string comes along in `query`."""
    sent = request.POST.get("query") or request.GET.get("query", "")
    return shown_for(request, QueryDict(sent[:QUERY]))


@login_required
@require_GET
def board(request: Request) -> HttpResponse:
    """The columns of the stages, by the filters of the URL."""
    shown = shown_for(request, request.GET)
    columns = shown.board.columns(shown.stages, everything=shown.adds_everything_up)
    too_big = any(not column.added_up for column in columns)
    context = shown.context(
        lanes=[shown.lane(column) for column in columns],
        nobody=not any(column.count for column in columns),
        sums_url=shown.link("board", SUMS) if too_big else "",
        list_url=shown.link("lead_list"),
    )
    return answer(request, PAGE, context, part="results")


@login_required
@require_GET
def board_more(request: Request) -> HttpResponse:
    """The next cards of a column: a fragment for the board, for everybody else the list of that stage."""
    shown = shown_for(request, request.GET)
    try:
        [stage] = shown.form.cleaned_data.get("stage") or []
        place = boarding.read_place(request.GET.get("place", ""))
    except ValueError as error:
        raise Http404("There is no such place on the board.") from error
    everybody_url = shown.link("lead_list", SOONEST)
    if not request.htmx:
        return redirect(everybody_url)
    cards, more = shown.board.following(stage, place)
    more_url = shown.link("board_more", ("place", str(more))) if more else ""
    context = shown.context(cards=cards, more_url=more_url, everybody_url=everybody_url)
    return answer(request, PAGE, context, part="rest")


def counted(number: int, bound: int | None) -> str:
    """A count in words: 1,000+ where counting stopped at that bound."""
    if bound is not None and number > bound:
        return _("%(number)s+") % {"number": number_format(bound, use_l10n=True, force_grouping=True)}
    return number_format(number, use_l10n=True, force_grouping=True)


def money(amount: Decimal, currency: str) -> str:
    """A sum, in whole units."""
    return f"{number_format(amount, 0, use_l10n=True, force_grouping=True)} {currency}"


def age_in_words(age: timedelta) -> str:
    """How long the middle lead has stood there: in hours for two days, then in days."""
    seconds = max(age.total_seconds(), 0)
    if seconds < 2 * DAY:
        hours = int(seconds // HOUR)
        return ngettext("median age %(number)d hour", "median age %(number)d hours", hours) % {"number": hours}
    days = int(seconds // DAY)
    return ngettext("median age %(number)d day", "median age %(number)d days", days) % {"number": days}
