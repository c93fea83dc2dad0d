"""Journeys derived by column, against the recount that walks the log line by line."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.columns import MASKS, NEVER, STAGES, STEPS, TIMES, instant, rows
from funnel.recount import passes_of
from tests.funnel.drawn import derived, lives


def told(one):
    """A recounted cycle as the row of columns it must be."""
    people = [tuple(number or 0 for number in some) + (0,) * (7 - len(some)) for some in (one.owners, one.teams)]
    at = [
        NEVER if time is None else instant(time)
        for time in (one.opened_at, *map(one.at.get, STAGES), one.ended_at, one.next_at)
    ]
    masks = [sum(1 << STAGES.index(stage) for stage in one.flags[mask]) for mask in MASKS]
    cents, currency = one.deal
    return (
        one.cycle, *at, *masks, ("open", "won", "lost", "recycled").index(one.outcome), STEPS.index(one.end_step),
        one.end_reason_id or 0, -1 if cents is None else cents, currency, *people,
    )  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(lives(), st.permutations(range(12)))
def test_journeys_by_column_are_the_recounted_cycles(lines, order):
    shuffled = [lines[place] for place in order if place < len(lines)]  # a query without ORDER BY
    found = derived(shuffled, cents=4_200, currency=b"THB")
    names = ("cycle", *TIMES, *MASKS, "outcome", "end_step", "end_reason", "cents")
    ours = [
        (*(int(found[name][row]) for name in names), found["currency"][row].decode(),
         tuple(found["owners"][row].tolist()), tuple(found["teams"][row].tolist()))
        for row in range(rows(found))
    ]  # fmt: skip
    assert ours == [told(one) for one in passes_of(lines, Decimal(42), "THB")]


@settings(deadline=None)
@given(lives())
def test_a_lead_merged_into_another_has_no_journey(lines):
    assert rows(derived(lines, counts=False)) == 0
