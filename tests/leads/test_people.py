"""People invited, changed, switched off and on."""

import threading

import pytest
from django.core import mail
from django.db import connection

from leads import invitations, jobs, people, tellings
from leads.models import Edit, Lead, Notice, User
from leads.people import Person
from leads.roles import Role
from tests.factories import make_lead

SITE = "https://funnel.example"
ANN = Person("Ann", "Lee", "Ann.Lee@example.com", Role.SDR)


def invite(by, at, given=ANN):
    return people.invite(given, by=by, at=at, site=SITE)


def test_an_invited_person_gets_a_letter_with_a_link_and_cannot_log_in_yet(ada, now):
    user = invite(ada, now)
    [letter] = mail.outbox
    assert letter.to == ["Ann.Lee@example.com"]
    assert f"{SITE}/accounts/password/reset/key/" in letter.body
    assert "annlee" in letter.body
    assert (people.state_of(user), user.has_usable_password()) == ("invited", False)


def test_two_people_whose_addresses_begin_alike_get_usernames_of_their_own(ada, now):
    names = [
        invite(ada, now, Person("Jo", "", f"jo@{place}.example", Role.AE)).username for place in ("north", "south")
    ]
    assert names == ["jo", "jo2"]


def test_an_address_that_is_no_latin_makes_a_username_too(ada, now):
    assert invite(ada, now, Person("สมชาย", "", "สมชาย@example.com", Role.SDR)).username


@pytest.mark.parametrize("email", ["sam@example.com", "SAM@Example.com"])
def test_an_e_mail_somebody_has_is_not_invited_again(ada, sam, now, email):
    with pytest.raises(people.AlreadyKnown) as known:
        invite(ada, now, Person("Samuel", "", email, Role.SDR))
    assert known.value.user == sam
    assert mail.outbox == []


def test_a_letter_that_does_not_leave_is_told_and_the_account_is_there(ada, now, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(invitations, "send_mail", away)
    with pytest.raises(invitations.NotSent):
        invite(ada, now)
    assert User.objects.get(username="annlee").is_active


def test_a_new_invitation_lets_the_former_link_die(ada, now):
    user = invite(ada, now)
    former = invitations.link_for(user, site=SITE).rstrip("/").rpartition("-")[2]
    people.invite_again(user_id=user.pk, by=ada, at=now, site=SITE)
    assert not invitations.default_token_generator.check_token(User.objects.get(pk=user.pk), former)
    assert len(mail.outbox) == 2


def test_somebody_who_has_come_in_is_not_invited_again(ada, sam, now):
    with pytest.raises(people.CannotChange):
        people.invite_again(user_id=sam.pk, by=ada, at=now, site=SITE)


def test_a_new_administrator_may_enter_the_settings_and_a_former_one_may_not(ada, sam):
    person = Person("Sam", "", sam.email, Role.ADMIN)
    assert people.change(person, user_id=sam.pk).is_staff
    person = Person("Sam", "", sam.email, Role.SDR)
    assert not people.change(person, user_id=sam.pk).is_staff


def test_a_former_address_logs_in_no_longer(client, ada, sam):
    people.vouch(sam)
    people.change(Person("Sam", "", "samuel@example.com", Role.SDR), user_id=sam.pk)
    assert not client.login(username="sam@example.com", password="demo")
    assert list(sam.emailaddress_set.values_list("email", "verified")) == [("samuel@example.com", True)]


def test_the_last_administrator_stays_one(ada, max, now):
    with pytest.raises(people.CannotChange):
        people.change(Person("Ada", "", ada.email, Role.MANAGER), user_id=ada.pk)
    with pytest.raises(people.CannotChange):
        people.switch_off(user_id=ada.pk, hand_over=False, to=None, by=max, at=now)
    assert User.objects.get(pk=ada.pk).is_active


def test_nobody_switches_themselves_off(ada, now):
    User.objects.create_user("amy", role=Role.ADMIN)
    with pytest.raises(people.CannotChange):
        people.switch_off(user_id=ada.pk, hand_over=False, to=None, by=ada, at=now)


def test_someone_switched_off_is_out_at_once_and_everywhere(client, ada, sam, now):
    client.post("/accounts/login/", {"login": "sam", "password": "demo"})
    people.switch_off(user_id=sam.pk, hand_over=False, to=None, by=ada, at=now)
    assert client.get("/leads/").status_code == 302
    people.switch_on(user_id=sam.pk)
    assert client.get("/leads/").status_code == 302


def test_the_link_of_somebody_switched_off_before_coming_in_no_longer_fits(ada, now):
    user = invite(ada, now)
    key = invitations.link_for(user, site=SITE).rstrip("/").rpartition("-")[2]
    people.switch_off(user_id=user.pk, hand_over=False, to=None, by=ada, at=now)
    assert not invitations.default_token_generator.check_token(User.objects.get(pk=user.pk), key)


def test_open_leads_are_handed_to_somebody_and_each_tells_so(ada, sam, max, now):
    mine, won = make_lead("sal", owner=sam), make_lead("won", owner=sam)
    assert people.switch_off(user_id=sam.pk, hand_over=True, to=max, by=ada, at=now).done == 1
    assert Lead.objects.get(pk=mine.pk).owner == max
    assert Lead.objects.get(pk=won.pk).owner == sam
    edit = Edit.objects.get(lead=mine)
    assert (edit.by, edit.data) == (ada, {"owner_id": [sam.pk, max.pk]})


def test_leads_handed_over_are_taken_back_at_once(ada, sam, max, now):
    handed = [make_lead("sal", owner=sam), make_lead("sql", owner=sam)]
    job = people.switch_off(user_id=sam.pk, hand_over=True, to=max, by=ada, at=now)
    assert [tellings.text_of(one) for one in Notice.objects.filter(user=max)] == [f"{ada} gave you 2 leads."]
    jobs.run(job_id=jobs.undo(job_id=job.pk, by=ada, at=now).pk, at=now)
    assert {Lead.objects.get(pk=lead.pk).owner for lead in handed} == {sam}
    assert not Notice.objects.filter(user=max).exists()


def test_open_leads_go_back_to_the_queue(ada, sam, alex, now):
    offer = make_lead("mql", owner=sam)
    people.switch_off(user_id=sam.pk, hand_over=True, to=None, by=ada, at=now)
    assert Lead.objects.get(pk=offer.pk).owner is None


def test_leads_are_not_handed_to_somebody_who_does_not_work_here(ada, sam, max, now):
    lead = make_lead("sal", owner=sam)
    User.objects.filter(pk=max.pk).update(is_active=False)
    with pytest.raises(people.CannotChange):
        people.switch_off(user_id=sam.pk, hand_over=True, to=User.objects.get(pk=max.pk), by=ada, at=now)
    assert Lead.objects.get(pk=lead.pk).owner == sam
    assert User.objects.get(pk=sam.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_switch_each_other_off_at_once_leave_one(transactional_db, now):
    amy, bea = (User.objects.create_user(name, role=Role.ADMIN) for name in ("amy", "bea"))
    ready = threading.Barrier(2)

    def off(by, other):
        ready.wait()
        try:
            people.switch_off(user_id=other.pk, hand_over=False, to=None, by=by, at=now)
        except people.CannotChange:
            pass
        finally:
            connection.close()

    clicks = [threading.Thread(target=off, args=pair) for pair in ((amy, bea), (bea, amy))]
    [click.start() for click in clicks]
    [click.join() for click in clicks]
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


def test_a_name_of_two_lines_makes_no_head_of_the_letter(ada, now, mailoutbox):
    User.objects.filter(pk=ada.pk).update(first_name="Ada\nBcc: evil@example.com")
    invite(User.objects.get(pk=ada.pk), now)
    [letter] = mailoutbox
    assert "\n" not in letter.subject
    assert letter.recipients() == [ANN.email]
