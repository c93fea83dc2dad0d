"""The days on which people are away, and routing offers them nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from leads.models import Absence, User
from leads.roles import Role

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet


class WrongDays(ValueError):
    """Days on which nobody can be away, and why in words for people. Nothing was written."""


def people_of(by: User) -> QuerySet[User]:
    """Whose absences a person plans: their own; a manager those of the team, or of everybody where there is none."""
    whom = Q(pk=by.pk)
    if by.role == Role.ADMIN or (by.role == Role.MANAGER and by.team_id is None):
        whom = Q()
    elif by.role == Role.MANAGER:
        whom |= Q(team=by.team_id)
    return User.objects.filter(whom, is_active=True).order_by("first_name", "last_name", "username")


def planned_by(by: User, *, at: datetime) -> QuerySet[Absence]:
    """The absences, of those a person plans, that are not over yet, the next first."""
    return (
        Absence.objects.filter(user__in=people_of(by), ends_on__gte=_today(at))
        .select_related("user")
        .order_by("starts_on", "pk")
    )


def plan(*, user: User, starts_on: date, ends_on: date, by: User, at: datetime) -> Absence:
    """Write down that a person is away from one day to another, both included; the same days twice are one absence.

    Raises WrongDays, and User.DoesNotExist for somebody `by` does not plan for.
    """
    if ends_on < starts_on:
        raise WrongDays(_("The last day lies before the first. Choose a later last day."))
    if ends_on < _today(at):
        raise WrongDays(_("These days are over. Choose days from today on."))
    person = people_of(by).get(pk=user.pk)
    return Absence.objects.get_or_create(user=person, starts_on=starts_on, ends_on=ends_on)[0]


def remove(*, absence_id: int, by: User) -> Absence:
    """Strike an absence, and return what it was. Raises Absence.DoesNotExist for one that `by` does not plan."""
    absence = Absence.objects.select_related("user").get(pk=absence_id, user__in=people_of(by))
    Absence.objects.filter(pk=absence.pk).delete()
    return absence


def _today(at: datetime) -> date:
    """The organisation's date."""
    return timezone.localdate(at, timezone.get_default_timezone())
