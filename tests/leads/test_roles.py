"""The one table of roles."""

from django.core.management import call_command

from leads.models import User
from leads.roles import DUTIES, Role

CALENDAR = [
    f"leads.{verb}_{model}" for verb in ("view", "add", "change", "delete") for model in ("workinghours", "holiday")
]


def test_every_role_has_its_duties():
    assert set(DUTIES) == set(Role)


def test_only_administrators_override_import_and_erase(mia, sam, alex, max, ada):
    for permission in (
        "leads.override_move",
        "leads.import_leads",
        "leads.erase_lead",
        "leads.change_stagepolicy",
        *CALENDAR,
    ):
        assert [person.role for person in (mia, sam, alex, max, ada) if person.has_perm(permission)] == [Role.ADMIN]


def test_someone_switched_off_has_no_permission(ada):
    ada.is_active = False
    assert not ada.has_perm("leads.override_move")


def test_a_superuser_made_on_the_command_line_is_an_administrator(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "long enough")
    call_command("createsuperuser", username="root", email="root@example.com", interactive=False, verbosity=0)
    assert User.objects.get(username="root").role == Role.ADMIN
