"""Workers that die at each of their statements: whatever they had done, the next one counts every line once."""

import pytest

from funnel import chunks, journeys
from funnel.models import Rebuild, Stale
from funnel.rebuild import rebuild
from funnel.verify import verify
from leads import moves
from leads.lines import Given
from leads.models import Unapplied
from tests.factories import make_lead, reason
from tests.funnel.faults import Crash, begin_anew, crashing_after, crashing_at, meanwhile, small_pieces

pytestmark = pytest.mark.django_db(transaction=True)


def some_work(sam, now):
    """Leads that are counted, and lines of theirs that wait: a step on, a cycle more, a line taken back."""
    leads = [make_lead("mql", owner=sam, source=source).pk for source in ("web", "", "fair")]
    journeys.apply_waiting()
    chunks.write_stale(budget=99)
    moves.move_many(lead_ids=leads, step="accept", by=sam, at=now)
    moves.undo(lead_id=leads[1], by=sam, at=now)
    moves.move(lead_id=leads[1], step="reject", by=sam, at=now, given=Given(reason=reason("reject")))
    return leads


def dies_at_each_statement(work, prepare, now):
    """Let a worker die at its first, second, … statement, each time with new work; returns how many there were."""
    number = 0
    while True:
        prepare()
        number += 1
        try:
            with crashing_at(number):
                work()
        except Crash:
            assert verify(at=now, reports=False).differences == [], f"statement {number}"
        else:
            assert verify(at=now, reports=False).differences == []
            return number - 1


def test_a_worker_dies_at_any_statement_and_the_next_counts_what_waits(sam, now):
    assert dies_at_each_statement(journeys.apply_waiting, lambda: some_work(sam, now), now) > 10
    assert not Unapplied.objects.exists()
    assert verify(at=now).differences == []


def test_a_rebuild_dies_at_any_statement_and_is_taken_up_again(monkeypatch, sam, now):
    begin_anew()
    small_pieces(monkeypatch, span=64, block=64)
    assert dies_at_each_statement(rebuild, lambda: some_work(sam, now), now) > 20
    assert Rebuild.objects.get().building is None
    assert verify(at=now).differences == []


def test_columns_are_written_whole_or_not_at_all(sam, now):
    def prepare():
        some_work(sam, now)
        journeys.apply_waiting()

    assert dies_at_each_statement(lambda: chunks.write_stale(budget=9), prepare, now) > 3
    assert not Stale.objects.exists()


def moves_between_blocks_of_a_rebuild(sam, now):
    """Stop a rebuild after its first block, move leads on both sides, count them, let the rebuild go on."""
    begin_anew()
    leads = some_work(sam, now)
    with pytest.raises(Crash):
        rebuild(crashing_after(1))
    assert Rebuild.objects.get().building is not None
    for lead in (leads[0], leads[2]):
        moves.move(lead_id=lead, step="disqualify", by=sam, at=now, given=Given(reason=reason("disqualify")))
    journeys.apply_waiting()
    rebuild()
    return verify(at=now, reports=False).differences


def test_what_moves_between_two_blocks_of_a_rebuild_is_in_the_new_rollups(monkeypatch, sam, now):
    small_pieces(monkeypatch, span=1, block=2)
    assert moves_between_blocks_of_a_rebuild(sam, now) == []


def test_two_rebuilds_at_once_make_one_generation(monkeypatch, sam, now):
    begin_anew()
    small_pieces(monkeypatch, span=1, block=2)
    some_work(sam, now)
    with meanwhile(rebuild):
        rebuild()
    assert Rebuild.objects.get().building is None
    assert verify(at=now).differences == []
