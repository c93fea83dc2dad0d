"""Calls, e-mails, meetings, plans, notes and facts: written down, told, and taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from leads import edits, keys, talking, undoing, working
from leads.merging import merge
from leads.models import Edit, Identity, Lead, Note, Notice, Touch
from leads.refusals import NoSuchLead
from tests.factories import make_lead

HOUR = timedelta(hours=1)


@pytest.fixture
def mine(sam):
    """A lead of Sam's."""
    return make_lead("sal", owner=sam, name="Ann")


def fresh(lead):
    return Lead.objects.get(pk=lead.pk)


def call(lead, by, at, **more):
    return working.touch(lead_id=lead.pk, kind="call", outcome="reached", note="hello", by=by, at=at, **more)


def test_a_call_is_a_touch_with_its_outcome(mine, sam, now):
    call(mine, sam, now)
    touch = Touch.objects.get()
    assert (touch.kind, touch.outcome, touch.by, touch.note, fresh(mine).touched_at) == (
        "call", "reached", sam, "hello", now,
    )  # fmt: skip


def test_an_older_call_does_not_make_the_lead_touched_longer_ago(mine, sam, now):
    call(mine, sam, now)
    call(mine, sam, now, occurred_at=now - HOUR)
    assert fresh(mine).touched_at == now


def test_a_call_ahead_of_now_or_with_a_meetings_outcome_is_refused(mine, sam, now):
    with pytest.raises(working.WrongTime):
        call(mine, sam, now, occurred_at=now + HOUR)
    with pytest.raises(ValueError, match="held"):
        working.touch(lead_id=mine.pk, kind="call", outcome="held", note="", by=sam, at=now)
    assert not Touch.objects.exists()
    assert not Edit.objects.exists()


def test_a_call_fulfils_the_planned_call_and_taking_it_back_brings_the_plan_back(mine, sam, now):
    working.plan(lead_id=mine.pk, kind="call", due_at=now + HOUR, note="price", by=sam, at=now)
    edit = call(mine, sam, now)
    assert fresh(mine).next_at is None
    undoing.undo(edit_id=edit.pk, by=sam, at=now)
    assert (fresh(mine).next_at, fresh(mine).next_note, fresh(mine).touched_at) == (now + HOUR, "price", None)
    assert not Touch.objects.exists()


def test_a_plan_lies_ahead_replaces_the_one_before_and_can_be_taken_back(mine, sam, now):
    with pytest.raises(working.WrongTime):
        working.plan(lead_id=mine.pk, kind="call", due_at=now, note="", by=sam, at=now)
    working.plan(lead_id=mine.pk, kind="call", due_at=now + HOUR, note="", by=sam, at=now)
    edit = working.plan(lead_id=mine.pk, kind="meeting", due_at=now + 2 * HOUR, note="", by=sam, at=now)
    undoing.undo(edit_id=edit.pk, by=sam, at=now)
    assert (fresh(mine).next_kind, fresh(mine).next_at) == ("call", now + HOUR)
    assert working.unplan(lead_id=mine.pk, by=sam, at=now)
    assert working.unplan(lead_id=mine.pk, by=sam, at=now) is None


def test_facts_change_with_what_they_were_and_go_back(mine, sam, now):
    facts = {"amount": Decimal("5.50"), "currency": "EUR", "name": "Ann"}
    edit = edits.set_facts(lead_id=mine.pk, facts=facts, by=sam, at=now)
    assert edit.data == {"amount": [None, "5.50"], "currency": ["", "EUR"]}
    undoing.undo(edit_id=edit.pk, by=sam, at=now)
    assert (fresh(mine).amount, fresh(mine).currency) == (None, "")


def test_what_others_changed_since_stays(mine, sam, max, now):
    edit = edits.set_facts(lead_id=mine.pk, facts={"name": "Anna", "title": "CTO"}, by=sam, at=now)
    edits.set_facts(lead_id=mine.pk, facts={"name": "Anne"}, by=max, at=now)
    undoing.undo(edit_id=edit.pk, by=sam, at=now)
    assert (fresh(mine).name, fresh(mine).title) == ("Anne", "")


def test_nothing_left_to_put_back_is_said(mine, sam, max, now):
    edit = edits.set_facts(lead_id=mine.pk, facts={"name": "Anna"}, by=sam, at=now)
    edits.set_facts(lead_id=mine.pk, facts={"name": "Anne"}, by=max, at=now)
    with pytest.raises(edits.CannotUndo, match="changed again"):
        undoing.undo(edit_id=edit.pk, by=sam, at=now)


def test_a_stage_is_no_fact(mine, sam, now):
    with pytest.raises(ValueError, match="stage"):
        edits.set_facts(lead_id=mine.pk, facts={"stage": "won"}, by=sam, at=now)


def test_who_made_an_edit_undoes_it_for_half_an_hour_a_manager_always_and_once(mine, sam, max, eve, now):
    edit = call(mine, sam, now)
    with pytest.raises(NoSuchLead):
        undoing.undo(edit_id=edit.pk, by=eve, at=now)
    with pytest.raises(edits.CannotUndo, match="30 minutes"):
        undoing.undo(edit_id=edit.pk, by=sam, at=now + HOUR)
    undoing.undo(edit_id=edit.pk, by=max, at=now + HOUR)
    with pytest.raises(edits.CannotUndo, match="already"):
        undoing.undo(edit_id=edit.pk, by=max, at=now + HOUR)


def test_a_note_tells_who_is_mentioned_and_may_see_the_lead(mine, sam, mia, eve, now):
    edit = talking.write(lead_id=mine.pk, text="@mia and @eve, see mail@sam.com, @nobody.", by=sam, at=now)
    assert [(notice.user, notice.kind, notice.by) for notice in Notice.objects.all()] == [(mia, "mention", sam)]
    undoing.undo(edit_id=edit.pk, by=sam, at=now)
    assert not Note.objects.exists()
    assert not Notice.objects.exists()


def test_a_reply_in_a_thread_tells_the_others_in_it_once(mine, sam, mia, now):
    talking.write(lead_id=mine.pk, text="Why?", by=mia, at=now, cycle=1)
    talking.write(lead_id=mine.pk, text="Because, @mia.", by=sam, at=now, cycle=1)
    assert list(Notice.objects.order_by("pk").values_list("user", "kind")) == [(sam.pk, "reply"), (mia.pk, "mention")]


def test_an_empty_note_is_refused(mine, sam, now):
    with pytest.raises(ValueError, match="Write something"):
        talking.write(lead_id=mine.pk, text=" \n", by=sam, at=now)


def test_keys_that_came_go_and_that_went_come_back(mine, sam, now):
    keys.add(lead_id=mine.pk, kind="email", text="Ann@Example.com", by=sam, at=now)
    undoing.undo(edit_id=Edit.objects.latest("pk").pk, by=sam, at=now)
    assert not Identity.objects.filter(value="ann@example.com").exists()
    old = mine.identities.get().value
    keys.remove(lead_id=mine.pk, kind="email", value=old, by=sam, at=now)
    undoing.undo(edit_id=Edit.objects.latest("pk").pk, by=sam, at=now)
    assert mine.identities.get().value == old


def test_a_key_that_another_lead_has_by_now_does_not_come_back(mine, sam, max, now):
    old = mine.identities.get().value
    keys.remove(lead_id=mine.pk, kind="email", value=old, by=sam, at=now)
    gone = Edit.objects.latest("pk")
    keys.add(lead_id=make_lead(contact=False).pk, kind="email", text=old, by=max, at=now)
    with pytest.raises(edits.CannotUndo, match="another lead"):
        undoing.undo(edit_id=gone.pk, by=sam, at=now)


def test_undoing_a_merge_parts_the_two(mine, max, now):
    double = make_lead()
    merge(survivor_id=mine.pk, absorbed_id=double.pk, by=max, at=now)
    undoing.undo(edit_id=Edit.objects.get(kind="merge").pk, by=max, at=now)
    assert fresh(double).merged_into is None
