"""Primary keys hold after every statement, or the statement has changed nothing."""

import pytest

from sme_helper.local.exasol.errors import SqlError

VIOLATION = r"constraint violation - primary key \(PK on table T\)"


@pytest.fixture
def table(session):
    session.execute("CREATE TABLE t (a INT, b VARCHAR(9), c INT, CONSTRAINT pk PRIMARY KEY (a, b))")
    session.execute("INSERT INTO t VALUES (1, 'x', 1), (1, 'y', 2)")


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1, 'x', 3)",
        "INSERT INTO t SELECT a, b, 3 FROM t",
        "UPDATE t SET b = 'x'",
        "MERGE INTO t USING (SELECT 1 AS n) s ON t.c = 9 "
        "WHEN NOT MATCHED THEN INSERT VALUES (n, 'y', 9)",
    ],
)
def test_a_second_row_with_the_same_key_is_refused_and_nothing_changes(session, rows, table, sql):
    with pytest.raises(SqlError, match=VIOLATION) as error:
        session.execute(sql)
    assert error.value.code == "27002"
    assert rows("SELECT a, b, c FROM t ORDER BY c") == [(1, "x", 1), (1, "y", 2)]


def test_a_key_is_free_again_in_the_same_transaction(session, rows, table):
    session.set_autocommit(False)
    session.execute("DELETE FROM t WHERE b = 'x'")
    session.execute("INSERT INTO t VALUES (1, 'x', 3)")
    session.execute("UPDATE t SET b = CASE b WHEN 'x' THEN 'y' ELSE 'x' END")
    session.execute("COMMIT")
    assert rows("SELECT b, c FROM t ORDER BY c") == [("x", 2), ("y", 3)]


def test_no_part_of_a_key_may_be_missing(session, table):
    with pytest.raises(SqlError, match="not null"):
        session.execute("INSERT INTO t VALUES (2, NULL, 3)")


@pytest.mark.parametrize("column", ["b", "c"])
def test_a_key_is_added_only_if_the_rows_fit(session, rows, column):
    session.execute(
        "CREATE TABLE t AS SELECT 1 AS a, 'x' AS b, 'z' AS c UNION ALL SELECT 2, 'x', ''"
    )
    with pytest.raises(SqlError, match="constraint violation"):
        session.execute(f"ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY ({column})")
    session.execute("ALTER TABLE t ADD PRIMARY KEY (a)")
    with pytest.raises(SqlError, match="already has a primary key"):
        session.execute("ALTER TABLE t ADD PRIMARY KEY (b)")


def test_a_key_that_is_disabled_or_dropped_does_not_count(session, rows):
    session.execute("CREATE TABLE t (a INT CONSTRAINT pk PRIMARY KEY DISABLE)")
    session.execute("INSERT INTO t VALUES 1, 1, NULL")
    with pytest.raises(SqlError, match="not null"):
        session.execute("ALTER TABLE t MODIFY PRIMARY KEY ENABLE")
    session.execute("DELETE FROM t WHERE a IS NULL")
    with pytest.raises(SqlError, match=VIOLATION):
        session.execute("ALTER TABLE t MODIFY CONSTRAINT pk ENABLE")
    session.execute("DELETE FROM t")
    session.execute("ALTER TABLE t MODIFY CONSTRAINT pk ENABLE")
    session.execute("INSERT INTO t VALUES 1")
    with pytest.raises(SqlError, match=VIOLATION):
        session.execute("INSERT INTO t VALUES 1")
    session.execute("ALTER TABLE t DROP CONSTRAINT pk")
    session.execute("INSERT INTO t VALUES 1")
    with pytest.raises(SqlError, match="T has no primary key"):
        session.execute("ALTER TABLE t DROP PRIMARY KEY")


def test_the_dictionary_follows_the_key(session, rows, table):
    session.execute("RENAME TABLE t TO u")
    session.execute("ALTER TABLE u RENAME COLUMN b TO z")
    assert rows(
        "SELECT constraint_table, constraint_name, column_name, ordinal_position "
        "FROM exa_user_constraint_columns ORDER BY ordinal_position"
    ) == [("U", "PK", "A", 1), ("U", "PK", "Z", 2)]
    key = "FROM exa_all_constraints WHERE constraint_type = 'PRIMARY KEY'"
    assert rows(f"SELECT constraint_name, constraint_enabled {key}") == [("PK", True)]
    with pytest.raises(SqlError, match="on table U"):
        session.execute("INSERT INTO u VALUES (1, 'x', 3)")
    session.execute("ALTER TABLE u DROP COLUMN a")
    assert rows(f"SELECT constraint_name {key}") == []


def test_a_table_that_is_replaced_has_no_key_left(session, table):
    session.execute("CREATE OR REPLACE TABLE t AS SELECT 1 AS a UNION ALL SELECT 1")
    session.execute("INSERT INTO t VALUES 1")
