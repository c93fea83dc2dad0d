"""What people do with leads, at random: a state machine, and the invariant that statistics equal the log."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from funnel.verify import verify
from leads import history, moves
from leads.importing.arranging import Entry, arrange
from leads.ledger import NewLead
from leads.lines import Given
from leads.merging import MergeRefused, merge, unmerge
from leads.models import Lead, Reason, Stage, StageChange, User
from leads.models.lead import STEPS
from leads.privacy import erase
from leads.refusals import MoveRefused
from leads.roles import Role
from leads.standing import lock_leads
from tests.factories import START, make_lead

KINDS = {"reject", "lose", "disqualify", "recycle"}
SOURCES = st.sampled_from(["", "unknown", "web"])
BEGAN = datetime(2026, 3, 10, tzinfo=UTC)
ENTRIES = st.lists(
    st.tuples(st.sampled_from(Stage.values), st.none() | st.integers(0, 24 * 30), st.booleans()), min_size=1, max_size=4
)


def seconds(number):
    return timedelta(seconds=number)


def hours(number):
    return timedelta(hours=number)


class Life(RuleBasedStateMachine):
    """A handful of leads, five people, and a clock that only moves on."""

    leads = Bundle("leads")

    def __init__(self):
        super().__init__()
        self.clock = BEGAN
        self.people = {user.role: user for user in User.objects.all()}
        self.mine: list[int] = []

    @rule(target=leads, stage=st.sampled_from(Stage.values), source=SOURCES)
    def arrive(self, stage, source):
        number = make_lead(stage, source=source, at=START + timedelta(hours=len(self.mine))).pk
        self.mine.append(number)
        return number

    @rule(target=leads, entries=ENTRIES, part=st.sampled_from("ab"), source=SOURCES)
    def arrive_with_history(self, entries, part, source):
        lead = NewLead(occurred_at=self.clock, recorded_at=self.clock, source=source)
        with transaction.atomic():
            history.begin([(lead, arrange(self.entries(entries, part), at=self.clock))], at=self.clock)
        self.mine.append(lead.id)
        return lead.id

    def entries(self, drawn, part):
        """Drawn (stage, hours ago or None, late) as an import would read them: what has no date is not late."""
        return [
            Entry(stage, None if back is None else self.clock - timedelta(hours=back), late and back is not None, part)
            for stage, back, late in drawn
        ]

    @rule(lead=leads, entries=ENTRIES, part=st.sampled_from("ab"))
    def record_history(self, lead, entries, part):
        before = self.standing(lead)
        with transaction.atomic():
            plan = history.plan({lead: self.entries(entries, part)}, origin=part, at=self.clock)[lead]
            if isinstance(plan, history.Plan):
                history.carry_out([plan], origin=part, at=self.clock)
        if isinstance(plan, history.MovedByHand):
            assert self.standing(lead) == before

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

    @rule(lead=leads, role=st.sampled_from([Role.SDR, Role.AE, None]), source=SOURCES)
    def change_dimensions(self, lead, role, source):
        """Entries that were keep what they had."""
        with transaction.atomic():
            lock_leads([lead], step="edit")
            Lead.objects.filter(pk=lead).update(owner=self.people.get(role), source=source)

    @rule(lead=leads, amount=st.none() | st.decimals(0, 10_000, places=2), currency=st.sampled_from(["USD", "THB"]))
    def correct_the_deal(self, lead, amount, currency):
        """The present cycle's deal follows; those of earlier cycles stay."""
        with transaction.atomic():
            lock_leads([lead], step="edit")
            Lead.objects.filter(pk=lead).update(amount=amount, currency="" if amount is None else currency)

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

    @rule(passed=st.integers(1, 90).map(seconds) | st.integers(1, 24 * 40).map(hours))
    def time_passes(self, passed):
        self.clock += passed

    def standing(self, lead):
        return Lead.objects.values_list("stage", "cycle", "version", "stage_since", "owner", "amount").get(pk=lead)

    @invariant()
    def statistics_equal_the_log(self):
        assert verify(at=self.clock, reports=False).differences == []

    def teardown(self):
        assert verify(at=self.clock).differences == []
