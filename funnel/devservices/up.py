"""`./run`: the whole product on one computer, until Ctrl-C."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from funnel.devservices import environment, home, keeper, processes
from funnel.devservices.servers import ServerFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PORT = 8000
TICK = 0.5
PATIENCE = 60  # seconds until the web server must answer
LOG_LIMIT = 10_000_000  # bytes; a longer log is begun anew at the next start
LOGINS = {"sam": "SDR", "mia": "marketer", "alex": "AE", "max": "manager", "ada": "admin"}


@dataclass
class Child:
    """One of our processes. It is started again when it dies, ever more slowly if it keeps dying."""

    name: str
    command: Sequence[str]
    env: dict[str, str]
    log: Path
    keep: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    pause: float = field(default=1, init=False)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = processes.start(
            self.command, log=self.log, farewell=signal.SIGTERM, env=self.env, cwd=home.CHECKOUT, keep=self.keep
        )

    @property
    def dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def revive(self) -> None:
        """Start again if dead, once its pause is over: 1 s, doubling to 30 s, back to 1 s after a minute's life."""
        age = time.monotonic() - self.started
        if not self.dead or age < self.pause:
            return
        self.stop()
        self.pause = 1 if age > 60 else min(2 * self.pause, 30)
        say(f"The {self.name} stopped unexpectedly; starting it again. See {self.log}.")
        self.start()

    def ask_to_stop(self) -> None:
        if self.process and not self.dead:
            self.process.terminate()

    def stop(self) -> None:
        """Patience first; then the signal at which Celery gives its tasks back to the queue; then force."""
        if self.process:
            processes.stop(self.process, (signal.SIGTERM, 10), (signal.SIGQUIT, 12))


class Stopped(Exception):
    """Somebody pressed Ctrl-C or asked us to end."""


def say(text: str) -> None:
    print(text, flush=True)


class Up:
    """One start of the product. `folder` holds its data."""

    def __init__(self, folder: Path, services: keeper.Services) -> None:
        self.folder, self.services = folder, services
        self.children: list[Child] = []
        self.urls: dict[str, str] = {}

    def run(self) -> None:
        """Start everything and stay until told to stop. Raises Stopped, or ServerFailed when something fails."""
        self._end_leftovers()
        self._start_servers()
        self._prepare_database()
        port = self.choose_port()
        url = f"http://{processes.LOOPBACK}:{port}/"
        say("Starting the web server, a worker and the scheduler ...")
        self._start_children(url, port)
        write_state(self.folder, url)
        say(greeting(url, self.folder, own=not os.environ.get("DATABASE_URL")))
        self._watch()

    def _end_leftovers(self) -> None:
        """Processes of ours that outlived a killed run: the kernel has told them to stop, but they may hang."""
        steps = (signal.SIGTERM, 5), (signal.SIGQUIT, 2), (signal.SIGKILL, 5)
        processes.end(lambda: processes.marked(environment.MARK + "_CHILD", str(self.folder)), *steps)

    def _start_servers(self) -> None:
        titles = [keeper.KINDS[kind].title for kind in environment.missing()]
        if titles:
            say(f"Starting {' and '.join(titles)} ...")
        self.urls = self.services.join()

    def _prepare_database(self) -> None:
        """Migrate and load demo data. Skipped when nothing changed since we last did so. Raises ServerFailed."""
        stamp = self.folder / "migrated"
        if stamp.exists() and stamp.read_text() == _fingerprint(self.urls):
            return
        say("Bringing the database up to date ...")
        command = [sys.executable, "-m", "funnel.devservices.prepare", str(self.folder / "demo.unfinished")]
        env = environment.variables(self.folder, self.urls)
        if subprocess.run(command, cwd=home.CHECKOUT, env=env, check=False, pass_fds=self.services.fds).returncode:  # noqa: S603
            raise ServerFailed("The database could not be brought up to date; see above.")
        stamp.write_text(_fingerprint(self.urls))

    def choose_port(self) -> int:
        wanted = int(os.environ.get("PORT") or PORT)
        port = processes.free_port(wanted)
        if port != wanted:
            say(f"Port {wanted} is taken; using {port} instead.")
        return port

    def _start_children(self, url: str, port: int) -> None:
        """The web server first, alone: on two cores all at once would keep the visitor waiting."""
        env = environment.variables(self.folder, self.urls) | {environment.MARK + "_CHILD": str(self.folder)}
        self._start("web server", web_command(port), env | environment.WEB_LIMITS | {"SHOW_DEMO_LOGINS": "1"})
        self._wait_for(url)
        worker = celery("worker", "--concurrency=2", "--without-gossip", "--without-mingle")
        self._start("worker", worker, env | environment.WORKER_LIMITS)
        beat = celery("beat", f"--schedule={self.folder / 'beat-schedule'}", "--pidfile=")
        self._start("scheduler", beat, env | environment.WORKER_LIMITS)

    def _start(self, name: str, command: Sequence[str], env: dict[str, str]) -> None:
        log = self.folder / f"{name.split(maxsplit=1)[0]}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.unlink()
        self.children.append(Child(name, command, env, log, self.services.fds))
        self.children[-1].start()

    def _wait_for(self, url: str) -> None:
        """Until the web server answers, in whatever way. Raises ServerFailed."""
        deadline = time.monotonic() + PATIENCE
        while not answers(url):
            if self.children[0].dead or time.monotonic() > deadline:
                lines = self.children[0].log.read_text(errors="replace").splitlines()[-20:]
                raise ServerFailed("\n".join(["The web server did not start:", *lines]))
            time.sleep(TICK / 10)

    def _watch(self) -> None:
        while True:
            for child in self.children:
                child.revive()
            self._mind_servers()
            time.sleep(TICK)

    def _mind_servers(self) -> None:
        """Bring back a server whose keeper was killed. Should its port have changed, our processes must learn it."""
        urls = self.services.join()
        if urls != self.urls:
            self.urls = urls
            for child in self.children:
                child.stop()
                child.env = child.env | urls

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()


def _fingerprint(urls: dict[str, str]) -> str:
    """Changes with every migration we have, with our packages' versions, and with what this database has applied."""
    ours = sorted(path for app in ("leads", "funnel") for path in (home.CHECKOUT / app / "migrations").glob("*.py"))
    files = [path.read_bytes() for path in (*ours, home.CHECKOUT / "requirements.lock")]
    return hashlib.sha256(b"".join(files) + _applied(urls).encode()).hexdigest()


def _applied(urls: dict[str, str]) -> str:
    url = urls.get("DATABASE_URL") or os.environ["DATABASE_URL"]
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return str(connection.execute("SELECT app, name, applied FROM django_migrations ORDER BY id").fetchall())
    except psycopg.Error:
        return ""


def web_command(port: int) -> list[str]:
    where = ["--host", processes.LOOPBACK, "--port", str(port)]
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        *where,
        "--blocking-threads",
        "8",
        "funnel.wsgi:application",
    ]


def celery(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "funnel", *arguments, "--loglevel=WARNING"]


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url + "healthz", timeout=10).close()  # noqa: S310
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def write_state(folder: Path, url: str) -> None:
    """Tell a second ./run where we are. An empty URL: still starting."""
    draft = folder / "run.json.new"
    draft.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    draft.replace(folder / "run.json")


def greeting(url: str, folder: Path, *, own: bool) -> str:
    people = "\n".join(f"  {name:<6} {role}" for name, role in LOGINS.items())
    data = f"{folder} (logs too: *.log)" if own else f"the database of DATABASE_URL; logs in {folder}"
    return (
        f"\nReady: {url}\n\nDemo log-ins, password 'demo':\n{people}\n\n"
        f"Data: {data}\nStop with Ctrl-C; ./run continues with the same data."
    )


def up() -> int:
    """Start the product once. A second start of the same checkout only says where the first one is."""
    folder = home.of_checkout()
    lock = keeper.open_lock(folder / "run.lock")
    if not keeper.try_lock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
        say(f"Already running: {_url_of_other(folder)}")
        return 0
    write_state(folder, "")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    return _run(folder)


def _url_of_other(folder: Path) -> str:
    """Where the first one listens; it may take a moment until it knows."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if url := str(json.loads((folder / "run.json").read_text())["url"]):
                return url
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(TICK)
    return "it is still starting; see its terminal for the address"


def _stop(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # whatever comes now, we are already cleaning up
    raise Stopped


def _run(folder: Path) -> int:
    with environment.services(folder) as services:
        run = Up(folder, services)
        try:
            run.run()
        except Stopped:
            say("\nStopping ...")
        finally:
            run.stop()
    say(f"Stopped. Your data is in {folder}.")
    return 0
