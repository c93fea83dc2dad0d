"""The people who work here: invited, changed, switched off and on again. Who may do so is for the pages to ask."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from leads import handover, invitations, sessions
from leads.models import User
from leads.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from leads.models import Job, Team

EMAIL_ONCE = "user_email_once"
USERNAME_LENGTH = 100


class CannotChange(Exception):
    """What was asked for cannot be, and why in words for people. Nothing was written."""


class AlreadyKnown(Exception):
    """Somebody has this e-mail already. Nothing was written."""

    def __init__(self, user: User) -> None:
        super().__init__(user)
        self.user = user


@dataclass(frozen=True, slots=True)
class Person:
    """What an administrator says of somebody."""

    first_name: str
    last_name: str
    email: str
    role: str
    team: Team | None = None


def vouch(user: User) -> None:
    """Let allauth know that `User.email` is theirs: an administrator said so, or they followed a link sent there.

    A former address logs in no longer; one that waits to be verified goes on waiting.
    """
    EmailAddress.objects.filter(user=user, verified=True).exclude(email=user.email.lower()).delete()
    if user.email:
        good = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=user, email=user.email.lower(), defaults=good)


def within_reach(by: User) -> QuerySet[User]:
    """The people an administrator manages; superusers only superusers do, or their passwords could be had."""
    people = User.objects.select_related("team").order_by("first_name", "last_name", "username")
    return people if by.is_superuser else people.filter(is_superuser=False)


def state_of(user: User) -> str:
    """`off`; `invited` for somebody who has not come in yet; `active`."""
    if not user.is_active:
        return "off"
    return "active" if has_joined(user) else "invited"


def has_joined(user: User) -> bool:
    return user.last_login is not None or user.has_usable_password()


def invite(person: Person, *, by: User, at: datetime, site: str) -> User:
    """Make somebody's account and send them a link to it. Raises AlreadyKnown, and NotSent with the account made."""
    with transaction.atomic():
        user = _created(person, at)
        vouch(user)
    invitations.send(user, by=by, site=site)
    return user


def invite_again(*, user_id: int, by: User, at: datetime, site: str) -> User:
    """Send a new link, and let the former ones die; somebody switched off is on again.

    Raises CannotChange for somebody who has come in already or has no e-mail, and NotSent.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        if has_joined(user):
            raise CannotChange(_("They have come in already. A forgotten password is reset on the log-in page."))
        if not user.email:
            raise CannotChange(_("There is no e-mail to write to. Add it first."))
        user.set_unusable_password()  # a new one, which former links do not fit
        user.is_active, user.date_joined = True, at
        user.save(update_fields=["password", "is_active", "date_joined"])
    invitations.send(user, by=by, site=site)
    return user


@transaction.atomic
def change(person: Person, *, user_id: int) -> User:
    """Correct what is known of somebody. Raises AlreadyKnown, and CannotChange for the last administrator's role."""
    user = _the_person(user_id, still_administrator=person.role == Role.ADMIN)
    _fill(user, person)
    try:
        with transaction.atomic():
            user.save(update_fields=["first_name", "last_name", "email", "role", "team", "is_staff"])
    except IntegrityError as error:
        raise _known(error, person.email) from error
    vouch(user)
    return user


@transaction.atomic
def switch_off(*, user_id: int, hand_over: bool, to: User | None, by: User, at: datetime) -> Job | None:
    """Let somebody in no longer, and end their sessions; what they did stays theirs.

    With `hand_over` their open leads go to `to`, or to the queue when that is nobody; returns the job that tells of
    it, None when no lead changed hands. Raises CannotChange for oneself, for the last administrator, and for somebody
    who cannot take the leads.
    """
    if user_id == by.pk:
        raise CannotChange(_("You cannot switch yourself off. Ask another administrator."))
    user = _the_person(user_id, still_administrator=False)
    if to and (not to.is_active or to.pk == user.pk):
        raise CannotChange(_("Give the leads to somebody who works here."))
    user.is_active = False
    if not has_joined(user):
        user.set_unusable_password()  # the link in their invitation no longer fits
    user.save(update_fields=["is_active", "password"])
    sessions.end(user)
    return handover.give_all(user, to=to, by=by, at=at) if hand_over else None


def switch_on(*, user_id: int) -> User:
    """Let somebody in again."""
    User.objects.filter(pk=user_id).update(is_active=True)
    return User.objects.get(pk=user_id)


def _the_person(user_id: int, *, still_administrator: bool) -> User:
    """The person, locked together with all administrators, so that two of them cannot remove each other at once."""
    everybody = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    administrators = set(everybody.values_list("pk", flat=True))
    if not still_administrator and administrators == {user_id}:
        raise CannotChange(_("This is the last active administrator. Make somebody else one first."))
    return User.objects.select_for_update(of=("self",)).get(pk=user_id)


def _fill(user: User, person: Person) -> None:
    user.first_name, user.last_name, user.email = person.first_name, person.last_name, person.email
    user.role, user.team = person.role, person.team
    user.is_staff = user.is_superuser or person.role == Role.ADMIN


def _created(person: Person, at: datetime) -> User:
    """The account, under the first username that is free."""
    for username in _usernames(person.email):
        user = User(username=username, date_joined=at)
        _fill(user, person)
        user.set_unusable_password()
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as error:
            if _broken(error) == EMAIL_ONCE:
                raise _known(error, person.email) from error
            continue
        return user
    raise AssertionError("there is always another username")


def _usernames(email: str) -> Iterator[str]:
    base = slugify(email.partition("@")[0], allow_unicode=True)[:USERNAME_LENGTH] or "person"
    yield base
    yield from (f"{base}{number}" for number in count(2))


def _broken(error: IntegrityError) -> str:
    """The name of the constraint that was broken."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))


def _known(error: IntegrityError, email: str) -> Exception:
    if _broken(error) != EMAIL_ONCE:
        return error
    return AlreadyKnown(User.objects.get(email__iexact=email))
