"""Small funnels with a calendar of their own, and what every report has to keep."""

from datetime import timedelta

from funnel import journeys
from funnel.answers import key_of, narrowed
from leads import moves
from leads.filters import value_of
from leads.lines import Given
from leads.models import Lead
from tests.factories import DEAL, START, make_lead, reason

FACTS = {"confirm": DEAL}
REASONS = {"reject", "lose", "disqualify", "recycle"}


def day(number):
    """So many days after the first."""
    return START + timedelta(days=number)


def walked(by, stage, *steps, began=0.0, **known):
    """A lead that entered `stage` on a day, then took each (step, day)."""
    lead = make_lead(stage, at=day(began), **known)
    for step, on in steps:
        take(lead, step, by, on)
    return lead


def take(lead, step, by, on, **more):
    given = Given(reason=reason(step) if step in REASONS else None, **FACTS.get(step, {}))
    moves.move(lead_id=lead.pk, step=step, by=by, at=day(on), given=given, **more)


def counted():
    journeys.apply_waiting()


def line_of(answer, stage="", part="", key=None):
    """The one line of a stage or part; of all groups together unless a group's key is given."""
    [line] = [
        line
        for line in answer.lines
        if (not stage or line.stage == stage) and (not part or line.part == part)
        and (line.whole if key is None else (not line.whole and line.key == key))
    ]  # fmt: skip
    return line


def values(answer, stage="", part="", key=None):
    return {name: figure.value for name, figure in line_of(answer, stage, part, key).figures.items()}


def number_of(figure):
    """How many a figure's cell lists: what a count says, the hits of a share, else what it is worked out from."""
    return figure.n if figure.hits is None else figure.hits


def check_lists(report, question):
    """Every list has exactly as many rows as its number says, each a cycle once; returns how many lists there were."""
    looked = 0
    for line in report.answer(question).lines:
        narrow = question
        if question.by and (key := key_of(question, line)) is not None:
            narrow = narrowed(question, key=value_of(key))
        for name, figure in line.figures.items():
            assert report.behind(narrow, figure.cell).count() == number_of(figure), (line.label, line.stage, name)
            if figure.base:
                assert report.behind(narrow, figure.base).count() == figure.n, (line.label, line.stage, name)
            looked += 1
    return looked


def told(answer):
    """All that an answer says, without when and how fresh."""
    return [
        (
            line.label, line.key, line.stage, line.part,
            {name: (f.value, f.n, f.hits, f.interval, f.maturity, f.note) for name, f in line.figures.items()},
        )
        for line in answer.lines
    ]  # fmt: skip


def leads_of(rows):
    return set(rows.values_list("lead_id", flat=True))


def everyone():
    return set(Lead.objects.values_list("pk", flat=True))
