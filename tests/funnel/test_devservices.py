"""Real servers in temporary folders: they start, keep data, survive being killed, and never outlive their users."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
import redis

from funnel.devservices import account, home, keeper, processes

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


@pytest.fixture(scope="module")
def template():
    """A home whose database is made, for others to copy: making one takes longer than the rest of a test."""
    folder = home.temporary().resolve()
    server = keeper.Postgres(folder, account.for_servers(folder / "postgres"), careless=True)
    server.stop(server.start())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def folder():
    """An empty home of servers, thrown away with whatever still runs in it."""
    yield from a_home()


@pytest.fixture
def made(template):
    """The same, with a database that is made but not running."""
    yield from a_home(template)


@pytest.fixture(scope="module")
def up(template):
    """A home and the URLs of both its servers, for tests that only look."""
    for folder in a_home(template):
        with using(folder, "postgres", "valkey") as (_, urls):
            yield folder, urls


def a_home(template=None):
    folder = home.temporary().resolve()
    if template:
        subprocess.run(["cp", "-a", f"{template}/.", folder], check=True)
    yield folder
    for kind in keeper.KINDS:
        processes.end(lambda kind=kind: running(folder, kind), (signal.SIGKILL, 10))
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def using(folder, *kinds):
    with keeper.Services(folder, *kinds) as services:
        yield services, services.join()


def running(folder, kind):
    return processes.working_in(folder / kind, keeper.KINDS[kind].program)


def write_and_read(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        return [number for (number,) in connection.execute("SELECT n FROM kept ORDER BY n")]


def wait_until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def eventually(call, seconds=15):
    """The result of a call that may fail while a server comes back."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return call()
        except (psycopg.OperationalError, redis.ConnectionError):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)


def test_a_restart_keeps_data_port_and_password(made):
    with using(made, "postgres") as (_, urls):
        write_and_read(urls["DATABASE_URL"], "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
    with using(made, "postgres") as (_, again):
        assert again == urls
        assert write_and_read(again["DATABASE_URL"]) == [1]


def test_valkey_keeps_what_it_was_told(folder):
    with using(folder, "valkey") as (_, urls):
        redis.Redis.from_url(urls["REDIS_URL"]).set("kept", "yes")
    with using(folder, "valkey") as (_, urls):
        assert redis.Redis.from_url(urls["REDIS_URL"]).get("kept") == b"yes"


def test_nobody_gets_in_without_the_password(up):
    _, urls = up
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(urls["DATABASE_URL"].replace("funnel:", "funnel:x", 1))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(urls["REDIS_URL"].replace("//:", "//:x", 1)).ping()


def test_a_command_on_an_empty_database_says_what_to_do(up):
    _, urls = up
    command = [sys.executable, home.CHECKOUT / "manage.py", "verify_stats"]
    told = subprocess.run(command, env=os.environ | urls, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "not up to date" in told.stderr
    assert "Traceback" not in told.stderr


def test_secrets_and_data_are_for_their_owners_only(up):
    folder, _ = up
    for name in ("postgres", "postgres.password", "postgres.json", "valkey", "valkey/valkey.conf", "valkey.password"):
        assert (folder / name).stat().st_mode & 0o077 == 0, name


@linux
def test_the_last_user_to_leave_stops_the_server(folder):
    with using(folder, "valkey") as (_, urls):
        with using(folder, "valkey") as (_, same):
            assert same == urls
        assert redis.Redis.from_url(urls["REDIS_URL"]).ping()
    assert running(folder, "valkey") == []


@linux
def test_users_arriving_at_once_share_one_server(folder):
    def visit(_):
        with using(folder, "valkey") as (_, urls):
            redis.Redis.from_url(urls["REDIS_URL"]).ping()
            return len(running(folder, "valkey"))

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(visit, range(16))) == {1}
    wait_until(lambda: not running(folder, "valkey"))


@linux
def test_a_killed_postmaster_comes_back_with_its_data(made):
    with using(made, "postgres") as (_, urls):
        write_and_read(urls["DATABASE_URL"], "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
        os.kill(postmaster(made), signal.SIGKILL)
        assert eventually(lambda: write_and_read(urls["DATABASE_URL"])) == [1]


@linux
def test_a_killed_keeper_takes_its_server_along_and_the_next_join_brings_both_back(made):
    with using(made, "postgres") as (services, urls):
        write_and_read(urls["DATABASE_URL"], "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
        os.kill(keeper.state(made, "postgres")["pid"], signal.SIGKILL)
        wait_until(lambda: not running(made, "postgres"))
        assert write_and_read(services.join()["DATABASE_URL"]) == [1]


@linux
def test_a_killed_user_leaves_no_server_behind(folder):
    code = (
        "import sys, time; from pathlib import Path; from funnel.devservices.keeper import Services\n"
        "services = Services(Path(sys.argv[1]), 'valkey'); services.join(); print('up', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, cwd=home.CHECKOUT, stdout=subprocess.PIPE) as user:
        assert user.stdout.readline() == b"up\n"
        assert running(folder, "valkey")
        user.kill()
    wait_until(lambda: not running(folder, "valkey"))


@linux
def test_a_server_left_over_by_a_killed_run_is_ended_before_another_starts(made):
    server = keeper.Postgres(made, account.for_servers(made / "postgres"), careless=True)
    first = server.start()
    second = keeper.Postgres(made, server.account, careless=True).start()
    assert first.poll() is not None
    assert processes.working_in(made / "postgres", "postgres")
    server.stop(second)


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(made):
    with using(made, "postgres"):
        pass
    stale = f"{os.getpid()}\n{made}/postgres\n0\n5432\n\n127.0.0.1\n\nready\n"
    home.hand_over(made / "postgres/postmaster.pid", stale, account.for_servers(made / "postgres"))
    with using(made, "postgres") as (_, urls):
        assert psycopg.connect(urls["DATABASE_URL"]).execute("SELECT 1").fetchone() == (1,)


def test_a_first_start_cut_short_is_begun_anew(folder):
    half = folder / "postgres.new"
    half.mkdir()
    (half / "rubbish").touch()
    with using(folder, "postgres") as (_, urls):
        assert psycopg.connect(urls["DATABASE_URL"]).execute("SELECT 1").fetchone() == (1,)
    assert not half.exists()


def test_data_of_another_version_is_refused_in_words(folder):
    data = folder / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9")
    server = keeper.Postgres(folder)
    with pytest.raises(keeper.ServerFailed, match="made by PostgreSQL 9"):
        server.prepare()


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_as_root_the_servers_run_as_somebody_unprivileged(up):
    folder, _ = up
    for kind in ("postgres", "valkey"):
        (pid, *_) = running(folder, kind)
        assert (processes.PROC / str(pid)).stat().st_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_checkout_only_root_may_enter_keeps_its_data_elsewhere(tmp_path):
    checkout = tmp_path / "closed"
    checkout.mkdir(mode=0o700)
    data = home.of_checkout(checkout, elsewhere=tmp_path)
    assert data.parent == tmp_path
    assert home.of_checkout(checkout, elsewhere=tmp_path) == data
    assert checkout.stat().st_mode & 0o777 == 0o700


def test_a_taken_port_is_passed_over():
    taken = processes.free_port()
    with processes.socket.create_server((processes.LOOPBACK, taken)):
        assert processes.free_port(taken) != taken
    assert processes.free_port(taken) == taken


def test_a_secret_is_made_once_even_by_many_at_once(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: home.secret(tmp_path / "secret"), range(32)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def postmaster(folder):
    return int((folder / "postgres/postmaster.pid").read_text().split()[0])
