"""The commands of `./run` that start something in the foreground and wait for it."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from funnel.devservices import environment, home, processes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BENCHES = home.CHECKOUT / "tests" / "bench"
TOOLS = home.CHECKOUT / ".venv" / "bin"
MOST_WORKERS = 4  # each may open sixty connections of the 300 there are, and has one of Valkey's 16 databases
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
    ("djlint", "--lint", "--quiet", "templates"),
)


def foreground(command: Sequence[str | Path], env: dict[str, str], keep: Sequence[int] = ()) -> int:
    """Run a command on this terminal and return its exit code; Ctrl-C and SIGTERM are its business."""
    words = [str(part) for part in command]
    hook = processes.die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGINT, lambda *_: None)  # a handler is not inherited, so the child is free to obey
    child = subprocess.Popen(words, cwd=home.CHECKOUT, env=env, pass_fds=keep, preexec_fn=hook)  # noqa: S603, PLW1509
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    return code if code >= 0 else 128 - code


def test(arguments: list[str]) -> int:
    """Run the tests on servers of their own, which are gone afterwards; all of them on several cores at once."""
    arguments = arguments or ["--numprocesses=auto", f"--maxprocesses={MOST_WORKERS}", "--dist=worksteal"]
    with environment.thrown_away(careless=True) as (using, env):
        return foreground([sys.executable, "-m", "pytest", *arguments], env, using.fds)


def manage(arguments: list[str]) -> int:
    """Run manage.py on this checkout's data, starting its servers for as long as it takes if they are down."""
    folder = home.of_checkout()
    with environment.services(folder) as using:
        env = environment.variables(folder, using.join())
        return foreground([sys.executable, "manage.py", *arguments], env, using.fds)


def bench(arguments: list[str]) -> int:
    """List the benchmarks, or run one against a migrated, empty database that is as durable as yours."""
    if not arguments:
        print("".join(f"{name:<24} {line}\n" for name, line in _benches().items()) or "No benchmarks yet.\n", end="")
        return 0
    if arguments[0] not in _benches():
        print(f"There is no benchmark {arguments[0]!r}. ./run bench lists them.", file=sys.stderr)
        return 2
    with environment.thrown_away(careless=False) as (using, env):
        failed = foreground([sys.executable, "-m", "funnel.devservices.prepare"], env, using.fds)
        module = f"tests.bench.bench_{arguments[0]}"
        return failed or foreground([sys.executable, "-m", module, *arguments[1:]], env, using.fds)


def screenshots(arguments: list[str]) -> int:
    """Take the README's pictures of a demo company that is gone afterwards."""
    with environment.thrown_away(careless=True) as (using, env):
        return foreground([sys.executable, "-m", "tests.browser.screenshots", *arguments], env, using.fds)


def _benches() -> dict[str, str]:
    """Name → first line of the module's docstring."""
    found = {}
    for path in sorted(BENCHES.glob("bench_*.py")):
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        found[path.stem.removeprefix("bench_")] = text.partition("\n")[0]
    return found


def check(arguments: list[str]) -> int:
    """Run every linter and the type checker, and say which of them complained."""
    settings = {"SECRET_KEY": "unused", "DATABASE_URL": "postgres://unused/unused", "REDIS_URL": "redis://unused"}
    env = os.environ | settings | {"DJANGO_SETTINGS_MODULE": "funnel.settings", "PYTHONPATH": str(home.CHECKOUT)}
    complaints = []
    for name, *rest in CHECKS:
        print(f"== {name} {' '.join(rest)}", flush=True)
        if foreground([TOOLS / name, *rest], env):
            complaints.append(name)
    print(f"Checks failed: {', '.join(complaints)}" if complaints else "Checks passed.")
    return int(bool(complaints))
