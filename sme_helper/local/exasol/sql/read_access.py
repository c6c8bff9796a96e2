"""Reads statements about users, roles, privileges and connections."""

from __future__ import annotations

from ..errors import SqlError, unsupported
from .statements import (
    AlterConnection,
    AlterUser,
    CreateConnection,
    CreateRole,
    CreateUser,
    Grant,
    Name,
)
from .tokens import Cursor

OBJECT_PRIVILEGES = {
    "ALL",
    "ALTER",
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REFERENCES",
    "EXECUTE",
    "EXPORT",
    "USAGE",
}
SYSTEM_PRIVILEGES = {
    "ACCESS ANY CONNECTION",
    "ALTER ANY CONNECTION",
    "ALTER ANY SCHEMA",
    "ALTER ANY TABLE",
    "ALTER SYSTEM",
    "ALTER USER",
    "CREATE ANY FUNCTION",
    "CREATE ANY SCRIPT",
    "CREATE ANY TABLE",
    "CREATE ANY VIEW",
    "CREATE CONNECTION",
    "CREATE FUNCTION",
    "CREATE ROLE",
    "CREATE SCHEMA",
    "CREATE SCRIPT",
    "CREATE SESSION",
    "CREATE TABLE",
    "CREATE USER",
    "CREATE VIEW",
    "DELETE ANY TABLE",
    "DROP ANY CONNECTION",
    "DROP ANY FUNCTION",
    "DROP ANY ROLE",
    "DROP ANY SCHEMA",
    "DROP ANY SCRIPT",
    "DROP ANY TABLE",
    "DROP ANY VIEW",
    "DROP USER",
    "EXECUTE ANY FUNCTION",
    "EXECUTE ANY SCRIPT",
    "EXPORT",
    "GRANT ANY CONNECTION",
    "GRANT ANY OBJECT PRIVILEGE",
    "GRANT ANY PRIVILEGE",
    "GRANT ANY ROLE",
    "IMPORT",
    "INSERT ANY TABLE",
    "KILL ANY SESSION",
    "MANAGE CONSUMER GROUPS",
    "SELECT ANY DICTIONARY",
    "SELECT ANY TABLE",
    "SET ANY CONSUMER GROUP",
    "UPDATE ANY TABLE",
    "USE ANY CONNECTION",
    "USE ANY SCHEMA",
}
_OBJECT_KINDS = ("SCHEMA", "TABLE", "VIEW", "SCRIPT", "FUNCTION")


def create_connection(cursor: Cursor, or_replace: bool) -> CreateConnection:
    name = cursor.identifier()
    return CreateConnection(name, *_connection_details(cursor), or_replace)


def alter_connection(cursor: Cursor) -> AlterConnection:
    name = cursor.identifier()
    return AlterConnection(name, *_connection_details(cursor))


def _connection_details(cursor: Cursor) -> tuple[str, str | None, str | None, str | None]:
    """Address, user, password and session token."""
    cursor.expect("TO")
    address = cursor.string()
    user = cursor.string() if cursor.match("USER") else None
    password = cursor.string() if cursor.match("IDENTIFIED", "BY") else None
    session_token = cursor.string() if cursor.match("SESSION", "TOKEN") else None
    cursor.expect_end()
    return address, user, password, session_token


def create_user(cursor: Cursor) -> CreateUser:
    name = cursor.identifier()
    return CreateUser(name, _password(cursor))


def alter_user(cursor: Cursor) -> AlterUser:
    name = cursor.identifier()
    password = _password(cursor)
    return AlterUser(name, password)


def _password(cursor: Cursor) -> str:
    cursor.expect("IDENTIFIED")
    if not cursor.match("BY"):
        raise unsupported("log-in other than by password")
    # Exasol takes the password as a (quoted) identifier, the case of which counts.
    token = cursor.next()
    if cursor.match("REPLACE"):
        cursor.next()
    cursor.expect_end()
    return token.text if token.kind == "word" else token.value


def create_role(cursor: Cursor) -> CreateRole:
    role = CreateRole(cursor.identifier())
    cursor.expect_end()
    return role


def grant(cursor: Cursor) -> Grant:
    """GRANT ..., from behind the word."""
    return _grant(cursor, "TO", revoke=False)


def revoke(cursor: Cursor) -> Grant:
    """REVOKE ..., from behind the word."""
    cursor.match("ADMIN", "OPTION", "FOR")
    return _grant(cursor, "FROM", revoke=True)


def _grant(cursor: Cursor, to: str, revoke: bool) -> Grant:
    if cursor.match("ACCESS", "ON", "CONNECTION"):
        target = Name(None, cursor.identifier())
        restriction = _restriction(cursor)
        return _finish(
            cursor, to, revoke, "CONNECTION ACCESS", ("ACCESS",), target, restriction=restriction
        )
    if cursor.match("CONNECTION"):
        return _finish(cursor, to, revoke, "CONNECTION", tuple(_identifiers(cursor)))
    privileges = _privileges(cursor, to)
    if cursor.match("ON"):
        unknown = set(privileges) - OBJECT_PRIVILEGES - {"ALL PRIVILEGES"}
        if unknown:
            # Exasol takes such a word for a role, and a role is granted without ON.
            raise SqlError(f"syntax error, unexpected ON_, expecting ',' or {to}_")
        kind = cursor.match_any(*_OBJECT_KINDS) or ""
        return _finish(cursor, to, revoke, "OBJECT", privileges, cursor.name(), kind)
    if privileges in (("ALL",), ("ALL PRIVILEGES",)):
        privileges = tuple(sorted(SYSTEM_PRIVILEGES))
    is_system = all(privilege in SYSTEM_PRIVILEGES for privilege in privileges)
    return _finish(cursor, to, revoke, "SYSTEM" if is_system else "ROLE", privileges)


def _privileges(cursor: Cursor, to: str) -> tuple[str, ...]:
    """The comma-separated privileges or roles before ON or TO/FROM."""
    privileges = []
    while True:
        words = [cursor.identifier()]
        while not cursor.peek(",") and not cursor.peek("ON") and not cursor.peek(to):
            words.append(cursor.identifier())
        privileges.append(" ".join(words))
        if not cursor.match(","):
            return tuple(privileges)


def _restriction(cursor: Cursor) -> tuple[str, Name] | None:
    if not cursor.match("FOR"):
        return None
    if cursor.match("SCHEMA"):
        return "SCHEMA", Name(None, cursor.identifier())
    cursor.match("SCRIPT")
    return "SCRIPT", cursor.name()


def _finish(
    cursor: Cursor,
    to: str,
    revoke: bool,
    kind: str,
    privileges: tuple[str, ...],
    target: Name | None = None,
    target_kind: str = "",
    restriction: tuple[str, Name] | None = None,
) -> Grant:
    cursor.expect(to)
    grantees = tuple(_identifiers(cursor))
    admin_option = cursor.match("WITH", "ADMIN", "OPTION")
    cursor.match("CASCADE", "CONSTRAINTS")
    cursor.expect_end()
    return Grant(revoke, kind, privileges, grantees, target, target_kind, restriction, admin_option)


def _identifiers(cursor: Cursor) -> list[str]:
    names = [cursor.identifier()]
    while cursor.match(","):
        names.append(cursor.identifier())
    return names
