"""The server as a process of its own."""

import random
import signal
import stat
from pathlib import Path

import pyexasol
import pytest

from benchmarks.kills import campaign, server


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch):
    monkeypatch.setenv("EXASOL_TELEMETRY_DISABLE", "1")


def test_sigterm_stops_it_cleanly_and_a_restart_finds_everything(tmp_path):
    with server(tmp_path) as (process, first):
        with pyexasol.connect(dsn=first["dsn"], user="sys", password="exasol") as connection:
            connection.execute("CREATE SCHEMA kept")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    with server(tmp_path) as (process, second):
        assert second["fingerprint"] == first["fingerprint"]
        with pyexasol.connect(dsn=second["dsn"], user="sys", password="exasol") as connection:
            assert connection.meta.schema_exists("KEPT")


def test_it_stops_with_its_stdin_although_a_client_is_connected(tmp_path):
    with server(tmp_path, "--exit-with-stdin") as (process, info):
        connection = pyexasol.connect(dsn=info["dsn"], user="sys", password="exasol")
        process.stdin.close()
        assert process.wait(timeout=20) == 0
        with pytest.raises(pyexasol.ExaError):
            connection.execute("SELECT 1")


def test_another_password_can_be_set(tmp_path):
    password = tmp_path / "password"
    password.write_text("other\n")
    data = tmp_path / "data"
    with server(data, "--user", "boss", "--password-file", str(password)) as (_, info):
        assert info["user"] == "BOSS"
        with pyexasol.connect(dsn=info["dsn"], user="boss", password="other") as connection:
            connection.execute("CREATE SCHEMA s")


def test_the_key_is_for_its_owner_alone(tmp_path):
    with server(tmp_path) as (_, info):
        mode = stat.S_IMODE((tmp_path / "key.pem").stat().st_mode)
        assert mode == 0o600
        assert Path(info["certificate"]).is_file()


def test_after_sigkill_at_any_moment_everything_committed_is_there_and_nothing_else(tmp_path):
    assert campaign(tmp_path, kills=3, chance=random.Random(7)) >= 3
