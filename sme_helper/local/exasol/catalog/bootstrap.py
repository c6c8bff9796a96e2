"""Creates the dictionary: internal tables once, system views at every start."""

from __future__ import annotations

import hashlib
import secrets

import duckdb

from . import system_views

INTERNAL = '"EXA$CATALOG"'
DEFAULT_PASSWORD = "exasol"

_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS {INTERNAL};
CREATE SCHEMA IF NOT EXISTS "SYS";
CREATE SEQUENCE IF NOT EXISTS {INTERNAL}.OBJECT_IDS START 1000;
CREATE TABLE IF NOT EXISTS {INTERNAL}.SCHEMAS (
    SCHEMA_NAME VARCHAR, OWNER VARCHAR, COMMENT VARCHAR,
    CREATED TIMESTAMP DEFAULT current_timestamp::TIMESTAMP,
    OBJECT_ID BIGINT DEFAULT nextval('{INTERNAL}.OBJECT_IDS'));
CREATE TABLE IF NOT EXISTS {INTERNAL}.RELATIONS (
    SCHEMA_NAME VARCHAR, RELATION_NAME VARCHAR, KIND VARCHAR, OWNER VARCHAR, COMMENT VARCHAR,
    VIEW_QUERY VARCHAR, VIEW_TEXT VARCHAR, SCOPE_SCHEMA VARCHAR,
    CREATED TIMESTAMP DEFAULT current_timestamp::TIMESTAMP,
    OBJECT_ID BIGINT DEFAULT nextval('{INTERNAL}.OBJECT_IDS'));
CREATE TABLE IF NOT EXISTS {INTERNAL}.COLUMNS (
    SCHEMA_NAME VARCHAR, RELATION_NAME VARCHAR, COLUMN_NAME VARCHAR, POSITION INTEGER,
    TYPE VARCHAR, NULLABLE BOOLEAN, DEFAULT_TEXT VARCHAR, DISTRIBUTION BOOLEAN,
    PARTITION_KEY INTEGER, COMMENT VARCHAR);
CREATE TABLE IF NOT EXISTS {INTERNAL}.KEYS (
    SCHEMA_NAME VARCHAR, RELATION_NAME VARCHAR, KEY_NAME VARCHAR, COLUMN_NAMES VARCHAR[],
    ENABLED BOOLEAN);
CREATE TABLE IF NOT EXISTS {INTERNAL}.SCRIPTS (
    SCHEMA_NAME VARCHAR, SCRIPT_NAME VARCHAR, OWNER VARCHAR, LANGUAGE VARCHAR, KIND VARCHAR,
    RETURNS VARCHAR, SCRIPT_TEXT VARCHAR, COMMENT VARCHAR,
    CREATED TIMESTAMP DEFAULT current_timestamp::TIMESTAMP,
    OBJECT_ID BIGINT DEFAULT nextval('{INTERNAL}.OBJECT_IDS'));
CREATE TABLE IF NOT EXISTS {INTERNAL}.FUNCTIONS (
    SCHEMA_NAME VARCHAR, FUNCTION_NAME VARCHAR, OWNER VARCHAR, FUNCTION_TEXT VARCHAR,
    COMMENT VARCHAR, CREATED TIMESTAMP DEFAULT current_timestamp::TIMESTAMP,
    OBJECT_ID BIGINT DEFAULT nextval('{INTERNAL}.OBJECT_IDS'));
CREATE TABLE IF NOT EXISTS {INTERNAL}.CONNECTIONS (
    CONNECTION_NAME VARCHAR, ADDRESS VARCHAR, USER_NAME VARCHAR, PASSWORD VARCHAR,
    OWNER VARCHAR, COMMENT VARCHAR,
    CREATED TIMESTAMP DEFAULT current_timestamp::TIMESTAMP);
ALTER TABLE {INTERNAL}.CONNECTIONS ADD COLUMN IF NOT EXISTS SESSION_TOKEN VARCHAR;
CREATE TABLE IF NOT EXISTS {INTERNAL}.GRANTEES (
    GRANTEE VARCHAR, IS_ROLE BOOLEAN, PASSWORD VARCHAR, COMMENT VARCHAR,
    CREATED TIMESTAMP DEFAULT current_timestamp::TIMESTAMP);
CREATE TABLE IF NOT EXISTS {INTERNAL}.PRIVILEGES (
    KIND VARCHAR, PRIVILEGE VARCHAR, GRANTEE VARCHAR, OBJECT_SCHEMA VARCHAR,
    OBJECT_NAME VARCHAR, OBJECT_TYPE VARCHAR, RESTRICTION_KIND VARCHAR,
    RESTRICTION_SCHEMA VARCHAR, RESTRICTION_NAME VARCHAR, ADMIN_OPTION BOOLEAN,
    GRANTOR VARCHAR);
CREATE TABLE IF NOT EXISTS {INTERNAL}.PARAMETERS (PARAMETER VARCHAR, VALUE VARCHAR);
"""

# Exasol's defaults; ALTER SYSTEM changes them for later sessions.
SYSTEM_PARAMETERS = {
    "CONSTRAINT_STATE_DEFAULT": "ENABLE",
    "DEFAULT_LIKE_ESCAPE_CHARACTER": "\\",
    "IDLE_TIMEOUT": "86400",
    "NLS_DATE_FORMAT": "YYYY-MM-DD",
    "NLS_DATE_LANGUAGE": "ENG",
    "NLS_FIRST_DAY_OF_WEEK": "7",
    "NLS_NUMERIC_CHARACTERS": ".,",
    "NLS_TIMESTAMP_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF6",
    "PROFILE": "OFF",
    "QUERY_CACHE": "ON",
    "QUERY_TIMEOUT": "0",
    "SCRIPT_LANGUAGES": "PYTHON3=builtin_python3 R=builtin_r JAVA=builtin_java",
    "SCRIPT_OUTPUT_ADDRESS": "",
    "SNAPSHOT_MODE": "SYSTEM TABLES",
    "SQL_PREPROCESSOR_SCRIPT": "",
    "TIMESTAMP_ARITHMETIC_BEHAVIOR": "INTERVAL",
    "TIME_ZONE": "UTC",
    "TIME_ZONE_BEHAVIOR": "INVALID SHIFT AMBIGUOUS ST",
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes a new database usable, or an existing one current."""
    connection.execute(_TABLES)
    if not connection.execute(f"SELECT 1 FROM {INTERNAL}.GRANTEES").fetchone():
        connection.execute(
            f"INSERT INTO {INTERNAL}.GRANTEES (GRANTEE, IS_ROLE, PASSWORD) VALUES "
            "('SYS', FALSE, ?), ('DBA', TRUE, NULL), ('PUBLIC', TRUE, NULL)",
            [hash_password(DEFAULT_PASSWORD)],
        )
        connection.execute(
            f"INSERT INTO {INTERNAL}.PRIVILEGES (KIND, PRIVILEGE, GRANTEE, ADMIN_OPTION, GRANTOR) "
            "VALUES ('ROLE', 'DBA', 'SYS', TRUE, 'SYS'), "
            "('SYSTEM', 'USE ANY SCHEMA', 'PUBLIC', FALSE, 'SYS')"
        )
    # A database of an earlier version lacks the parameters that have come since.
    connection.executemany(
        f"INSERT INTO {INTERNAL}.PARAMETERS SELECT $1, $2 "
        f"WHERE $1 NOT IN (SELECT PARAMETER FROM {INTERNAL}.PARAMETERS)",
        list(SYSTEM_PARAMETERS.items()),
    )
    for statement in system_views.statements():
        connection.execute(statement)


def set_password(connection: duckdb.DuckDBPyConnection, user: str, password: str) -> None:
    """Gives a user a password, without any session; a new user becomes a DBA."""
    stored = hash_password(password)
    changed = connection.execute(
        f"UPDATE {INTERNAL}.GRANTEES SET PASSWORD = ? WHERE GRANTEE = ?", [stored, user]
    ).fetchone()[0]
    if not changed:
        connection.execute(
            f"INSERT INTO {INTERNAL}.GRANTEES (GRANTEE, IS_ROLE, PASSWORD) VALUES (?, FALSE, ?)",
            [user, stored],
        )
        connection.execute(
            f"INSERT INTO {INTERNAL}.PRIVILEGES (KIND, PRIVILEGE, GRANTEE, ADMIN_OPTION, GRANTOR) "
            "VALUES ('ROLE', 'DBA', ?, TRUE, 'SYS')",
            [user],
        )


def hash_password(password: str) -> str:
    """'salt$hash' for storing."""
    salt = secrets.token_hex(16)
    return f"{salt}${_digest(salt, password)}"


def password_matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one that `stored` was made from."""
    if not stored:
        return False
    salt, digest = stored.split("$")
    return secrets.compare_digest(digest, _digest(salt, password))


def _digest(salt: str, password: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10_000).hex()
