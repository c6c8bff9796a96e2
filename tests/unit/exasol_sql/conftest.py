"""A session on a database in memory, and the values that it gives."""

import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.session import Session


@pytest.fixture(scope="module")
def session():
    database = Database()
    session = Session(database, "SYS")
    yield session
    session.close()
    database.close()


@pytest.fixture
def value(session):
    """The value of an expression."""

    def evaluate(sql: str):
        return session.execute(f"SELECT {sql}").table.column(0)[0].as_py()

    return evaluate
