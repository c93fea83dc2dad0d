"""Reports answer the same from the columns kept in chunks as from the journeys."""

from datetime import timedelta

import pytest

from funnel import ageing, exits, speed_to_lead, stage_times
from funnel.models import Chunk, Stale
from funnel.questions import Question
from funnel.rebuild import rebuild
from leads.models import Stage
from tests.factories import START
from tests.funnel.reports import check_lists, day, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("report", [stage_times, exits, ageing, speed_to_lead])
def test_columns_answer_what_journeys_answer(funnel, report):
    first = START.date() + timedelta(days=1)
    asked = [
        Question(at=day(50), entry=Stage.MQL, by=by, start=start) for by in ("", "owner") for start in (None, first)
    ]
    assert Stale.objects.exists()
    before = [told(report.answer(question)) for question in asked]
    rebuild()
    assert Chunk.objects.exists()
    assert not Stale.objects.exists()
    assert [told(report.answer(question)) for question in asked] == before
    assert check_lists(report, asked[-1])
