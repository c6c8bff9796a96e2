"""Owners, views and roles: whose rights count, and what the dictionary shows of them."""

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session


@pytest.fixture
def user(database, session):
    """A session of a user U without any privilege, beside a schema S of SYS."""
    for sql in (
        "CREATE TABLE T (A INT)",
        "INSERT INTO T VALUES (1)",
        "CREATE TABLE ORIGIN (A INT)",
        "CREATE VIEW V AS SELECT A FROM T",
        "CREATE PYTHON3 SCALAR SCRIPT F(a INT) RETURNS INT AS\ndef run(ctx): return 7\n",
        'CREATE USER U IDENTIFIED BY "pw"',
        'CREATE USER OTHER IDENTIFIED BY "pw"',
        "CREATE ROLE R",
        "CREATE CONNECTION C TO 'https://b.s3.amazonaws.com' USER 'key' IDENTIFIED BY 'secret'",
    ):
        session.execute(sql)
    other = Session(database, "U")
    yield other
    other.close()


def refusal(session: Session, sql: str) -> str:
    with pytest.raises(SqlError) as error:
        session.execute(sql)
    assert error.value.code == "42500"
    return error.value.text


def test_one_grant_of_several_that_are_needed_is_not_enough(session, user, database):
    database.aws_endpoint_url = "http://127.0.0.1:9"  # no file is read or written
    session.execute("GRANT INSERT ON S.T TO U")
    assert ": SELECT on table ORIGIN" in refusal(user, "INSERT INTO S.T SELECT A FROM S.ORIGIN")
    session.execute("GRANT CREATE ANY TABLE TO U")
    assert "for dropping table" in refusal(user, "CREATE OR REPLACE TABLE S.T (A INT)")
    session.execute("GRANT IMPORT TO U")
    session.execute("GRANT EXPORT TO U")
    session.execute("GRANT CONNECTION C TO U")
    for sql in (
        "IMPORT INTO S.ORIGIN FROM CSV AT C FILE 'a.csv'",
        "EXPORT S.ORIGIN INTO CSV AT C FILE 'a.csv'",
        "EXPORT (SELECT A FROM S.ORIGIN) INTO CSV AT C FILE 'a.csv'",
    ):
        assert "on table ORIGIN" in refusal(user, sql)


def test_an_owner_may_do_everything_in_a_schema_and_needs_create_rights(session, user, rows):
    session.execute("GRANT CREATE SCHEMA TO U")
    user.execute("CREATE SCHEMA MINE")
    assert "for creating table" in refusal(user, "CREATE TABLE T (A INT)")
    session.execute("GRANT CREATE TABLE TO U")
    for sql in (
        "CREATE TABLE T (A INT)",
        "INSERT INTO T VALUES (1)",
        "ALTER TABLE T ADD COLUMN B INT",
        "GRANT SELECT ON T TO OTHER",
        "DROP TABLE T",
        "DROP SCHEMA MINE CASCADE",
    ):
        user.execute(sql)


def test_what_others_make_in_a_schema_belongs_to_its_owner(session, user, rows):
    session.execute("GRANT CREATE ANY TABLE TO U")
    user.execute("CREATE TABLE S.OURS (A INT)")
    assert rows("SELECT TABLE_OWNER FROM EXA_ALL_TABLES WHERE TABLE_NAME = 'OURS'") == [("SYS",)]
    assert "SELECT on table OURS" in refusal(user, "SELECT A FROM S.OURS")


def test_a_schema_of_a_role_belongs_to_all_who_hold_it(session, user, rows):
    session.execute("ALTER SCHEMA S CHANGE OWNER R")
    assert "SELECT on table T" in refusal(user, "SELECT A FROM S.T")
    session.execute("GRANT R TO U")
    assert rows("SELECT A FROM S.T", user) == [(1,)]
    assert "ALTER ANY SCHEMA" in refusal(user, "ALTER SCHEMA S CHANGE OWNER U")


@pytest.mark.parametrize(("kind", "owner"), [("USER", "OTHER"), ("ROLE", "R")])
def test_who_owns_a_schema_is_dropped_only_together_with_it(session, user, rows, kind, owner):
    session.execute(f"ALTER SCHEMA S CHANGE OWNER {owner}")
    assert "CASCADE" in refusal(session, f"DROP {kind} {owner}")
    session.execute(f"DROP {kind} {owner} CASCADE")
    assert rows("SELECT SCHEMA_NAME FROM EXA_SCHEMAS") == []


def test_a_view_reads_with_the_rights_of_its_owner(session, user, rows):
    session.execute("CREATE VIEW OVER_UDF AS SELECT F(A) AS B FROM V")
    session.execute("GRANT SELECT ON OVER_UDF TO U")
    assert rows("SELECT B FROM S.OVER_UDF", user) == [(7,)]
    assert "SELECT on table V" in refusal(user, "SELECT A FROM S.V")


def test_importing_a_script_needs_no_right_to_call_it(session, user, rows):
    session.execute("CREATE PYTHON3 SCALAR SCRIPT LIB() RETURNS INT AS\nX = 5\n")
    session.execute(
        "CREATE PYTHON3 SCALAR SCRIPT USES() RETURNS INT AS\n"
        "lib = exa.import_script('S.LIB')\ndef run(ctx): return lib.X\n"
    )
    session.execute("GRANT EXECUTE ON USES TO U")
    assert rows("SELECT S.USES()", user) == [(5,)]


def test_what_a_view_hands_on_must_be_the_owners_to_grant(session, user, rows, database):
    session.execute("GRANT CREATE SCHEMA TO U")
    session.execute("GRANT CREATE VIEW TO U")
    session.execute("GRANT SELECT ON S.T TO U")
    user.execute("CREATE SCHEMA MINE")
    user.execute("CREATE VIEW W AS SELECT A FROM S.T")
    user.execute("GRANT SELECT ON W TO OTHER")
    other = Session(database, "OTHER")
    assert refusal(other, "SELECT A FROM MINE.W") == (
        "insufficient privileges: SELECT on table T must be grantable for U"
    )
    session.execute("GRANT SELECT ANY TABLE TO U")
    assert rows("SELECT A FROM MINE.W", other) == [(1,)]
    session.execute("REVOKE SELECT ANY TABLE FROM U")
    session.execute("REVOKE SELECT ON S.T FROM U")
    assert "SELECT on table T" in refusal(other, "SELECT A FROM MINE.W")
    other.close()


def test_usage_of_schemas_is_everybodys_until_public_loses_it(session, user, rows):
    session.execute("GRANT SELECT ON S.T TO U")
    assert rows("SELECT A FROM S.T", user) == [(1,)]
    session.execute("REVOKE USE ANY SCHEMA FROM PUBLIC")
    assert refusal(user, "SELECT A FROM S.T") == (
        "insufficient privileges for SELECT on table T: USAGE on schema S needed."
    )
    assert "opening schema S" in refusal(user, "OPEN SCHEMA S")
    session.execute("GRANT USAGE ON SCHEMA S TO U")
    assert rows("SELECT A FROM S.T", user) == [(1,)]


def test_a_revoked_privilege_is_gone_at_the_next_statement(session, user):
    session.execute("GRANT SELECT ON S.T TO R")
    session.execute("GRANT R TO U")
    user.execute("SELECT A FROM S.T")
    session.execute("REVOKE R FROM U")
    assert "SELECT on table T" in refusal(user, "SELECT A FROM S.T")


def test_exa_all_views_show_what_a_user_may_use_and_exa_user_views_its_own(session, user, rows):
    tables = "SELECT TABLE_NAME FROM EXA_ALL_TABLES ORDER BY 1"
    objects = "SELECT OBJECT_NAME FROM EXA_ALL_OBJECTS WHERE OBJECT_TYPE <> 'SCHEMA' ORDER BY 1"
    scripts = "SELECT SCRIPT_NAME FROM EXA_ALL_SCRIPTS ORDER BY 1"
    assert [rows(sql, user) for sql in (tables, objects, scripts)] == [[], [], []]
    session.execute("GRANT SELECT ON S.T TO R")
    session.execute("GRANT EXECUTE ON S.F TO U")
    session.execute("GRANT R TO U")
    assert rows(tables, user) == [("T",)]
    assert rows("SELECT COLUMN_NAME FROM EXA_ALL_COLUMNS", user) == [("A",)]
    assert rows(objects, user) == [("F",), ("T",)]
    assert rows(scripts, user) == [("F",)]
    assert rows("SELECT TABLE_NAME FROM EXA_USER_TABLES", user) == []
    assert rows("SELECT PRIVILEGE FROM EXA_USER_OBJ_PRIVS", user) == [("EXECUTE",)]
    assert rows("SELECT GRANTED_ROLE FROM EXA_USER_ROLE_PRIVS", user) == [("R",)]
    assert rows("SELECT ROLE_NAME FROM EXA_SESSION_ROLES ORDER BY 1", user) == [("PUBLIC",), ("R",)]
    session.execute("GRANT SELECT ON SCHEMA S TO U")
    assert rows(tables, user) == [("ORIGIN",), ("T",)]
    assert rows(tables) == [("ORIGIN",), ("T",)]


def test_a_session_shows_its_privileges(session, user, rows):
    session.execute("GRANT EXPORT TO R")
    session.execute("GRANT R TO U")
    assert rows("SELECT PRIVILEGE FROM EXA_SESSION_PRIVS ORDER BY 1", user) == [
        ("EXPORT",),
        ("USE ANY SCHEMA",),
    ]
