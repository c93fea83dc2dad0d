"""How people get in: permissions from the role table, and no signing up by oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from leads import people
from leads.models import User
from leads.roles import permissions_of

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest


class RoleBackend(AuthenticationBackend):  # type: ignore[misc]
    """Log-in by name or e-mail, and Django permissions from `leads/roles.py` instead of from groups.

    It is the only backend, so that no row of groups or permissions can grant what the table does not.
    """

    def get_user(self, user_id: int) -> User | None:
        """Who is logged in, with the numbers of their team mates, which nearly every page asks for: by one query."""
        mates = User.objects.filter(team=OuterRef("team")).values("pk")
        found = User.objects.annotate(mates=ArraySubquery(mates)).filter(pk=user_id).first()
        if found is None or not self.user_can_authenticate(found):
            return None
        found.team_mates = found.mates
        return found

    def get_all_permissions(self, user_obj: object, obj: object = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return set()
        if user_obj.is_superuser:
            return set(super().get_all_permissions(user_obj))
        return set(permissions_of(user_obj.role))


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """One company's tool: administrators make accounts, strangers cannot."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        people.vouch(user)
        super().login(request, user)


class InvitedOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The company's own log-in opens accounts that exist, and makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """The first time, find the person by an address that the company says is verified; then its id is enough."""
        if sociallogin.is_existing:
            return
        for address in sociallogin.email_addresses:
            if address.verified and (user := User.objects.filter(email__iexact=address.email, is_active=True).first()):
                sociallogin.connect(request, user)
                return
