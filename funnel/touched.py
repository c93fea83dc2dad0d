"""When a lead was first touched by a human since an instant, for all leads of a part at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnel.columns import NEVER, Layout
from funnel.reading import Leads, columns_of
from leads.models import Touch

if TYPE_CHECKING:
    from funnel.columns import Column

_TOUCH = Layout({"lead": "i8", "at": "i8"})
_HUMAN = ", ".join(f"'{kind}'" for kind in Touch.HUMAN_KINDS)
_TOUCHES = f"SELECT lead_id, occurred_at FROM leads_touch WHERE kind IN ({_HUMAN}) AND {{where}}"


def first_human_touch(lead: Column, since: Column) -> Column:
    """The time of each lead's first human touch at or after `since`; NEVER where there is none. One query for all."""
    if not len(lead):
        return np.zeros(0, np.int64)
    leads = np.unique(lead)
    touches = columns_of(_TOUCHES.format(where=Leads(leads.tolist()).where("lead_id")), _TOUCH)
    return first_at_or_after(leads, (lead, since), (touches["lead"], touches["at"]))


def first_at_or_after(leads: Column, asked: tuple[Column, Column], touches: tuple[Column, Column]) -> Column:
    """For each (lead, time) asked, the first of the times of that lead's touches that is not before it.

    `leads` are all leads there are, ascending. Pure.
    """
    times = np.unique(touches[1])
    # One number per lead and place among all times, so that one search in order finds both.
    many = len(times) + 1
    keys = np.sort(np.searchsorted(leads, touches[0]) * many + np.searchsorted(times, touches[1]))
    wanted = np.searchsorted(leads, asked[0]) * many + np.searchsorted(times, asked[1])
    ends = np.append(keys, NEVER)  # what is found beyond the last touch is no lead's
    found = ends[np.searchsorted(keys, wanted)]
    same = found // many == wanted // many
    result = np.full(len(wanted), NEVER)
    result[same] = times[found[same] % many]
    return result
