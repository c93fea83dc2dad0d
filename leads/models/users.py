"""The people who work leads."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

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

    objects: ClassVar[People] = People()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def scope(self) -> Scope:
        return scope_of(self.role)
