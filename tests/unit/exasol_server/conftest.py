"""An Exasol stand-in in this process, and the real client for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyexasol
import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.listener import Listener
from sme_helper.local.exasol.session import Session
from sme_helper.local.exasol.tls import Certificate, ensure_certificate


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database()
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session of SYS with the schema S open."""
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA S")
    yield session
    session.close()


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return ensure_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="package")
def listener(certificate: Certificate) -> Iterator[Listener]:
    database = Database()
    listener = Listener(database, certificate)
    listener.start()
    yield listener
    listener.stop()
    database.close()


Connect = Callable[..., pyexasol.ExaConnection]


@pytest.fixture
def connect(
    listener: Listener, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connect]:
    """Opens connections of the real pyexasol; all are closed afterwards."""
    monkeypatch.setenv("EXASOL_TELEMETRY_DISABLE", "1")
    opened: list[pyexasol.ExaConnection] = []

    def open_one(**options) -> pyexasol.ExaConnection:
        dsn = f"127.0.0.1/{certificate.fingerprint}:{listener.port}"
        settings = {"dsn": dsn, "user": "sys", "password": "exasol", **options}
        opened.append(pyexasol.connect(**settings))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def repository() -> Path:
    return Path(__file__).parents[3]
