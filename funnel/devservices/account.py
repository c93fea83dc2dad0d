"""Who runs the servers: we ourselves, or an unprivileged user when we are root, which PostgreSQL refuses to be."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class NoAccount(RuntimeError):
    """There is no user the servers could run as."""


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    def popen(self) -> dict[str, Any]:
        """Arguments of `subprocess` that make the child this user and nothing more."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reads(self, *paths: Path) -> bool:
        """Whether this user gets as far as each of these, through every folder above it."""
        script = 'for path; do test -x "$path" || exit 1; done'
        command = ["/bin/sh", "-c", script, "sh", *map(str, paths)]
        return subprocess.run(command, cwd="/", check=False, **self.popen()).returncode == 0  # noqa: S603

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def for_servers(data: Path) -> Account | None:
    """The user who runs the servers; None means us. Existing data keeps its owner.

    Raises NoAccount when the data belongs to somebody we cannot become, or no unprivileged user exists.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise NoAccount(f"{data} belongs to another user. Start ./run as that user, or remove the folder.")
        return None
    for entry in _candidates(owner):
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise NoAccount(
        "PostgreSQL refuses to run as root, and there is no user 'nobody'. Start ./run as an ordinary user."
    )


def _candidates(owner: int | None) -> Iterator[pwd.struct_passwd]:
    for key in (owner, os.environ.get("SUDO_UID"), "nobody"):
        try:
            if key is not None:
                yield pwd.getpwnam(key) if key == "nobody" else pwd.getpwuid(int(key))
        except (KeyError, ValueError):
            continue
