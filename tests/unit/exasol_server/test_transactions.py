"""Autocommit, rollback, and the failing statement that undoes only itself."""

import threading

import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session


@pytest.fixture
def other(database):
    session = Session(database, "SYS")
    yield session
    session.close()


def test_with_autocommit_other_sessions_see_every_statement(session, other, rows):
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    assert rows("SELECT a FROM S.t", other) == [(1,)]


def test_without_autocommit_only_commit_shows_changes_ddl_included(session, other, rows):
    session.set_autocommit(False)
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(SqlError, match="not found"):
        other.execute("SELECT a FROM S.t")
    session.execute("COMMIT")
    assert rows("SELECT a FROM S.t", other) == [(1,)]


def test_rollback_undoes_ddl_and_its_dictionary_entries(session, rows):
    session.execute("CREATE TABLE kept (a INT)")
    session.set_autocommit(False)
    session.execute("CREATE TABLE t (a INT)")
    session.execute("DROP TABLE kept")
    session.execute("ROLLBACK")
    assert rows("SELECT table_name FROM exa_all_tables") == [("KEPT",)]


@pytest.mark.parametrize(
    "failing",
    [
        "SELECT 1 / 0",
        "INSERT INTO t SELECT 1 / (a - 1) FROM t",
        "SELECT nope",
        "CREATE TABLE t (a INT)",
        "not SQL at all",
    ],
)
def test_a_failing_statement_undoes_only_itself(session, rows, failing):
    session.set_autocommit(False)
    session.execute("CREATE TABLE t (a INT)")
    session.execute("INSERT INTO t VALUES (1), (2)")
    with pytest.raises(SqlError):
        session.execute(failing)
    session.execute("INSERT INTO t VALUES (3)")
    assert rows("SELECT sum(a) FROM t") == [(6,)]
    session.execute("COMMIT")
    assert rows("SELECT sum(a) FROM t") == [(6,)]


def test_an_undone_statement_leaves_no_half_of_its_work(session, rows):
    session.set_autocommit(False)
    with pytest.raises(SqlError):
        session.execute("CREATE TABLE t AS SELECT 1 / (x - 1) AS a FROM VALUES (2), (1) AS v (x)")
    assert rows("SELECT * FROM exa_all_tables") == []


def test_switching_autocommit_on_commits(session, other, rows):
    session.set_autocommit(False)
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    session.set_autocommit(True)
    assert rows("SELECT a FROM S.t", other) == [(1,)]


def test_a_closed_session_leaves_nothing_uncommitted(session, other, rows):
    other.set_autocommit(False)
    other.execute("CREATE TABLE S.t (a INT)")
    other.close()
    assert rows("SELECT * FROM exa_all_tables") == []


def test_many_sessions_work_side_by_side(database, session, rows):
    errors: list[Exception] = []

    def work(number: int) -> None:
        worker = Session(database, "SYS")
        try:
            for round_ in range(5):
                name = f"S.t{number}_{round_}"
                worker.execute(f"CREATE TABLE {name} AS SELECT {round_} AS a")
                worker.execute(f"INSERT INTO {name} VALUES (7)")
                worker.execute(f"CREATE OR REPLACE VIEW {name}v AS SELECT a FROM {name}")
                worker.execute(f"ALTER TABLE {name} ADD COLUMN b INT")
                worker.execute(f"DROP VIEW {name}v")
        except SqlError as error:
            errors.append(error)
        finally:
            worker.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert rows("SELECT count(*) FROM exa_all_tables") == [(20,)]


def test_everything_is_there_after_a_restart(tmp_path):
    path = tmp_path / "database.duckdb"
    first = Database(path)
    session = Session(first, "SYS")
    for sql in (
        "CREATE SCHEMA S",
        "CREATE TABLE t AS SELECT CAST('x' AS VARCHAR(7)) AS a",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE CONNECTION c TO 'address' USER 'u' IDENTIFIED BY 'p'",
        "CREATE SCRIPT s() AS exit()",
    ):
        session.execute(sql)
    session.close()
    first.close()
    second = Database(path)
    session = Session(second, "SYS")
    result = session.execute("SELECT a FROM S.v")
    assert (result.columns[0].type.sql, result.table.column(0).to_pylist()) == (
        "VARCHAR(7) UTF8",
        ["x"],
    )
    assert session.catalog.connection("C").password == "p"
    assert session.execute("SELECT * FROM exa_all_scripts").table.num_rows == 1
    session.close()
    second.close()


def test_the_statement_log_has_every_statement(tmp_path):
    log = tmp_path / "log.jsonl"
    database = Database(statement_log=log)
    session = Session(database, "SYS")
    session.execute("SELECT 'ü'")
    with pytest.raises(SqlError):
        session.execute("SELECT nope")
    session.close()
    database.close()
    lines = log.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert '"nested": false' in lines[0]


def test_a_second_writer_of_a_table_waits_and_then_sees_what_the_first_wrote(session, other, rows):
    session.execute("CREATE TABLE t (a INT)")
    for writer in (session, other):
        writer.set_autocommit(False)
    other.execute("SELECT count(*) FROM S.t")
    session.execute("INSERT INTO t VALUES (1)")
    second = threading.Thread(
        target=lambda: other.execute("INSERT INTO S.t SELECT count(*) + 1 FROM S.t")
    )
    second.start()
    second.join(0.3)
    assert second.is_alive()
    session.execute("COMMIT")
    second.join(10)
    other.execute("COMMIT")
    assert sorted(rows("SELECT a FROM S.t", session)) == [(1,), (2,)]


def test_a_writer_sees_what_was_written_to_its_table_since_its_transaction_began(
    session, other, rows
):
    session.execute("CREATE TABLE t (a INT)")
    other.set_autocommit(False)
    other.execute("SELECT count(*) FROM S.t")
    session.execute("INSERT INTO t VALUES (1)")
    other.execute(
        "MERGE INTO S.t USING (SELECT 1 AS a) s ON (t.a = s.a) "
        "WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)"
    )
    other.execute("COMMIT")
    assert rows("SELECT a FROM S.t", session) == [(1,)]


def test_a_writer_that_cannot_wait_without_losing_its_own_writes_collides(session, other):
    session.execute("CREATE TABLE t (a INT)")
    session.execute("CREATE TABLE u (a INT)")
    for writer in (session, other):
        writer.set_autocommit(False)
    session.execute("INSERT INTO t VALUES (1)")
    other.execute("INSERT INTO S.u VALUES (1)")
    with pytest.raises(SqlError, match="Transaction collision") as error:
        other.execute("INSERT INTO S.t VALUES (2)")
    assert error.value.code == "40001"


def test_a_collision_rolls_back_the_whole_transaction_and_the_next_one_works(session, other, rows):
    session.execute("CREATE TABLE t (a INT)")
    session.execute("CREATE TABLE u (a INT)")
    for writer in (session, other):
        writer.set_autocommit(False)
    session.execute("INSERT INTO t VALUES (1)")
    other.execute("INSERT INTO S.u VALUES (1)")
    with pytest.raises(SqlError, match="automatic transaction rollback"):
        other.execute("INSERT INTO S.t VALUES (2)")
    session.execute("INSERT INTO u VALUES (3)")  # the lock of the other transaction is gone
    session.execute("COMMIT")
    other.execute("INSERT INTO S.t VALUES (2)")
    other.execute("COMMIT")
    assert rows("SELECT a FROM u") == [(3,)]
    assert rows("SELECT a FROM t ORDER BY a") == [(1,), (2,)]


def test_changes_of_two_transactions_to_one_schema_object_do_not_both_win(session, other, rows):
    session.execute("CREATE TABLE t (a INT)")
    for writer in (session, other):
        writer.set_autocommit(False)
    session.execute("ALTER TABLE t ADD COLUMN b INT")
    with pytest.raises(SqlError) as error:
        other.execute("ALTER TABLE S.t ADD COLUMN c INT")
        session.execute("COMMIT")
        other.execute("COMMIT")
    assert error.value.code == "40001"
    session.execute("COMMIT")
    assert rows("SELECT column_name FROM exa_all_columns ORDER BY 1") == [("A",), ("B",)]
