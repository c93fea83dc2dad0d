"""The list behind a number: exactly the cycles it counts, each a link to its lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator

from funnel import dimensions
from funnel.answers import narrowed
from funnel.asking import day
from funnel.views.questions import NAMES, chosen, label_of, period
from funnel.wording import span as span_words
from leads.filters import value_of
from leads.views.pages import answer

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from funnel.models import Journey
    from funnel.questions import Question
    from leads.views.pages import Request

PAGE = 50


def of_line(question: Question, words: dict[str, Any]) -> tuple[Question, str]:
    """The question about the one line that `key` and `span` name, and the line in words, blank for the whole.

    Raises BadQuestion for a line there cannot be.
    """
    told = ""
    key = value_of(words["key"]) if question.by and "key" in words else None
    span = day("span", words.get("span", "")) if question.grain else None
    narrow = narrowed(question, key=key, span=span)
    if key is not None:
        told += f", {NAMES[question.by].lower()} {label_of(question.by, key)}"
    if span is not None:
        told += f", {span_words(span, question.grain)}"
    return narrow, told


def listing(
    request: Request, question: Question, rows: QuerySet[Journey], *, what: str, back: str, page_name: str
) -> HttpResponse:
    """The page that lists the rows, which are those who `what`; `back` is the address of the number."""
    rows = rows.select_related("lead__company", "lead__owner").order_by("-opened_at", "lead_id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    sources = dimensions.labels("source", {journey.source for journey in page})
    context = {
        "page": page, "rows": [(journey, sources[journey.source]) for journey in page], "what": what,
        "chosen": chosen(question), "total": page.paginator.count, "back": back, "page_name": page_name,
        "period": period(question), "question": question,
    }  # fmt: skip
    return answer(request, "funnel/behind.html", context)
