"""What tests of all parts of the Exasol stand-in share; each folder has a `session` of its own."""

from collections.abc import Callable

import pytest

from sme_helper.local.exasol.session import Session

Rows = Callable[..., list[tuple]]


@pytest.fixture
def rows(session: Session) -> Rows:
    """The rows of a query in the test's session, or in another one."""

    def query(sql: str, using: Session = session) -> list[tuple]:
        table = using.execute(sql).table
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    return query
