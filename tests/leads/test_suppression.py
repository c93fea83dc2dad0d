"""Nothing brings a person back who was erased: no form, no file, nobody who was quick."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.urls import reverse

from leads import capture, history, keys, suppression
from leads.models import Erasure, Identity, Lead, Suppression
from leads.privacy import erase
from leads.suppression import Suppressed
from tests.factories import START, make_lead
from tests.leads.importing import LEADS, importing, mapping
from tests.leads.test_races import at_once, closing
from tests.leads.traces import WORDS, dump, left_of

BY_EMAIL = {**LEADS, "identity": {"email": "id"}}
ROW = "id,name,source,mql,sal,won\nxan@example.com,Xanthippe Quill,web,2020-01-01,,"


def test_a_file_cannot_bring_them_back_and_leaves_nothing_else_of_the_row(erased, now, tmp_path):
    rows = "xan@example.com,Xanthippe Quill,New Ltd,2020-01-01,,\nother@example.com,O,,2020-01-01,,"
    using = mapping(**{**BY_EMAIL, "company": {"name": "company"}, "lead": {"name": "name"}})
    ran = importing(tmp_path, f"id,name,company,mql,sal,won\n{rows}", using)
    assert (ran[2].result, ran[3].result) == ("refused", "created")
    assert ran[2].why == "This person asked to be erased on 2026-03-04; nothing about them may be recorded again."
    assert left_of((*WORDS, "New Ltd")) == set()


@pytest.mark.parametrize("key", ["crm,X-77", "email,xan@example.com", "phone,+372 555 0101"])
def test_any_of_their_keys_is_enough(erased, key, now, tmp_path):
    kind, value = key.split(",")
    identity = {"external": {"system": "crm", "column": "id"}} if kind == "crm" else {kind: "id"}
    before = dump()
    ran = importing(tmp_path, f"id,name,source,mql,sal,won\n{value},X,web,2020-01-01,,", mapping(identity=identity))
    assert ran.counts == {"refused": 1}
    assert dump() == before


def test_a_living_lead_does_not_get_their_key_from_a_file(erased, now, tmp_path):
    living = make_lead(contact=False)
    Identity.objects.create(kind="external", value="crm:1", lead=living)
    both = {"external": {"system": "crm", "column": "id"}, "email": "mail"}
    using = mapping(**{**LEADS, "identity": both, "lead": {"name": "name"}})
    ran = importing(tmp_path, "id,mail,name,mql,sal,won\n1,xan@example.com,New name,2026-01-01,,", using)
    assert ran.counts == {"refused": 1}
    assert Lead.objects.get(pk=living.pk).name == ""


def test_a_file_asks_about_all_its_rows_at_once(erased, tmp_path, django_assert_max_num_queries):
    def rows(first, count):
        return "".join(f"\n{n}@example.com,N,web,2020-01-01,," for n in range(first, first + count))

    header = ROW.partition("\n")[0]
    with django_assert_max_num_queries(40) as few:
        importing(tmp_path, header + rows(0, 2), mapping(**BY_EMAIL))
    with django_assert_max_num_queries(40) as many:
        importing(tmp_path, header + rows(100, 200), mapping(**BY_EMAIL))
    assert len(many) == len(few)


def test_nobody_opens_them_by_hand_or_gives_their_key_to_another(erased, max, now):
    other = make_lead()
    before = dump()
    with pytest.raises(Suppressed, match="2026-03-04"):
        capture.open_by_hand(capture.Person(name="X", email="Xan@Example.com"), by=max, at=now)
    with pytest.raises(Suppressed):
        keys.add(lead_id=other.pk, kind="phone", text="+372 555 0101", by=max, at=START)
    assert dump() == before


def test_a_new_secret_still_knows_them_by_the_old_one(erased, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret"
    assert suppression.suppressed([("email", "xan@example.com"), ("email", "else@example.com")]).keys() == {
        ("email", "xan@example.com")
    }


def test_nothing_of_their_keys_can_be_read_from_what_is_kept(erased):
    assert Suppression.objects.count() == 4
    assert all(len(row.digest) == 64 and int(row.digest, 16) for row in Suppression.objects.all())


def test_pages_say_why_a_key_of_theirs_is_refused(client, erased, max):
    client.force_login(max)
    response = client.post(reverse("lead_new"), {"name": "X", "email": "xan@example.com"})
    assert response.status_code == 409
    assert "asked to be erased" in response.content.decode()
    key = {"kind": "email", "value": "xan@example.com"}
    response = client.post(reverse("lead_key", args=[make_lead().pk]), key)
    assert response.status_code == 409
    assert "asked to be erased" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_found_a_lead_just_before_it_was_erased_looks_again(person, ada, now, tmp_path, monkeypatch):
    plan = history.plan

    def slowly(*args, **kwargs):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(closing(lambda: erase(lead_id=person.pk, by=ada, at=now))).result(timeout=30)
        return plan(*args, **kwargs)

    monkeypatch.setattr(history, "plan", slowly)
    ran = importing(tmp_path, ROW, mapping(**BY_EMAIL))
    assert ran.counts == {"refused": 1}
    assert left_of(WORDS) == set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("roomy_pool")
def test_nobody_slips_in_while_the_person_is_being_erased(ada, max, now):
    lead = make_lead(contact=False)
    Identity.objects.create(kind="email", value="xan@example.com", lead=lead)

    def click(number):
        if number == 0:
            return erase(lead_id=lead.pk, by=ada, at=now)
        try:
            return capture.open_by_hand(capture.Person(email="xan@example.com"), by=max, at=now)
        except (capture.KnownAlready, Suppressed) as refused:
            return refused

    results = at_once(click, count=20)
    assert isinstance(results[0], Erasure)
    assert not any(isinstance(result, int) for result in results)
    assert left_of(["xan@"]) == set()
