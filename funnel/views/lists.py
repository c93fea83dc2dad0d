"""The list behind a number: exactly the cycles it counts, each a link to its lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funnel import dimensions, wording
from funnel.answers import narrowed
from funnel.asking import day
from funnel.views.questions import chosen, label_of, period
from leads.filters import value_of
from leads.views.pages import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from funnel.models import Journey
    from funnel.questions import Question
    from leads.views.pages import Request

PAGE = 50


def of_line(question: Question, words: dict[str, Any]) -> tuple[Question, Callable[[str], str]]:
    """The question about the one line that `key` and `span` name, and what says so of those who did something.

    Raises BadQuestion for a line there cannot be.
    """
    key = value_of(words["key"]) if question.by and "key" in words else None
    span = day("span", words.get("span", "")) if question.grain else None
    narrow = narrowed(question, key=key, span=span)

    def told(what: str) -> str:
        if key is not None:
            facts = {"what": what, "dimension": dimensions.WITHIN[question.by], "value": label_of(question.by, key)}
            what = _("%(what)s, %(dimension)s %(value)s") % facts
        if span is not None:
            what = _("%(what)s, %(span)s") % {"what": what, "span": wording.span(span, question.grain)}
        return what

    return narrow, told


def listing(
    request: Request,
    question: Question,
    rows: QuerySet[Journey],
    *,
    what: str,
    back: str,
    page_name: str,
    back_label: str,
) -> HttpResponse:
    """The page that lists the rows, which are those who `what`; `back` is the address of the number, with its label."""
    rows = rows.select_related("lead__company", "lead__owner").order_by("-opened_at", "lead_id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    sources = dimensions.labels("source", {journey.source for journey in page})
    context = {
        "page": page, "rows": [(journey, sources[journey.source]) for journey in page],
        "heading": _heading(question, page.paginator.count, what),
        "chosen": chosen(question), "total": page.paginator.count, "back": back, "page_name": page_name,
        "back_label": back_label,
        "period": period(question), "question": question,
    }  # fmt: skip
    return answer(request, "funnel/behind.html", context)


def _heading(question: Question, total: int, what: str) -> str:
    """How many of them did what."""
    if question.unit == "cycle":
        words = ngettext("%(number)s cycle that %(what)s", "%(number)s cycles that %(what)s", total)
    else:
        words = ngettext("%(number)s lead that %(what)s", "%(number)s leads that %(what)s", total)
    return words % {"number": wording.number(total), "what": what}
