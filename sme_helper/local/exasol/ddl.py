"""Runs DDL. Schemas, views, scripts, RENAME, COMMENT and DROP are here; tables are in
`ddl_tables`, users, privileges and connections in `ddl_access`.

Every handler changes DuckDB and the dictionary together, inside the session's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import ddl_access, ddl_tables, query
from .errors import SqlError, unsupported
from .names import resolve_names
from .privileges import (
    denied,
    require_calls,
    require_create,
    require_drop,
    require_on,
    require_owner,
)
from .quoting import quote, quote_name
from .relations import already_exists, drop_relation, make_room
from .results import Column, Result
from .sql import statements as st
from .sql.statements import ColumnDefinition, Name
from .udf.evaluate import check_container
from .udf.rewrite import has_udf_call, output_columns

if TYPE_CHECKING:
    from .session import Session


def execute(session: Session, statement) -> Result:
    """Runs one DDL statement.

    Raises:
        SqlError: it cannot be done.
    """
    handler = _HANDLERS.get(type(statement))
    if not handler:
        raise unsupported(f"statement {type(statement).__name__}")
    return handler(session, statement) or Result()


# --- schemas -------------------------------------------------------------------------


def _create_schema(session: Session, statement: st.CreateSchema) -> None:
    if session.catalog.schema_exists(statement.schema):
        if not statement.if_not_exists:
            raise already_exists(Name(None, statement.schema), "schema")
    else:
        if not session.catalog.access.has_system_privilege("CREATE SCHEMA"):
            raise denied(" for creating schema")
        session.duckdb_run(f"CREATE SCHEMA {quote(statement.schema)}")
        session.catalog.add_schema(statement.schema)
    session.open_schema(statement.schema)  # Exasol opens the schema that it creates


def _change_owner(session: Session, statement: st.ChangeOwner) -> None:
    catalog = session.catalog
    catalog.access.require_system_privilege("ALTER ANY SCHEMA")
    catalog.require_schema(statement.schema)
    if not catalog.access.exists(statement.owner):
        raise SqlError(f"user or role {statement.owner} does not exist")
    catalog.change_owner(statement.schema, statement.owner)


def _drop_schema(session: Session, statement: st.Drop) -> None:
    schema = statement.name.name
    if not session.catalog.schema_exists(schema):
        if statement.if_exists:
            return
        raise SqlError(f"schema {schema} not found")
    require_drop(session, "SCHEMA", schema)
    if not statement.cascade and session.catalog.schema_objects(schema):
        raise SqlError(f"schema {schema} is not empty - use DROP SCHEMA ... CASCADE", "42500")
    _remove_schema(session, schema)


def _remove_schema(session: Session, schema: str) -> None:
    session.duckdb_run(f"DROP SCHEMA {quote(schema)} CASCADE")
    session.catalog.remove_schema(schema)
    if session.schema == schema:
        session.schema = None


# --- tables --------------------------------------------------------------------------


def _drop_table_or_view(session: Session, statement: st.Drop) -> None:
    name = session.catalog.qualify(statement.name)
    existing = session.catalog.relation(name)
    if not existing or existing.kind != statement.kind:
        # A view of that name is no table that exists: there is nothing to drop.
        if statement.if_exists:
            return
        if existing:
            raise SqlError(f"{name.schema}.{name.name} is a {existing.kind}", "42000")
        raise SqlError(f"object {name.schema}.{name.name} not found")
    require_drop(session, existing.kind, name.schema)
    drop_relation(session, name)


def _rename(session: Session, statement: st.Rename) -> None:
    if statement.kind in ("SCHEMA", "SCRIPT", "CONNECTION", "USER", "ROLE"):
        raise unsupported(f"RENAME {statement.kind}")
    relation = session.catalog.require_relation(statement.old, statement.kind or None)
    old = relation.name
    if relation.kind == "TABLE":
        require_on(session, "ALTER", old)
    else:
        require_owner(session, old.schema, "renaming view")
    if statement.new.schema not in (None, old.schema):
        raise SqlError("a renamed object must stay in its schema")
    new = Name(old.schema, statement.new.name)
    if session.catalog.relation(new):
        raise already_exists(new)
    if relation.kind == "TABLE":
        session.duckdb_run(f"ALTER TABLE {quote_name(old)} RENAME TO {quote(new.name)}")
    session.catalog.rename_relation(old, new.name)


def _comment_on(session: Session, statement: st.CommentOn) -> None:
    catalog = session.catalog
    name = statement.name
    if statement.kind in ("TABLE", "VIEW"):
        name = catalog.require_relation(name).name
        require_on(session, "ALTER", name)
        if statement.columns:
            catalog.comment_columns(name, statement.columns)
        if statement.text is None:
            return
    elif statement.kind == "SCRIPT":
        script = catalog.programs.script(name)
        if not script:
            raise SqlError(f"script {name.name} not found")
        name = script.name
        require_owner(session, name.schema, "commenting script")
    elif statement.kind == "FUNCTION":
        function = catalog.programs.function(name)
        if not function:
            raise SqlError(f"function {name.name} not found")
        name = function.name
        require_owner(session, name.schema, "commenting function")
    elif statement.kind == "SCHEMA":
        catalog.require_schema(name.name)
        require_owner(session, name.name, "commenting schema")
    elif statement.kind == "CONNECTION":
        catalog.access.require_manager(name.name, "ALTER ANY CONNECTION")
    else:
        ddl_access.require_right_to_comment(session, statement.kind, name.name)
    catalog.set_comment(statement.kind, name, statement.text)


# --- views ---------------------------------------------------------------------------


def _create_view(session: Session, statement: st.CreateView) -> None:
    """A view is its query's text; queries that use it have it put in (see query.py)."""
    name = session.catalog.qualify(statement.name)
    session.catalog.require_schema(name.schema)
    require_create(session, "VIEW", name.schema)
    columns = _view_columns(session, statement)
    make_room(session, name, "VIEW", statement.or_replace, if_not_exists=False)
    drop_relation(session, name)
    session.catalog.add_relation(
        name, "VIEW", statement.comment, _view_query(statement), statement.text
    )
    session.catalog.set_columns(name, columns)


def _view_columns(session: Session, statement: st.CreateView) -> list[ColumnDefinition]:
    tree = resolve_names(session, session.parse(statement.query))
    found = _output_columns(session, tree)
    if not statement.columns:
        ddl_tables.check_columns([ColumnDefinition(c.name, c.type) for c in found])
        return [ColumnDefinition(column.name, column.type) for column in found]
    if len(statement.columns) != len(found):
        raise SqlError("number of columns in the list and in the query differ")
    return [
        ColumnDefinition(name, column.type, comment=comment)
        for (name, comment), column in zip(statement.columns, found, strict=True)
    ]


def _output_columns(session: Session, tree) -> list[Column]:
    if session.catalog.programs.script_names() and has_udf_call(session, tree):
        require_calls(session, tree)
        return output_columns(session, tree)
    return query.describe(session, tree)


def _view_query(statement: st.CreateView) -> str:
    if not statement.columns:
        return statement.query
    names = ", ".join(quote(name) for name, _ in statement.columns)
    return f'SELECT * FROM (\n{statement.query}\n) AS "EXA$VIEW" ({names})'


# --- scripts -------------------------------------------------------------------------


def _create_script(session: Session, statement: st.CreateScript) -> None:
    catalog = session.catalog
    name = catalog.qualify(statement.script.name)
    catalog.require_schema(name.schema)
    require_create(session, "SCRIPT", name.schema)
    if statement.script.kind and statement.script.language == "LUA":
        raise unsupported("user-defined functions in LUA")
    if statement.script.kind:
        check_container(session, statement.script)
    if catalog.programs.function(name):
        raise already_exists(name, "script")
    if catalog.programs.script(name):
        if not statement.or_replace:
            raise already_exists(name, "script")
        require_drop(session, "SCRIPT", name.schema)
        catalog.programs.remove_script(name)
    catalog.programs.add_script(replace(statement.script, name=name))


def _drop_script(session: Session, statement: st.Drop) -> None:
    script = session.catalog.programs.script(statement.name)
    if not script:
        if statement.if_exists:
            return
        raise SqlError(f"script {statement.name.name} not found")
    require_drop(session, "SCRIPT", script.name.schema)
    session.catalog.programs.remove_script(script.name)


# --- functions -----------------------------------------------------------------------


def _create_function(session: Session, statement: st.CreateFunction) -> None:
    catalog = session.catalog
    name = catalog.qualify(statement.function.name)
    catalog.require_schema(name.schema)
    require_create(session, "FUNCTION", name.schema)
    if catalog.programs.script(name) or (
        catalog.programs.function(name) and not statement.or_replace
    ):
        raise already_exists(name, "function")
    if catalog.programs.function(name):
        require_drop(session, "FUNCTION", name.schema)
        catalog.programs.remove_function(name)
    catalog.programs.add_function(replace(statement.function, name=name))
    # A call tells whether its expressions are right.
    arguments = ", ".join(["NULL"] * len(statement.function.parameters))
    call = f"SELECT {quote_name(name)}({arguments})"
    query.describe(session, session.parse(call))


def _drop_function(session: Session, statement: st.Drop) -> None:
    function = session.catalog.programs.function(statement.name)
    if function:
        require_drop(session, "FUNCTION", function.name.schema)
        session.catalog.programs.remove_function(function.name)
        session.catalog.access.forget_object(function.name)
    elif not statement.if_exists:
        raise SqlError(f"function {statement.name.name} not found")


def _drop_grantee(session: Session, statement: st.Drop) -> None:
    """DROP USER, DROP ROLE: with CASCADE everything goes that belongs to it."""
    name = statement.name.name
    owned = session.catalog.schemas_of(name)
    if owned and not statement.cascade:
        kind = statement.kind
        raise SqlError(f"{kind.lower()} {name} owns schemas - use DROP {kind} ... CASCADE", "42500")
    ddl_access.drop_grantee(session, statement)
    for schema in owned:
        _remove_schema(session, schema)


def _drop(session: Session, statement: st.Drop) -> None:
    {
        "TABLE": _drop_table_or_view,
        "VIEW": _drop_table_or_view,
        "SCHEMA": _drop_schema,
        "SCRIPT": _drop_script,
        "FUNCTION": _drop_function,
        "CONNECTION": ddl_access.drop_connection,
        "USER": _drop_grantee,
        "ROLE": _drop_grantee,
    }[statement.kind](session, statement)


_HANDLERS = {
    st.CreateSchema: _create_schema,
    st.ChangeOwner: _change_owner,
    st.CreateTable: ddl_tables.create_table,
    st.CreateView: _create_view,
    st.AlterTable: ddl_tables.alter_table,
    st.Rename: _rename,
    st.CommentOn: _comment_on,
    st.Truncate: ddl_tables.truncate,
    st.Drop: _drop,
    st.CreateScript: _create_script,
    st.CreateFunction: _create_function,
    st.CreateConnection: ddl_access.create_connection,
    st.AlterConnection: ddl_access.alter_connection,
    st.CreateUser: ddl_access.create_user,
    st.AlterUser: ddl_access.alter_user,
    st.CreateRole: ddl_access.create_role,
    st.Grant: ddl_access.grant,
}
