"""What a user must be granted for each statement."""

import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session

SCRIPT = "CREATE OR REPLACE SCRIPT S.P() AS exit()"
UDF = "CREATE OR REPLACE PYTHON3 SCALAR SCRIPT S.F(a INT) RETURNS INT AS\ndef run(ctx): return 7\n"


@pytest.fixture(scope="module")
def database():
    """Shared by all cases: each has a user of its own, and rolls back what it did."""
    database = Database()
    session = Session(database, "SYS")
    for sql in (
        "CREATE SCHEMA S",
        "CREATE TABLE T (A INT)",
        "INSERT INTO T VALUES (1)",
        "CREATE TABLE ORIGIN (A INT)",
        "CREATE VIEW V AS SELECT A FROM T",
        SCRIPT,
        UDF,
        'CREATE USER OTHER IDENTIFIED BY "pw"',
        "CREATE ROLE R",
        "CREATE CONNECTION C TO 'address'",
    ):
        session.execute(sql)
    yield database
    session.close()
    database.close()


@pytest.fixture
def session(database):
    session = Session(database, "SYS")
    yield session
    session.close()


@pytest.fixture
def user(database, session):
    """A session of a user U without any privilege."""
    session.execute('CREATE USER U IDENTIFIED BY "pw"')
    user = Session(database, "U")
    user.set_autocommit(False)
    yield user
    user.close()
    session.execute("DROP USER U")


@pytest.mark.parametrize(
    ("sql", "grants", "message"),
    [
        ("SELECT A FROM S.T", ["SELECT ON S.T"], ": SELECT on table T"),
        ("SELECT A FROM S.T", ["SELECT ON SCHEMA S"], ": SELECT on table T"),
        ("SELECT A FROM S.T", ["SELECT ANY TABLE"], ": SELECT on table T"),
        ("SELECT A FROM S.V", ["SELECT ON S.V"], ": SELECT on table V"),
        ("WITH Q AS (SELECT A FROM S.T) SELECT A FROM Q", ["SELECT ON S.T"], ": SELECT on table T"),
        ("SELECT 1 WHERE 1 IN (SELECT A FROM S.T)", ["SELECT ON S.T"], ": SELECT on table T"),
        ("INSERT INTO S.T VALUES (2)", ["INSERT ON S.T"], ": INSERT on table T"),
        ("INSERT INTO S.T VALUES (2)", ["INSERT ANY TABLE"], ": INSERT on table T"),
        ("UPDATE S.T SET A = 3", ["UPDATE ON S.T"], ": UPDATE on table T"),
        ("DELETE FROM S.T", ["DELETE ON S.T"], ": DELETE on table T"),
        ("TRUNCATE TABLE S.T", ["DELETE ON SCHEMA S"], ": DELETE on table T"),
        (
            "INSERT INTO S.T SELECT A FROM S.ORIGIN",
            ["INSERT ON S.T", "SELECT ON S.ORIGIN"],
            ": INSERT on table T",
        ),
        (
            "MERGE INTO S.T T USING S.ORIGIN Q ON (T.A = Q.A) "
            "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (Q.A)",
            ["SELECT ON S.ORIGIN", "INSERT ON S.T", "DELETE ON S.T"],
            ": DELETE on table T",
        ),
        ("ALTER TABLE S.T ADD COLUMN B INT", ["ALTER ON S.T"], ": ALTER on table T"),
        ("RENAME TABLE S.T TO T2", ["ALTER ANY TABLE"], ": ALTER on table T"),
        ("COMMENT ON TABLE S.T IS 'x'", ["ALTER ON S.T"], ": ALTER on table T"),
        ("DROP TABLE S.T", ["DROP ANY TABLE"], " for dropping table"),
        ("DROP VIEW S.V", ["DROP ANY VIEW"], " for dropping view"),
        ("DROP SCRIPT S.P", ["DROP ANY SCRIPT"], " for dropping script"),
        ("DROP SCHEMA S CASCADE", ["DROP ANY SCHEMA"], " for dropping schema"),
        ("CREATE SCHEMA S2", ["CREATE SCHEMA"], " for creating schema"),
        ("CREATE TABLE S.T2 (A INT)", ["CREATE ANY TABLE"], " for creating table"),
        (
            "CREATE OR REPLACE TABLE S.T (A INT)",
            ["CREATE ANY TABLE", "DROP ANY TABLE"],
            " for creating table",
        ),
        (
            "CREATE TABLE S.T2 AS SELECT A FROM S.T",
            ["CREATE ANY TABLE", "SELECT ON S.T"],
            " for creating table",
        ),
        (
            "CREATE TABLE S.T2 LIKE S.T",
            ["CREATE ANY TABLE", "SELECT ON S.T"],
            " for creating table",
        ),
        (
            "CREATE VIEW S.V2 AS SELECT A FROM S.T",
            ["CREATE ANY VIEW", "SELECT ON S.T"],
            " for creating view",
        ),
        (SCRIPT, ["CREATE ANY SCRIPT", "DROP ANY SCRIPT"], " for creating script"),
        ("EXECUTE SCRIPT S.P()", ["EXECUTE ON S.P"], " for calling script"),
        ("EXECUTE SCRIPT S.P()", ["EXECUTE ON SCHEMA S"], " for calling script"),
        ("SELECT S.F(1)", ["EXECUTE ANY SCRIPT"], " for calling script"),
        ("DROP USER OTHER", ["DROP USER"], ": DROP USER privilege needed"),
        ("DROP ROLE R", ["DROP ANY ROLE"], ": DROP ANY ROLE privilege needed"),
        ("GRANT EXPORT TO OTHER", ["GRANT ANY PRIVILEGE"], " for granting"),
        ("GRANT EXPORT TO OTHER", ["EXPORT WITH ADMIN OPTION"], " for granting"),
        ("GRANT R TO OTHER", ["GRANT ANY ROLE"], " for granting"),
        ("GRANT R TO OTHER", ["R WITH ADMIN OPTION"], " for granting"),
        ("REVOKE R FROM OTHER", ["GRANT ANY ROLE"], " for revoking"),
        ("GRANT SELECT ON S.T TO OTHER", ["GRANT ANY OBJECT PRIVILEGE"], " for granting"),
        ("GRANT SELECT ON SCHEMA S TO OTHER", ["GRANT ANY OBJECT PRIVILEGE"], " for granting"),
        ("GRANT CONNECTION C TO OTHER", ["CONNECTION C WITH ADMIN OPTION"], " for granting"),
        ("GRANT ACCESS ON CONNECTION C TO OTHER", ["GRANT ANY CONNECTION"], " for granting"),
        ("DROP CONNECTION C", ["DROP ANY CONNECTION"], " for using connection C"),
        ("ALTER CONNECTION C TO 'x'", ["ALTER ANY CONNECTION"], " for using connection C"),
        ("SELECT * FROM EXA_DBA_USERS", ["SELECT ANY DICTIONARY"], ": SELECT on table EXA_DBA_"),
    ],
)
def test_a_statement_runs_with_these_grants_and_not_without(session, user, sql, grants, message):
    with pytest.raises(SqlError) as error:
        user.execute(sql)
    assert error.value.code == "42500"
    assert error.value.text.startswith(f"insufficient privileges{message}")
    user.execute("ROLLBACK")
    for grant in grants:
        privilege, _, admin = grant.partition(" WITH ")
        session.execute(f"GRANT {privilege} TO U" + (f" WITH {admin}" if admin else ""))
    user.execute(sql)
