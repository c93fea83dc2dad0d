"""Kept answers: dropped when a change that matters arrives, and otherwise not; and never older than a minute."""

from datetime import timedelta

import pytest

from funnel import journeys, kept
from funnel.kept import FOR
from funnel.questions import Question
from leads import moves
from leads.merging import merge
from leads.models import Lead
from tests.factories import make_lead

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    kept._answers.clear()


@pytest.fixture
def ask(now):
    """Ask about the leads from the web, live, and tell which answer comes: the first, the second …"""
    worked_out = []

    def asking(after=timedelta(0), **changed):
        asked = {"at": now + after, "live": True, "where": (("source", ("web",)),), **changed}

        def work():
            worked_out.append(asked)
            return len(worked_out)

        return kept.kept("number", Question(**asked), work)

    return asking


@pytest.fixture
def web():
    lead = make_lead("mofu", source="web")
    make_lead("mofu", source="fair")
    journeys.apply_waiting()
    return lead


def moved(lead, by, at):
    moves.move(lead_id=lead.pk, step="consider", by=by, at=at)
    journeys.apply_waiting()


def test_an_answer_is_kept_while_nothing_happens(web, ask):
    assert [ask(), ask(), ask(timedelta(seconds=59)), ask(FOR)] == [1, 1, 1, 1]


def test_an_answer_about_now_is_never_older_than_a_minute(web, ask):
    assert [ask(), ask(FOR + timedelta(microseconds=1))] == [1, 2]
    assert ask(timedelta(0)) == 3  # nor from a time that is yet to come


def test_a_line_of_such_a_lead_drops_it(web, ask, mia, now):
    assert ask() == 1
    moved(web, mia, now)
    assert ask() == 2


def test_a_line_of_another_lead_does_not(web, ask, mia, now):
    assert [ask(), ask(where=())] == [1, 2]
    moved(Lead.objects.exclude(pk=web.pk).get(), mia, now)
    assert [ask(), ask(where=())] == [1, 3]


def test_a_lead_that_comes_and_one_that_is_merged_away_drop_it(web, ask, max, now):
    assert ask() == 1
    other = make_lead("mofu", source="web")
    journeys.apply_waiting()
    assert ask() == 2
    merge(survivor_id=web.pk, absorbed_id=other.pk, by=max, at=now)
    journeys.apply_waiting()
    assert ask() == 3


def test_a_question_of_two_dimensions_stands_until_both_are_touched(web, ask, mia, sam, now):
    asked = {"where": (("source", ("web",)), ("owner", (str(sam.pk),)))}
    assert ask(**asked) == 1
    moved(web, mia, now)
    assert ask(**asked) == 1
    make_lead("mofu", source="web", owner=sam)
    journeys.apply_waiting()
    assert ask(**asked) == 2


def test_the_same_question_in_another_zone_is_another(web, ask, settings):
    assert ask() == 1
    settings.TIME_ZONE = "Asia/Bangkok"
    assert ask() == 2


def test_what_one_person_may_see_is_never_kept(web, ask, sam, ada):
    assert [ask(viewer=sam), ask(viewer=sam), ask(viewer=ada), ask(viewer=ada), ask()] == [1, 2, 3, 3, 3]


def test_no_more_are_kept_than_there_is_room_for(web, ask, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    asked = [{"entry": entry} for entry in ("tofu", "mofu", "bofu")]
    assert [ask(**one) for one in asked] == [1, 2, 3]
    assert [ask(**one) for one in reversed(asked)] == [3, 2, 4]
