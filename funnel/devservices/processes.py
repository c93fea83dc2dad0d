"""Child processes that do not outlive their parent, and finding those that did."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from funnel.devservices.account import Account

PROC = Path("/proc")
PR_SET_PDEATHSIG = 1
LOOPBACK = "127.0.0.1"


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    farewell: signal.Signals,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | Path = "/",
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches us and not it.

    `farewell` is the signal the kernel (Linux) sends to the child if we die, even by `kill -9`. `keep` are file
    descriptors the child inherits. Output goes to the end of `log`.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            pass_fds=keep,
            start_new_session=True,
            preexec_fn=die_with_parent(farewell),  # noqa: PLW1509
            **(account.popen() if account else {}),
        )


def die_with_parent(farewell: signal.Signals) -> Callable[[], None] | None:
    """A hook for the new child. It runs after the change of user, which would clear the request again."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def hook() -> None:
        prctl(PR_SET_PDEATHSIG, int(farewell))
        if os.getppid() != parent:
            os._exit(1)

    return hook


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn and wait its seconds; then kill the whole group, children that lost their parent too."""
    for number, seconds in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def working_in(directory: Path, program: str) -> list[int]:
    """Processes of this program whose working directory this is: a server left over from a killed run.

    Both PostgreSQL and Valkey change into their data directory, so neither a recycled process id nor a stale pid file
    can mislead us. Without /proc nothing is found, and the server itself refuses to start twice.
    """
    return [pid for pid in _pids() if _link(pid, "cwd") == str(directory) and _program(pid) == program]


def marked(name: str, value: str) -> list[int]:
    """Processes started with NAME=VALUE in their environment, other than this one."""
    wanted = f"{name}={value}".encode()
    return [pid for pid in _pids() if pid != os.getpid() and wanted in _environment(pid)]


def end(pids: Callable[[], Iterable[int]], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal to whatever `pids` finds, and wait its seconds, until nothing is found."""
    for number, seconds in steps:
        _send(pids(), number)
        deadline = time.monotonic() + seconds
        while pids() and time.monotonic() < deadline:
            time.sleep(0.05)


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()] if PROC.is_dir() else []


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(PROC / str(pid) / name)
    except OSError:
        return ""


def _program(pid: int) -> str:
    return Path(_link(pid, "exe").removesuffix(" (deleted)")).name


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def free_port(*preferred: int | None) -> int:
    """The first preferred port of the loopback address that nobody listens on, otherwise any free one."""
    for port in (*filter(None, preferred), 0):
        with socket.socket() as probe, suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOOPBACK, port))
            probe.listen()
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {LOOPBACK}")
