"""Lives of one lead that hypothesis draws, as log lines and as columns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

from funnel import derive
from funnel.columns import STAGES, STEPS, TEXTS, instant
from funnel.recount import LogLine
from leads.models.stage import opens_cycle


@st.composite
def lives(draw):
    """The lines of one lead, as any order of stages, undo and clocks could leave them in the log."""
    lines, standing = [], []  # standing: the lines that count
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for sequence in range(1, draw(st.integers(1, 12)) + 1):
        at += timedelta(hours=draw(st.integers(0, 40)))
        now = {"lead_id": 7, "sequence": sequence, "occurred_at": at, "entry": None, "changed": None, "voids": None}
        if len(standing) > 1 and draw(st.integers(0, 3)) == 0:
            voided, before = standing.pop(), standing[-1]
            now |= {"step": "undo", "voids": voided.sequence, "to_stage": before.to_stage, "cycle": before.cycle}
        else:
            last = standing[-1] if standing else None
            stage = draw(st.sampled_from([stage for stage in STAGES if not last or stage != last.to_stage]))
            opens = last is None or opens_cycle(source=last.to_stage, target=stage)
            now |= {"step": "override", "to_stage": stage, "cycle": (last.cycle if last else 0) + opens}
            if opens:
                amount = draw(st.none() | st.decimals(0, 999, places=2))
                now |= {
                    "entry": {"source": ""},
                    "changed": {"amount": [amount and str(amount), None], "currency": ["USD", ""]},
                }
        timing = draw(st.sampled_from(["exact", "exact", "assumed", "clamped"]))
        people = [draw(st.none() | st.integers(1, 3)) for _ in range(3)]
        lines.append(LogLine(**now, timing=timing, owner_id=people[0], team_id=people[1], reason_id=people[2]))
        if now["step"] != "undo":
            standing.append(lines[-1])
    return lines


def in_columns(lines):
    """Log lines as `reading.Terms.lines_of` gives them."""

    def column(kind, values):
        return np.array(list(values), kind)

    before = [{name: pair[0] for name, pair in (one.changed or {}).items()} for one in lines]
    amounts = [one.get("amount") for one in before]
    found = {
        "lead": column("i8", (one.lead_id for one in lines)),
        "sequence": column("i4", (one.sequence for one in lines)),
        "cycle": column("i2", (one.cycle for one in lines)),
        "step": column("i2", (STEPS.index(one.step) for one in lines)),
        "rank": column("i2", (STAGES.index(one.to_stage) + 1 for one in lines)),
        "at": column("i8", (instant(one.occurred_at) for one in lines)),
        "timing": column("i2", (("exact", "assumed", "clamped").index(one.timing) for one in lines)),
        "cents": column("i8", (-1 if one is None else int(Decimal(one) * 100) for one in amounts)),
        "currency": column("S3", (one.get("currency") or "" for one in before)),
    }
    for name in ("voids", "owner", "team", "reason"):
        found[name] = column("i8", (getattr(one, name if name == "voids" else f"{name}_id") or 0 for one in lines))
    return found | dict.fromkeys((*TEXTS, "asset", "entry"), np.zeros(len(lines), np.int32))


def derived(lines, *, cents=-1, currency=b"", counts=True):
    lead = {
        "lead": np.array([7]),
        "cents": np.array([cents]),
        "currency": np.array([currency]),
        "counts": np.array([counts]),
    }
    return derive.journeys(in_columns(lines), lead)
