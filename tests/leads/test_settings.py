"""What administrators set about offers and clocks."""

from datetime import timedelta

import pytest
from django.urls import reverse

from leads import people
from leads.models import Absence, Holiday, Lead, RoutingRule, StagePolicy, User, WorkingHours
from leads.roles import Role
from leads.tasks import set_clocks
from tests.conftest import give_password_again, person
from tests.factories import make_lead


@pytest.fixture
def admin(client, ada):
    ada.is_staff = True
    ada.save()
    client.force_login(ada)
    return client


def rule(team, **given):
    return {"name": "North", "position": 0, "is_active": "on", "team": team.pk, "countries": "", "industries": "",
            "sources": "", **given}  # fmt: skip


def test_a_rule_is_written_line_by_line(admin, team):
    given = {"countries": "Germany\r\n\r\n Austria \nGermany", "size_bands": ["11-50", "1,001-5,000"]}
    assert admin.post(reverse("admin:leads_routingrule_add"), rule(team, **given)).status_code == 302
    made = RoutingRule.objects.get()
    assert (made.countries, made.industries, made.size_bands) == (["Germany", "Austria"], [], ["11-50", "1,001-5,000"])
    page = admin.get(reverse("admin:leads_routingrule_change", args=[made.pk])).text
    assert "Germany\nAustria</textarea>" in page


def test_a_word_too_long_is_refused_in_words(admin, team):
    page = admin.post(reverse("admin:leads_routingrule_add"), rule(team, sources="x" * 81))
    assert page.status_code == 200
    assert "at most 80 characters" in page.text


def test_the_list_of_rules_shows_whose_turn_it_is(admin, team):
    RoutingRule.objects.create(name="all", team=team)
    assert "nobody: leads wait in the team queue" in admin.get(reverse("admin:leads_routingrule_changelist")).text
    person("priya", Role.SDR, team)
    assert "priya" in admin.get(reverse("admin:leads_routingrule_changelist")).text


def test_rules_and_absences_can_be_deleted(admin, team, sam, now):
    made = RoutingRule.objects.create(name="all", team=team)
    away = Absence.objects.create(user=sam, starts_on=now.date(), ends_on=now.date())
    admin.post(reverse("admin:leads_routingrule_delete", args=[made.pk]), {"post": "yes"})
    admin.post(reverse("admin:leads_absence_delete", args=[away.pk]), {"post": "yes"})
    assert (RoutingRule.objects.count(), Absence.objects.count()) == (0, 0)


@pytest.mark.parametrize("role", [Role.SDR, Role.MARKETER, Role.AE, Role.MANAGER])
def test_nobody_else_sets_rules(client, role, team):
    client.force_login(person("somebody", role, team))
    client.post(reverse("admin:leads_routingrule_add"), rule(team))
    assert not RoutingRule.objects.exists()


def test_a_persons_capacity_is_set_with_their_work(admin, sam):
    given = {"username": "sam", "role": "sdr", "team": sam.team.pk, "capacity": "40", "is_active": "on"}
    give_password_again(admin)
    admin.post(reverse("admin:leads_user_change", args=[sam.pk]), given)
    assert User.objects.get(pk=sam.pk).capacity == 40


def due_of(lead):
    return Lead.objects.get(pk=lead.pk).due_at


def policy(stage, **given):
    return {"label": stage.upper(), "guidance": "", "sla_hours": "", "escalate_hours": "", "stale_days": "",
            "score_threshold": "", **given}  # fmt: skip


def test_a_changed_limit_sets_the_clocks_anew(admin, now, django_capture_on_commit_callbacks):
    offered = make_lead("mql", at=now)
    address = reverse("admin:leads_stagepolicy_change", args=["mql"])
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(address, policy("mql", sla_hours=2, escalate_hours=1, stale_days=3))
    assert due_of(offered) == now + timedelta(hours=2)
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(address, policy("mql"))
    assert due_of(offered) is None
    assert StagePolicy.objects.get(stage="mql").stale_days is None


def test_a_holiday_put_in_and_taken_out_moves_what_is_due(admin, now, django_capture_on_commit_callbacks):
    offered = make_lead("mql", at=now)
    tomorrow = now + timedelta(days=1)
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("admin:leads_holiday_add"), {"day": tomorrow.date(), "name": "Fair"})
    assert due_of(offered) == tomorrow + timedelta(days=1)
    address = reverse("admin:leads_holiday_delete", args=[Holiday.objects.get().pk])
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(address, {"post": "yes"})
    assert due_of(offered) == tomorrow


def test_working_hours_taken_out_together_move_what_is_due(admin, now, django_capture_on_commit_callbacks):
    offered = make_lead("mql", at=now)
    thursday = WorkingHours.objects.filter(weekday=3).values_list("pk", flat=True)
    given = {"action": "delete_selected", "_selected_action": list(thursday), "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("admin:leads_workinghours_changelist"), given)
    assert due_of(offered) == now + timedelta(days=2)


def test_a_change_whose_process_dies_is_followed_by_the_worker(admin, now, django_capture_on_commit_callbacks):
    offered = make_lead("mql", at=now)
    with django_capture_on_commit_callbacks(execute=False):
        admin.post(reverse("admin:leads_stagepolicy_change", args=["mql"]), policy("mql", sla_hours=2))
    set_clocks()
    assert due_of(offered) == now + timedelta(hours=2)


def test_saving_without_a_change_leaves_the_clocks_alone(admin, django_capture_on_commit_callbacks):
    shown = StagePolicy.objects.get(stage="tofu")
    given = policy("tofu", label=shown.label, guidance=shown.guidance)
    with django_capture_on_commit_callbacks() as asked:
        admin.post(reverse("admin:leads_stagepolicy_change", args=["tofu"]), given)
    assert asked == []


def test_the_admin_site_takes_no_role_and_no_access(client, ada):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    people.vouch(ada)
    client.force_login(ada)
    give_password_again(client)
    given = {"username": "ada", "email": "ada@example.com", "role": "sdr", "first_name": "Ada", "last_name": ""}
    client.post(reverse("admin:leads_user_change", args=[ada.pk]), given)
    kept = User.objects.get(pk=ada.pk)
    assert (kept.first_name, kept.role, kept.is_active) == ("Ada", "admin", True)
