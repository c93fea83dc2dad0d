"""A person who asked to be erased: nothing of them is left anywhere, and no number changes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from funnel.questions import Question
from funnel.report import funnel_report
from funnel.verify import verify
from leads import consent, jobs, keys, moves
from leads.lines import Given
from leads.merging import merge, unmerge
from leads.models import Consent, Erasure, Job, Lead, Merge, StageChange
from leads.privacy import erase
from leads.refusals import Erased, NoSuchLead, NotYours
from leads.working_rows import kept_of
from tests.factories import START, make_lead, reason
from tests.leads.test_races import at_once
from tests.leads.traces import WORDS, dump, left_of


def test_no_table_holds_a_word_of_the_person_any_more(person, ada, now):
    assert {word for _, word in left_of(WORDS)} == set(WORDS)
    erase(lead_id=person.pk, by=ada, at=now)
    assert left_of(WORDS) == set()


def test_all_records_of_the_person_go_together_whichever_is_named(person, ada, now):
    [double] = Lead.objects.filter(merged_into=person)
    erase(lead_id=double.pk, by=ada, at=now)
    for lead in Lead.objects.all():
        assert (lead.erased_at, str(lead), lead.company) == (now, f"Erased lead {lead.pk}", None)
    assert Merge.objects.get().moved == {}
    assert Erasure.objects.get().lead_id == person.pk


def test_a_record_parted_before_keeps_what_is_its_own_and_the_merge_holds_nothing(person, ada, max, now):
    [double] = Lead.objects.filter(merged_into=person)
    unmerge(absorbed_id=double.pk, by=max, at=now)
    erase(lead_id=person.pk, by=ada, at=now)
    assert Lead.objects.get(pk=double.pk).name == "Xanthippe Q."
    erase(lead_id=double.pk, by=ada, at=now)
    assert left_of(WORDS) == set()


def test_a_key_once_put_on_another_lead_and_what_was_said_of_many_go_too(max, ada, now):
    other, lead = make_lead("sal"), make_lead("sal", contact=False)
    email = "xanthippe@example.net"
    keys.add(lead_id=other.pk, kind="email", text=email, by=max, at=now)
    keys.remove(lead_id=other.pk, kind="email", value=email, by=max, at=now)
    keys.add(lead_id=lead.pk, kind="email", text=email, by=max, at=now)
    given = Given(reason=reason("lose", "competitor"), competitor="Xanthippes Cousin", note="Xanthippe chose them")
    job = jobs.start(jobs.Ask(Job.Kind.MOVE, "lose", kept_of(given)), Lead.objects.all(), by=max, at=now)
    jobs.run(job_id=job.pk, at=now)
    assert left_of(["xanthippe"])
    erase(lead_id=lead.pk, by=ada, at=now)
    assert {table for table, _word in left_of(["xanthippe"])} <= {"leads_stagechange", "leads_lead"}  # the other lead's
    erase(lead_id=other.pk, by=ada, at=now)
    assert left_of(["xanthippe"]) == set()


def test_every_number_and_line_stays(person, ada, now):
    kept = ("lead", "sequence", "cycle", "step", "from_stage", "to_stage", "occurred_at", "reason", "entry", "owner")
    lines = list(StageChange.objects.order_by("pk").values_list(*kept))
    stands = list(Lead.objects.order_by("pk").values_list("stage", "amount", "currency", "source", "owner", "version"))
    consents = list(Consent.objects.order_by("pk").values_list("lead", "purpose", "number", "granted", "occurred_at"))
    assert verify(at=now).differences == []
    report = funnel_report(Question(at=now)).as_json()
    erase(lead_id=person.pk, by=ada, at=now)
    assert verify(at=now).differences == []
    assert funnel_report(Question(at=now)).as_json() == report
    assert list(StageChange.objects.order_by("pk").values_list(*kept)) == lines
    after = Lead.objects.order_by("pk").values_list("stage", "amount", "currency", "source", "owner", "version")
    assert list(after) == stands
    after = Consent.objects.order_by("pk").values_list("lead", "purpose", "number", "granted", "occurred_at")
    assert list(after) == consents


def test_the_audit_says_who_when_and_how_many_and_stays(erased, ada, now):
    audit = Erasure.objects.get()
    assert (audit.lead, audit.by, audit.at) == (erased, ada, now)
    assert audit.counts == {
        "leads_identity": 4, "leads_touch": 1, "leads_consent": 2, "leads_stagechange": 1, "leads_lead": 2,
        "leads_merge": 1, "leads_edit": 4, "leads_note": 1,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Erasure.objects.update(counts={})


def test_erasing_twice_is_harmless(erased, ada, now):
    before = dump()
    again = erase(lead_id=erased.pk, by=ada, at=now + timedelta(days=1))
    assert again.at == now
    assert dump() == before


@pytest.mark.parametrize("who", ["mia", "sam", "alex", "max"])
def test_only_administrators_erase(request, who, person, now):
    by = request.getfixturevalue(who)
    before = dump()
    with pytest.raises(NotYours):
        erase(lead_id=person.pk, by=by, at=now)
    assert dump() == before


def test_a_number_that_is_none_is_told(ada, now):
    with pytest.raises(NoSuchLead):
        erase(lead_id=10**9, by=ada, at=now)


def test_the_gate_and_all_who_write_about_a_lead_refuse_it(erased, max, ada, now):
    other = make_lead()
    before = dump()
    for call in (
        lambda: moves.move(lead_id=erased.pk, step="recycle", by=max, at=now),
        lambda: moves.undo(lead_id=erased.pk, by=max, at=now),
        lambda: moves.override(lead_id=erased.pk, to="won", by=ada, at=now, given=Given(note="x")),
        lambda: keys.add(lead_id=erased.pk, kind="email", text="a@example.com", by=max, at=START),
        lambda: consent.record(
            lead_id=erased.pk, granted=True, source="s", wording="w", occurred_at=None, by=max, at=now
        ),
        lambda: merge(survivor_id=other.pk, absorbed_id=erased.pk, by=max, at=now),
        lambda: merge(survivor_id=erased.pk, absorbed_id=other.pk, by=max, at=now),
        lambda: unmerge(absorbed_id=Merge.objects.get().absorbed_id, by=max, at=now),
    ):
        with pytest.raises(Erased):
            call()
    assert dump() == before


def test_the_database_lets_nobody_name_it_again(erased):
    with pytest.raises(IntegrityError, match="lead_erased_is_nobody"), transaction.atomic():
        Lead.objects.filter(pk=erased.pk).update(name="Xanthippe")


def test_its_page_and_the_list_show_a_number(client, erased, max):
    client.force_login(max)
    page = client.get(erased.get_absolute_url()).content.decode()
    assert f"Erased lead {erased.pk}" in page
    assert reverse("lead_edit", args=[erased.pk]) not in page
    assert "Add e-mail" not in page
    assert f"Erased lead {erased.pk}" in client.get(reverse("lead_list")).content.decode()
    response = client.post(reverse("lead_edit", args=[erased.pk]), {"name": "Xanthippe"})
    assert response.status_code == 409


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("roomy_pool")
def test_twenty_erasures_at_once_are_one(ada, now):
    lead = make_lead()
    results = at_once(lambda _: erase(lead_id=lead.pk, by=ada, at=now), count=20)
    assert {result.pk for result in results} == {Erasure.objects.get().pk}
