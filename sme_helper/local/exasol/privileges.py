"""Who may run a statement: what it needs is asked for here, and refused in Exasol's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from .errors import SqlError
from .sql.statements import Name
from .udf.calls import find_calls

if TYPE_CHECKING:
    from .catalog import Rights
    from .session import Session


def denied(what: str) -> SqlError:
    return SqlError(f"insufficient privileges{what}", "42500")


def require_create(session: Session, kind: str, schema: str) -> None:
    """The right to make a TABLE, VIEW or SCRIPT there."""
    if not _own(session).create(kind, session.catalog.schema_owner(schema)):
        raise denied(f" for creating {kind.lower()}")


def require_drop(session: Session, kind: str, schema: str) -> None:
    """The right to drop or replace a TABLE, VIEW, SCRIPT or SCHEMA."""
    if not _own(session).drop(kind, session.catalog.schema_owner(schema)):
        raise denied(f" for dropping {kind.lower()}")


def require_owner(session: Session, schema: str, what: str) -> None:
    if not _own(session).owns(session.catalog.schema_owner(schema)):
        raise denied(f" for {what}")


def require_use(session: Session, schema: str) -> None:
    """The right to open a schema."""
    if not _own(session).use(schema, session.catalog.schema_owner(schema)):
        raise denied(f" for opening schema {schema}")


def require_on(session: Session, privilege: str, table: Name) -> None:
    """An object privilege of the session's user on a table or view, or on its schema."""
    _require_on(session, _own(session), privilege, table)


def require_select(session: Session, table: Name, view_owner: str | None) -> None:
    """The right to read a table: the user's own, or inside a view that of the view's owner.

    Raises:
        SqlError: it may not be read; or the owner of a view that somebody else reads may not
            hand the table on.
    """
    rights = _own(session) if view_owner is None else session.catalog.access.rights(view_owner)
    _require_on(session, rights, "SELECT", table)
    if view_owner is None or _own(session).owns(view_owner):
        return
    if not rights.pass_on_select(session.catalog.schema_owner(table.schema)):
        raise denied(f": SELECT on table {table.name} must be grantable for {view_owner}")


def _require_on(session: Session, rights: Rights, privilege: str, table: Name) -> None:
    owner = session.catalog.schema_owner(table.schema)
    if not rights.on(privilege, table, owner):
        raise denied(f": {privilege} on table {table.name}")
    if not rights.use(table.schema, owner):
        raise denied(
            f" for {privilege} on table {table.name}: USAGE on schema {table.schema} needed."
        )


def require_execute(
    session: Session, name: Name, view_owner: str | None = None, kind: str = "script"
) -> None:
    """The right to run a script or function, from a view that of the view's owner."""
    rights = _own(session) if view_owner is None else session.catalog.access.rights(view_owner)
    owner = session.catalog.schema_owner(name.schema)
    if not rights.on("EXECUTE", name, owner, kind.upper()):
        raise denied(f" for calling {kind}")
    if not rights.use(name.schema, owner):
        raise denied(f" for calling {kind}: USAGE on schema {name.schema} needed.")


def require_calls(session: Session, tree: exp.Expression) -> None:
    """The right to run every UDF that a query calls, with its views put in already."""
    for call in find_calls(session, tree):
        require_execute(session, call.script.name, call.view_owner)


def _own(session: Session) -> Rights:
    return session.catalog.access.rights(session.user)
