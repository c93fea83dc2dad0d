"""`./run`: quick checks of its parts, and, with FULL=1, the whole of it from a fresh copy."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from funnel.devservices import commands, home, keeper, processes, up

ROOT = Path(__file__).resolve().parents[2]
full = pytest.mark.skipif(os.environ.get("FULL") != "1", reason="takes a minute: set FULL=1 to run it")


def run(*arguments, **options):
    return subprocess.run([ROOT / "run", *arguments], check=False, capture_output=True, text=True, **options)


def test_scripts_are_executable_and_parse():
    for shell, script in (("sh", "run"), ("bash", ".ci/run")):
        assert os.access(ROOT / script, os.X_OK)
        if shutil.which(shell):
            assert subprocess.run([shell, "-n", ROOT / script], check=False).returncode == 0


def test_help_lists_every_command():
    named = set(re.findall(r"^\./run (\w+)", run("help").stdout, re.MULTILINE))
    assert named == {"test", "manage", "bench", "screenshots", "check", "lock", "help"}


def test_help_works_from_any_folder(tmp_path):
    assert run("help", cwd=tmp_path).returncode == 0


def test_an_unknown_command_is_refused_in_words():
    done = run("tset")
    assert done.returncode != 0
    assert "no command 'tset'" in done.stderr


def test_the_script_pins_the_uv_it_fetches():
    assert re.search(r"^UV_VERSION=\d+\.\d+\.\d+$", (ROOT / "run").read_text(), re.MULTILINE)


def test_benchmarks_are_listed_with_their_first_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "bench_moves.py").write_text('"""How fast leads move.\n\nMore."""')
    monkeypatch.setattr(commands, "BENCHES", tmp_path)
    assert commands.bench([]) == 0
    assert capsys.readouterr().out.split(maxsplit=1) == ["moves", "How fast leads move.\n"]
    assert commands.bench(["nonsense"]) == 2


def test_a_second_start_names_the_address_of_the_first(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(home, "of_checkout", lambda: tmp_path)
    lock = keeper.open_lock(tmp_path / "run.lock")
    fcntl.flock(lock, fcntl.LOCK_EX)
    up.write_state(tmp_path, "http://127.0.0.1:8000/")
    assert up.up() == 0
    assert capsys.readouterr().out == "Already running: http://127.0.0.1:8000/\n"
    os.close(lock)


def test_a_taken_port_is_left_alone_and_mentioned(tmp_path, monkeypatch, capsys):
    with processes.socket.create_server((processes.LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        chosen = up.Up(tmp_path, keeper.Services(tmp_path)).choose_port()
    assert chosen != port
    assert capsys.readouterr().out == f"Port {port} is taken; using {chosen} instead.\n"


def test_servers_named_in_the_environment_are_used_instead_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://theirs/database")
    monkeypatch.setenv("REDIS_URL", "redis://theirs")
    with up.environment.services(tmp_path) as services:
        assert services.join() == {}
    assert up.environment.variables(tmp_path, {})["DATABASE_URL"] == "postgres://theirs/database"
    monkeypatch.delenv("REDIS_URL")
    assert up.environment.missing() == ["valkey"]


def test_a_child_that_dies_is_started_again(tmp_path):
    child = up.Child("worker", ["sleep", "60"], dict(os.environ), tmp_path / "log")
    child.start()
    first = child.process.pid
    child.process.kill()
    child.process.wait()
    child.started -= 2
    child.revive()
    assert child.process.pid != first
    assert not child.dead
    child.stop()


def test_a_command_gives_its_exit_code_back():
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    assert commands.foreground([sys.executable, "-c", "raise SystemExit(7)"], dict(os.environ)) == 7
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_everybody_who_can_log_in_is_introduced():
    text = up.greeting("http://x/", Path("/data"), own=True)
    assert [
        name for name in ("sam", "mia", "alex", "max", "ada", "http://x/", "/data", "demo") if name not in text
    ] == []


@pytest.fixture
def copy():
    """A checkout of its own, in a folder the servers' user may pass."""
    folder = home.temporary()
    copy = folder / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".data", ".git", "*_cache"), symlinks=True)
    yield copy
    shutil.rmtree(folder)


@full
def test_the_whole_of_it(copy):
    """Start, look, be killed, start again, stop: the same data, and nothing left running."""
    for blow in (signal.SIGKILL, signal.SIGINT):
        with start(copy) as running:
            url = json.loads((data_of(copy) / "run.json").read_text())["url"]
            assert urllib.request.urlopen(url + "healthz").status == 200
            running.send_signal(blow)
            running.wait(40)
    deadline = time.monotonic() + 20
    while left_over(copy) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left_over(copy) == []


def start(copy):
    env = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
    process = subprocess.Popen([copy / "run"], stdout=subprocess.PIPE, text=True, env=env | {"PORT": "8765"})
    assert any(line.startswith("Ready:") for line in process.stdout)
    return process


def data_of(copy):
    return home.of_checkout(copy)


def left_over(copy):
    data = str(data_of(copy))
    return processes.marked("LEAD_FUNNEL_HOME_CHILD", data) + [
        pid for kind, server in keeper.KINDS.items() for pid in processes.working_in(Path(data) / kind, server.program)
    ]
