"""The one place that opens a connection to Exasol and runs statements."""

from __future__ import annotations

import os
import re
import ssl
import warnings
from typing import TYPE_CHECKING, Any

from sme_helper.errors import NO_DATABASE, HelperError, error_of
from sme_helper.macros import Table
from sme_helper.settings import Login

if TYPE_CHECKING:
    import pyexasol  # takes half a second, which commands without a database do not need

# A sentence of sme, in front of what Exasol puts behind the error of a script or a UDF.
CODED = re.compile(r'E-SME-\d+: .*?(?="?\s*(?:caught in script|\(Session|\n|$))', re.DOTALL)
# What a certificate that is not trusted looks like, in the words of Python and pyexasol.
UNTRUSTED = ("CERTIFICATE_VERIFY_FAILED", "did not match server fingerprint", "certificate")


class Database:
    """A session. Used with `with`, it is closed at the end."""

    def __init__(self, login: Login):
        self._connection = connect(login)

    def execute(self, sql: str) -> Table:
        """Runs a statement; a Table without columns where it has no rows.

        Raises:
            HelperError: the database refused; in the words of sme, where it has any.
        """
        import pyexasol

        try:
            statement = self._connection.execute(sql)
        except pyexasol.ExaQueryError as error:
            raise refusal(error.message) from None
        if statement.result_type != "resultSet":
            return Table()
        return Table(tuple(statement.col_names), statement.fetchall())

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(login: Login) -> pyexasol.ExaConnection:
    """A connection of pyexasol.

    Raises:
        HelperError: E-SME-152 (not reached), E-SME-153 (log-in refused), E-SME-154 (certificate).
    """
    os.environ.setdefault("EXASOL_TELEMETRY_DISABLE", "1")
    # It is about a default that is meant here: certificates are checked.
    warnings.filterwarnings("ignore", module="pyexasol")
    import pyexasol

    try:
        return pyexasol.connect(
            dsn=login.dsn,
            user=login.user,
            password=login.password,
            access_token=login.access_token,
            refresh_token=login.refresh_token,
            encryption=login.encryption,
            websocket_sslopt=tls_options(login),
            client_name="sme",
        )
    except pyexasol.ExaAuthError as error:
        raise HelperError(
            f"E-SME-153: {login.user} cannot log in to {login.dsn}: {sentence(error)} Check user "
            "and password, and ask for GRANT CREATE SESSION.",
            NO_DATABASE,
        ) from None
    except pyexasol.ExaConnectionError as error:
        if any(words in error.message for words in UNTRUSTED):
            raise HelperError(
                f"E-SME-154: The certificate of {login.dsn} is not trusted: {sentence(error)} Give "
                "--ca-file with the certificate of its authority, or the fingerprint of its own by "
                "--fingerprint; an administrator knows both.",
                NO_DATABASE,
            ) from None
        raise HelperError(
            f"E-SME-152: The database cannot be reached at {login.dsn}: {error.message} Check "
            "address and port, and that nothing on the way blocks them.",
            NO_DATABASE,
        ) from None


def tls_options(login: Login) -> dict[str, Any] | None:
    """What pyexasol is told of certificates; None leaves it to check them by itself, or by the
    fingerprint in the DSN."""
    if not login.checks_certificate:
        return {"cert_reqs": ssl.CERT_NONE}
    if login.ca_file:
        return {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": str(login.ca_file)}
    return None


def sentence(error: pyexasol.ExaError) -> str:
    """The words of pyexasol, closed by a full stop."""
    return error.message.rstrip(". ") + "."


def refusal(message: str) -> HelperError:
    """What the database said, without the trace of scripts around a sentence of sme."""
    coded = CODED.search(message)
    return error_of(coded[0] if coded else message)
