"""How people get in: permissions from the role table, and no signing up by oneself."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from leads.models import User
from leads.roles import permissions_of


class RoleBackend(AuthenticationBackend):  # type: ignore[misc]
    """Log-in by name or e-mail, and Django permissions from `leads/roles.py` instead of from groups.

    It is the only backend, so that no row of groups or permissions can grant what the table does not.
    """

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
