"""The lead table: filters, order and columns in the URL, fifty leads at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leads import bulk, saving
from leads.counting import COUNTED, Counts, by_stage
from leads.firststeps import first_steps
from leads.forms.bulk import FactForm
from leads.forms.listing import COLUMNS as NAMES
from leads.forms.listing import SHOWN
from leads.listing import Listing
from leads.models import SavedView, Stage, StagePolicy
from leads.ordering import ORDERS, key_of
from leads.views.columns import COLUMNS, NAME, Look, headings, table_rows
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leads.models import Lead
    from leads.ordering import Page
    from leads.saving import View

KEPT_COLUMNS = "columns"
"""The cookie that remembers the columns a person chose last."""
A_YEAR = 31_536_000


@dataclass
class Table:
    """A request for the list, understood: its view, its listing, and the addresses that lead on from it."""

    request: Request
    listing: Listing
    saved: Sequence[SavedView]
    view: View | None
    policies: list[StagePolicy]

    @classmethod
    def of(cls, request: Request) -> Table:
        policies = list(StagePolicy.objects.all())
        labels = {policy.stage: policy.label for policy in policies}
        saved = list(saving.views_of(request.user))
        view = _view(request.GET.get("view", ""), saved)
        asked = request.GET.copy()
        asked.pop("view", None)
        query = asked if asked or view is None else QueryDict(view.query)
        days = {policy.stage: policy.stale_days for policy in policies}
        listing = Listing.of(query, user=request.user, at=timezone.now(), labels=labels, days=days)
        return cls(request, listing, saved, view, policies)

    @property
    def labels(self) -> dict[str, str]:
        """What the organisation calls each stage."""
        return {policy.stage: policy.label for policy in self.policies}

    @property
    def view_key(self) -> str:
        if isinstance(self.view, SavedView):
            return str(self.view.pk)
        return self.view.key if self.view else ""

    def link(self, *more: tuple[str, str], without: Sequence[str] = ()) -> str:
        """The address of this list with something else asked for; it begins at the top."""
        said = self.listing.form.params(without=(*without, *(name for name, _value in more)))
        view = [("view", self.view_key)] if self.view else []
        said += [(name, value) for name, value in more if value]
        return f"{reverse('lead_list')}{'?' if view or said else ''}{urlencode(view + said)}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns asked for, else those chosen last, else the usual ones."""
        asked = self.listing.form.cleaned_data.get("cols") or self.request.COOKIES.get(KEPT_COLUMNS, "").split(".")
        return tuple(name for name in NAMES if name in asked) or SHOWN


def _view(key: str, saved: Sequence[SavedView]) -> View | None:
    ready = next((one for one in saving.BUILT_IN if one.key == key), None)
    return ready or next((one for one in saved if str(one.pk) == key), None)


@login_required
@require_GET
def lead_list(request: Request) -> HttpResponse:
    """Every lead the person may see, by the filters of the URL."""
    table = Table.of(request)
    listing = table.listing
    counts = listing.counts()
    page = listing.page(few=listing.is_few(counts))
    context = {
        "form": listing.form,
        "stage_labels": table.labels,
        "counts": counts,
        "total": counted(counts.chosen, counts.bound),
        "everything": counted(counts.everything, counts.bound),
        "stages": stages(table, counts.stages),
        "tabs": tabs(table),
        "view": table.view,
        "is_own": isinstance(table.view, SavedView) and table.view.owner_id == request.user.pk,
        "is_changed": table.view is not None and listing.form.query() != table.view.query,
        "sharings": saving.sharings_of(request.user),
        "chips": chips(table),
        "query": listing.form.query(),
        "orders": orders(table),
        "bulk_facts": FactForm.KNOWN.items(),
        "may_export": request.user.has_perm("leads.export_leads"),
        "others": [*([("view", table.view_key)] if table.view else []), *listing.form.params(without=["cols"])],
        "offers": bulk.offers_for(page.rows, by=request.user),
        "steps": [] if page.rows or listing.form.is_filtering else first_steps(request.user),
        **rows(table, page),
    }
    response = answer(request, "leads/list.html", context, part="results")
    if listing.form.cleaned_data.get("cols"):
        response.set_cookie(KEPT_COLUMNS, ".".join(table.columns), A_YEAR, httponly=True, samesite="Lax")
    if request.htmx and not request.htmx.history_restore_request:
        response["HX-Push-Url"] = place(table)
    return response


@login_required
@require_GET
def lead_counts(request: Request) -> HttpResponse:
    """The numbers that took too long for the page itself: of the stages' chips, and how many leads match."""
    table = Table.of(request)
    counts = Counts.of(by_stage(table.listing.of_any_stage), table.listing.form.cleaned_data)
    context = {
        "stages": stages(table, counts.stages), "stage_labels": table.labels, "counts": counts,
        "total": counted(counts.chosen), "swaps": True,
    }  # fmt: skip
    return render(request, "leads/list.html#numbers", context)


def rows(table: Table, page: Page) -> dict[str, Any]:
    """The rows, their columns, and the ways to the pages before and after."""
    columns = [COLUMNS[name] for name in table.columns]
    look = Look.at_leads(page.rows, at=table.listing.at, policies=table.policies, columns=columns)
    sorting = table.listing.form.sorting
    back = "?" + urlencode({"back": place(table)}) if table.request.GET else ""

    def key(lead: Lead) -> str:
        return str(key_of(lead, sorting))

    return {
        "rows": page.rows,
        "is_wide": len(columns) > len(SHOWN),
        "body": table_rows(page.rows, columns, look, back),
        "headings": headings([NAME, *columns], sorting.name, lambda sort: table.link(("sort", sort))),
        "columns": [(name, COLUMNS[name].label, name in table.columns) for name in NAMES],
        "back": back,
        "newer": table.link(("before", key(page.rows[0]))) if page.has_previous and page.rows else "",
        "older": table.link(("after", key(page.rows[-1]))) if page.has_next and page.rows else "",
    }


def place(table: Table) -> str:
    """The address of this very page of the list."""
    form = table.listing.form
    where = [(name, str(key)) for name in ("after", "before") if (key := form.place(name))]
    return table.link(*where)


def stages(table: Table, numbers: dict[str, int] | None) -> list[dict[str, Any]]:
    """The chips of the stages: each adds itself to those chosen, or takes itself away."""
    chosen: list[str] = table.listing.form.cleaned_data.get("stage") or []
    found = []
    for stage in Stage.values:
        others = [one for one in Stage.values if (one in chosen) != (one == stage)]
        url = table.link(*(("stage", one) for one in others), without=("stage",))
        number = counted(numbers.get(stage, 0)) if numbers is not None else ""
        found.append({"stage": stage, "number": number, "url": url, "is_on": stage in chosen})
    return found


def tabs(table: Table) -> list[dict[str, Any]]:
    """The views beside each other, all leads first."""
    home = reverse("lead_list")
    everything = {"name": _("All leads"), "url": home, "is_on": table.view is None, "kind": ""}
    ready = [{"name": one.name, "url": f"{home}?view={one.key}", "is_on": one == table.view, "kind": ""}
             for one in saving.BUILT_IN]  # fmt: skip
    own = [{"name": one.name, "url": f"{home}?view={one.pk}", "is_on": one == table.view, "kind": _shared(table, one)}
           for one in table.saved]  # fmt: skip
    return [everything, *ready, *own]


def _shared(table: Table, view: SavedView) -> str:
    if view.owner_id == table.request.user.pk and view.sharing == SavedView.Sharing.MINE:
        return ""
    return str(view.get_sharing_display())


def chips(table: Table) -> list[dict[str, str]]:
    """The filters in force apart from the stage, each with the address that drops it."""
    form, found = table.listing.form, []
    for name, text in form.params(without=("stage", "sort", "cols")):
        rest = [(other, said) for other, said in form.params() if other == name and said != text]
        field = form.fields[name]
        named = dict(getattr(field, "choices", ())) if hasattr(field, "choices") else {}
        value = _("yes") if name == "stalled" else str(named.get(text, text))
        url = table.link(*rest, without=(name,))
        found.append({"name": str(field.label), "value": value, "url": url})
    return found


def orders(table: Table) -> list[tuple[str, str, bool]]:
    """Every order both ways, in words."""
    found, now = [], table.listing.form.sorting.name
    for name, order in ORDERS.items():
        for way in ("-", "") if order.down else ("", "-"):
            words = order.downwards if way else order.upwards
            found.append((way + name, str(words), way + name == now))
    return found


def counted(number: int, bound: int | None = None) -> str:
    """A count in words: 10,000+ where counting stopped there."""
    bound = COUNTED if bound is None else bound
    told = number_format(min(number, bound), 0, use_l10n=True, force_grouping=True)
    return f"{told}+" if number > bound else told
