"""What making and dropping tables and views have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import SqlError
from .privileges import require_drop
from .quoting import quote_name
from .sql.statements import Name

if TYPE_CHECKING:
    from .session import Session


def already_exists(name: Name, kind: str = "object") -> SqlError:
    full = f"{name.schema}.{name.name}" if name.schema else name.name
    return SqlError(f"{kind} {full} already exists", "42500")


def make_room(
    session: Session, name: Name, kind: str, or_replace: bool, if_not_exists: bool
) -> bool:
    """Whether to go on creating; False for IF NOT EXISTS of something that exists."""
    existing = session.catalog.relation(name)
    if not existing:
        return True
    if if_not_exists:
        return False
    if not or_replace or existing.kind != kind:
        raise already_exists(name)
    require_drop(session, kind, name.schema)
    return True


def drop_relation(session: Session, name: Name) -> None:
    """Drops a table or view, if it is there."""
    existing = session.catalog.relation(name)
    if not existing:
        return
    if existing.kind == "TABLE":
        session.duckdb_run(f"DROP TABLE {quote_name(name)}")
    session.catalog.remove_relation(name)
