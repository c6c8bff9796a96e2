"""Which tables and views a view reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .catalog.bootstrap import INTERNAL
from .sql.resolve import Target, resolve
from .sql.statements import Name

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True)
class Object:
    """A table or view."""

    name: Name
    kind: str
    owner: str
    id: int


@dataclass(frozen=True)
class Dependency:
    """A view, and one of the tables and views that it reads."""

    view: Object
    referenced: Object


def dependencies(session: Session) -> Iterator[Dependency]:
    """The direct ones of all views; what is not there (any more) is left out."""
    rows = session.store.look_up(f"SELECT * FROM {INTERNAL}.RELATIONS", [])
    objects = {}
    for row in rows:
        name = Name(row["SCHEMA_NAME"], row["RELATION_NAME"])
        objects[name] = Object(name, row["KIND"], row["OWNER"], row["OBJECT_ID"])
    for row in rows:
        if row["KIND"] == "VIEW":
            view = objects[Name(row["SCHEMA_NAME"], row["RELATION_NAME"])]
            for name in _read(
                session, row["VIEW_QUERY"], row["SCOPE_SCHEMA"] or row["SCHEMA_NAME"]
            ):
                if name in objects:
                    yield Dependency(view, objects[name])


def _read(session: Session, query: str, scope: str) -> list[Name]:
    """The tables that a query names, each once, in their order."""
    found: dict[Name, None] = {}

    def note(name: Name) -> Target:
        found[Name(name.schema or scope, name.name)] = None
        return Target(name)

    resolve(session.parse(query), note)
    return list(found)
