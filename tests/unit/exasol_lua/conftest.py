from collections.abc import Iterator

import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.session import Session


@pytest.fixture(scope="package")
def database() -> Iterator[Database]:
    database = Database()
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session with the open schema S."""
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA S")
    yield session
    session.execute("DROP SCHEMA S CASCADE")
    session.close()


@pytest.fixture
def execute(session: Session):
    """Creates and runs a script; gives its result."""

    def run(code: str, call: str = "P()", header: str = "P()", returns: str = ""):
        session.execute(f"CREATE OR REPLACE LUA SCRIPT {header} {returns} AS\n{code}\n/")
        return session.execute(f"EXECUTE SCRIPT {call}")

    return run


@pytest.fixture
def output(execute):
    """What a script gives to output()."""

    def run(code: str, arguments: str = "", parameters: str = "") -> list[str]:
        result = execute(code, f"P({arguments}) WITH OUTPUT", f"P({parameters})")
        return result.table.column(0).to_pylist()

    return run
