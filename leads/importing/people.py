"""The owners of an import and their teams: found among the users, or created so that nobody can log in as them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from leads.models import Team, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leads.importing.records import Facts

_NOT_IN_USERNAME = re.compile(r"[^a-z0-9]+")


class People:
    """Users by the facts rows gave, for the time of one run. All users are loaded once: they are few."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.ids: dict[Facts, int | str] = {}
        self.created = 0
        self.loaded = False

    def forget(self) -> None:
        """Drop what a transaction that was rolled back had found."""
        self.ids.clear()
        self.loaded = False

    def resolve(self, wanted: Iterable[Facts]) -> dict[Facts, int | str]:
        """The user of each set of facts, or why there is none; missing ones are created."""
        pending = [facts for facts in dict.fromkeys(wanted) if facts and facts not in self.ids]
        if pending and not self.loaded:
            self._load()
        for facts in pending:
            known = dict(facts)
            try:
                self.ids[facts] = self._find(known.get("name", ""), known.get("email", ""), known.get("team", ""))
            except ValueError as error:
                self.ids[facts] = str(error)
        return self.ids

    def _load(self) -> None:
        self.by_email: dict[str, int] = {}
        self.by_name: dict[str, list[int]] = {}
        self.usernames: set[str] = set()
        for number, username, email, first, last in User.objects.order_by("pk").values_list(
            "pk", "username", "email", "first_name", "last_name"
        ):
            self.usernames.add(username.lower())
            if email:
                self.by_email.setdefault(email.lower(), number)
            for name in {f"{first} {last}".strip().lower(), username.lower()} - {""}:
                self.by_name.setdefault(name, []).append(number)
        self.teams = dict(Team.objects.values_list("name", "pk"))
        self.loaded = True

    def _find(self, name: str, email: str, team: str) -> int:
        if email in self.by_email:
            return self.by_email[email]
        found = self.by_name.get(name.lower(), []) if name else []
        if len(found) > 1:
            words = _("%(length)s users are called %(name)r; give the owner's e-mail in the mapping")
            raise ValueError(words % {"length": len(found), "name": name})
        return found[0] if found else self._create(name or email, email, team)

    def _create(self, name: str, address: str, team: str) -> int:
        """A user with an unusable password who is not active: an owner for the numbers, not an account."""
        if len(name) > 150:
            raise ValueError(_("the owner's name is %(length)s characters long; 150 fit") % {"length": len(name)})
        first, _space, last = name.rpartition(" ")
        user = User.objects.create(
            username=self._username(name), first_name=first or last, last_name=last if first else "", email=address,
            role=self.role, team_id=self._team(team), is_active=False, password=make_password(None),
        )  # fmt: skip
        self.created += 1
        if address:
            self.by_email[address] = user.pk
        self.by_name.setdefault(name.lower(), []).append(user.pk)
        return user.pk

    def _team(self, name: str) -> int | None:
        if not name:
            return None
        if name not in self.teams:
            self.teams[name] = Team.objects.create(name=name).pk
        return self.teams[name]

    def _username(self, name: str) -> str:
        plain = unicodedata.normalize("NFKD", name.partition("@")[0]).encode("ascii", "ignore").decode().lower()
        base = _NOT_IN_USERNAME.sub(".", plain).strip(".")[:140] or "owner"
        username, number = base, 1
        while username in self.usernames:
            number += 1
            username = f"{base}.{number}"
        self.usernames.add(username)
        return username
