"""DDL and DML, and what the dictionary says afterwards."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sme_helper.local.exasol.errors import SqlError


def types(session, sql: str) -> list[tuple[str, str]]:
    return [(c.name, c.type.sql) for c in session.execute(sql).columns]


def test_columns_keep_their_exasol_types(session):
    session.execute(
        "CREATE TABLE t (a DECIMAL(9,2), b VARCHAR(5), c CHAR(3), d BOOLEAN, e TIMESTAMP, f BIGINT)"
    )
    assert types(session, "SELECT * FROM t") == [
        ("A", "DECIMAL(9,2)"),
        ("B", "VARCHAR(5) UTF8"),
        ("C", "CHAR(3) UTF8"),
        ("D", "BOOLEAN"),
        ("E", "TIMESTAMP(3)"),
        ("F", "DECIMAL(36,0)"),
    ]


def test_types_of_expressions_casts_and_star_through_subqueries(session):
    session.execute("CREATE TABLE t (a DECIMAL(9,2), b VARCHAR(5))")
    assert types(
        session,
        "WITH x AS (SELECT t.*, CAST(a AS VARCHAR(7)) AS v FROM t) "
        "SELECT y.*, a * 2 AS m, b || 'xy' AS w, count(*) AS n, 'lit' AS l "
        "FROM (SELECT * FROM x) y GROUP BY a, b, v",
    ) == [
        ("A", "DECIMAL(9,2)"),
        ("B", "VARCHAR(5) UTF8"),
        ("V", "VARCHAR(7) UTF8"),
        ("M", "DECIMAL(10,2)"),
        ("W", "VARCHAR(7) UTF8"),
        ("N", "DECIMAL(18,0)"),
        ("L", "CHAR(3) ASCII"),
    ]


def test_create_table_as_takes_types_from_the_query(session, rows):
    session.execute("CREATE TABLE t AS SELECT CAST(1.5 AS DECIMAL(5,2)) AS a, 'xy' AS b")
    assert rows(
        "SELECT column_name, column_type FROM exa_all_columns ORDER BY column_ordinal_position"
    ) == [("A", "DECIMAL(5,2)"), ("B", "CHAR(2) ASCII")]
    assert rows("SELECT * FROM t") == [(Decimal("1.50"), "xy")]


def test_a_table_can_be_replaced_by_a_query_over_itself(session, rows):
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    session.execute("CREATE OR REPLACE TABLE t AS SELECT a + 1 AS a FROM t")
    assert rows("SELECT a FROM t") == [(2,)]


def test_a_natural_join_joins_by_the_columns_of_the_same_name(session, rows):
    session.execute("CREATE TABLE t (a INT, b INT, x INT)")
    session.execute("INSERT INTO t VALUES (1, 2, 3), (1, 3, 4)")
    session.execute("CREATE VIEW u AS SELECT a, b, a + b AS y FROM t WHERE b = 2")
    assert types(session, "SELECT * FROM t NATURAL JOIN u")[-1][0] == "Y"
    assert rows("SELECT * FROM t NATURAL JOIN u") == [(1, 2, 3, 3)]
    assert rows("SELECT y FROM t NATURAL LEFT JOIN u ORDER BY b") == [(3,), (None,)]
    assert rows("SELECT x, z FROM t NATURAL JOIN (SELECT 9 AS z) ORDER BY x") == [(3, 9), (4, 9)]


def test_the_empty_string_is_stored_as_null(session, rows):
    session.execute("CREATE TABLE t (a VARCHAR(5))")
    session.execute("INSERT INTO t VALUES ('')")
    assert rows("SELECT count(*), count(a) FROM t") == [(1, 0)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES ('abcd', 'x')",
        "UPDATE t SET a = 'abcd'",
        "MERGE INTO t USING (SELECT 'abcd' AS n) s ON t.a = 'ab' "
        "WHEN MATCHED THEN UPDATE SET a = n",
    ],
)
def test_text_that_is_too_long_is_refused_and_nothing_changes(session, rows, sql):
    session.execute("CREATE TABLE t (a VARCHAR(3), c CHAR(3))")
    session.execute("INSERT INTO t VALUES ('ab', 'x')")
    with pytest.raises(SqlError, match="right truncation"):
        session.execute(sql)
    assert rows("SELECT * FROM t") == [("ab", "x  ")]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (12345)",
        "INSERT INTO t SELECT n * 1000 FROM t",
        "UPDATE t SET n = n + 999",
        "MERGE INTO t USING (SELECT 12345 AS m) s ON t.n = 1 WHEN MATCHED THEN UPDATE SET n = m",
        "ALTER TABLE t MODIFY COLUMN n DECIMAL(1,0)",
    ],
)
def test_a_number_with_too_many_digits_is_refused_and_nothing_changes(session, rows, sql):
    session.execute("CREATE TABLE t (n DECIMAL(3,0))")
    session.execute("INSERT INTO t VALUES (1), (10)")
    with pytest.raises(SqlError, match="numeric value out of range"):
        session.execute(sql)
    assert rows("SELECT n FROM t ORDER BY n") == [(1,), (10,)]


def test_insert_fills_defaults_and_checks_the_number_of_values(session, rows):
    session.execute("CREATE TABLE t (a INT, b VARCHAR(9) DEFAULT 'dd')")
    session.execute("INSERT INTO t (a) VALUES (1)")
    session.execute("INSERT INTO t VALUES (2, DEFAULT)")
    assert rows("SELECT b FROM t") == [("dd",), ("dd",)]
    with pytest.raises(SqlError, match="values"):
        session.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(SqlError, match="C"):
        session.execute("INSERT INTO t (c) VALUES (1)")


def test_merge_honours_its_where_clauses(session, rows):
    session.execute("CREATE TABLE t AS SELECT 1 AS k, 10 AS v UNION ALL SELECT 2, 20")
    session.execute(
        """MERGE INTO t
        USING (SELECT * FROM VALUES (1, 11), (2, 21), (3, 31), (4, 41) AS s (k, v)) s ON t.k = s.k
        WHEN MATCHED THEN UPDATE SET v = s.v WHERE s.k > 1
        WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v) WHERE s.k < 4"""
    )
    assert rows("SELECT * FROM t ORDER BY k") == [(1, 10), (2, 21), (3, 31)]


def test_update_may_name_its_target_in_from(session, rows):
    session.execute("CREATE TABLE t AS SELECT 1 AS k, 10 AS v")
    session.execute("UPDATE t SET v = s.n FROM t, (SELECT 1 AS k, 5 AS n) s WHERE t.k = s.k")
    assert rows("SELECT v FROM t") == [(5,)]


def test_names_differ_by_case_only_when_quoted(session, rows):
    session.execute('CREATE TABLE "Mixed name" ("a b" INT, "select" INT, "q""q" INT)')
    session.execute('INSERT INTO "Mixed name" ("select") VALUES (7)')
    assert rows('SELECT "select" FROM [Mixed name]') == [(7,)]
    for sql in ('SELECT * FROM "MIXED NAME"', 'SELECT "A B" FROM "Mixed name"'):
        with pytest.raises(SqlError, match="not found"):
            session.execute(sql)


def test_an_alias_hides_no_missing_column(session):
    session.execute("CREATE TABLE t (a INT)")
    with pytest.raises(SqlError, match="object NOPE not found"):
        session.execute("SELECT a AS b, nope FROM t")


def test_alter_table_keeps_dictionary_and_data_in_step(session, rows):
    session.execute("CREATE TABLE t (a INT, b VARCHAR(3))")
    session.execute("INSERT INTO t VALUES (1, 'x')")
    session.execute("ALTER TABLE t ADD COLUMN c VARCHAR(4) DEFAULT 'new'")
    session.execute("ALTER TABLE t MODIFY COLUMN b VARCHAR(30)")
    session.execute("ALTER TABLE t RENAME COLUMN a TO z")
    session.execute("ALTER TABLE t DISTRIBUTE BY z")
    session.execute("ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY (z)")
    assert rows("SELECT z, b, c FROM t") == [(1, "x", "new")]
    assert rows(
        "SELECT column_name, column_type, column_is_distribution_key, column_default "
        "FROM exa_all_columns ORDER BY column_ordinal_position"
    ) == [
        ("Z", "DECIMAL(18,0)", True, None),
        ("B", "VARCHAR(30) UTF8", False, None),
        ("C", "VARCHAR(4) UTF8", False, "'new'"),
    ]
    session.execute("ALTER TABLE t DROP COLUMN b")
    assert rows("SELECT * FROM t") == [(1, "new")]


def test_modify_refuses_a_length_that_the_data_exceeds(session):
    session.execute("CREATE TABLE t AS SELECT 'abc' AS a")
    with pytest.raises(SqlError, match="truncation"):
        session.execute("ALTER TABLE t MODIFY COLUMN a VARCHAR(2)")


def test_views_follow_their_table_and_know_their_types(session, rows):
    session.execute("CREATE TABLE t (a DECIMAL(9,2))")
    session.execute("CREATE VIEW v (x COMMENT IS 'the x') AS SELECT a FROM t COMMENT IS 'view'")
    session.execute("CREATE VIEW w AS SELECT x + 1 AS y FROM v")
    session.execute("CREATE OR REPLACE TABLE t AS SELECT CAST(5 AS DECIMAL(9,2)) AS a")
    assert rows("SELECT w.y, v.x FROM S.w JOIN v ON v.x < w.y") == [(Decimal("6"), Decimal("5"))]
    assert types(session, "SELECT x FROM v") == [("X", "DECIMAL(9,2)")]
    assert rows("SELECT column_comment FROM exa_all_columns WHERE column_table = 'V'") == [
        ("the x",)
    ]


def test_a_view_keeps_the_schema_in_which_it_was_made(session, rows):
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    session.execute("CREATE VIEW v AS SELECT a FROM t")
    session.execute("CREATE SCHEMA other")
    session.execute("CREATE TABLE t AS SELECT 2 AS a")
    assert rows("SELECT a FROM S.v") == [(1,)]


def test_rename_drop_and_their_errors(session, rows):
    session.execute("CREATE TABLE t (a INT)")
    session.execute("RENAME TABLE t TO u")
    with pytest.raises(SqlError, match=r"object S\.T not found"):
        session.execute("DROP TABLE t")
    with pytest.raises(SqlError, match="is a TABLE"):
        session.execute("DROP VIEW u")
    session.execute("DROP VIEW IF EXISTS t")
    session.execute("DROP VIEW IF EXISTS u")
    assert rows("SELECT table_name FROM exa_all_tables") == [("U",)]
    session.execute("DROP TABLE u")
    assert rows("SELECT * FROM exa_all_tables") == []


@pytest.mark.parametrize("sql", ["INSERT INTO t VALUES (NULL)", "UPDATE t SET a = ''"])
def test_a_missing_value_is_refused_in_exasols_words(session, sql):
    session.execute("CREATE TABLE t (a VARCHAR(5) NOT NULL)")
    session.execute("INSERT INTO t VALUES ('x')")
    with pytest.raises(SqlError, match=r"violation - not null \(column A in table T\)") as error:
        session.execute(sql)
    assert error.value.code == "27002"


def test_a_schema_that_is_not_empty_needs_cascade(session, rows):
    session.execute("CREATE TABLE t (a INT)")
    with pytest.raises(SqlError, match="CASCADE"):
        session.execute("DROP SCHEMA S")
    session.execute("DROP SCHEMA S CASCADE")
    assert session.schema is None
    assert rows("SELECT * FROM exa_all_objects") == []
    with pytest.raises(SqlError, match="no schema"):
        session.execute("CREATE TABLE t (a INT)")


def test_comments_land_in_the_dictionary(session, rows):
    session.execute("CREATE TABLE t (a INT)")
    session.execute("COMMENT ON TABLE t IS 'it''s' ")
    session.execute("COMMENT ON COLUMN t.a IS 'col'")
    assert rows("SELECT table_comment FROM exa_all_tables") == [("it's",)]
    assert rows("SELECT column_comment FROM exa_all_columns") == [("col",)]


def test_scripts_are_listed_with_their_text(session, rows):
    text = "CREATE PYTHON3 SCALAR SCRIPT f(a INT) RETURNS INT AS\ndef run(ctx): return 1"
    session.execute("/* comment */ " + text)
    assert rows(
        "SELECT script_name, script_type, script_input_type, script_language, script_text "
        "FROM exa_all_scripts"
    ) == [("F", "UDF", "SCALAR", "PYTHON3", text)]
    with pytest.raises(SqlError, match="already exists"):
        session.execute(text)
    session.execute("DROP SCRIPT f")
    with pytest.raises(SqlError, match="script F not found"):
        session.execute("DROP SCRIPT f")


def test_session_parameters_show_in_the_dictionary_for_their_session_only(session, rows, database):
    session.execute("ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'")
    sql = (
        "SELECT session_value, system_value FROM exa_parameters "
        "WHERE parameter_name = 'NLS_DATE_FORMAT'"
    )
    assert rows(sql) == [("DD.MM.YYYY", "YYYY-MM-DD")]
    with pytest.raises(SqlError, match="NO_SUCH"):
        session.execute("ALTER SESSION SET NO_SUCH = 1")


def test_duplicate_result_names_are_passed_on(session):
    assert types(session, "SELECT 1 AS a, 2 AS a") == [
        ("A", "DECIMAL(1,0)"),
        ("A", "DECIMAL(1,0)"),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM range(5)",
        "SELECT * FROM TABLE(generate_series(1, 3))",
        "CREATE TABLE x (a INT IDENTITY)",
        "SELECT SOUNDEX('x')",
    ],
)
def test_what_is_not_known_is_refused_and_says_so(session, sql):
    session.execute("CREATE TABLE t (a INT)")
    with pytest.raises(SqlError, match="not supported by the embedded stack") as error:
        session.execute(sql)
    assert error.value.code == "0A000"


def test_syntax_errors_repeat_no_literal(session):
    with pytest.raises(SqlError) as error:
        session.execute("CREATE CONNECTION c TO 'x' USER 'u' IDENTIFIED 'hush'")
    assert "hush" not in error.value.text


def test_moments_are_utc_wherever_the_server_runs(rows):
    now = datetime.now(UTC).replace(tzinfo=None)
    shown = rows("SELECT CURRENT_TIMESTAMP")[0][0]
    assert abs((shown - now).total_seconds()) < 600
