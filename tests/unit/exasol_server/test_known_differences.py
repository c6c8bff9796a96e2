"""What clients may ask of Exasol and find different here, as docs/embedded-stack.md lists it."""

import socket

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session


def test_no_index_is_made_by_a_join(session, rows):
    session.execute("CREATE TABLE T AS SELECT 1 AS A")
    session.execute("CREATE TABLE U AS SELECT 1 AS A")
    assert rows("SELECT T.A FROM T JOIN U ON T.A = U.A") == [(1,)]
    assert rows("SELECT * FROM EXA_ALL_INDICES") == []


def test_sizes_of_objects_are_zero(session, rows):
    session.execute("CREATE TABLE T AS SELECT 1 AS A")
    sizes = "SELECT MEM_OBJECT_SIZE FROM EXA_ALL_OBJECT_SIZES WHERE OBJECT_NAME = 'T'"
    assert rows(sizes) == [(0,)]


@pytest.mark.parametrize(
    "view", ["$EXA_PROFILE_LAST_DAY", "$EXA_STATS_DB_SIZE", "EXA_STATISTICS.EXA_SQL_LAST_DAY"]
)
def test_there_are_no_profiles_and_statistics(session, view):
    name = view if "." in view else f'"{view}"'
    with pytest.raises(SqlError, match="not found"):
        session.execute(f"SELECT * FROM {name}")


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("CREATE LUA SCALAR SCRIPT L() RETURNS INT AS\nfunction run(ctx) return 1 end", "LUA"),
        ("SELECT TO_DSINTERVAL('3 10:59:59.123')", "TO_DSINTERVAL"),
        ("SELECT ST_BOUNDARY('POINT (10 20)')", "ST_BOUNDARY"),
    ],
)
def test_what_is_not_there_is_refused_by_name(session, sql, construct):
    with pytest.raises(SqlError, match=f"not supported by the embedded stack: .*{construct}"):
        session.execute(sql)


def test_readers_never_collide(session, database, rows):
    session.execute("CREATE TABLE T AS SELECT 1 AS A")
    session.execute("CREATE TABLE U (A INT)")
    other = Session(database, "SYS")
    other.set_autocommit(False)
    assert rows("SELECT A FROM S.T", other) == [(1,)]
    session.execute("UPDATE T SET A = 2")
    other.execute("INSERT INTO S.U VALUES (1)")  # Exasol: it has read what has changed since
    other.execute("COMMIT")
    other.close()
    assert rows("SELECT A FROM U") == [(1,)]


def test_what_udfs_print_is_sent_nowhere(session, rows):
    session.execute(
        "CREATE PYTHON3 SCALAR SCRIPT LOUD() RETURNS INT AS\n"
        "def run(ctx):\n    print('loud')\n    return 1\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        session.execute(f"ALTER SESSION SET SCRIPT_OUTPUT_ADDRESS = '{address}'")
        assert rows("SELECT LOUD()") == [(1,)]
        with pytest.raises(BlockingIOError):
            listener.accept()
