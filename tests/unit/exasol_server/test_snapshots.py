"""What is remembered of the dictionary: never newer or older than what a transaction sees."""

import threading

import duckdb
import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session
from sme_helper.local.exasol.snapshots import Snapshots


@pytest.fixture
def other(session, database):
    """A second session of SYS, with autocommit off, and nothing begun."""
    other = Session(database, "SYS")
    other.open_schema("S")
    other.store.commit()
    other.autocommit = False
    yield other
    other.close()


def test_a_table_that_another_session_makes_anew_has_its_new_columns(session, other, rows):
    session.execute("CREATE TABLE T (A DECIMAL(9,0))")
    session.execute("INSERT INTO T VALUES (1)")
    assert rows("SELECT * FROM T", other) == [(1,)]
    other.execute("COMMIT")
    session.execute("CREATE OR REPLACE TABLE T (B VARCHAR(5), C BOOLEAN)")
    session.execute("INSERT INTO T VALUES ('x', TRUE)")
    assert rows("SELECT * FROM T", other) == [("x", True)]


def test_a_transaction_keeps_what_it_saw_and_teaches_later_ones_nothing(session, other, rows):
    session.execute("CREATE TABLE T (A DECIMAL(9,0))")
    session.execute("INSERT INTO T VALUES (1)")
    session.execute("CREATE TABLE U (X DECIMAL(9,0))")
    assert rows("SELECT A FROM T", other) == [(1,)]
    session.execute("ALTER TABLE U RENAME COLUMN X TO Y")
    session.execute("CREATE TABLE LATER (A DECIMAL(9,0))")
    # The older snapshot asks for the first time only now: its answers are old ones,
    assert rows("SELECT X FROM U", other) == []
    with pytest.raises(SqlError, match="LATER not found"):
        other.execute("SELECT * FROM LATER")
    # and a session with the newer one does not get to see them.
    assert rows("SELECT Y FROM U") == []
    assert rows("SELECT * FROM LATER") == []
    other.execute("COMMIT")
    assert rows("SELECT Y FROM U", other) == []


def test_what_is_rolled_back_is_known_to_nobody(session, other, rows):
    other.execute("CREATE TABLE T (A DECIMAL(9,0))")
    assert rows("SELECT * FROM T", other) == []
    with pytest.raises(SqlError, match="T not found"):
        session.execute("SELECT * FROM T")
    other.execute("ROLLBACK")
    for each in (session, other):
        with pytest.raises(SqlError, match="T not found"):
            each.execute("SELECT * FROM T")


def test_a_statement_that_fails_in_the_middle_leaves_no_knowledge(session, other, rows):
    other.execute("CREATE TABLE T (A DECIMAL(9,0))")
    with pytest.raises(SqlError):
        other.execute("CREATE TABLE U AS SELECT A, A / 0 AS B, CAST('x' AS DATE) AS C FROM DUAL")
    with pytest.raises(SqlError, match="U not found"):
        other.execute("SELECT * FROM U")
    assert rows("SELECT * FROM T", other) == []
    other.execute("COMMIT")
    assert rows("SELECT * FROM T") == []


def test_rights_are_those_of_the_moment(session, database, rows):
    session.execute("CREATE TABLE T (A DECIMAL(9,0))")
    session.execute('CREATE USER U IDENTIFIED BY "secret_123"')
    user = Session(database, "U")
    for _ in range(2):
        with pytest.raises(SqlError, match="insufficient privileges"):
            user.execute("SELECT * FROM S.T")
        session.execute("GRANT SELECT ON S.T TO U")
        assert rows("SELECT * FROM S.T", user) == []
        session.execute("REVOKE SELECT ON S.T FROM U")
    user.close()


def test_a_transaction_sees_the_tables_that_its_knowledge_speaks_of():
    """Also when another one commits between its begin and the first statement after it."""
    database = duckdb.connect()
    database.execute("CREATE TABLE STATE (VERSION INTEGER); INSERT INTO STATE VALUES (1)")
    snapshots = Snapshots()
    reader, writer = database.cursor(), database.cursor()
    known = snapshots.begin(reader)
    snapshots.begin(writer)
    writer.execute("UPDATE STATE SET VERSION = 2")
    snapshots.commit(writer)
    assert reader.execute("SELECT VERSION FROM STATE").fetchone() == (1,)
    assert snapshots.begin(writer) is not known


def test_knowledge_and_tables_agree_while_many_sessions_change_them(session, database):
    """Each state of the table has its number in the name of its column and in its row."""
    session.execute("CREATE TABLE T AS SELECT 0 AS C0")
    wrong, done = [], threading.Event()

    def read():
        reader = Session(database, "SYS")
        while not done.is_set():
            result = reader.execute("SELECT * FROM S.T")
            if result.columns[0].name != f"C{result.table.column(0).to_pylist()[0]}":
                wrong.append(result)
        reader.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    for number in range(1, 40):
        session.execute(f"CREATE OR REPLACE TABLE T AS SELECT {number} AS C{number}")
    done.set()
    for thread in readers:
        thread.join()
    assert not wrong
