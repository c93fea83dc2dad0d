"""Random lives: people move, import, merge and erase, workers count, crash and meet, zones change; and after each
step journeys, columns and rollups equal a recount of the log. FULL=1 tries ten times as many, and longer ones."""

import os
from contextlib import suppress
from datetime import timedelta

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, precondition, rule, run_state_machine_as_test

from funnel import chunks, cohorts, generations, journeys
from funnel.kept import kept
from funnel.models import Rebuild
from funnel.questions import Question
from funnel.rebuild import rebuild
from leads.models import Stage
from tests.funnel.faults import Crash, begin_anew, crashing_after, crashing_at, meanwhile, small_pieces
from tests.funnel.lives import SOURCES, Life

FULL = os.environ.get("FULL", "") not in ("", "0")
ZONES = ("UTC", "Asia/Bangkok", "America/New_York")
WORK = {
    "apply": journeys.apply_waiting,
    "apply in small batches": lambda: journeys.apply_waiting(batch=2),
    "rebuild": rebuild,
    "write columns": lambda: chunks.write_stale(budget=2),
}
WORKS = st.sampled_from(sorted(WORK))


def told(question):
    """What a cohort split by the days of the organisation says."""
    return [
        (one.key, one.span, one.entered, one.mature, [(c.rate.hits, c.rate.n) for c in one.conversions])
        for one in cohorts.groups(question)
    ]


class WorkedLife(Life):
    """The same, with all that workers do and suffer meanwhile."""

    leads = Bundle("leads")

    def __init__(self):
        begin_anew()
        super().__init__()
        self.zone = override_settings(TIME_ZONE="UTC")
        self.zone.enable()

    @initialize(
        target=leads, arriving=st.lists(st.tuples(st.sampled_from(Stage.values), SOURCES), min_size=2, max_size=10)
    )
    def begin(self, arriving):
        return multiple(*(self.arrive(stage=stage, source=source) for stage, source in arriving))

    @rule(work=WORKS)
    def worker_looks(self, work):
        WORK[work]()

    @rule(work=WORKS, number=st.integers(1, 80))
    def a_worker_dies(self, work, number):
        with suppress(Crash), crashing_at(number):
            WORK[work]()

    @rule(blocks=st.integers(1, 3), lead=leads, to=st.sampled_from(Stage.values))
    def a_rebuild_dies_between_blocks(self, blocks, lead, to):
        """And a lead moves before it is taken up again."""
        with suppress(Crash):
            rebuild(crashing_after(blocks))
        self.override(lead=lead, to=to)

    @precondition(lambda self: Rebuild.objects.filter(building__isnull=False).exists())
    @rule()
    def a_rebuild_is_taken_up_again(self):
        rebuild()
        assert not Rebuild.objects.filter(building__isnull=False).exists()

    @rule(lead=leads, first=st.sampled_from(Stage.values), then=st.sampled_from(Stage.values), mine=WORKS, other=WORKS)
    def two_workers_meet(self, lead, first, then, mine, other):
        self.override(lead=lead, to=first)
        with meanwhile(WORK[other]):
            self.override(lead=lead, to=then)
            WORK[mine]()

    @rule(zone=st.sampled_from(ZONES))
    def the_organisation_moves(self, zone):
        self.zone.disable()
        self.zone = override_settings(TIME_ZONE=zone)
        self.zone.enable()
        cut_in = Rebuild.objects.values_list("zone", flat=True).first()
        assert generations.to_read() is None or cut_in == zone
        self.rollups_tell_what_journeys_tell(grain="day")

    @rule(grain=st.sampled_from(["", "day", "week", "month"]), by=st.sampled_from(["", "source", "owner"]))
    def rebuild_and_ask(self, grain, by):
        rebuild()
        assert generations.to_read() is not None
        self.rollups_tell_what_journeys_tell(grain=grain, by=by)

    def rollups_tell_what_journeys_tell(self, **asked):
        question = Question(at=self.clock, **asked)
        assert told(question) == told(question.asking(raw=True))

    @invariant()
    def kept_answers_are_what_would_be_worked_out_anew(self):
        """A kept answer says of its own moment what would be said of it now, and is a minute old at the most."""
        for source in ("", "web", "never heard of"):
            question = Question(
                at=self.clock, live=True, by="owner", window=timedelta(days=1), where=(("source", (source,)),)
            )
            then, answer = kept("told", question, lambda asked=question: (asked.at, told(asked)))
            assert answer == told(question.asking(at=then))
            assert timedelta(0) <= question.at - then <= timedelta(minutes=1)

    def teardown(self):
        try:
            super().teardown()
            self.rebuild_and_ask(grain="month", by="owner")
            self.statistics_equal_the_log()
        finally:
            self.zone.disable()


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_statistics_equal_a_recount_of_the_log(monkeypatch, mia, sam, alex, max, ada):
    small_pieces(monkeypatch)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        WorkedLife,
        settings=settings(
            max_examples=100 if FULL else 8, stateful_step_count=40 if FULL else 20, deadline=None,
            suppress_health_check=checks, print_blob=True,
        ),
    )  # fmt: skip
