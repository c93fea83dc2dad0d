"""A server stays up as long as anybody uses it, whoever started it and however they ended.

To use a server is to hold its *user lock* shared. A keeper process, one per server, runs the server and keeps trying
to get that lock for itself; it gets it when the last user has gone, even by `kill -9`, because the kernel drops the
locks of the dead. Then it stops the server. If the keeper is killed, the kernel tells the server to stop
(`processes.start`), and whoever notices starts a new keeper, on the same port if it is still free.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from funnel.devservices import account, home
from funnel.devservices.postgres import Postgres
from funnel.devservices.servers import Server, ServerFailed
from funnel.devservices.valkey import Valkey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

KINDS: dict[str, type[Server]] = {"postgres": Postgres, "valkey": Valkey}
TICK = 0.1


class Use:
    """Somebody's use of one server. The lock is held by file descriptor `fd`, which children may inherit."""

    def __init__(self, folder: Path, kind: str, *, careless: bool = False) -> None:
        self.folder, self.kind, self.careless = folder, kind, careless
        self.fd = open_lock(folder / f"{kind}.users")

    def join(self) -> str:
        """Take part, start the server if it is down, and return its URL. May be called again. Raises ServerFailed."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)
        with _locked(self.folder / f"{self.kind}.start"):
            while _taken(self.folder / f"{self.kind}.keeper"):
                if url := _url(self.folder, self.kind):
                    return url
                time.sleep(TICK)
            self._start_keeper()
        return _url(self.folder, self.kind)

    def _start_keeper(self) -> None:
        flags = ["--careless"] if self.careless else []
        command = [sys.executable, "-m", "funnel.devservices.keeper", str(self.folder), self.kind, *flags]
        with (self.folder / f"{self.kind}.log").open("ab") as log:
            nothing, pipe = subprocess.DEVNULL, subprocess.PIPE
            keeper = subprocess.Popen(  # noqa: S603
                command, cwd=home.CHECKOUT, stdin=nothing, stdout=pipe, stderr=log, start_new_session=True
            )
        answer = keeper.stdout.read().decode() if keeper.stdout else ""
        self._keeper = keeper
        if answer.strip() != "ready":
            raise ServerFailed(answer.strip() or f"The keeper of {self.kind} died: see {log.name}.")

    def leave(self) -> None:
        """Stop taking part. The last one to leave returns when the server has stopped."""
        last = try_lock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(self.fd)
        left = time.monotonic()
        while last and _taken(self.folder / f"{self.kind}.keeper"):
            seconds = time.monotonic() - left
            if seconds > 40 or (seconds > 1 and _url(self.folder, self.kind)):
                return  # somebody came meanwhile
            time.sleep(TICK / 4)


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(fd: int, how: int) -> bool:
    try:
        fcntl.flock(fd, how)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = open_lock(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _taken(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    finally:
        os.close(fd)


def state(folder: Path, kind: str) -> dict[str, str | int | bool]:
    try:
        return dict(json.loads((folder / f"{kind}.json").read_text()))
    except (OSError, ValueError):
        return {}


def _url(folder: Path, kind: str) -> str:
    known = state(folder, kind)
    return str(known["url"]) if known.get("up") else ""


class Keeper:
    """The keeper process of one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.told_to_stop = False

    def keep(self) -> None:
        """Run the server until nobody uses it. Says "ready" on standard output, or what went wrong, and closes it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop_soon)
        mine, users = open_lock(self.server.file("keeper")), open_lock(self.server.file("users"))
        fcntl.flock(mine, fcntl.LOCK_EX)
        self._write(up=False)
        process = self._first_start()
        while not self.told_to_stop and not try_lock(users, fcntl.LOCK_EX | fcntl.LOCK_NB):
            if process.poll() is not None:
                process = self._restart(process)
            time.sleep(TICK)
        self._write(up=False)
        self.server.stop(process)
        if self.server.careless:
            _remove(self.server)
        os.close(mine)

    def _stop_soon(self, *_: object) -> None:
        self.told_to_stop = True

    def _first_start(self) -> subprocess.Popen[bytes]:
        try:
            process = self.server.start(self._port())
        except (ServerFailed, OSError, subprocess.SubprocessError) as problem:
            sys.exit(_answer(str(problem)))
        self._write(up=True)
        _answer("ready")
        return process

    def _restart(self, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """The server died under us. Bring it back, on the port its users know. Raises ServerFailed, which ends us."""
        time.sleep(5 * TICK)
        self.server.stop(process)
        process = self.server.start(self.server.port)
        self._write(up=True)
        return process

    def _port(self) -> int | None:
        port = state(self.server.folder, self.server.name).get("port")
        return int(port) if port else None

    def _write(self, *, up: bool) -> None:
        """`up` is False while users must wait. The port stays on record, to be used again."""
        state = {"up": up, "port": self.server.port or self._port(), "url": self.server.url, "pid": os.getpid()}
        draft = self.server.file("json.new")
        draft.unlink(missing_ok=True)
        draft.touch(0o600)
        draft.write_text(json.dumps(state))
        draft.replace(self.server.file("json"))


def _answer(text: str) -> int:
    """Tell whoever started us, and let go of their end of the pipe."""
    with suppress(BrokenPipeError):
        os.write(1, text.encode())
    os.dup2(2, 1)
    return int(text != "ready")


class Services:
    """Our use of several servers at once."""

    def __init__(self, folder: Path, *kinds: str, careless: bool = False) -> None:
        self.uses = [Use(folder, kind, careless=careless) for kind in kinds]

    @property
    def fds(self) -> list[int]:
        """Locks for children to inherit, so that servers outlast them even if we are killed."""
        return [use.fd for use in self.uses]

    def join(self) -> dict[str, str]:
        """Start what is down, all at once; return the environment variables that lead there. Raises ServerFailed."""
        with ThreadPoolExecutor() as threads:
            urls = list(threads.map(Use.join, self.uses))
        return {KINDS[use.kind].variable: url for use, url in zip(self.uses, urls, strict=True)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; whatever nobody else uses has stopped when this returns."""
        with ThreadPoolExecutor() as threads:
            list(threads.map(Use.leave, self.uses))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--careless", action="store_true", help="data to be thrown away: no fsync, removed at the end")
    wanted = parser.parse_args()
    user = account.for_servers(wanted.folder / "postgres")
    server = KINDS[wanted.kind](wanted.folder, user, careless=wanted.careless)
    Keeper(server).keep()


def _remove(server: Server) -> None:
    shutil.rmtree(server.data, ignore_errors=True)
    for path in server.folder.glob(f"{server.name}.*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    with suppress(OSError):
        server.folder.rmdir()


if __name__ == "__main__":
    main()
