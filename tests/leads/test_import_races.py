"""Forms and imports that want the same keys at once: someone waits, someone is told, nobody sees a traceback."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction

from leads import capture, moves
from leads.importing import keys
from leads.importing.run import Stopped
from leads.models import Identity, Lead
from tests.factories import make_lead
from tests.leads.importing import LEADS, importing, mapping

EMAIL, PHONE = ("email", "ann@example.com"), ("phone", "+12025550143")
ANN = capture.Person(name="Ann", email=EMAIL[1], phone=PHONE[1])
TEXT = f"id,name,source,mql,sal,won\n1,{EMAIL[1]},{PHONE[1]},2020-01-01,,"
WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = %s)"
)


def until_somebody_waits():
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(WAITING, [connection.settings_dict["NAME"]])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


@contextmanager
def against_the_order(lead):
    """Somebody gives the lead its phone, waits until another one waits for that, and gives it the e-mail."""
    begun = threading.Event()

    def give():
        try:
            with transaction.atomic():
                Identity.objects.create(kind=PHONE[0], value=PHONE[1], lead=lead)
                begun.set()
                until_somebody_waits()
                time.sleep(0.4)  # who waits first looks first for a circle, and breaks it
                Identity.objects.create(kind=EMAIL[0], value=EMAIL[1], lead=lead)
        finally:
            connection.close()

    thread = threading.Thread(target=give)
    thread.start()
    begun.wait(10)
    yield
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_form_that_waits_in_a_circle_tries_again(mia, now):
    lead = make_lead(contact=False)
    with against_the_order(lead), pytest.raises(capture.KnownAlready) as known:
        capture.open_by_hand(ANN, by=mia, at=now)
    assert known.value.lead_id == lead.pk
    assert Lead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_that_waits_in_a_circle_tries_again(tmp_path):
    lead = make_lead(contact=False)
    identity = {**LEADS["identity"], "email": "name", "phone": "source"}
    with against_the_order(lead):
        ran = importing(tmp_path, TEXT, mapping(lead={}, identity=identity))
    assert ran[2].why == f"email ann@example.com belongs to lead {lead.pk}"


def deadlock(*args, **kwargs):
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")


@pytest.mark.django_db
def test_an_import_that_never_gets_through_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(keys, "claim", deadlock)
    with pytest.raises(Stopped, match="Import the file again"):
        importing(tmp_path, TEXT)
    assert not Lead.objects.exists()


@pytest.mark.django_db
def test_a_form_tries_again_once(mia, now, monkeypatch):
    monkeypatch.setattr(moves, "open_lead", deadlock)
    with pytest.raises(OperationalError):
        capture.open_by_hand(ANN, by=mia, at=now)
    assert not Lead.objects.exists()
