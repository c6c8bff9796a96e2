"""Runs statements about users, roles, privileges and connections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .catalog import Connection
from .errors import SqlError
from .relations import already_exists
from .sql import statements as st
from .sql.statements import Name

if TYPE_CHECKING:
    from .session import Session


def create_connection(session: Session, statement: st.CreateConnection) -> None:
    access = session.catalog.access
    access.require_system_privilege("CREATE CONNECTION")
    connection = _connection(statement)
    if access.connection_exists(statement.name):
        if not statement.or_replace:
            raise already_exists(Name(None, statement.name), "connection")
        access.require_manager(statement.name, "ALTER ANY CONNECTION")
        access.change_connection(connection)
    else:
        access.add_connection(connection)


def _connection(statement: st.CreateConnection | st.AlterConnection) -> Connection:
    return Connection(
        statement.name,
        statement.address,
        statement.user or "",
        statement.password or "",
        statement.session_token or "",
    )


def alter_connection(session: Session, statement: st.AlterConnection) -> None:
    session.catalog.access.require_manager(statement.name, "ALTER ANY CONNECTION")
    session.catalog.access.change_connection(_connection(statement))


def drop_connection(session: Session, statement: st.Drop) -> None:
    access = session.catalog.access
    if not access.connection_exists(statement.name.name):
        if statement.if_exists:
            return
        raise SqlError(f"connection {statement.name.name} does not exist")
    access.require_manager(statement.name.name, "DROP ANY CONNECTION")
    access.remove_connection(statement.name.name)


def create_user(session: Session, statement: st.CreateUser) -> None:
    session.catalog.access.require_system_privilege("CREATE USER")
    session.catalog.access.add_grantee(statement.name, False, statement.password)


def alter_user(session: Session, statement: st.AlterUser) -> None:
    if statement.name != session.user:
        session.catalog.access.require_system_privilege("ALTER USER")
    session.catalog.access.set_password(statement.name, statement.password)


def create_role(session: Session, statement: st.CreateRole) -> None:
    session.catalog.access.require_system_privilege("CREATE ROLE")
    session.catalog.access.add_grantee(statement.name, True)


def drop_grantee(session: Session, statement: st.Drop) -> None:
    access = session.catalog.access
    name = statement.name.name
    if not access.exists(name, is_role=statement.kind == "ROLE"):
        if statement.if_exists:
            return
        raise SqlError(f"{statement.kind.lower()} {name} does not exist")
    access.require_system_privilege("DROP USER" if statement.kind == "USER" else "DROP ANY ROLE")
    access.remove_grantee(name)


def require_right_to_comment(session: Session, kind: str, name: str) -> None:
    if name != session.user:
        privilege = "ALTER USER" if kind == "USER" else "CREATE ROLE"
        session.catalog.access.require_system_privilege(privilege)


def grant(session: Session, statement: st.Grant) -> None:
    if statement.kind == "OBJECT" and statement.target_kind != "SCHEMA":
        statement = _with_full_target(session, statement)
    session.catalog.access.apply(statement)


def _with_full_target(session: Session, grant: st.Grant) -> st.Grant:
    """The grant on an object with its schema and kind; GRANT ... ON s may name a schema."""
    target, catalog = grant.target, session.catalog
    is_schema = not target.schema and not grant.target_kind and catalog.schema_exists(target.name)
    if is_schema:
        return replace(grant, target_kind="SCHEMA")
    if grant.target_kind in ("", "SCRIPT") and (script := catalog.programs.script(target)):
        return replace(grant, target=script.name, target_kind="SCRIPT")
    if grant.target_kind in ("", "FUNCTION") and (function := catalog.programs.function(target)):
        return replace(grant, target=function.name, target_kind="FUNCTION")
    relation = catalog.require_relation(target)
    return replace(grant, target=relation.name, target_kind=relation.kind)
