"""Random lives: step, undo, override, backdate, merge, part, erase in any order; each time journeys equal a recount."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from funnel import journeys
from funnel.rebuild import rebuild
from funnel.verify import verify
from leads import moves
from leads.lines import Given
from leads.merging import MergeRefused, merge, unmerge
from leads.models import Lead, Reason, Stage, StageChange, User
from leads.models.lead import STEPS
from leads.privacy import erase
from leads.refusals import MoveRefused
from leads.roles import Role
from tests.factories import START, make_lead

KINDS = {"reject", "lose", "disqualify", "recycle"}


class Life(RuleBasedStateMachine):
    """A handful of leads, five people, and a clock that only moves on."""

    leads = Bundle("leads")

    def __init__(self):
        super().__init__()
        self.clock = datetime(2026, 3, 10, tzinfo=UTC)
        self.people = {user.role: user for user in User.objects.all()}
        self.mine: list[int] = []

    @rule(target=leads, stage=st.sampled_from(Stage.values), source=st.sampled_from(["", "unknown", "web"]))
    def arrive(self, stage, source):
        number = make_lead(stage, source=source, at=START + timedelta(hours=len(self.mine))).pk
        self.mine.append(number)
        return number

    def given(self, step):
        reason = Reason.objects.filter(kind=step, code="other").first() if step in KINDS else None
        return Given(
            amount=Decimal(100), currency="USD", expected_close_on=self.clock.date(), urgency="low", reason=reason,
            note="why" if step == "override" else "",
        )  # fmt: skip

    @rule(lead=leads, step=st.sampled_from(STEPS), role=st.sampled_from([*Role.values, None]), back=st.integers(0, 90))
    def step(self, lead, step, role, back):
        by = self.people.get(role)
        at = self.clock - timedelta(hours=back)
        before = self.standing(lead)
        try:
            moves.move(lead_id=lead, step=step, by=by, at=self.clock, occurred_at=at, given=self.given(step))
        except MoveRefused:
            assert self.standing(lead) == before

    @rule(numbers=st.lists(leads, min_size=1, max_size=6), step=st.sampled_from(STEPS))
    def bulk(self, numbers, step):
        by = self.people[Role.MANAGER if step not in ("engage", "consider", "qualify") else Role.MARKETER]
        moved = moves.move_many(lead_ids=numbers, step=step, by=by, at=self.clock, given=self.given(step))
        assert [result.lead_id for result in moved] == numbers

    @rule(lead=leads, role=st.sampled_from([Role.MANAGER, Role.SDR]))
    def undo(self, lead, role):
        before = self.standing(lead)
        try:
            line = moves.undo(lead_id=lead, by=self.people[role], at=self.clock)
        except MoveRefused:
            assert self.standing(lead) == before
        else:
            assert StageChange.objects.get(lead_id=lead, sequence=line.voids).step != "undo"

    @rule(lead=leads, to=st.sampled_from(Stage.values))
    def override(self, lead, to):
        with suppress(MoveRefused):
            moves.override(lead_id=lead, to=to, by=self.people[Role.ADMIN], at=self.clock, given=self.given("override"))

    @rule(survivor=leads, absorbed=leads)
    def merge(self, survivor, absorbed):
        with suppress(MoveRefused, MergeRefused):
            merge(survivor_id=survivor, absorbed_id=absorbed, by=self.people[Role.MANAGER], at=self.clock)

    @rule(lead=leads)
    def unmerge(self, lead):
        with suppress(MoveRefused, MergeRefused):
            unmerge(absorbed_id=lead, by=self.people[Role.MANAGER], at=self.clock)

    @rule(lead=leads)
    def erase(self, lead):
        erase(lead_id=lead, by=self.people[Role.ADMIN], at=self.clock)

    @rule(hours=st.integers(1, 24 * 40))
    def time_passes(self, hours):
        self.clock += timedelta(hours=hours)

    @rule()
    def worker_looks(self):
        journeys.apply_waiting(batch=2)

    @rule()
    def rebuild(self):
        rebuild()

    def standing(self, lead):
        return Lead.objects.values_list("stage", "cycle", "version", "stage_since", "owner", "amount").get(pk=lead)

    @invariant()
    def statistics_equal_the_log(self):
        assert verify(at=self.clock, reports=False).differences == []

    def teardown(self):
        assert verify(at=self.clock).differences == []


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_statistics_equal_a_recount_of_the_log(mia, sam, alex, max, ada):
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=checks, print_blob=True
        ),
    )
