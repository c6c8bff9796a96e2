"""The server as a process of its own."""

import itertools
import json
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pyexasol
import pytest


@contextmanager
def server(repository: Path, data: Path, *options: str):
    """A running server; gives the process and what it said when it was ready."""
    command = [sys.executable, "-m", "sme_helper.local.exasol", "--data", str(data), *options]
    with subprocess.Popen(
        command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch):
    monkeypatch.setenv("EXASOL_TELEMETRY_DISABLE", "1")


def test_sigterm_stops_it_cleanly_and_a_restart_finds_everything(repository, tmp_path):
    with server(repository, tmp_path) as (process, first):
        with pyexasol.connect(dsn=first["dsn"], user="sys", password="exasol") as connection:
            connection.execute("CREATE SCHEMA kept")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    with server(repository, tmp_path) as (process, second):
        assert second["fingerprint"] == first["fingerprint"]
        with pyexasol.connect(dsn=second["dsn"], user="sys", password="exasol") as connection:
            assert connection.meta.schema_exists("KEPT")


def test_it_stops_with_its_stdin_although_a_client_is_connected(repository, tmp_path):
    with server(repository, tmp_path, "--exit-with-stdin") as (process, info):
        connection = pyexasol.connect(dsn=info["dsn"], user="sys", password="exasol")
        process.stdin.close()
        assert process.wait(timeout=20) == 0
        with pytest.raises(pyexasol.ExaError):
            connection.execute("SELECT 1")


def test_another_password_can_be_set(repository, tmp_path):
    password = tmp_path / "password"
    password.write_text("other\n")
    data = tmp_path / "data"
    with server(repository, data, "--user", "boss", "--password-file", str(password)) as (_, info):
        assert info["user"] == "BOSS"
        with pyexasol.connect(dsn=info["dsn"], user="boss", password="other") as connection:
            connection.execute("CREATE SCHEMA s")


def test_the_key_is_for_its_owner_alone(repository, tmp_path):
    with server(repository, tmp_path) as (_, info):
        mode = stat.S_IMODE((tmp_path / "key.pem").stat().st_mode)
        assert mode == 0o600
        assert Path(info["certificate"]).is_file()


def write_until_it_dies(dsn: str, acknowledged: list[int], start: int) -> None:
    """Commits rows, tables and views one after the other; notes what the server has confirmed."""
    try:
        with pyexasol.connect(dsn=dsn, user="sys", password="exasol") as connection:
            for number in itertools.count(start):
                connection.execute(f"CREATE TABLE KEPT.T{number} AS SELECT {number} AS A")
                connection.execute(f"CREATE VIEW KEPT.V{number} AS SELECT A FROM KEPT.T{number}")
                connection.execute(f"INSERT INTO KEPT.ENTRIES VALUES ({number})")
                acknowledged.append(number)
    except pyexasol.ExaError:
        pass


def test_after_sigkill_at_any_moment_everything_committed_is_there(repository, tmp_path):
    acknowledged: list[int] = []
    moments = random.Random(7)
    for _ in range(3):
        with server(repository, tmp_path) as (process, info):
            with pyexasol.connect(dsn=info["dsn"], user="sys", password="exasol") as connection:
                connection.execute("CREATE SCHEMA IF NOT EXISTS KEPT")
                connection.execute("CREATE TABLE IF NOT EXISTS KEPT.ENTRIES (A INT)")
                logged = connection.execute("SELECT A FROM KEPT.ENTRIES ORDER BY A").fetchcol()
                assert logged[: len(acknowledged)] == acknowledged
                assert len(logged) <= len(acknowledged) + 1  # confirmed or not: all or nothing
                for number in logged:
                    view = f"SELECT A FROM KEPT.V{number}"
                    assert connection.execute(view).fetchval() == number
            acknowledged = list(logged)
            start = (acknowledged[-1] if acknowledged else 0) + 2
            writer = threading.Thread(
                target=write_until_it_dies, args=(info["dsn"], acknowledged, start)
            )
            writer.start()
            aim = len(acknowledged) + moments.randint(1, 5)
            while len(acknowledged) < aim:
                time.sleep(moments.random() / 20)
            process.kill()
            writer.join(20)
            assert not writer.is_alive()
    assert len(acknowledged) >= 3
