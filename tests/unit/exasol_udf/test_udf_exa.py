"""exa: metadata, connections and imported scripts."""

import json
import socket

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session

TEXT = "RETURNS VARCHAR(2000)"


def test_meta_says_where_and_as_what_the_script_runs(session, rows, udf):
    udf(
        "SET SCRIPT META(X DECIMAL(10,2), Y VARCHAR(7)) EMITS (TEXT VARCHAR(5000))",
        """
import json
def columns(found):
    return [[c.name, c.type.__name__, c.sql_type, c.precision, c.scale, c.length] for c in found]
def run(ctx):
    m = exa.meta
    ctx.emit(json.dumps({
        "input": columns(m.input_columns), "output": columns(m.output_columns),
        "name": [m.script_schema, m.script_name], "user": [m.current_user, m.scope_user],
        "schema": m.current_schema, "session": m.session_id, "nodes": [m.node_count, m.node_id],
        "kind": [m.input_type, m.output_type], "version": m.database_version,
        "memory": m.memory_limit > 0, "language": m.script_language.startswith("Python 3."),
    }))
""",
    )
    [(text,)] = rows("SELECT META(A, B) FROM T")
    assert json.loads(text) == {
        "input": [
            ["X", "Decimal", "DECIMAL(10,2)", 10, 2, None],
            ["Y", "str", "VARCHAR(7) UTF8", None, None, 7],
        ],
        "output": [["TEXT", "str", "VARCHAR(5000) UTF8", None, None, 5000]],
        "name": ["S", "META"],
        "user": ["SYS", "SYS"],
        "schema": "S",
        "session": str(session.id),
        "nodes": [1, 0],
        "kind": ["SET", "EMIT"],
        "version": "8.34.0",
        "memory": True,
        "language": True,
    }


def test_the_scope_user_in_a_view_is_its_owner(session, rows, udf):
    udf("SCALAR SCRIPT WHO() RETURNS VARCHAR(200)", "def run(ctx): return exa.meta.scope_user")
    session.execute('CREATE USER READER IDENTIFIED BY "pw"')
    session.execute("GRANT CREATE SESSION TO READER")
    session.execute("CREATE VIEW V AS SELECT WHO() AS W")
    session.execute("GRANT SELECT ON V TO READER")
    session.execute("GRANT EXECUTE ON WHO TO READER")
    reader = Session(session.database, "READER")
    try:
        assert reader.execute("SELECT W FROM S.V").table.to_pylist() == [{"W": "SYS"}]
        assert reader.execute("SELECT S.WHO() AS W").table.to_pylist() == [{"W": "READER"}]
    finally:
        reader.close()
        session.execute("DROP USER READER")


def test_what_a_script_prints_is_sent_to_the_script_output_address(session, rows, udf):
    udf(
        "SCALAR SCRIPT LOUD() RETURNS INT",
        "import os, sys\ndef run(ctx):\n    print('loud')\n"
        "    print('and wrong', file=sys.stderr)\n"
        "    os.system('echo from a shell')\n    return 1",
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        session.execute(f"ALTER SESSION SET SCRIPT_OUTPUT_ADDRESS = '{address}'")
        assert rows("SELECT LOUD()") == [(1,)]
        with listener.accept()[0] as connection, connection.makefile() as printed:
            assert set(printed) == {"loud\n", "and wrong\n", "from a shell\n"}
    with pytest.raises(SqlError, match=rf"VM error: .*SCRIPT_OUTPUT_ADDRESS {address}: "):
        rows("SELECT LOUD()")
    session.execute("ALTER SESSION SET SCRIPT_OUTPUT_ADDRESS = ''")
    assert rows("SELECT LOUD()") == [(1,)]


@pytest.fixture
def connection(session):
    session.execute("CREATE CONNECTION AWS TO 'https://a' USER 'key' IDENTIFIED BY 'the-secret'")
    yield
    session.execute("DROP CONNECTION AWS")


READ = """
def run(ctx):
    found = exa.get_connection(ctx.NAME)
    return f"{found.type} {found.address} {found.user} {len(found.password)} {found}"
"""


def test_a_connection_is_read_and_does_not_print_its_password(rows, udf, connection):
    udf(f"SCALAR SCRIPT READ_IT(NAME VARCHAR(100)) {TEXT}", READ)
    [(text,)] = rows("SELECT READ_IT('AWS')")
    assert text.startswith("password https://a key 10 ")
    assert "the-secret" not in text


def test_parallel_processes_read_connections_and_scripts(rows, udf, connection):
    udf("SCALAR SCRIPT LIB() RETURNS INT", "VALUE = 40")
    udf(
        "SET SCRIPT READ_ALL(X INT) EMITS (R VARCHAR(100), P INT)",
        "import os\n"
        "def run(ctx):\n"
        "    value = exa.import_script('LIB').VALUE\n"
        "    ctx.emit(exa.get_connection('AWS').user + str(value), os.getpid())",
    )
    found = rows("SELECT READ_ALL(A) FROM T GROUP BY A")
    assert [text for text, _ in found] == ["key40"] * 4
    assert len({process for _, process in found}) == 2


def test_an_unknown_connection_is_named(session, udf):
    udf(f"SCALAR SCRIPT READ_IT(NAME VARCHAR(100)) {TEXT}", READ)
    with pytest.raises(SqlError, match="PYTHON-1121: get_connection for connection name NONE"):
        session.execute("SELECT READ_IT('NONE')")


def test_a_connection_needs_access(database, session, udf, connection):
    udf(f"SCALAR SCRIPT READ_IT(NAME VARCHAR(100)) {TEXT}", READ)
    session.execute('CREATE USER READER IDENTIFIED BY "pw"')
    session.execute("GRANT EXECUTE ON S.READ_IT TO READER")
    other = Session(database, "READER")
    try:
        with pytest.raises(SqlError, match="insufficient privileges for using connection"):
            other.execute("SELECT S.READ_IT('AWS')")
        session.execute("GRANT ACCESS ON CONNECTION AWS FOR SCRIPT S.READ_IT TO READER")
        other.execute("SELECT S.READ_IT('AWS')")
    finally:
        other.close()
        session.execute("DROP USER READER")


@pytest.mark.parametrize("name", ["LIB", "lib", "S.LIB", '"S"."LIB"'])
def test_another_scripts_code_is_imported_as_a_module(rows, udf, name):
    udf("SCALAR SCRIPT LIB() RETURNS INT", "VALUE = 40\ndef add(x): return x + VALUE")
    udf("SCALAR SCRIPT USES() RETURNS INT", f"m = exa.import_script('{name}')\n"
        "def run(ctx): return m.add(2) if m is exa.import_script('LIB') else 0")  # fmt: skip
    assert rows("SELECT USES()") == [(42,)]


def test_a_script_is_imported_from_the_importing_scripts_schema(session, rows, udf):
    udf("SCALAR SCRIPT LIB() RETURNS INT", "VALUE = 40")
    udf("SCALAR SCRIPT USES() RETURNS INT", "m = exa.import_script('LIB')\n"
        "def run(ctx): return m.VALUE")  # fmt: skip
    session.execute("CREATE SCHEMA OTHER")
    try:
        assert rows("SELECT S.USES()") == [(40,)]
    finally:
        session.execute("DROP SCHEMA OTHER CASCADE")
        session.execute("OPEN SCHEMA S")


def test_an_unknown_script_is_named(session, udf):
    body = "def run(ctx): exa.import_script('NONE')"
    udf("SCALAR SCRIPT USES() RETURNS INT", body)
    with pytest.raises(SqlError, match="PYTHON-1119: Importing module NONE failed"):
        session.execute("SELECT USES()")
