"""The people who work leads."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from leads.roles import Role, Scope, scope_of


class Team(models.Model):
    name = models.CharField(max_length=120)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint("name", name="team_name_once")]

    def __str__(self) -> str:
        return self.name


class People(UserManager["User"]):
    use_in_migrations = False

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **more: Any
    ) -> User:
        """An administrator, in role as well as by right."""
        return super().create_superuser(username, email, password, **{"role": Role.ADMIN, **more})


class User(AbstractUser):
    role = models.CharField(max_length=10, choices=Role, default=Role.SDR)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="members")
    is_demo = models.BooleanField(default=False, editable=False)
    shortcuts = models.BooleanField(default=True, help_text=_("single keys go places and press buttons"))
    capacity = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("open sales leads after which routing gives no more; empty for any number")
    )
    routed_at = models.DateTimeField(null=True, editable=False, help_text=_("when routing last gave them a lead"))

    objects: ClassVar[People] = People()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_once",
                violation_error_message=_("Somebody has this e-mail already."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def scope(self) -> Scope:
        return scope_of(self.role)

    @cached_property
    def team_mates(self) -> list[int]:
        """The numbers of the people of one's team, oneself among them; read once for as long as this object lives."""
        return list(User.objects.filter(team=self.team_id).values_list("pk", flat=True)) if self.team_id else []


class Absence(models.Model):
    """Days on which routing gives a person nothing, by the organisation's calendar; both ends are away."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences")
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="absence_ends_after_it_starts",
                violation_error_message=_("It must not end before it starts."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.starts_on} to {self.ends_on}"
