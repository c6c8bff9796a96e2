"""What pyexasol asks of a server beside plain statements."""

import threading
import time
from pathlib import Path

import pyexasol
import pytest


@pytest.fixture
def connection(connect):
    connection = connect()
    connection.execute("CREATE SCHEMA IF NOT EXISTS CLIENTS")
    yield connection
    if not connection.is_closed:
        connection.execute("DROP SCHEMA IF EXISTS CLIENTS CASCADE")


def wait_until_busy(watcher: pyexasol.ExaConnection, session: pyexasol.ExaConnection) -> None:
    """Waits until the other session runs a statement."""
    status = "SELECT status FROM exa_all_sessions WHERE session_id = " + session.session_id()
    while watcher.execute(status).fetchval() != "EXECUTE SQL":
        pass


def when_busy(watcher: pyexasol.ExaConnection, session: pyexasol.ExaConnection, act) -> None:
    """Calls `act` as soon as the other session runs a statement."""
    threading.Thread(target=lambda: (wait_until_busy(watcher, session), act())).start()


def test_abort_query_ends_the_statement_and_leaves_the_session_usable(connect, connection):
    when_busy(connect(), connection, connection.abort_query)
    with pytest.raises(pyexasol.ExaQueryAbortError, match="Client requested execution abort"):
        connection.execute('SELECT "$SLEEP"(60)')
    assert connection.execute("SELECT 1").fetchval() == 1


def test_a_statement_over_its_time_limit_ends_with_another_error(connect):
    connection = connect(query_timeout=1)
    with pytest.raises(pyexasol.ExaQueryTimeoutError, match="timeout has been reached"):
        connection.execute('SELECT "$SLEEP"(60)')
    assert connection.execute("SELECT 1").fetchval() == 1


@pytest.mark.parametrize("name", ["IDLE_TIMEOUT", "QUERY_TIMEOUT"])
def test_a_limit_that_is_no_number_of_seconds_is_refused(connection, name):
    with pytest.raises(pyexasol.ExaQueryError, match=f"invalid value 'soon' of parameter {name}"):
        connection.execute(f"ALTER SESSION SET {name} = 'soon'")
    assert connection.execute("SELECT 1").fetchval() == 1


def test_a_session_ends_when_it_has_been_idle_for_too_long(connect, connection):
    idle = connect(autocommit=False)
    idle.execute("ALTER SESSION SET IDLE_TIMEOUT = 1")
    idle.execute("CREATE TABLE CLIENTS.LOST (A INT)")
    listed = "SELECT COUNT(*) FROM EXA_ALL_SESSIONS WHERE SESSION_ID = " + idle.session_id()
    deadline = time.monotonic() + 20
    while connection.execute(listed).fetchval() and time.monotonic() < deadline:
        time.sleep(0.1)
    with pytest.raises(pyexasol.ExaCommunicationError):
        idle.execute("SELECT 1")
    assert not connection.meta.table_exists(("CLIENTS", "LOST"))


def test_an_abort_between_statements_stops_none(connection):
    connection.abort_query()
    assert connection.execute("SELECT 1").fetchval() == 1


def test_an_abort_ends_an_export_although_all_rows_are_on_their_way(connect, connection):
    watcher = connect()
    more_than_buffers_hold = (
        "SELECT REPEAT('x', 2000000) AS A FROM VALUES 1, 2, 3, 4, 5, 6, 7, 8 AS T (B)"
    )

    def abort_and_read(pipe, _):
        wait_until_busy(watcher, connection)
        connection.abort_query()
        time.sleep(0.2)  # an abort has no answer to wait for
        pipe.read()

    with pytest.raises(pyexasol.ExaError, match="Client requested execution abort"):
        connection.export_to_callback(abort_and_read, None, more_than_buffers_hold)


def test_a_killed_session_is_rolled_back_and_disconnected(connect, connection):
    victim = connect(autocommit=False)
    victim.execute("CREATE TABLE CLIENTS.LOST (A INT)")
    connection.execute(f"KILL SESSION {victim.session_id()}")
    with pytest.raises(pyexasol.ExaCommunicationError):
        victim.execute("SELECT 1")
    with pytest.raises(pyexasol.ExaQueryError, match=r"object CLIENTS\.LOST not found"):
        connection.execute("SELECT A FROM CLIENTS.LOST")


def test_only_with_a_privilege_may_others_sessions_be_killed(connect, connection):
    connection.execute('CREATE USER KILLER IDENTIFIED BY "pw"')
    connection.execute("GRANT CREATE SESSION TO KILLER")
    killer = connect(user="killer", password="pw")
    try:
        with pytest.raises(pyexasol.ExaQueryError, match="KILL ANY SESSION privilege needed"):
            killer.execute(f"KILL SESSION {connection.session_id()}")
        assert connection.execute("SELECT 1").fetchval() == 1
    finally:
        killer.close()
        connection.execute("DROP USER KILLER")


def test_sessions_show_what_their_client_told_and_how_it_is_connected(connect, connection):
    client = connect(client_name="loader", client_version="1.2", client_os_username="ann")
    row = connection.execute(
        "SELECT client, os_user, host, encrypted FROM exa_dba_sessions WHERE session_id = "
        + client.session_id()
    ).fetchone()
    assert row == ("loader 1.2", "ann", "127.0.0.1", True)


def test_the_schemas_of_the_system_are_listed_as_well(connection):
    schemas = connection.meta.execute_meta_nosql("getSchemas").fetchall()
    assert {"SYS", "EXA_STATISTICS", "CLIENTS"} <= {schema["NAME"] for schema in schemas}


def test_the_type_of_a_column_is_found_by_its_number(connection):
    connection.execute("CREATE TABLE CLIENTS.T (A DECIMAL(9,2), B TIMESTAMP, C VARCHAR(5))")
    rows = connection.execute(
        "SELECT t.type_name FROM exa_all_columns c "
        "JOIN exa_sql_types t ON c.column_type_id = t.type_id "
        "WHERE column_schema = 'CLIENTS' ORDER BY column_ordinal_position"
    ).fetchall()
    assert rows == [("DECIMAL",), ("TIMESTAMP",), ("VARCHAR",)]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT * FROM VALUES 1, 2 AS T (A)", [(1,), (2,)]),
        ("SELECT * FROM VALUES BETWEEN 1 AND 3 T(A)", [(1,), (2,), (3,)]),
        ("SELECT * FROM VALUES BETWEEN -1 AND 9 WITH STEP 5 AS T(A)", [(-1,), (4,), (9,)]),
        ("SELECT * FROM VALUES ((1, 2), (3, 4)) AS T (A, B)", [(1, 2), (3, 4)]),
        ("SELECT * FROM VALUES TRUE, FALSE AS T (A)", [(True,), (False,)]),
        ("SELECT 1.0", [(1,)]),
        ("SELECT 10.50", [("10.5",)]),
    ],
)
def test_values_and_literals_have_exasols_rows_and_types(connection, sql, rows):
    assert connection.execute(sql).fetchall() == rows


def test_columns_of_a_file_may_have_formats(connection, tmp_path: Path):
    connection.execute("CREATE TABLE CLIENTS.T (A INT, D DATE, S TIMESTAMP, X DOUBLE)")
    connection.execute("INSERT INTO T VALUES (1, '2001-02-03', '2001-02-03 04:05:06.7', 8.25)")
    params = {
        "csv_cols": ["1", "2 FORMAT='DD-MM-YYYY'", "3 FORMAT='YYYY-MM-DD HH24:MI:SS'", "4..4"]
    }
    file = tmp_path / "t.csv"
    connection.export_to_file(file, "T", export_params=params)
    assert file.read_text() == "1,03-02-2001,2001-02-03 04:05:06,8.25\n"
    connection.execute("TRUNCATE TABLE T")
    connection.import_from_file(file, "T", import_params=params)
    assert connection.execute("SELECT * FROM T").fetchall() == [
        (1, "2001-02-03", "2001-02-03 04:05:06.000000", 8.25)
    ]


@pytest.mark.parametrize("columns", ["2", "1,3", "1..9"])
def test_other_lists_behind_a_file_are_refused(connection, tmp_path, columns):
    connection.execute("CREATE TABLE CLIENTS.T (A INT, B INT)")
    with pytest.raises(pyexasol.ExaError):
        connection.export_to_file(
            tmp_path / "t.csv", "T", export_params={"csv_cols": columns.split(",")}
        )


def test_the_number_of_parameters_must_fit(connection):
    connection.execute("CREATE TABLE CLIENTS.T AS SELECT 1 AS A, 2 AS B")
    statement = connection.create_prepared_statement("DELETE FROM T WHERE A = ? AND B = ?")
    with pytest.raises(pyexasol.ExaRequestError, match="number of column metadata objects"):
        statement.execute_prepared([(1,)])
    with pytest.raises(pyexasol.ExaRequestError, match="invalid character value for cast; Value:"):
        statement.execute_prepared([(1, "x")])


def test_snapshot_mode_is_a_setting_of_the_session(connect, connection):
    mode = "SELECT session_value FROM exa_parameters WHERE parameter_name = 'SNAPSHOT_MODE'"
    connection.execute("ALTER SESSION SET SNAPSHOT_MODE = 'OFF'")
    assert connection.execute(mode).fetchval() == "OFF"
    assert connect(snapshot_transactions=True).execute(mode).fetchval() == "SYSTEM TABLES"
