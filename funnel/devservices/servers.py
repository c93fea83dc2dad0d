"""What the keeper needs to know of a server, common to PostgreSQL and Valkey."""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from funnel.devservices import home, processes

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

    from funnel.devservices.account import Account

START_SECONDS = 60


class ServerFailed(RuntimeError):
    """A server did not come up; the message ends with what it said last."""


@dataclass
class Server(ABC):
    """One server whose files all begin with its name: `postgres/`, `postgres.log`, `postgres.password` and so on.

    `careless` trades durability for speed; it is for data that is thrown away. `folder` is made a real
    path, since that is what /proc shows.
    """

    folder: Path
    account: Account | None = None
    careless: bool = False
    port: int = 0
    password: str = field(init=False, repr=False)

    name: ClassVar[str]
    title: ClassVar[str]
    program: ClassVar[str]
    variable: ClassVar[str]
    farewell: ClassVar[signal.Signals]

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        self.password = home.secret(self.file("password"))

    def file(self, kind: str) -> Path:
        return self.folder / f"{self.name}.{kind}"

    @property
    def data(self) -> Path:
        return self.folder / self.name

    @abstractmethod
    def prepare(self) -> None:
        """Make the data directory if there is none."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """The command line that runs the server in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes our password and is ready for work."""

    @property
    @abstractmethod
    def url(self) -> str:
        """What DATABASE_URL or REDIS_URL should be."""

    def start(self, *preferred: int | None) -> subprocess.Popen[bytes]:
        """Start on a preferred port or any free one, and return when the server answers. Raises ServerFailed."""
        self.reap()
        self.prepare()
        for attempt in range(3):
            self.port = processes.free_port(*preferred[attempt:])
            process = self._launch()
            if self._comes_up(process):
                return process
            self.stop(process)
        raise ServerFailed(f"{self.title} did not start. The end of {self.file('log')}:\n{self._last_words()}")

    def _launch(self) -> subprocess.Popen[bytes]:
        return processes.start(
            self.command(), log=self.file("log"), farewell=self.farewell, account=self.account, cwd=self.folder
        )

    def _comes_up(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if self.answers():
                return True
            time.sleep(0.03)
        return False

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        processes.stop(process, (self.farewell, 30), (signal.SIGQUIT, 10))

    def reap(self) -> None:
        """End what a killed run left in our data directory, so that two servers never share it."""
        steps = (self.farewell, 30), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)
        processes.end(lambda: processes.working_in(self.data, self.program), *steps)

    def _last_words(self) -> str:
        lines = self.file("log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-12:])
