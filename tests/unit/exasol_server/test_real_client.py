"""The unmodified pyexasol against the listener."""

import os
import socket
import threading

import pyexasol
import pytest


@pytest.fixture
def schema(connect):
    """A fresh schema; gives the connection that has it open."""
    connection = connect()
    connection.execute("CREATE SCHEMA IF NOT EXISTS client_test")
    yield connection
    connection.execute("DROP SCHEMA client_test CASCADE")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": True},
        {"protocol_version": pyexasol.PROTOCOL_V1},
        {"protocol_version": pyexasol.PROTOCOL_V2},
    ],
)
def test_log_in_and_fetch(connect, options):
    connection = connect(**options)
    assert connection.execute("SELECT 1, 'ü', 1.50, TRUE, CAST('' AS VARCHAR(9))").fetchall() == [
        (1, "ü", "1.5", True, None)
    ]
    assert connection.exasol_db_version is None or str(connection.exasol_db_version) == "8.34.0"


def test_log_in_without_tls(connect, listener):
    connection = connect(dsn=f"127.0.0.1:{listener.port}", encryption=False)
    assert connection.execute("SELECT 1").fetchval() == 1


def test_log_in_with_a_ca_bundle(connect, listener, certificate, monkeypatch):
    monkeypatch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(certificate.path))
    assert connect(dsn=f"127.0.0.1:{listener.port}").execute("SELECT 1").fetchval() == 1


def test_a_wrong_fingerprint_is_refused_by_the_client(connect, listener):
    with pytest.raises(pyexasol.ExaConnectionError):
        connect(dsn=f"127.0.0.1/{'AB' * 32}:{listener.port}")


@pytest.mark.parametrize("credentials", [("sys", "wrong"), ("nobody", "exasol"), ("sys", "")])
def test_wrong_credentials(connect, credentials):
    user, password = credentials
    with pytest.raises(pyexasol.ExaAuthError, match="authentication failed"):
        connect(user=user, password=password)


def test_a_new_user_logs_in_once_it_may_create_a_session(connect):
    admin = connect()
    admin.execute('CREATE USER client_user IDENTIFIED BY "Pw"')
    with pytest.raises(pyexasol.ExaAuthError):
        connect(user="client_user", password="Pw")
    admin.execute("GRANT CREATE SESSION TO client_user")
    connection = connect(user="client_user", password="Pw")
    assert connection.execute("SELECT current_user").fetchval() == "CLIENT_USER"
    admin.execute("DROP USER client_user")


def test_a_big_result_is_fetched_in_pieces(connect, schema):
    sql = "INSERT INTO numbers SELECT a.n * 100 + b.n, 'text' FROM digits a, digits b"
    schema.execute("CREATE TABLE digits (n INT)")
    schema.execute("CREATE TABLE numbers (n INT, t VARCHAR(9))")
    schema.ext.insert_multi("digits", [(n,) for n in range(100)])
    assert schema.execute(sql).rowcount() == 10_000
    client = connect(schema="CLIENT_TEST", fetch_size_bytes=10_000)
    statement = client.execute("SELECT * FROM numbers ORDER BY n")
    assert [row[0] for row in statement] == list(range(10_000))


def test_result_columns_carry_their_types(schema):
    schema.execute("CREATE TABLE t (a DECIMAL(9,2), b VARCHAR(5))")
    assert schema.execute("SELECT a, b, CAST(a AS DOUBLE) AS c FROM t").columns() == {
        "A": {"type": "DECIMAL", "precision": 9, "scale": 2},
        "B": {"type": "VARCHAR", "size": 5, "characterSet": "UTF8"},
        "C": {"type": "DOUBLE"},
    }


def test_prepared_statements(schema):
    schema.execute("CREATE TABLE t (a INT, b VARCHAR(9), c BOOLEAN)")
    insert = schema.create_prepared_statement("INSERT INTO t VALUES (?, ?, ?)")
    insert.execute_prepared([(1, "x", True), (2, None, False), (3, "it's", None)])
    assert insert.rowcount() == 3
    select = schema.create_prepared_statement("SELECT b FROM t WHERE a = ?")
    select.execute_prepared([(3,)])
    assert select.fetchall() == [("it's",)]


def test_timestamps_follow_the_session_format(connect):
    connection = connect()
    connection.execute("ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DDTHH:MI:SS.FF6'")
    value = connection.execute("SELECT TIMESTAMP '2020-01-02 03:04:05.678'").fetchval()
    assert value == "2020-01-02T03:04:05.678000"


def test_attributes(connect):
    connection = connect(autocommit=False, query_timeout=30)
    connection.execute("CREATE SCHEMA attribute_test")
    connection.get_attr()
    assert connection.attr["currentSchema"] == "ATTRIBUTE_TEST"
    assert connection.attr["autocommit"] is False
    assert connection.attr["queryTimeout"] == 30
    connection.rollback()


def test_an_unknown_schema_fails_the_log_in(connect):
    with pytest.raises(pyexasol.ExaRequestError, match="schema NOPE not found"):
        connect(schema="NOPE")


def test_metadata(schema):
    schema.execute("CREATE TABLE t (a INT)")
    schema.execute("CREATE VIEW v AS SELECT a FROM t")
    assert schema.meta.table_exists("T")
    assert schema.meta.view_exists("V")
    assert schema.meta.schema_exists("CLIENT_TEST")
    assert "SELECT" in schema.meta.list_sql_keywords()
    assert [c["COLUMN_NAME"] for c in schema.meta.list_columns("CLIENT_TEST", "T")] == ["A"]
    parameters = {"schema": "CLIENT_TEST", "tableTypes": ["VIEW"]}
    assert schema.meta.execute_meta_nosql("getTables", parameters).fetchone()["NAME"] == "V"
    assert schema.meta.execute_meta_nosql("getSchemas", {"schema": "CLIENT%"}).fetchall()


def test_errors_name_code_and_session(connect):
    connection = connect()
    with pytest.raises(pyexasol.ExaQueryError) as error:
        connection.execute("SELECT nope")
    assert error.value.code == "42000"
    assert str(connection.session_id()) in error.value.message
    assert connection.execute("SELECT 1").fetchval() == 1


def test_abort_stops_the_statement_and_not_the_session(connect, schema):
    schema.execute("CREATE TABLE t AS SELECT 1 AS a FROM exa_sql_keywords")
    timer = threading.Timer(0.5, schema.abort_query)
    timer.start()
    with pytest.raises((pyexasol.ExaQueryAbortError, pyexasol.ExaQueryTimeoutError)):
        schema.execute("SELECT count(*) FROM t a, t b, t c, t d WHERE a.a + b.a + c.a + d.a > 4")
    timer.join()
    assert schema.execute("SELECT 1").fetchval() == 1


def test_a_client_with_a_short_time_out_outlives_a_long_statement(connect, schema):
    schema.execute(
        "CREATE PYTHON3 SCALAR SCRIPT nap() RETURNS INT AS\n"
        "import time\n\ndef run(ctx):\n    time.sleep(3.5)\n    return 1\n"
    )
    client = connect(schema="CLIENT_TEST", socket_timeout=2)
    assert client.execute("SELECT nap()").fetchval() == 1


def test_frames_travel_both_ways(schema):
    schema.execute("CREATE TABLE t (a INT, b VARCHAR(9))")
    schema.execute("INSERT INTO t VALUES (1, 'x'), (2, NULL)")
    frame = schema.export_to_pandas("SELECT * FROM t ORDER BY a")
    assert frame.to_dict("list")["A"] == [1, 2]
    schema.import_from_pandas(frame, "t")
    assert schema.execute("SELECT count(*), count(b) FROM t").fetchone() == (4, 2)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\x00" * 64,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"\x02\x21\x21\x02",
        os.urandom(512),
    ],
    ids=["nothing", "zeros", "http", "tls", "half a tunnel", "random"],
)
def test_junk_on_the_port_does_no_harm(connect, listener, junk):
    connection = connect()
    with socket.create_connection((listener.host, listener.port)) as client:
        client.sendall(junk)
    assert connection.execute("SELECT 1").fetchval() == 1
    assert connect().execute("SELECT 2").fetchval() == 2
