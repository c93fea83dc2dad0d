"""Whatever parts a history has: importing one again changes nothing, and parts that agree may come in any order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from leads.history import Past, Recorded, _difference
from leads.importing.arranging import Entry, one_pass
from leads.models.stage import Stage

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAYS = st.none() | st.integers(0, 12).map(lambda half: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=12 * half))
PASS = st.dictionaries(st.sampled_from(Stage.values), DAYS, min_size=1, max_size=4).map(
    lambda stages: one_pass(Entry(stage, at) for stage, at in stages.items())
)
FREE = st.lists(st.builds(Entry, st.sampled_from(Stage.values), DAYS.filter(bool)), min_size=1, max_size=5)
TRUE = st.lists(st.sampled_from(Stage.values), min_size=1, max_size=7, unique=True).map(
    lambda stages: [
        (stage, datetime(2020, 1, 1 + day, tzinfo=UTC))
        for day, stage in enumerate(sorted(stages, key=Stage.values.index))
    ]
)
PARTS = st.lists(PASS | FREE, min_size=1, max_size=3)


def record(past, part, origin, at=NOW):
    """What the log says after one more import; whether it said so before."""
    _, kept, rest = _difference(past, part, origin, at)
    changed = bool(rest) or kept < len(past.lines)
    lines = past.lines[:kept]
    for one in rest:
        lines.append(
            Recorded(
                one.stage, one.at, one.timing, one.origin, one.note, one.owner_id, len(lines) + 1, 1, "import"
            )
        )  # fmt: skip
    return Past(lines), changed


@settings(max_examples=500, deadline=None)
@given(PARTS)
def test_importing_a_part_again_changes_nothing(parts):
    past = Past()
    for number, part in enumerate(parts):
        past, _ = record(past, part, f"part{number}")
        past, changed = record(past, part, f"part{number}", NOW + timedelta(days=1))
        assert not changed


@settings(max_examples=300, deadline=None)
@given(TRUE, st.data())
def test_parts_of_one_true_history_end_alike_in_any_order(history, data):
    parts = [data.draw(st.lists(st.sampled_from(history), min_size=1, unique=True)) for _ in range(3)]
    ends = []
    for order in permutations(enumerate(parts)):
        past = Past()
        for number, part in order:
            past, _ = record(past, [Entry(stage, at) for stage, at in part], f"part{number}")
        ends.append([(line.stage, line.at, line.timing) for line in past.lines])
        assert not any(record(past, [Entry(*one) for one in part], f"part{number}")[1] for number, part in order)
    assert all(end == ends[0] for end in ends)


@settings(max_examples=500, deadline=None)
@given(PARTS)
def test_times_never_run_backwards(parts):
    past = Past()
    for number, part in enumerate(parts):
        past, _ = record(past, part, f"part{number}")
        times = [line.at for line in past.lines]
        assert times == sorted(times)
        assert all(one.stage != other.stage for one, other in zip(past.lines, past.lines[1:], strict=False))
