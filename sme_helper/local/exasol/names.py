"""What the names in a query mean, and whether they may be used; views are put in as queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from . import dictionary
from .errors import SqlError, unsupported
from .privileges import require_execute, require_select
from .sql.inline_functions import inline_functions
from .sql.resolve import Target, resolve
from .sql.statements import Function, Name

if TYPE_CHECKING:
    from .session import Session

_MAX_VIEW_DEPTH = 64


def resolve_names(session: Session, tree: exp.Expression) -> exp.Expression:
    """The tree with full table names; views and SQL functions are put in.

    Raises:
        SqlError: a table does not exist, or may not be read.
    """
    resolved = resolve(tree, lambda name: _find(session, tree, name, None, depth=0))
    if not session.catalog.programs.function_names():
        return resolved

    def find_function(name: Name, view_owner: str | None) -> Function | None:
        function = session.catalog.programs.function(name)
        if function:
            require_execute(session, function.name, view_owner, kind="function")
        return function

    return inline_functions(resolved, find_function, session.parse)


def _find(
    session: Session, tree: exp.Expression, name: Name, view_owner: str | None, depth: int
) -> Target:
    """What a table name in a query means, as Exasol looks for it.

    Args:
        tree: the query.
        view_owner: whose view the name stands in: then the rights of that owner count.
    """
    if depth > _MAX_VIEW_DEPTH:
        raise SqlError(f"view {name.name} contains itself")
    if not name.schema and session.store.registered_columns(name.name):
        return Target(name)
    if name.schema or session.schema:
        relation = session.catalog.relation(name)
        if relation:
            require_select(session, relation.name, view_owner)
        if relation and relation.kind == "VIEW":
            return Target(relation.name, _view_query(session, relation, depth))
        if relation:
            return Target(relation.name)
    if name.schema in (None, dictionary.schema_of(name.name)):
        view = dictionary.view(session, name.name, view_owner, tree)
        if view:
            return view
    where = f"{name.schema}." if name.schema else ""
    of_system = name.schema in (None, *dictionary.SCHEMAS)
    if of_system and name.name.startswith(("EXA_", "$EXA_")):
        raise unsupported(f"system table {where}{name.name}")
    raise SqlError(f"object {where}{name.name} not found")


def _view_query(session: Session, relation, depth: int) -> exp.Expression:
    """A view's query with its names resolved in the schema in which it was created."""
    tree = session.parse(relation.view_query)
    scope = relation.scope_schema or relation.name.schema
    owner = session.catalog.schema_owner(relation.name.schema)

    def find(name: Name) -> Target:
        in_scope = Name(name.schema or scope, name.name)
        if not name.schema and not session.catalog.relation(in_scope):
            system_view = dictionary.view(session, name.name, owner, tree)
            if system_view:
                return system_view
        return _find(session, tree, in_scope, owner, depth + 1)

    _prepare_calls(session, tree, scope, owner)
    return resolve(tree, find)


def _prepare_calls(session: Session, tree: exp.Expression, schema: str, owner: str | None) -> None:
    """Gives the calls of a view their schema, and notes whose rights count for them."""
    known = session.catalog.programs.script_names() | session.catalog.programs.function_names()
    for call in list(tree.find_all(exp.Anonymous)):
        call.meta["view_owner"] = owner
        is_bare = not isinstance(call.parent, exp.Dot)
        if is_bare and Name(schema, call.name) in known:
            in_schema = exp.Identifier(this=schema, quoted=True)
            call.replace(exp.Dot(this=in_schema, expression=call.copy()))
