"""Fixtures for tests of projects that use Exasol, or SageMaker: an embedded stack of the session.

Every pytest run in an environment with this package loads the module, so it imports what it needs
only when a test asks for a fixture.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pyexasol

    from sme_helper.local.control import Control
    from sme_helper.local.stack import Stack


@dataclass(frozen=True)
class LocalExasol:
    """The Exasol of the embedded stack."""

    _stack: Stack

    @property
    def dsn(self) -> str:
        """Address and port, with the fingerprint of the certificate."""
        return self._stack.dsn

    @property
    def user(self) -> str:
        return self._stack.environment["EXASOL_USER"]

    @property
    def password(self) -> str:
        return self._stack.environment["EXASOL_PASSWORD"]

    @property
    def fingerprint(self) -> str:
        return self._stack.exasol.ready["fingerprint"]

    @property
    def certificate(self) -> Path:
        """The file with the certificate, for clients that check it."""
        return Path(self._stack.exasol.ready["certificate"])

    def connect(
        self, user: str | None = None, password: str | None = None, **options: Any
    ) -> pyexasol.ExaConnection:
        """A pyexasol connection, as the administrator unless told otherwise."""
        return self._stack.connect(user, password, **options)

    def profile(self, schema: str, name: str = "default") -> dict[str, Any]:
        """The content of a profiles.yml for dbt-exasol."""
        target = {
            "type": "exasol",
            "threads": 4,
            "dsn": self.dsn,
            "user": self.user,
            "password": self.password,
            "dbname": "DB",
            "schema": schema,
        }
        return {name: {"target": "local", "outputs": {"local": target}}}

    @property
    def env(self) -> dict[str, str]:
        """The environment in which subprocesses, such as dbt, reach this Exasol and its AWS."""
        from sme_helper.local.environment import merged

        return merged(os.environ, self._stack.environment, Path(sys.executable).parent)


@dataclass(frozen=True)
class LocalAws:
    """The AWS of the embedded stack: SageMaker, S3, STS and what else SageMaker needs."""

    _stack: Stack

    @property
    def endpoint_url(self) -> str:
        """The one address of all services."""
        return self._stack.aws.ready["url"]

    @property
    def region(self) -> str:
        return self._stack.aws.ready["region"]

    @property
    def credentials(self) -> Mapping[str, str]:
        """The key pair, as arguments of boto3.client and boto3.Session."""
        from sme_helper.local.provision import read_credentials

        file = Path(self._stack.environment["AWS_SHARED_CREDENTIALS_FILE"])
        key_id, secret = read_credentials(file)
        return {"aws_access_key_id": key_id, "aws_secret_access_key": secret}

    def client(self, name: str) -> Any:
        """A boto3 client of a service."""
        return self._stack.aws_client(name)

    @property
    def control(self) -> Control:
        """Faults, delays and the clock of AWS: `with aws_local.control as control: ...`."""
        return self._stack.control


@pytest.fixture(scope="session")
def embedded_stack() -> Iterator[Stack]:
    """What both fixtures stand on, started for the first of them and stopped at the end."""
    from sme_helper.local.stack import Stack

    with _ending_at_sigterm() as raise_again, Stack.start(control=True) as stack:
        raise_again()
        yield stack


@pytest.fixture(scope="session")
def exasol_local(embedded_stack: Stack) -> LocalExasol:
    """An embedded Exasol that lives as long as the session."""
    return LocalExasol(embedded_stack)


@pytest.fixture(scope="session")
def aws_local(embedded_stack: Stack) -> LocalAws:
    """An embedded AWS that lives as long as the session."""
    return LocalAws(embedded_stack)


@contextlib.contextmanager
def _ending_at_sigterm() -> Iterator[Callable[[], None]]:
    """CI systems end a run by SIGTERM, at which pytest by itself would not clean up.

    Gives a function that ends the run again, where a library has swallowed the interruption.
    """
    received: list[int] = []

    def raise_again() -> None:
        if received:
            pytest.exit(f"ended by signal {received[0]}", returncode=128 + received[0])

    def leave(number: int, _frame: object) -> None:
        received.append(number)
        raise_again()

    if threading.current_thread() is not threading.main_thread():
        yield raise_again
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield raise_again
    finally:
        signal.signal(signal.SIGTERM, before)
