"""ROWID, and MERGE with conditions of its branches."""

import pytest

from sme_helper.local.exasol.errors import SqlError


@pytest.fixture
def table(session):
    session.execute("CREATE TABLE t (i INT, v VARCHAR(10))")
    session.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")


@pytest.mark.usefixtures("table")
def test_rowid_tells_the_rows_of_a_table_apart_in_every_statement(session, rows):
    assert len({row for row in rows("SELECT ROWID, t.rowid FROM t")}) == 3
    assert len(rows("SELECT 1 FROM t a JOIN t b ON a.ROWID = b.ROWID")) == 3
    session.execute("DELETE FROM t WHERE ROWID = (SELECT MAX(ROWID) FROM t WHERE i > 1)")
    session.execute("UPDATE t SET v = 'z' WHERE t.ROWID = (SELECT MIN(ROWID) FROM t)")
    assert rows("SELECT * FROM t ORDER BY i") == [(1, "z"), (2, "b")]
    assert session.execute("SELECT ROWID FROM t").columns[0].type.sql == "DECIMAL(36,0)"
    assert [column.name for column in session.execute("SELECT * FROM t").columns] == ["I", "V"]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("source", ["(SELECT i FROM t)", "w", "t WHERE ROWNUM < 3"])
def test_rowid_of_anything_but_a_table_is_refused(session, source):
    session.execute("CREATE VIEW w AS SELECT * FROM t")
    with pytest.raises(SqlError, match="ROWID of anything but a table") as error:
        session.execute(f"SELECT ROWID FROM {source}")
    assert error.value.code == "0A000"


@pytest.mark.usefixtures("table")
def test_a_column_may_have_the_name_rowid(session, rows):
    session.execute('CREATE TABLE u ("ROWID" INT)')
    session.execute("INSERT INTO u VALUES 7")
    assert rows('SELECT "ROWID" FROM u') == [(7,)]


@pytest.mark.usefixtures("table")
def test_each_branch_of_a_merge_has_its_own_condition(session, rows):
    source = "(SELECT 1 AS i, 'x' AS v UNION ALL SELECT 2, 'y' UNION ALL SELECT 8, 'n')"
    merged = f"MERGE INTO t USING {source} s ON t.i = s.i "
    session.execute(
        merged + "WHEN MATCHED THEN UPDATE SET v = s.v WHERE t.v = 'a' "
        "WHEN NOT MATCHED THEN INSERT VALUES (s.i, s.v) WHERE s.i > 9"
    )
    assert rows("SELECT * FROM t ORDER BY i") == [(1, "x"), (2, "b"), (3, "c")]
    session.execute(
        merged + "WHEN MATCHED THEN DELETE WHERE t.v = 'x' "
        "WHEN NOT MATCHED THEN INSERT (i, v) VALUES (s.i, s.v)"
    )
    assert rows("SELECT * FROM t ORDER BY i") == [(2, "b"), (3, "c"), (8, "n")]
    session.execute(merged + "WHEN MATCHED THEN DELETE")
    assert rows("SELECT * FROM t") == [(3, "c")]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("branch", "code"),
    [
        ("WHEN MATCHED AND t.i = 1 THEN DELETE", "42000"),
        ("WHEN MATCHED THEN UPDATE SET v = 'm' DELETE WHERE t.v = 'm'", "0A000"),
        ("WHEN MATCHED THEN DO NOTHING", "42000"),
    ],
)
def test_branches_that_exasol_or_the_stand_in_does_not_have_are_refused(
    session, rows, branch, code
):
    with pytest.raises(SqlError) as error:
        session.execute(f"MERGE INTO t USING (SELECT 1 AS i) s ON t.i = s.i {branch}")
    assert error.value.code == code
    assert len(rows("SELECT * FROM t")) == 3
