"""Two records of one person: one is counted, both are told, and they can be parted again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from funnel import flow
from funnel.questions import Question
from funnel.rebuild import rebuild
from funnel.verify import verify
from leads import capture, counting, filters, keys, merging, moves, search, undoing, working
from leads.lines import Given
from leads.merging import MergedAlready, MergedOnwards, NotMerged, SameLead, merge, unmerge
from leads.models import Consent, Identity, Lead, Merge, StageChange, StagePolicy, Touch, Unapplied
from leads.refusals import MergedAway, NoSuchLead
from tests.factories import START, make_lead
from tests.leads.importing import LEADS, importing, mapping

DAY = timedelta(days=1)


@pytest.fixture
def twins(db):
    """A lead at SQL and one at MQL that turn out to be one person."""
    return make_lead("sql", name="Ann Lee", source="web"), make_lead("mql", name="A. Lee", source="fair")


@pytest.fixture
def merged(twins, max, now):
    """The twins, the second one part of the first."""
    survivor, absorbed = twins
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    return twins


def tallies(now):
    """Leads by stage, as the snapshot and the flow of the funnel page count them."""
    assert verify(at=now).differences == []
    question = Question(at=now)
    counted = [*flow.snapshot(question, at=now), *flow.flow(question)]
    return [{str(entry.stage): entry.n for entry in one.entries} for one in counted]


def everything():
    """All rows that a merge could touch."""
    models = (Lead, Identity, Touch, Consent, Merge, StageChange, Unapplied)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def emails(lead):
    return set(Identity.objects.filter(lead=lead).values_list("value", flat=True))


def say(lead, granted, at, number):
    return Consent.objects.create(
        lead=lead, purpose="contact", number=number, granted=granted, wording="w", source="form", occurred_at=at
    )


def consents(lead):
    return list(Consent.objects.filter(lead=lead).order_by("number").values_list("granted", "source"))


# What is counted


def test_every_count_falls_by_the_merged_lead_and_unmerging_brings_it_back(twins, max, now):
    survivor, absorbed = twins
    before = snapshot, entered = tallies(now)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    assert tallies(now) == [
        {**snapshot, "mql": 0},
        {**entered, **dict.fromkeys(("tofu", "mofu", "bofu", "mql"), 1)},
    ]
    unmerge(absorbed_id=absorbed.pk, by=max, at=now)
    assert tallies(now) == list(before)


def test_lists_counts_and_search_show_the_survivor_alone(merged, max):
    survivor, absorbed = merged
    seen = Lead.objects.visible_to(max)
    assert list(seen) == [survivor]
    assert [counting.counts(seen, {}, along_index=along).stages for along in (True, False)] == [{"sql": 1}] * 2
    assert list(search.narrowed(seen, "A. Lee")[0]) == []
    assert list(search.narrowed(seen, emails(survivor).pop())[0]) == [survivor]
    assert not Lead.objects.get(pk=absorbed.pk).is_visible_to(max)
    assert filters.sources_seen_by(max) == ["web"]


def test_a_rebuild_keeps_merged_leads_out(merged, now):
    rebuild()
    assert verify(at=now).differences == []


# What moves over and back


def test_a_later_form_or_file_finds_the_survivor(twins, max, now, tmp_path):
    survivor, absorbed = twins
    theirs = emails(absorbed).pop()
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    with pytest.raises(capture.KnownAlready) as known:
        capture.open_by_hand(capture.Person(email=theirs), by=max, at=now)
    assert known.value.lead_id == survivor.pk
    by_email = {**LEADS, "identity": {"email": "id"}, "lead": {"name": "name"}}
    ran = importing(tmp_path, f"id,name,mql,sal,won\n{theirs},Anna,2020-01-01,,", mapping(**by_email))
    assert not ran.counts.get("created")
    assert StageChange.objects.filter(lead=absorbed).count() == 1


def test_unmerging_gives_back_what_came_and_leaves_what_was_added(twins, max, now):
    survivor, absorbed = twins
    mine, theirs = emails(survivor), emails(absorbed)
    for lead, key in ((survivor, "same"), (absorbed, "same"), (absorbed, "own")):
        Touch.objects.create(lead=lead, occurred_at=START, key=key, kind="visit")
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    keys.add(lead_id=survivor.pk, kind="email", text="later@example.com", by=max, at=START)
    assert emails(survivor) == mine | theirs | {"later@example.com"}
    assert set(Touch.objects.values_list("lead", "key")) == {
        (survivor.pk, "same"), (absorbed.pk, "same"), (survivor.pk, "own"),
    }  # fmt: skip
    undone = unmerge(absorbed_id=absorbed.pk, by=max, at=now)
    assert (emails(survivor), emails(absorbed)) == (mine | {"later@example.com"}, theirs)
    assert Touch.objects.filter(lead=absorbed).count() == 2
    assert undone.moved == {"consents": []}


def test_in_a_chain_keys_are_with_the_last_and_come_back_one_by_one(max, now):
    a, b, c = (make_lead() for _ in range(3))
    of = {lead: emails(lead) for lead in (a, b, c)}
    merge(survivor_id=b.pk, absorbed_id=c.pk, by=max, at=now)
    merge(survivor_id=a.pk, absorbed_id=b.pk, by=max, at=now)
    assert emails(a) == of[a] | of[b] | of[c]
    assert (merging.survivor_of(c.pk), merging.parts_of(a.pk)) == (a.pk, [b.pk, c.pk])
    with pytest.raises(MergedOnwards, match="Unmerge that first"):
        unmerge(absorbed_id=c.pk, by=max, at=now)
    unmerge(absorbed_id=b.pk, by=max, at=now)
    assert (emails(a), emails(b), emails(c)) == (of[a], of[b] | of[c], set())
    unmerge(absorbed_id=c.pk, by=max, at=now)
    assert (emails(b), emails(c)) == (of[b], of[c])
    assert verify(at=now).differences == []


# Consent


def test_the_newer_word_of_the_merged_lead_counts_until_they_are_parted(twins, max, now):
    survivor, absorbed = twins
    say(absorbed, False, START + DAY, 2)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    assert consents(survivor)[1:] == [(False, f"merged from lead {absorbed.pk}")]
    unmerge(absorbed_id=absorbed.pk, by=max, at=now)
    assert consents(survivor)[2:] == [(True, f"unmerged from lead {absorbed.pk}")]
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    assert consents(survivor)[-1][0] is False


def test_an_older_word_changes_nothing(twins, max, now):
    survivor, absorbed = twins
    say(survivor, False, START + DAY, 2)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    unmerge(absorbed_id=absorbed.pk, by=max, at=now)
    assert len(consents(survivor)) == 2


def test_what_was_said_since_the_merge_stays(twins, max, now):
    survivor, absorbed = twins
    say(absorbed, False, START + DAY, 2)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    say(survivor, True, START + 2 * DAY, 3)
    unmerge(absorbed_id=absorbed.pk, by=max, at=now)
    assert consents(survivor)[-1] == (True, "form")


def test_who_never_agreed_has_not_agreed_after_parting_in_whatever_order(max, now):
    silent = make_lead("mofu", consent=False)
    others = [make_lead(), make_lead(at=START + DAY)]
    for other in others:
        merge(survivor_id=silent.pk, absorbed_id=other.pk, by=max, at=now)
    assert [granted for granted, _ in consents(silent)] == [True, True]
    for other in others:
        unmerge(absorbed_id=other.pk, by=max, at=now)
    assert consents(silent)[-1][0] is False
    merge(survivor_id=silent.pk, absorbed_id=others[0].pk, by=max, at=now)
    assert consents(silent)[-1][0] is True


def test_of_two_words_at_one_instant_the_no_counts(max, now):
    survivor, absorbed = make_lead(), make_lead(consent=False)
    say(absorbed, False, START, 1)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    assert consents(survivor)[-1][0] is False


# Refusals


def test_refusals_leave_everything_as_it_was(merged, max, eve, now):
    survivor, absorbed = merged
    third = make_lead()
    before = everything()
    tries = [
        (SameLead, merge, {"survivor_id": third.pk, "absorbed_id": third.pk, "by": max}),
        (MergedAlready, merge, {"survivor_id": third.pk, "absorbed_id": absorbed.pk, "by": max}),
        (MergedAlready, merge, {"survivor_id": absorbed.pk, "absorbed_id": third.pk, "by": max}),
        (NoSuchLead, merge, {"survivor_id": survivor.pk, "absorbed_id": 10**9, "by": max}),
        (NoSuchLead, merge, {"survivor_id": survivor.pk, "absorbed_id": third.pk, "by": eve}),
        (NotMerged, unmerge, {"absorbed_id": third.pk, "by": max}),
        (NoSuchLead, unmerge, {"absorbed_id": absorbed.pk, "by": eve}),
        (NoSuchLead, unmerge, {"absorbed_id": third.pk, "by": eve}),
    ]
    for refusal, call, arguments in tries:
        with pytest.raises(refusal):
            call(**arguments, at=now)
    assert everything() == before


@pytest.mark.parametrize("who", ["mia", "sam", "alex", "max", "ada"])
def test_whoever_sees_both_may_merge_and_unmerge(request, who, now):
    by = request.getfixturevalue(who)
    survivor, absorbed = make_lead("sal", owner=by), make_lead("sal", owner=by)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=by, at=now)
    assert unmerge(absorbed_id=absorbed.pk, by=by, at=now).undone_by == by


def test_one_who_sees_only_one_of_the_two_may_not(sam, alex, eve, now):
    mine, theirs = make_lead("sal", owner=sam), make_lead("sal", owner=eve)
    for survivor, absorbed in ((mine, theirs), (theirs, mine)):
        with pytest.raises(NoSuchLead, match=str(theirs.pk)):
            merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=sam, at=now)


def test_the_gate_refuses_a_merged_lead_whoever_asks(merged, sam, max, ada, now):
    _, absorbed = merged
    before = everything()
    for call in (
        lambda: moves.move(lead_id=absorbed.pk, step="accept", by=max, at=now),
        lambda: moves.move(lead_id=absorbed.pk, step="accept", by=None, at=now),
        lambda: moves.override(lead_id=absorbed.pk, to="won", by=ada, at=now, given=Given(note="x")),
        lambda: moves.undo(lead_id=absorbed.pk, by=max, at=now),
    ):
        with pytest.raises(MergedAway, match="merged into lead") as refused:
            call()
        assert refused.value.legal == ()
    [moved] = moves.move_many(lead_ids=[absorbed.pk], step="accept", by=sam, at=now)
    assert isinstance(moved.refused, MergedAway)
    with pytest.raises(NoSuchLead):
        keys.add(lead_id=absorbed.pk, kind="email", text="new@example.com", by=max, at=START)
    assert everything() == before


def test_a_stranger_does_not_learn_that_a_lead_was_merged(sam, max, eve, now):
    survivor, absorbed = make_lead("sal", owner=sam), make_lead("sal", owner=sam)
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    for call in (
        lambda: moves.move(lead_id=absorbed.pk, step="confirm", by=eve, at=now),
        lambda: moves.undo(lead_id=absorbed.pk, by=eve, at=now),
    ):
        with pytest.raises(NoSuchLead):
            call()


def test_the_database_holds_a_lead_apart_from_itself_and_merged_once(merged, max, now):
    survivor, absorbed = merged
    with pytest.raises(IntegrityError, match="lead_not_merged_into_itself"), transaction.atomic():
        Lead.objects.filter(pk=survivor.pk).update(merged_into=survivor.pk)
    with pytest.raises(IntegrityError, match="merge_in_force_once"), transaction.atomic():
        Merge.objects.create(survivor=survivor, absorbed=absorbed, by=max, at=now)


def test_touches_that_come_and_go_by_a_merge_say_when_a_lead_was_touched(max, now):
    survivor, absorbed = (make_lead("mofu", at=now - timedelta(days=60)) for _ in range(2))
    StagePolicy.objects.filter(stage="mofu").update(stale_days=14)
    working.touch(lead_id=absorbed.pk, kind="call", outcome="", note="", by=max, at=now - timedelta(days=1))
    merging.merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, by=max, at=now)
    assert Lead.objects.get(pk=survivor.pk).touched_at == now - timedelta(days=1)
    edit = working.touch(lead_id=survivor.pk, kind="call", outcome="", note="", by=max, at=now)
    undoing.undo(edit_id=edit.pk, by=max, at=now)
    merging.unmerge(absorbed_id=absorbed.pk, by=max, at=now)
    assert Lead.objects.get(pk=survivor.pk).touched_at is None
    assert Lead.objects.get(pk=absorbed.pk).touched_at == now - timedelta(days=1)
