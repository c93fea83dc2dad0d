"""The environment variables our processes get, and the servers behind them."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from funnel.devservices import home
from funnel.devservices.keeper import KINDS, Services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "LEAD_FUNNEL_HOME"  # tells our processes from everybody else's

# Milliseconds: a page must not hang, a background job may take its time, a command is watched by whoever typed it.
WEB_LIMITS = {
    "DATABASE_STATEMENT_TIMEOUT_MS": "5000",
    "DATABASE_LOCK_TIMEOUT_MS": "2000",
    "DATABASE_IDLE_TIMEOUT_MS": "10000",
}
WORKER_LIMITS = WEB_LIMITS | {"DATABASE_STATEMENT_TIMEOUT_MS": "60000"}


def missing() -> list[str]:
    """The servers we have to bring ourselves, because DATABASE_URL or REDIS_URL names no other."""
    return [kind for kind, server in KINDS.items() if not os.environ.get(server.variable)]


def services(folder: Path, *, careless: bool = False) -> Services:
    return Services(folder, *missing(), careless=careless)


def variables(folder: Path, urls: dict[str, str]) -> dict[str, str]:
    """What every process of ours starts with. A SECRET_KEY that is set wins over the one kept with the data."""
    own = {"DJANGO_SETTINGS_MODULE": "funnel.settings", "PYTHONUNBUFFERED": "1", MARK: str(folder)}
    key = os.environ.get("SECRET_KEY") or home.secret(folder / "secret.key")
    return os.environ | own | {"SECRET_KEY": key} | urls


@contextmanager
def thrown_away(*, careless: bool) -> Iterator[tuple[Services, dict[str, str]]]:
    """Servers and variables in a temporary folder that is gone afterwards. `careless` data is quicker, not durable."""
    folder = home.temporary()
    try:
        with services(folder, careless=careless) as using:
            yield using, variables(folder, using.join())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
