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
from leads.forms.listing import FilterForm
from leads.models import Lead, Stage, StagePolicy
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from datetime import timedelta

    from leads.boarding import Board, Column

PAGE = "leads/board.html"
QUERY = 4_000  # characters of a query string that a form may send along
HOUR, DAY = 3_600, 86_400


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

    query: QueryDict
    form: FilterForm
    board: Board
    labels: dict[str, str]

    @property
    def stages(self) -> list[str]:
        """The stages chosen; all of them where none is."""
        chosen = self.form.cleaned_data.get("stage")
        return [stage for stage in Stage.values if not chosen or stage in chosen]

    @property
    def adds_everything_up(self) -> bool:
        return self.query.get("sums") == "all"

    @property
    def url(self) -> str:
        """The address of this board."""
        return self.with_query(reverse("board"))

    def with_query(self, address: str, **changes: str) -> str:
        """An address with the board's filters, some of them changed."""
        query = self.query.copy()
        query.pop("sums", None)
        for name, value in changes.items():
            query[name] = value
        return f"{address}?{query.urlencode()}" if query else address

    def lane(self, column: Column) -> Lane:
        """A column with its words and links."""
        leads, stage = reverse("lead_list"), column.stage
        more = {"stage": stage, "after": str(column.more)}
        return Lane(
            column,
            count=bounded(column.count),
            overdue=ngettext("%(number)s overdue", "%(number)s overdue", column.overdue)
            % {"number": bounded(column.overdue)},
            values=[f"{number_format(amount, 0, use_l10n=True, force_grouping=True)} {currency}"
                    for currency, amount in column.values],
            age=age_in_words(column.age) if column.age is not None else "",
            everybody_url=self.with_query(leads, stage=stage),
            overdue_url=self.with_query(leads, stage=stage, due="overdue"),
            longest_url=self.with_query(leads, stage=stage, sort="since"),
            more_url=self.with_query(reverse("board_more"), **more) if column.more else "",
        )  # fmt: skip

    def context(self, **more: Any) -> dict[str, Any]:
        """What the templates of the board ask for."""
        query = self.query.urlencode()
        known = {"back": urlencode({"back": self.url}), "step_query": urlencode({"query": query}), "query": query}
        return {"shown": self, "form": self.form, "stage_labels": self.labels, "now": self.board.at, **known, **more}


def shown_for(request: Request, query: QueryDict) -> Shown:
    """The board of one person by the filters of a query string."""
    policies = StagePolicy.objects.in_bulk()
    labels = {stage: policy.label for stage, policy in policies.items()}
    form = FilterForm(query, user=request.user, labels=labels)
    form.is_valid()
    at = timezone.now()
    leads = filters.filtered(Lead.objects.visible_to(request.user), form.cleaned_data, at=at)
    return Shown(query, form, boarding.Board(leads, request.user, at, Clock(), policies), labels)


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
        sums_url=shown.with_query(reverse("board"), sums="all") if too_big else "",
        list_url=shown.with_query(reverse("lead_list")),
    )
    return answer(request, PAGE, context, part="results")


@login_required
@require_GET
def board_more(request: Request) -> HttpResponse:
    """The next cards of a column: a fragment for the board, for everybody else the list of that stage."""
    stage = request.GET.get("stage", "")
    try:
        after = boarding.read_place(request.GET.get("after", ""))
    except ValueError as error:
        raise Http404("There is no such place on the board.") from error
    if stage not in Stage.values:
        raise Http404("There is no such stage.")
    query = request.GET.copy()
    for name in ("stage", "after"):
        query.pop(name, None)
    shown = shown_for(request, query)
    everybody_url = shown.with_query(reverse("lead_list"), stage=stage)
    if not request.htmx:
        return redirect(everybody_url)
    cards, more = shown.board.following(stage, after)
    places = {"stage": stage, "after": str(more)}
    more_url = shown.with_query(reverse("board_more"), **places) if more else ""
    return answer(
        request, PAGE, shown.context(cards=cards, more_url=more_url, everybody_url=everybody_url), part="rest"
    )


def bounded(number: int) -> str:
    """A count in words: 10,000+ when it stopped counting."""
    if number > boarding.COUNTED:
        return _("%(number)s+") % {"number": number_format(boarding.COUNTED, use_l10n=True, force_grouping=True)}
    return number_format(number, use_l10n=True, force_grouping=True)


def age_in_words(age: timedelta) -> str:
    """How long the middle lead has stood there: in hours for two days, then in days."""
    seconds = max(age.total_seconds(), 0)
    if seconds < 2 * DAY:
        hours = int(seconds // HOUR)
        return ngettext("median age %(number)d hour", "median age %(number)d hours", hours) % {"number": hours}
    days = int(seconds // DAY)
    return ngettext("median age %(number)d day", "median age %(number)d days", days) % {"number": days}
