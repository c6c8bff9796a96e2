from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session
from sme_helper.local.exasol.types import ExaType
from sme_helper.local.exasol.udf.host import UdfCall, UdfHost


@pytest.fixture(scope="package")
def host() -> Iterator[UdfHost]:
    host = UdfHost(aws_endpoint_url="http://127.0.0.1:9")
    yield host
    host.close()


@dataclass
class Runner:
    """Runs a script's code over rows in real processes."""

    host: UdfHost
    connections: dict[str, dict] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    memory_limit: int | None = None

    def call(self, code, kind="SET", returns=False, inputs=(), outputs=(("R", "INT"),)) -> UdfCall:
        meta = {"script_name": "F", "script_schema": "S", "session_id": "7", "node_count": 1}
        meta["memory_limit"] = self.memory_limit
        return UdfCall(
            code=code,
            kind=kind,
            returns=returns,
            meta=meta,
            inputs=[(name, ExaType.parse(text)) for name, text in inputs],
            outputs=[(name, ExaType.parse(text)) for name, text in outputs],
            answer=self._answer,
        )

    def __call__(self, code, columns=None, group_sizes=None, **options) -> list[tuple]:
        """Result rows without the group numbers; by default all rows are one group."""
        columns = columns or {"X": ("INT", [1, 2, 3])}
        call = self.call(code, inputs=[(n, t) for n, (t, _) in columns.items()], **options)
        data = pa.table(
            {
                f"a{i}": pa.array(values, ExaType.parse(text).arrow)
                for i, (text, values) in enumerate(columns.values())
            }
        )
        if group_sizes is None and call.kind == "SET":
            group_sizes = [data.num_rows]
        result = self.host.run(self, call, data, group_sizes)
        return [tuple(row.values())[:-1] for row in result.to_pylist()]

    def _answer(self, question: str, name: str) -> dict:
        known = {"connection": self.connections, "script": self.scripts}[question]
        if name not in known:
            raise SqlError(f"{question} {name} does not exist")
        return {"connection" if question == "connection" else "code": known[name]}


@pytest.fixture
def run(host: UdfHost) -> Runner:
    return Runner(host)


@pytest.fixture(scope="package")
def database() -> Iterator[Database]:
    database = Database()
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session with an empty open schema S and a table T of four rows."""
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA S")
    session.execute("CREATE TABLE T (A INT, B VARCHAR(10), D DOUBLE)")
    session.execute("INSERT INTO T VALUES (1,'x',0.5), (2,'y',NULL), (3,NULL,1.25), (4,'y',4)")
    yield session
    session.execute("DROP SCHEMA S CASCADE")
    session.close()


@pytest.fixture
def udf(session: Session):
    """Creates a Python script from its header and body."""

    def create(header: str, body: str) -> None:
        session.execute(f"CREATE OR REPLACE PYTHON3 {header} AS\n{body}\n/")

    return create
