"""The funnel report: cohort, flow and snapshot of one question, with all that makes its numbers honest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings

from funnel import cohorts, conversions, flow
from funnel.freshness import Freshness, freshness
from funnel.kept import kept
from funnel.tables import reader_for

if TYPE_CHECKING:
    from datetime import datetime

    from funnel.flow import Flow
    from funnel.questions import Question


@dataclass(frozen=True)
class FunnelReport:
    """Everything the funnel page shows and `report funnel` prints."""

    question: Question
    cohort: cohorts.Cohort
    cohorts: list[cohorts.Cohort]
    flow: Flow
    flows: list[Flow]
    snapshot_at: datetime
    snapshot: Flow
    snapshots: list[Flow]
    freshness: Freshness

    @property
    def definitions(self) -> dict[str, str]:
        entry = self.question.entry.label
        return {
            "cohort": conversions.definition(self.question),
            "flow": flow.FLOW_DEFINITION.format(entry=entry),
            "snapshot": str(flow.SNAPSHOT_DEFINITION),
        }

    def as_json(self) -> dict[str, Any]:
        question, entry = self.question, self.question.entry
        return {
            "report": "funnel",
            "question": {
                "from": question.start and question.start.isoformat(),
                "to": question.end and question.end.isoformat(),
                "entry": str(entry),
                "window_days": question.window.days,
                "by": question.by or None,
                "where": [[name, list(values)] for name, values in question.where],
                "grain": question.grain or None,
                "unit": question.unit,
                "time_zone": settings.TIME_ZONE,
            },
            "computed_at": question.at.isoformat(),
            "waiting_lines": self.freshness.waiting,
            "definitions": self.definitions,
            "cohort": self.cohort.as_json(),
            "cohorts": [one.as_json() for one in self.cohorts],
            "flow": self.flow.as_json(entry),
            "flows": [one.as_json(entry) for one in self.flows],
            "snapshot": {"at": self.snapshot_at.isoformat(), **_standing(self.snapshot)},
            "snapshots": [{"key": one.key, "label": one.label, **_standing(one)} for one in self.snapshots],
        }


def _standing(one: Flow) -> dict[str, Any]:
    return {"stages": {str(entry.stage): entry.n for entry in one.entries}}


def funnel_report(question: Question) -> FunnelReport:
    """Answer one question, or tell what was answered less than a minute ago if nothing that matters has changed."""
    if reader_for(question):
        return _work_out(question)
    return replace(kept("funnel", question, lambda: _work_out(question)), freshness=freshness())


def _work_out(question: Question) -> FunnelReport:
    snapshot_at, by = flow.snapshot_at(question), question.by
    [cohort] = cohorts.report(question, [question.window])
    flows = flow.flow(question)
    snapshots = flow.snapshot(question, at=snapshot_at)
    return FunnelReport(
        question=question,
        cohort=cohort.total,
        cohorts=cohort.groups if by or question.grain else [],
        flow=flow.total(flows),
        flows=flows if by else [],
        snapshot_at=snapshot_at,
        snapshot=flow.total(snapshots),
        snapshots=snapshots if by else [],
        freshness=freshness(),
    )
