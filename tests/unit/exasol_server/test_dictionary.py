"""The system views that clients read: columns as Exasol documents them, and what they hold."""

import datetime

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.session import Session

_OBJECT = (
    "OBJECT_NAME OBJECT_TYPE CREATED LAST_COMMIT OWNER OBJECT_ID OBJECT_IS_VIRTUAL "
    "ROOT_NAME ROOT_TYPE ROOT_ID OBJECT_COMMENT"
)
_CONSTRAINT = "CONSTRAINT_SCHEMA CONSTRAINT_TABLE CONSTRAINT_TYPE CONSTRAINT_NAME"
_SESSION = (
    "STATUS COMMAND_NAME STMT_ID DURATION QUERY_TIMEOUT ACTIVITY TEMP_DB_RAM PERSISTENT_DB_RAM "
    "LOGIN_TIME CLIENT DRIVER ENCRYPTED"
)
_PASSWORD = (
    "PASSWORD_STATE PASSWORD_STATE_CHANGED PASSWORD_EXPIRY PASSWORD_EXPIRY_DAYS "
    "PASSWORD_GRACE_DAYS PASSWORD_EXPIRY_POLICY FAILED_LOGIN_ATTEMPTS USER_COMMENT"
)
_DEPENDENT = "OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE OBJECT_OWNER OBJECT_ID"

IN_ALL_SCOPES = {
    "TABLES": "TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_OBJECT_ID TABLE_IS_VIRTUAL "
    "TABLE_HAS_DISTRIBUTION_KEY TABLE_HAS_PARTITION_KEY TABLE_ROW_COUNT DELETE_PERCENTAGE "
    "TABLE_COMMENT",
    "VIEWS": "VIEW_SCHEMA VIEW_NAME SCOPE_SCHEMA VIEW_OWNER VIEW_OBJECT_ID VIEW_TEXT VIEW_COMMENT",
    "COLUMNS": "COLUMN_SCHEMA COLUMN_TABLE COLUMN_OBJECT_TYPE COLUMN_NAME COLUMN_TYPE "
    "COLUMN_TYPE_ID COLUMN_MAXSIZE COLUMN_NUM_PREC COLUMN_NUM_SCALE COLUMN_ORDINAL_POSITION "
    "COLUMN_IS_VIRTUAL COLUMN_IS_NULLABLE COLUMN_IS_DISTRIBUTION_KEY COLUMN_IS_ZONEMAPPED "
    "COLUMN_PARTITION_KEY_ORDINAL_POSITION COLUMN_DEFAULT COLUMN_IDENTITY COLUMN_OWNER "
    "COLUMN_OBJECT_ID STATUS COLUMN_COMMENT",
    "OBJECTS": _OBJECT,
    "OBJECT_SIZES": "OBJECT_NAME OBJECT_TYPE RAW_OBJECT_SIZE MEM_OBJECT_SIZE "
    "RAW_OBJECT_SIZE_LIMIT CREATED LAST_COMMIT OWNER OBJECT_ID OBJECT_IS_VIRTUAL ROOT_NAME "
    "ROOT_TYPE ROOT_ID",
    "SCRIPTS": "SCRIPT_SCHEMA SCRIPT_NAME SCRIPT_OWNER SCRIPT_OBJECT_ID SCRIPT_TYPE "
    "SCRIPT_LANGUAGE SCRIPT_INPUT_TYPE SCRIPT_RESULT_TYPE SCRIPT_TEXT SCRIPT_COMMENT",
    "FUNCTIONS": "FUNCTION_SCHEMA FUNCTION_NAME FUNCTION_OWNER FUNCTION_OBJECT_ID FUNCTION_TEXT "
    "FUNCTION_COMMENT",
    "CONSTRAINTS": f"{_CONSTRAINT} CONSTRAINT_ENABLED CONSTRAINT_OWNER",
    "CONSTRAINT_COLUMNS": f"{_CONSTRAINT} CONSTRAINT_OWNER ORDINAL_POSITION COLUMN_NAME "
    "REFERENCED_SCHEMA REFERENCED_TABLE REFERENCED_COLUMN",
    "DEPENDENCIES": f"{_DEPENDENT} REFERENCE_TYPE REFERENCED_"
    + " REFERENCED_".join(_DEPENDENT.split()),
    "OBJ_PRIVS": "OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE PRIVILEGE GRANTEE GRANTOR OWNER",
}
PRIVILEGES = {
    "SYS_PRIVS": "GRANTEE PRIVILEGE ADMIN_OPTION",
    "ROLE_PRIVS": "GRANTEE GRANTED_ROLE ADMIN_OPTION",
    "CONNECTION_PRIVS": "GRANTEE GRANTED_CONNECTION ADMIN_OPTION",
    "OBJ_PRIVS": IN_ALL_SCOPES["OBJ_PRIVS"],
    "RESTRICTED_OBJ_PRIVS": "OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE FOR_OBJECT_SCHEMA "
    "FOR_OBJECT_NAME FOR_OBJECT_TYPE PRIVILEGE GRANTEE GRANTOR OWNER",
}
DOCUMENTED = {
    **{f"EXA_{scope}_{k}": v for k, v in IN_ALL_SCOPES.items() for scope in ("ALL", "DBA", "USER")},
    **{f"EXA_{scope}_{k}": v for k, v in PRIVILEGES.items() for scope in ("DBA", "ROLE", "USER")},
    "EXA_SCHEMAS": "SCHEMA_NAME SCHEMA_OWNER SCHEMA_OBJECT_ID SCHEMA_IS_VIRTUAL SCHEMA_COMMENT",
    "EXA_ALL_CONNECTIONS": "CONNECTION_NAME CREATED CONNECTION_COMMENT",
    "EXA_DBA_CONNECTIONS": "CONNECTION_NAME CONNECTION_STRING USER_NAME CREATED CONNECTION_COMMENT",
    "EXA_SESSION_CONNECTIONS": "CONNECTION_NAME CONNECTION_STRING USER_NAME CREATED "
    "CONNECTION_COMMENT",
    "EXA_ALL_USERS": "USER_NAME CREATED USER_CONSUMER_GROUP USER_COMMENT",
    "EXA_USER_USERS": f"USER_NAME CREATED USER_CONSUMER_GROUP {_PASSWORD}",
    "EXA_DBA_USERS": "USER_NAME CREATED DISTINGUISHED_NAME KERBEROS_PRINCIPAL OPENID_SUBJECT "
    f"PASSWORD USER_CONSUMER_GROUP {_PASSWORD}",
    "EXA_ALL_ROLES": "ROLE_NAME CREATED ROLE_CONSUMER_GROUP ROLE_COMMENT",
    "EXA_DBA_ROLES": "ROLE_NAME CREATED ROLE_CONSUMER_GROUP ROLE_COMMENT",
    "EXA_SESSION_ROLES": "ROLE_NAME ROLE_CONSUMER_GROUP ROLE_COMMENT",
    "EXA_SESSION_PRIVS": "PRIVILEGE",
    "EXA_ALL_SESSIONS": f"SESSION_ID USER_NAME {_SESSION} CONSUMER_GROUP NICE RESOURCES",
    "EXA_DBA_SESSIONS": f"SESSION_ID USER_NAME EFFECTIVE_USER {_SESSION} HOST OS_USER OS_NAME "
    "SCOPE_SCHEMA CONSUMER_GROUP NICE RESOURCES SQL_TEXT",
    "EXA_USER_PROFILE_LAST_DAY": "SESSION_ID STMT_ID COMMAND_NAME COMMAND_CLASS PART_ID PART_NAME "
    "PART_INFO OBJECT_SCHEMA OBJECT_NAME OBJECT_ROWS OUT_ROWS DURATION CPU TEMP_DB_RAM_PEAK "
    "PERSISTENT_DB_RAM_PEAK HDD_READ HDD_WRITE NET REMARKS SQL_TEXT",
    "EXA_PARAMETERS": "PARAMETER_NAME SESSION_VALUE SYSTEM_VALUE",
    "EXA_SYSCAT": "SCHEMA_NAME OBJECT_NAME OBJECT_TYPE OBJECT_COMMENT",
    "EXA_SQL_KEYWORDS": "KEYWORD RESERVED",
    "EXA_METADATA": "PARAM_NAME PARAM_VALUE IS_STATIC",
}


def test_views_have_the_columns_that_exasol_documents_in_their_order(session):
    found = {view: session.execute(f"SELECT * FROM {view}").columns for view in DOCUMENTED}
    names = {view: " ".join(column.name for column in columns) for view, columns in found.items()}
    assert names == DOCUMENTED


def test_every_view_is_in_the_catalog_of_system_tables(session, rows):
    listed = {name for (name,) in rows("SELECT OBJECT_NAME FROM EXA_SYSCAT")}
    assert listed >= DOCUMENTED.keys()
    for schema, name in rows("SELECT SCHEMA_NAME, OBJECT_NAME FROM EXA_SYSCAT"):
        session.execute(f"SELECT * FROM {schema}.{name}")


def test_only_who_may_read_the_dictionary_reads_the_views_of_dbas(session, database):
    session.execute('CREATE USER u IDENTIFIED BY "pw"')
    user = Session(database, "U")
    for view in DOCUMENTED:
        if view.startswith("EXA_DBA_"):
            with pytest.raises(SqlError, match=f"insufficient privileges: SELECT on table {view}"):
                user.execute(f"SELECT * FROM {view}")
        else:
            user.execute(f"SELECT * FROM {view}")
    user.close()


def test_rows_and_sizes_are_those_of_this_moment(session, rows):
    session.execute("CREATE TABLE T (A DECIMAL(18,0), B VARCHAR(10), C DATE)")
    session.execute("INSERT INTO T VALUES (1, 'abc', NULL), (2, 'é', NULL), (3, NULL, NULL)")
    session.execute("DELETE FROM T WHERE A = 3")
    session.execute("CREATE TABLE EMPTY_ONE (A INT)")
    counts = "SELECT TABLE_NAME, TABLE_ROW_COUNT FROM EXA_USER_TABLES ORDER BY 1"
    assert rows(counts) == [("EMPTY_ONE", 0), ("T", 2)]
    assert rows(
        "SELECT OBJECT_NAME, OBJECT_TYPE, RAW_OBJECT_SIZE FROM EXA_ALL_OBJECT_SIZES ORDER BY 1"
    ) == [("EMPTY_ONE", "TABLE", 0), ("S", "SCHEMA", 29), ("T", "TABLE", 29)]  # 2 * (8 + 4) + 3 + 2
    session.execute("CREATE VIEW COUNTED AS SELECT * FROM EXA_USER_TABLES")
    assert rows("SELECT MAX(TABLE_ROW_COUNT) FROM COUNTED") == [(2,)]


def test_constraints_are_keys_and_columns_that_must_not_be_null(session, rows):
    session.execute(
        "CREATE TABLE T (A INT, B INT NOT NULL, C INT, CONSTRAINT K PRIMARY KEY (A, C))"
    )
    columns = (
        "SELECT CONSTRAINT_TYPE, ORDINAL_POSITION, COLUMN_NAME FROM EXA_ALL_CONSTRAINT_COLUMNS "
        "ORDER BY 1, 2"
    )
    assert rows(columns) == [
        ("NOT NULL", 1, "B"),
        ("PRIMARY KEY", 1, "A"),
        ("PRIMARY KEY", 2, "C"),
    ]
    keys = "SELECT CONSTRAINT_NAME, CONSTRAINT_ENABLED FROM EXA_ALL_CONSTRAINTS WHERE "
    assert rows(keys + "CONSTRAINT_TYPE = 'PRIMARY KEY'") == [("K", True)]


def test_dependencies_tell_what_views_read(session, rows):
    session.execute("CREATE TABLE T (A INT)")
    session.execute("CREATE VIEW V AS WITH X AS (SELECT A FROM T) SELECT X.A FROM X JOIN T ON TRUE")
    session.execute("CREATE VIEW W AS SELECT A FROM S.V")
    found = "SELECT OBJECT_NAME, REFERENCED_OBJECT_NAME, REFERENCED_OBJECT_TYPE FROM "
    dependencies = [("V", "T", "TABLE"), ("W", "V", "VIEW")]
    assert rows(f"{found} EXA_ALL_DEPENDENCIES ORDER BY 1") == dependencies
    session.execute("DROP TABLE T")
    assert rows(f"{found} EXA_USER_DEPENDENCIES") == dependencies[1:]


def test_a_user_sees_the_connections_that_it_may_use_and_addresses_of_its_own(
    session, database, rows
):
    for name in ("GIVEN", "OTHERS"):
        session.execute(f"CREATE CONNECTION {name} TO 'theirs' USER 'key' IDENTIFIED BY 'secret'")
    session.execute('CREATE USER u IDENTIFIED BY "pw"')
    session.execute("GRANT CREATE CONNECTION TO u")
    session.execute("GRANT CONNECTION GIVEN TO u")
    user = Session(database, "U")
    user.execute("CREATE CONNECTION MINE TO 'my address' USER 'my key' IDENTIFIED BY 'secret'")
    usable = "SELECT CONNECTION_NAME, CONNECTION_STRING, USER_NAME FROM EXA_SESSION_CONNECTIONS"
    assert rows(f"{usable} ORDER BY 1", user) == [
        ("GIVEN", None, None),
        ("MINE", "my address", "my key"),
    ]
    user.close()


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        (
            "CREATE CONNECTION C TO 'a' USER 'u' IDENTIFIED BY 'it''s secret' SESSION TOKEN 'too'",
            "CREATE CONNECTION C TO 'a' USER 'u' IDENTIFIED BY <SECRET> SESSION TOKEN <SECRET>",
        ),
        ('CREATE USER P IDENTIFIED BY "secret"', "CREATE USER P IDENTIFIED BY <SECRET>"),
        (
            "ALTER USER SYS IDENTIFIED /* of */ BY secret REPLACE exasol",
            "ALTER USER SYS IDENTIFIED /* of */ BY <SECRET>",
        ),
    ],
)
def test_statements_of_others_are_shown_without_their_secrets(session, database, rows, sql, shown):
    watcher = Session(database, "SYS")
    session.execute(sql)
    text = f"SELECT SQL_TEXT FROM EXA_DBA_SESSIONS WHERE SESSION_ID = {session.id}"
    assert rows(text, watcher) == [(shown,)]
    watcher.close()


def test_with_profile_statements_are_kept_with_their_rows_and_duration(session, rows):
    session.execute("CREATE TABLE T (A INT)")
    session.execute("ALTER SESSION SET PROFILE = 'ON'")
    session.execute("INSERT INTO T VALUES (1), (2)")
    with pytest.raises(SqlError):
        session.execute("SELECT NOPE")
    session.execute("ALTER SESSION SET PROFILE = 'OFF'")
    assert rows(
        "SELECT COMMAND_NAME, COMMAND_CLASS, PART_NAME, OUT_ROWS, DURATION >= 0 "
        "FROM EXA_STATISTICS.EXA_USER_PROFILE_LAST_DAY ORDER BY STMT_ID"
    ) == [
        ("ALTER SESSION", "OTHER", "COMPILE / EXECUTE", 0, True),
        ("INSERT", "DML", "COMPILE / EXECUTE", 2, True),
        ("SELECT", "DQL", "COMPILE / EXECUTE", None, True),
    ]


def test_pyexasol_explains_the_last_statement_and_tells_the_space_on_disk(connect):
    connection = connect()
    connection.execute("ALTER SESSION SET PROFILE = 'ON'")
    connection.execute("SELECT 1 FROM EXA_SQL_KEYWORDS LIMIT 3")
    (part,) = connection.ext.explain_last(details=True)
    assert (part["part_name"], part["out_rows"], part["iproc"]) == ("COMPILE / EXECUTE", 3, 0)
    space = connection.ext.get_disk_space_usage()
    assert 0 < space["occupied_size"] < space["total_size"]
    assert datetime.datetime.fromisoformat(space["measure_time"]).year >= 2026
