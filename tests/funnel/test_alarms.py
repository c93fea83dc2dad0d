"""The nightly recount: a difference is told before it is put right, to the log and to administrators."""

import logging

import pytest
from django.urls import reverse

from funnel import alarms, journeys, rebuild
from funnel.models import Alarm, Journey
from funnel.tasks import verify_statistics
from funnel.verify import verify
from tests.factories import make_lead

pytestmark = pytest.mark.django_db
NOTICE = "the statistics differed from the log"


@pytest.fixture
def wrong(now):
    """A journey that its log does not tell."""
    make_lead("mql")
    journeys.apply_waiting()
    Journey.objects.update(won_at=now)


@pytest.fixture
def raised(now):
    """An alarm that nobody has seen."""
    return Alarm.objects.create(raised_at=now, found=["journey 1 of lead 5, times: they differ"], differences=1)


@pytest.fixture
def ada(ada):
    """The administrator, as the admin pages make one."""
    ada.is_staff = True
    ada.save(update_fields=["is_staff"])
    return ada


def test_where_nothing_differs_nothing_is_raised(lead, caplog):
    assert alarms.verify_and_repair() is None
    assert not Alarm.objects.exists()
    assert not caplog.records


def test_a_difference_is_told_and_then_repaired(wrong, caplog):
    before = verify().differences
    verify_statistics()
    alarm = Alarm.objects.get()
    assert (alarm.differences, alarm.found) == (len(before), before[: alarms.TOLD])
    assert alarm.raised_at < alarm.repaired_at
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert before[0] in caplog.text
    assert verify().differences == []


def test_it_is_told_before_anything_is_repaired(wrong, monkeypatch, caplog):
    """So that a repair that fails, or takes hours, leaves an alarm behind and not silence."""
    seen = []

    def fails():
        seen.append((Alarm.objects.get().repaired_at, len(caplog.records), len(verify(reports=False).differences) > 0))
        raise RuntimeError

    monkeypatch.setattr(rebuild, "rebuild", fails)
    with pytest.raises(RuntimeError):
        alarms.verify_and_repair()
    assert seen == [(None, 1, True)]
    assert alarms.unseen() == Alarm.objects.get()


def test_what_a_rebuild_does_not_put_right_is_said_again(wrong, monkeypatch, caplog):
    monkeypatch.setattr(rebuild, "rebuild", lambda: 0)
    assert alarms.verify_and_repair().repaired_at is None
    assert "still differ" in caplog.records[-1].getMessage()


def test_administrators_see_the_notice_on_every_page_until_one_has_seen_it(client, raised, ada, max):
    for user, told in ((ada, True), (max, False), (None, False)):
        client.logout()
        if user:
            client.force_login(user)
        page = client.get(reverse("lead_list") if user else reverse("account_login")).content.decode()
        assert (NOTICE in page) == told
    client.force_login(ada)
    marking = {"action": "mark_as_seen", "_selected_action": [raised.pk]}
    assert client.post(reverse("admin:funnel_alarm_changelist"), marking).status_code == 302
    assert NOTICE not in client.get(reverse("lead_list")).content.decode()
    assert Alarm.objects.get().seen_at


def test_the_notice_leads_to_what_was_found_and_says_whether_it_is_repaired(client, raised, ada, now):
    client.force_login(ada)
    assert "has not put that right" in client.get(reverse("lead_list")).content.decode()
    Alarm.objects.update(repaired_at=now)
    page = client.get(reverse("lead_list")).content.decode()
    assert "equal it again" in page
    address = reverse("admin:funnel_alarm_change", args=[raised.pk])
    assert address in page
    assert "journey 1 of lead" in client.get(address).content.decode()


def test_others_cannot_mark_an_alarm_as_seen(client, raised, max):
    client.force_login(max)
    marking = {"action": "mark_as_seen", "_selected_action": [raised.pk]}
    assert client.post(reverse("admin:funnel_alarm_changelist"), marking).status_code in (302, 403)
    assert Alarm.objects.get().seen_at is None
