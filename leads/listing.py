"""One reading of the lead list: from the query of its URL to the leads it shows, for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils import timezone

from leads import counting, filters, ordering, search
from leads.forms.listing import FilterForm
from leads.models import Lead
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leads.counting import Counts
    from leads.models import User
    from leads.models.lead import LeadQuerySet
    from leads.models.stalled import Days
    from leads.ordering import Page


@dataclass(frozen=True)
class Listing:
    """The leads a person asked for: `form` has what was understood; `at` is what "overdue" is told by."""

    form: FilterForm
    user: User
    at: datetime
    days: Days | None = None

    @classmethod
    def of(
        cls, query: QueryDict, *, user: User, at: datetime,
        labels: Mapping[str, str] | None = None, days: Days | None = None,
    ) -> Listing:  # fmt: skip
        """`labels` of the stages, and `days` after which leads stall in them, spare reading the policies again."""
        form = FilterForm(query, user=user, labels=labels or {})
        form.is_valid()
        return cls(form, user, at, days)

    @property
    def of_any_stage(self) -> LeadQuerySet:
        """The leads that match all but the stage."""
        leads, _least = self._narrowed
        return leads

    @cached_property
    def _narrowed(self) -> tuple[LeadQuerySet, int]:
        """A search looks last, among what the filters leave, and knows how many it found at least."""
        return search.narrowed(self.filtered(Lead.objects.visible_to(self.user)), self.form.cleaned_data.get("q", ""))

    def filtered(self, among: LeadQuerySet) -> LeadQuerySet:
        """Those among some leads that match all but the stage and the search."""
        return filters.filtered(among, self.form.cleaned_data, at=self.at, days=self.days)

    @property
    def leads(self) -> LeadQuerySet:
        """The leads that match, in no order."""
        return filters.staged(self.of_any_stage, self.form.cleaned_data)

    @property
    def along_index(self) -> bool:
        """Whether nothing but the stage narrows the leads."""
        return self.user.scope is Scope.ALL and not filters.filtering(self.form.cleaned_data)

    def counts(self) -> Counts:
        leads, least = self._narrowed
        return counting.counts(leads, self.form.cleaned_data, along_index=self.along_index, least=least)

    def page(self, *, few: bool) -> Page:
        """The page the URL asks for; the first one where fewer than a page lie before it."""
        leads, sorting = self.leads, self.form.sorting
        page = ordering.page(leads, sorting, after=self.form.place("after"), before=self.form.place("before"), few=few)
        short = self.form.place("before") and not page.has_previous and len(page.rows) < ordering.PAGE
        return ordering.page(leads, sorting, few=few) if short else page

    def is_few(self, counts: Counts) -> bool:
        """Whether so few leads match that filtering first and sorting then is the quicker way."""
        return not self.along_index and counts.chosen <= counts.bound


def neighbours(*, user: User, query: str, lead: Lead, at: datetime | None = None) -> tuple[int | None, int | None]:
    """The lead before this one and the one after it, in the list that `query` asks for; None at its ends.

    The lead itself need not be in the list any more: it counts where it would stand now.
    """
    listing = Listing.of(QueryDict(query), user=user, at=at or timezone.now())
    key = ordering.key_of(lead, listing.form.sorting)
    return ordering.beside(listing.leads, listing.form.sorting, start=key)
