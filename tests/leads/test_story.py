"""The story of a lead: everything that happened, a page at a time, whatever it was."""

from datetime import timedelta

import pytest

from leads import edits, moves, story, talking, undoing, working
from leads.models import Touch
from tests.factories import START, make_lead

HOUR = timedelta(hours=1)


@pytest.fixture
def lead(sam):
    """A lead of Sam's with one move, no touch and no consent."""
    return make_lead("mql", owner=sam, contact=False, consent=False)


def touch(lead, at, key="k", kind="visit"):
    return Touch.objects.create(lead=lead, occurred_at=at, key=key, kind=kind)


def told(lead, **how):
    return [(one.kind, one.undone) for one in story.read(lead.pk, **how)[0]]


def test_every_kind_of_happening_is_told_newest_first(lead, sam, now):
    working.touch(lead_id=lead.pk, kind="call", outcome="reached", note="", by=sam, at=now)
    talking.write(lead_id=lead.pk, text="hm", by=sam, at=now + HOUR)
    edits.set_facts(lead_id=lead.pk, facts={"source": "fair"}, by=sam, at=now + 2 * HOUR)
    working.plan(lead_id=lead.pk, kind="call", due_at=now + 9 * HOUR, note="", by=sam, at=now + 3 * HOUR)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now + 4 * HOUR)
    assert [kind for kind, _ in told(lead)] == ["move", "plan", "facts", "note", "touch", "move"]


@pytest.mark.parametrize(
    ("show", "kinds"), [("moves", {"move"}), ("touches", {"touch", "plan"}), ("notes", {"note"}), ("edits", {"facts"})]
)
def test_a_filter_shows_only_its_kinds(lead, sam, now, show, kinds):
    working.touch(lead_id=lead.pk, kind="call", outcome="reached", note="", by=sam, at=now)
    talking.write(lead_id=lead.pk, text="hm", by=sam, at=now)
    edits.set_facts(lead_id=lead.pk, facts={"source": "fair"}, by=sam, at=now)
    working.plan(lead_id=lead.pk, kind="call", due_at=now + HOUR, note="", by=sam, at=now)
    assert {kind for kind, _ in told(lead, show=show)} == kinds


def test_pages_follow_each_other_without_gap_or_repetition(lead, now):
    for number in range(7):
        touch(lead, now - HOUR * (number // 3), key=str(number))  # three at the same instant
    whole, more = story.read(lead.pk)
    assert not more
    seen, before = [], ""
    while True:
        page, more = story.read(lead.pk, before=before, limit=2)
        seen += page
        if not more:
            break
        before = page[-1].cursor
    assert seen == whole


@pytest.mark.parametrize("cursor", ["", "x", "2026-01-01|touch1", "|", "2026-01-01T00:00:00+00:00|\0", "9" * 99])
def test_a_cursor_of_nonsense_means_the_top(lead, cursor):
    assert told(lead, before=cursor) == [("move", False)]


def test_what_was_taken_back_is_told_as_undone(lead, sam, now):
    call = working.touch(lead_id=lead.pk, kind="call", outcome="reached", note="", by=sam, at=now)
    note = talking.write(lead_id=lead.pk, text="hm", by=sam, at=now)
    for edit in (call, note):
        undoing.undo(edit_id=edit.pk, by=sam, at=now)
    moves.move(lead_id=lead.pk, step="accept", by=sam, at=now)
    moves.undo(lead_id=lead.pk, by=sam, at=now)
    assert sorted(told(lead)) == [("move", False), ("move", False), ("move", True), ("note", True), ("touch", True)]


def test_touches_that_led_to_the_offer_are_marked(lead, now):
    for number, days in enumerate((1, 2, 3, 9)):
        touch(lead, START + timedelta(days=days), key=str(number))
    happened, _ = story.read(lead.pk, show="touches", converted=START + timedelta(days=3))
    marks = [(one.data["first"], one.data["last"], one.data["assisted"]) for one in reversed(happened)]
    assert marks == [(True, False, True), (False, False, True), (False, True, True), (False, False, False)]


def test_one_query_reads_a_page_of_any_story(lead, sam, now, django_assert_num_queries):
    for number in range(60):
        touch(lead, now - HOUR * number, key=str(number))
        edits.set_facts(lead_id=lead.pk, facts={"source": str(number)}, by=sam, at=now)
    with django_assert_num_queries(1):
        happened, more = story.read(lead.pk)
    assert (len(happened), more) == (story.PAGE, True)
