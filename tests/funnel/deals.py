"""Deals made by hand through the gate, and whether every figure's list is as long as the figure says."""

from datetime import UTC, datetime
from decimal import Decimal

from funnel import dimensions, journeys
from funnel.answers import narrowed
from leads import moves
from leads.lines import Given
from tests.factories import DEAL, make_lead, reason


def on(day, hour=9, month=1):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def deal(by, opened, closed=None, step="win", *, stage="sql", amount=1000, currency="USD", **known):
    """A lead in a stage since `opened`, closed by a step at `closed`; no `amount`, no currency either."""
    money = {"amount": None if amount is None else Decimal(amount), "currency": "" if amount is None else currency}
    lead = make_lead(stage, at=opened, deal={**DEAL, **money}, **known)
    if closed:
        go(lead, step, by, closed)
    return lead


def go(lead, step, by, at, **given):
    if step in ("lose", "reject", "disqualify", "recycle"):
        given["reason"] = reason(step)
    return moves.move(lead_id=lead.pk, step=step, by=by, at=at, given=Given(**given))


def counted(measure, question, *, lists=True):
    """The report's answer, after every figure's lists were counted."""
    journeys.apply_waiting()
    told = measure.answer(question)
    if not lists:
        return told
    for line in told.lines:
        is_group = told.question.by and not line.whole
        key = dimensions.words(told.question.by, [line.code])[line.code] if is_group else None
        asked = narrowed(told.question, key=key, span=line.span)
        for name, figure in line.figures.items():
            about = (line.label, line.span, name)
            if figure.cell:
                expected = figure.n if figure.hits is None else figure.hits
                assert measure.behind(asked, figure.cell).count() == expected, about
            if figure.base:
                assert measure.behind(asked, figure.base).count() == figure.n, about
    return told
