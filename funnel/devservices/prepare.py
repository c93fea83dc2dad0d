"""Bring the database up to date and, the first time, fill it with demo data. Run as a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command

from funnel.devservices import home


def prepare(unfinished: Path | None) -> None:
    """`unfinished` marks demo data whose loading was cut short; None means that no demo data is wanted."""
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if unfinished and (unfinished.exists() or _untouched()):
        print("Loading demo data (only on the first start) ...", flush=True)
        home.write_once(unfinished, "Demo data is being loaded.")
        call_command("seed_demo")
        unfinished.unlink()


def _untouched() -> bool:
    """Nobody has an account here, and there is no lead."""
    return not get_user_model().objects.exists() and not apps.get_model("leads", "Lead")._default_manager.exists()


if __name__ == "__main__":
    prepare(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
