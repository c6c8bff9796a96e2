"""Users, roles, and who may use a CONNECTION."""

import stat

import pytest

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session
from sme_helper.local.exasol.sql.classify import classify


@pytest.fixture
def user(database, session):
    """A session of a user without any privilege; SYS has a connection C and a script S.F."""
    session.execute('CREATE USER u IDENTIFIED BY "pw"')
    session.execute("CREATE CONNECTION c TO 'address' USER 'key' IDENTIFIED BY 'secret'")
    other = Session(database, "U")
    yield other
    other.close()


def use(session: Session, name: str = "C"):
    """The connection as EXPORT would get it, at the start of a new transaction."""
    session.store.commit()
    return session.catalog.connection(name)


def use_in_udf(session: Session, name: str = "C"):
    session.store.commit()
    return session.catalog.connection_for_udf(name, SCRIPT)


SCRIPT = classify("CREATE PYTHON3 SCALAR SCRIPT S.f() RETURNS INT AS\npass").script


def test_passwords_are_not_stored_and_can_be_changed(session, user):
    access = session.catalog.access
    assert access.password_matches("U", "pw")
    assert not access.password_matches("U", "PW")
    session.execute('ALTER USER u IDENTIFIED BY "new"')
    assert access.password_matches("U", "new")
    stored = session.duckdb_table('SELECT PASSWORD FROM "EXA$CATALOG".GRANTEES').to_pylist()
    assert "new" not in str(stored)


def test_a_connection_needs_ownership_or_a_grant(session, user):
    assert use(session).user == "key"
    with pytest.raises(SqlError, match="insufficient privileges") as error:
        use(user)
    assert (error.value.code, "secret" in error.value.text) == ("42500", False)
    session.execute("GRANT CONNECTION c TO u")
    assert use(user).password == "secret"
    session.execute("REVOKE CONNECTION c FROM u")
    with pytest.raises(SqlError, match="insufficient privileges"):
        use(user)


@pytest.mark.parametrize("grant", ["GRANT CONNECTION c TO r", "GRANT USE ANY CONNECTION TO r"])
def test_privileges_come_through_roles(session, user, grant):
    session.execute("CREATE ROLE r")
    session.execute("CREATE ROLE outer_role")
    session.execute(grant)
    session.execute("GRANT r TO outer_role")
    session.execute("GRANT outer_role TO u")
    assert use(user).address == "address"


def test_a_udf_needs_access_and_not_just_the_connection(session, user):
    session.execute("GRANT CONNECTION c TO u")
    with pytest.raises(SqlError, match="insufficient privileges"):
        use_in_udf(user)
    session.execute("GRANT ACCESS ON CONNECTION c TO u")
    assert use_in_udf(user).password == "secret"


@pytest.mark.parametrize(
    ("restriction", "allowed"),
    [
        ("FOR SCRIPT S.f", True),
        ("FOR S.f", True),
        ("FOR SCRIPT S.g", False),
        ("FOR SCHEMA S", True),
        ("FOR SCHEMA other", False),
    ],
)
def test_access_can_be_restricted_to_a_script_or_schema(session, user, restriction, allowed):
    session.execute(f"GRANT ACCESS ON CONNECTION c {restriction} TO u")
    if allowed:
        assert use_in_udf(user).name == "C"
    else:
        with pytest.raises(SqlError, match="insufficient privileges"):
            use_in_udf(user)


def test_an_unknown_connection_is_named(session):
    with pytest.raises(SqlError, match="connection NOPE does not exist"):
        use(session, "NOPE")


@pytest.mark.parametrize(
    ("sql", "privilege"),
    [
        ("EXPORT (SELECT 1) INTO CSV AT c FILE 'f.csv'", "EXPORT"),
        ("IMPORT INTO S.t FROM CSV AT c FILE 'f.csv'", "IMPORT"),
    ],
)
def test_export_and_import_need_their_privilege(session, user, sql, privilege):
    with pytest.raises(SqlError, match=f"{privilege} privilege") as error:
        user.execute(sql)
    assert error.value.code == "42500"


def test_who_may_not_use_a_connection_cannot_drop_or_change_it(session, user):
    for sql in ("DROP CONNECTION c", "ALTER CONNECTION c TO 'elsewhere'"):
        with pytest.raises(SqlError, match="insufficient privileges"):
            user.execute(sql)
    assert use(session).address == "address"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE CONNECTION d TO 'x'",
        'CREATE USER v IDENTIFIED BY "x"',
        "CREATE ROLE r",
        "ALTER SYSTEM SET NLS_DATE_FORMAT = 'x'",
    ],
)
def test_administration_needs_privileges(user, sql):
    with pytest.raises(SqlError) as error:
        user.execute(sql)
    assert error.value.code == "42500"


def test_object_grants_show_in_the_dictionary_and_vanish_with_the_object(session, rows):
    session.execute("CREATE TABLE t (a INT)")
    session.execute('CREATE USER u IDENTIFIED BY "pw"')
    session.execute("GRANT SELECT, INSERT ON t TO u")
    sql = "SELECT object_name, object_type, privilege, grantee FROM exa_dba_obj_privs ORDER BY 3"
    assert rows(sql) == [("T", "TABLE", "INSERT", "U"), ("T", "TABLE", "SELECT", "U")]
    session.execute("REVOKE INSERT ON S.t FROM u")
    assert rows(sql) == [("T", "TABLE", "SELECT", "U")]
    session.execute("DROP TABLE t")
    assert rows(sql) == []


def test_the_dictionary_shows_no_password(session, user, rows):
    session.execute("GRANT CONNECTION c TO u")
    shown = [
        rows(f"SELECT * FROM {view}")
        for view in (
            "exa_all_connections",
            "exa_dba_connections",
            "exa_dba_connection_privs",
            "exa_dba_users",
            "exa_all_users",
        )
    ]
    assert "secret" not in str(shown)
    assert all(shown)


def test_no_file_holds_a_password(tmp_path):
    database = Database(tmp_path / "database.duckdb")
    session = Session(database, "SYS")
    session.execute('CREATE USER u IDENTIFIED BY "Pass-user"')
    session.execute(
        "CREATE CONNECTION c TO 'a' USER 'u' IDENTIFIED BY 'Pass-made' SESSION TOKEN 'Pass-token'"
    )
    session.execute("CREATE CONNECTION d TO 'a' USER 'u' IDENTIFIED BY 'Pass-first'")
    session.execute("ALTER CONNECTION d TO 'a' USER 'u' IDENTIFIED BY 'Pass-changed'")
    while_it_runs = [file.read_bytes() for file in tmp_path.iterdir()]
    session.close()
    database.close()
    files = list(tmp_path.iterdir())
    assert [
        file for file in while_it_runs + [f.read_bytes() for f in files] if b"Pass-" in file
    ] == []
    assert [stat.S_IMODE(f.stat().st_mode) for f in files if f.suffix == ".key"] == [0o600]

    database = Database(tmp_path / "database.duckdb")
    session = Session(database, "SYS")
    kept = session.catalog.connection("C")
    assert (kept.password, kept.session_token) == ("Pass-made", "Pass-token")
    assert session.catalog.connection("D").password == "Pass-changed"
    session.close()
    database.close()


def test_internal_tables_are_out_of_reach(session):
    for sql in ('SELECT * FROM "EXA$CATALOG".CONNECTIONS', "SELECT * FROM duckdb_tables()"):
        with pytest.raises(SqlError):
            session.execute(sql)


def test_grants_to_nobody_are_errors(session):
    for sql in ("GRANT EXPORT TO nobody", "GRANT no_such_role TO sys"):
        with pytest.raises(SqlError, match="does not exist"):
            session.execute(sql)
