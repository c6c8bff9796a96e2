"""What docs/embedded-stack.md lists as different from Exasol: a row without a test elsewhere
has one here. A difference that is mended fails its test, and leaves the list."""

import re

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session


def first_column(session, sql: str):
    return session.execute(sql).columns[0]


def test_foreign_keys_are_read_and_ignored(session, rows):
    session.execute("CREATE TABLE p (a INT PRIMARY KEY)")
    session.execute("CREATE TABLE c (a INT, FOREIGN KEY (a) REFERENCES p (a) ENABLE)")
    session.execute("INSERT INTO c VALUES (1)")
    assert rows("SELECT constraint_table FROM exa_all_constraints") == [("P",)]


def test_names_that_differ_in_case_only_are_refused_side_by_side(session):
    with pytest.raises(SqlError, match="column name a already exists"):
        session.execute('CREATE TABLE t (A INT, "a" INT)')
    session.execute("CREATE TABLE t (A INT)")
    with pytest.raises(SqlError, match="already exists"):
        session.execute('CREATE TABLE "t" (A INT)')


def test_regular_expressions_beyond_re2_are_refused(session):
    with pytest.raises(SqlError, match="regular expression") as error:
        session.execute("SELECT REGEXP_SUBSTR('ab', 'a(?=b)')")
    assert error.value.code == "0A000"


def test_a_char_beside_a_varchar_is_compared_with_its_blanks(rows):
    assert rows("SELECT CAST('a' AS CHAR(3)) = CAST('a' AS VARCHAR(3))") == [(False,)]


def test_a_division_gives_a_double(session):
    assert first_column(session, "SELECT 1 / 2").type.sql == "DOUBLE"


def test_trunc_to_places_of_a_column_gives_a_double(session):
    query = "SELECT TRUNC(a, n) FROM (SELECT 1.25 AS a, 1 AS n)"
    assert first_column(session, query).type.sql == "DOUBLE"


def test_a_bare_null_is_a_number_in_a_new_table(session):
    session.execute("CREATE TABLE t AS SELECT NULL AS a")
    assert first_column(session, "SELECT a FROM t").type.sql == "DECIMAL(10,0)"


def test_a_column_without_alias_is_named_by_a_close_text(session):
    # Exasol: TO_DATE('2020-01-01','YYYY-MM-DD')
    assert first_column(session, "SELECT DATE '2020-01-01'").name == "CAST('2020-01-01' AS DATE)"


def test_grouping_by_the_alias_of_a_constant_is_let_through(rows):
    assert rows("SELECT 1 AS k, COUNT(*) FROM (SELECT 1 AS a) GROUP BY k") == [(1, 1)]


def test_a_star_beside_other_columns_is_let_through(rows):
    assert rows("SELECT *, 2 AS b FROM (SELECT 1 AS a)") == [(1, 2)]


def test_dropping_if_it_exists_leaves_an_object_of_another_kind(session, rows):
    session.execute("CREATE VIEW v AS SELECT 1 AS a")
    session.execute("DROP TABLE IF EXISTS v")
    assert rows("SELECT a FROM v") == [(1,)]


def test_the_time_zone_is_utc(rows):
    assert rows("SELECT SESSION_PARAMETER(CURRENT_SESSION, 'TIME_ZONE')") == [("UTC",)]


@pytest.mark.parametrize("module", ["lxp", "socket", "ssl"])
def test_lua_lacks_three_of_its_modules(session, module):
    session.execute(f"CREATE LUA SCRIPT P() AS\nrequire('{module}')\n/")
    with pytest.raises(SqlError, match=module):
        session.execute("EXECUTE SCRIPT P()")


def test_no_index_is_made_by_a_join(session, rows):
    session.execute("CREATE TABLE T AS SELECT 1 AS A")
    session.execute("CREATE TABLE U AS SELECT 1 AS A")
    assert rows("SELECT T.A FROM T JOIN U ON T.A = U.A") == [(1,)]
    assert rows("SELECT * FROM EXA_ALL_INDICES") == []


def test_what_is_stored_is_as_large_as_it_is_raw(session, rows):
    session.execute("CREATE TABLE T AS SELECT REPEAT('x', 1000) AS A")
    sizes = "SELECT RAW_OBJECT_SIZE, MEM_OBJECT_SIZE FROM EXA_ALL_OBJECT_SIZES"
    assert rows(f"{sizes} WHERE OBJECT_NAME = 'T'") == [(1000, 1000)]


def test_a_profile_has_one_part_without_resources(session, rows):
    session.execute("ALTER SESSION SET PROFILE = 'ON'")
    parts = "SELECT MAX(PART_ID), COUNT(CPU), COUNT(NET), COUNT(OBJECT_NAME)"
    assert rows(f"{parts} FROM EXA_DBA_PROFILE_LAST_DAY") == [(1, 0, 0, 0)]


def test_there_are_no_consumer_groups_and_passwords_of_users_are_not_shown(rows):
    assert rows("SELECT USER_CONSUMER_GROUP, PASSWORD FROM EXA_DBA_USERS") == [(None, None)]


@pytest.mark.parametrize("view", ["EXA_MONITOR_LAST_DAY", "EXA_STATISTICS.EXA_SQL_LAST_DAY"])
def test_other_statistics_are_refused(session, view):
    with pytest.raises(SqlError, match=f"system table {re.escape(view)}") as error:
        session.execute(f"SELECT * FROM {view}")
    assert error.value.code == "0A000"


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("CREATE LUA SCALAR SCRIPT L() RETURNS INT AS\nfunction run(ctx) return 1 end", "LUA"),
        ("SELECT CURRENT_TIMESTAMP - CURRENT_DATE", "INTERVAL"),
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
