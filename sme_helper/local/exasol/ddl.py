"""Runs DDL: schemas, tables, views, scripts, connections, users and privileges.

Every handler changes DuckDB and the dictionary together, inside the session's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import dml, query
from .catalog import Connection
from .dml import quote, quote_name
from .errors import SqlError, unsupported
from .results import Column, Result
from .sql import statements as st
from .sql.statements import ColumnDefinition, Name
from .types import ExaType

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


def _exists(name: Name, kind: str = "object") -> SqlError:
    full = f"{name.schema}.{name.name}" if name.schema else name.name
    return SqlError(f"{kind} {full} already exists", "42500")


# --- schemas -------------------------------------------------------------------------


def _create_schema(session: Session, statement: st.CreateSchema) -> None:
    if session.catalog.schema_exists(statement.schema):
        if not statement.if_not_exists:
            raise _exists(Name(None, statement.schema), "schema")
    else:
        session.duckdb_run(f"CREATE SCHEMA {quote(statement.schema)}")
        session.catalog.add_schema(statement.schema)
    session.open_schema(statement.schema)  # Exasol opens the schema that it creates


def _drop_schema(session: Session, statement: st.Drop) -> None:
    schema = statement.name.name
    if not session.catalog.schema_exists(schema):
        if statement.if_exists:
            return
        raise SqlError(f"schema {schema} not found")
    if not statement.cascade and session.catalog.schema_objects(schema):
        raise SqlError(f"schema {schema} is not empty - use DROP SCHEMA ... CASCADE", "42500")
    session.duckdb_run(f"DROP SCHEMA {quote(schema)} CASCADE")
    session.catalog.remove_schema(schema)
    if session.schema == schema:
        session.schema = None


# --- tables --------------------------------------------------------------------------


def _create_table(session: Session, statement: st.CreateTable) -> Result:
    name = session.catalog.qualify(statement.name)
    session.catalog.require_schema(name.schema)
    query_tree, columns = None, list(statement.columns)
    # The query may read the table that it replaces: it is evaluated first.
    if statement.query is not None:
        query_tree = query.evaluate_udfs(session, session.parse(statement.query))
        columns = _query_columns(query.describe(session, query_tree), statement)
    elif statement.like:
        columns = session.catalog.column_definitions(statement.like) + columns
    if not _make_room(session, name, "TABLE", statement.or_replace, statement.if_not_exists):
        return Result()
    rows = None
    if query_tree is not None and statement.with_data:
        rows = session.register(query.run_plain(session, query_tree).table)
    _drop_relation(session, name)
    _check_columns(columns)
    session.duckdb_run(f"CREATE TABLE {quote_name(name)} ({_column_list(session, columns)})")
    session.catalog.add_relation(name, "TABLE", statement.comment)
    session.catalog.set_columns(name, columns, statement.distribution, statement.partition)
    if rows is None:
        return Result()
    types = [column.type for column in columns]
    sql = f"SELECT * FROM {quote(rows)}"
    return Result(rowcount=dml.insert_duckdb(session, name, columns, sql, types))


def _query_columns(columns: list[Column], statement: st.CreateTable) -> list[ColumnDefinition]:
    names = statement.column_names or [column.name for column in columns]
    if len(names) != len(columns):
        raise SqlError("number of columns in the list and in the query differ")
    return [
        ColumnDefinition(name, column.type) for name, column in zip(names, columns, strict=True)
    ]


def _check_columns(columns: list[ColumnDefinition]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.type is None:
            raise SqlError(f"syntax error, column {column.name} has no data type")
        if column.is_identity:
            raise unsupported("IDENTITY columns")
        if column.name.upper() in seen:
            # DuckDB's names ignore case; Exasol allows "a" beside A.
            raise SqlError(f"column name {column.name} already exists", "42500")
        seen.add(column.name.upper())


def _column_list(session: Session, columns: list[ColumnDefinition]) -> str:
    return ", ".join(_column_sql(session, column) for column in columns)


def _column_sql(session: Session, column: ColumnDefinition) -> str:
    parts = [quote(column.name), column.type.duckdb]
    if column.default:
        parts.append(f"DEFAULT {_default_sql(session, column)}")
    if column.nullable is False:
        parts.append("NOT NULL")
    return " ".join(parts)


def _default_sql(session: Session, column: ColumnDefinition) -> str:
    sql, columns = query.prepare(session, session.parse(f"SELECT {column.default} AS D"))
    value = sql.removeprefix("SELECT ").removesuffix(' AS "D"')
    return f"CAST({value} AS {column.type.duckdb})" if columns else value


def _make_room(
    session: Session, name: Name, kind: str, or_replace: bool, if_not_exists: bool
) -> bool:
    """Whether to go on creating; False for IF NOT EXISTS of something that exists."""
    existing = session.catalog.relation(name)
    if not existing:
        return True
    if if_not_exists:
        return False
    if not or_replace or existing.kind != kind:
        raise _exists(name)
    return True


def _drop_relation(session: Session, name: Name) -> None:
    """Drops a table or view, if it is there."""
    existing = session.catalog.relation(name)
    if not existing:
        return
    if existing.kind == "TABLE":
        session.duckdb_run(f"DROP TABLE {quote_name(name)}")
    session.catalog.remove_relation(name)


def _drop_table_or_view(session: Session, statement: st.Drop) -> None:
    name = session.catalog.qualify(statement.name)
    existing = session.catalog.relation(name)
    if not existing or existing.kind != statement.kind:
        if statement.if_exists and not existing:
            return
        if existing:
            raise SqlError(f"{name.schema}.{name.name} is a {existing.kind}", "42000")
        raise SqlError(f"object {name.schema}.{name.name} not found")
    _drop_relation(session, name)


def _truncate(session: Session, statement: st.Truncate) -> Result:
    name = session.catalog.require_relation(statement.name, "TABLE").name
    return Result(rowcount=session.duckdb_run(f"DELETE FROM {quote_name(name)}"))


def _rename(session: Session, statement: st.Rename) -> None:
    if statement.kind in ("SCHEMA", "SCRIPT", "CONNECTION", "USER", "ROLE"):
        raise unsupported(f"RENAME {statement.kind}")
    relation = session.catalog.require_relation(statement.old, statement.kind or None)
    old = relation.name
    if statement.new.schema not in (None, old.schema):
        raise SqlError("a renamed object must stay in its schema")
    new = Name(old.schema, statement.new.name)
    if session.catalog.relation(new):
        raise _exists(new)
    if relation.kind == "TABLE":
        session.duckdb_run(f"ALTER TABLE {quote_name(old)} RENAME TO {quote(new.name)}")
    session.catalog.rename_relation(old, new.name)


def _comment_on(session: Session, statement: st.CommentOn) -> None:
    catalog = session.catalog
    name = statement.name
    if statement.kind in ("TABLE", "VIEW"):
        name = catalog.require_relation(name).name
        if statement.columns:
            catalog.comment_columns(name, statement.columns)
        if statement.text is None:
            return
    elif statement.kind == "SCRIPT":
        script = catalog.script(name)
        if not script:
            raise SqlError(f"script {name.name} not found")
        name = script.name
    elif statement.kind == "SCHEMA":
        catalog.require_schema(name.name)
    catalog.set_comment(statement.kind, name, statement.text)


# --- ALTER TABLE ---------------------------------------------------------------------


def _alter_table(session: Session, statement: st.AlterTable) -> None:
    name = session.catalog.require_relation(statement.name, "TABLE").name
    columns = session.catalog.column_definitions(name)
    if statement.action in ("CONSTRAINT", "DROP DISTRIBUTION", "DROP PARTITION"):
        session.catalog.set_columns(name, columns)
    elif statement.action == "DISTRIBUTE BY":
        session.catalog.set_columns(name, columns, distribution=statement.columns)
    elif statement.action == "PARTITION BY":
        session.catalog.set_columns(name, columns, partition=statement.columns)
    elif statement.action == "ADD COLUMN":
        _add_column(session, name, columns, statement)
    else:
        _change_column(session, name, columns, statement)


def _add_column(session: Session, name: Name, columns, statement: st.AlterTable) -> None:
    new = statement.column
    if any(column.name == new.name for column in columns):
        if statement.if_exists:
            return
        raise SqlError(f"column {new.name} already exists in {name.schema}.{name.name}", "42500")
    _check_columns([*columns, new])
    plain = replace(new, nullable=None)  # DuckDB adds NOT NULL only afterwards
    table = quote_name(name)
    session.duckdb_run(f"ALTER TABLE {table} ADD COLUMN {_column_sql(session, plain)}")
    if new.nullable is False:
        session.duckdb_run(f"ALTER TABLE {table} ALTER COLUMN {quote(new.name)} SET NOT NULL")
    session.catalog.set_columns(name, [*columns, new])


def _change_column(session: Session, name: Name, columns, statement: st.AlterTable) -> None:
    wanted = statement.column
    current = next((column for column in columns if column.name == wanted.name), None)
    if not current:
        if statement.if_exists:
            return
        raise SqlError(f"object {wanted.name} not found in {name.schema}.{name.name}")
    alter = f"ALTER TABLE {quote_name(name)}"
    column = f"{alter} ALTER COLUMN {quote(wanted.name)}"
    changed: ColumnDefinition | None = current
    if statement.action == "DROP COLUMN":
        session.duckdb_run(f"{alter} DROP COLUMN {quote(wanted.name)}")
        changed = None
    elif statement.action == "RENAME COLUMN":
        new = statement.new_name
        session.duckdb_run(f"{alter} RENAME COLUMN {quote(wanted.name)} TO {quote(new)}")
        changed = replace(current, name=new)
    elif statement.action == "ALTER COLUMN DEFAULT":
        changed = replace(current, default=wanted.default)
        _set_default(session, column, changed)
    else:
        changed = _modify_column(session, column, name, current, wanted)
    new_columns = [changed if c is current else c for c in columns]
    session.catalog.set_columns(name, [c for c in new_columns if c])


def _modify_column(
    session: Session, alter: str, name: Name, current: ColumnDefinition, wanted: ColumnDefinition
) -> ColumnDefinition:
    changed = current
    if wanted.type:
        _check_length(session, name, current, wanted.type)
        if wanted.type.duckdb != current.type.duckdb:
            session.duckdb_run(f"{alter} SET DATA TYPE {wanted.type.duckdb}")
        changed = replace(changed, type=wanted.type)
    if wanted.default is not None:
        changed = replace(changed, default=wanted.default)
        _set_default(session, alter, changed)
    if wanted.nullable is not None:
        verb = "DROP" if wanted.nullable else "SET"
        session.duckdb_run(f"{alter} {verb} NOT NULL")
        changed = replace(changed, nullable=wanted.nullable)
    return changed


def _check_length(session: Session, name: Name, column: ColumnDefinition, type_: ExaType) -> None:
    if type_.name not in ("VARCHAR", "CHAR"):
        return
    too_long = session.duckdb_table(
        f"SELECT 1 FROM {quote_name(name)} "
        f"WHERE length(CAST({quote(column.name)} AS VARCHAR)) > {type_.size} LIMIT 1"
    )
    if too_long.num_rows:
        raise SqlError("data exception - string data, right truncation", "22001")


def _set_default(session: Session, alter: str, column: ColumnDefinition) -> None:
    if column.default:
        session.duckdb_run(f"{alter} SET DEFAULT {_default_sql(session, column)}")
    else:
        session.duckdb_run(f"{alter} DROP DEFAULT")


# --- views ---------------------------------------------------------------------------


def _create_view(session: Session, statement: st.CreateView) -> None:
    """A view is its query's text; queries that use it have it put in (see query.py)."""
    name = session.catalog.qualify(statement.name)
    session.catalog.require_schema(name.schema)
    columns = _view_columns(session, statement)
    _make_room(session, name, "VIEW", statement.or_replace, if_not_exists=False)
    _drop_relation(session, name)
    session.catalog.add_relation(
        name, "VIEW", statement.comment, _view_query(statement), statement.text
    )
    session.catalog.set_columns(name, columns)


def _view_columns(session: Session, statement: st.CreateView) -> list[ColumnDefinition]:
    tree = query.resolve_names(session, session.parse(statement.query))
    found = _output_columns(session, tree)
    if not statement.columns:
        _check_columns([ColumnDefinition(c.name, c.type) for c in found])
        return [ColumnDefinition(column.name, column.type) for column in found]
    if len(statement.columns) != len(found):
        raise SqlError("number of columns in the list and in the query differ")
    return [
        ColumnDefinition(name, column.type, comment=comment)
        for (name, comment), column in zip(statement.columns, found, strict=True)
    ]


def _output_columns(session: Session, tree) -> list[Column]:
    if session.catalog.script_names():
        from .udf.rewrite import has_udf_call, output_columns

        if has_udf_call(session, tree):
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
    if catalog.script(name):
        if not statement.or_replace:
            raise _exists(name, "script")
        catalog.remove_script(name)
    catalog.add_script(replace(statement.script, name=name))


def _drop_script(session: Session, statement: st.Drop) -> None:
    script = session.catalog.script(statement.name)
    if not script:
        if statement.if_exists:
            return
        raise SqlError(f"script {statement.name.name} not found")
    session.catalog.remove_script(script.name)


# --- users, privileges, connections --------------------------------------------------


def _create_connection(session: Session, statement: st.CreateConnection) -> None:
    access = session.catalog.access
    access.require_system_privilege("CREATE CONNECTION")
    connection = _connection(statement)
    if access.connection_exists(statement.name):
        if not statement.or_replace:
            raise _exists(Name(None, statement.name), "connection")
        access.change_connection(connection)
    else:
        access.add_connection(connection)


def _connection(statement: st.CreateConnection | st.AlterConnection) -> Connection:
    return Connection(
        statement.name, statement.address, statement.user or "", statement.password or ""
    )


def _alter_connection(session: Session, statement: st.AlterConnection) -> None:
    session.catalog.access.connection(statement.name)  # may it be used?
    session.catalog.access.change_connection(_connection(statement))


def _drop_connection(session: Session, statement: st.Drop) -> None:
    access = session.catalog.access
    if not access.connection_exists(statement.name.name):
        if statement.if_exists:
            return
        raise SqlError(f"connection {statement.name.name} does not exist")
    access.remove_connection(statement.name.name)


def _create_user(session: Session, statement: st.CreateUser) -> None:
    session.catalog.access.require_system_privilege("CREATE USER")
    session.catalog.access.add_grantee(statement.name, False, statement.password)


def _alter_user(session: Session, statement: st.AlterUser) -> None:
    if statement.name != session.user:
        session.catalog.access.require_system_privilege("ALTER USER")
    session.catalog.access.set_password(statement.name, statement.password)


def _create_role(session: Session, statement: st.CreateRole) -> None:
    session.catalog.access.require_system_privilege("CREATE ROLE")
    session.catalog.access.add_grantee(statement.name, True)


def _drop_grantee(session: Session, statement: st.Drop) -> None:
    access = session.catalog.access
    name = statement.name.name
    if not access.exists(name, is_role=statement.kind == "ROLE"):
        if statement.if_exists:
            return
        raise SqlError(f"{statement.kind.lower()} {name} does not exist")
    access.remove_grantee(name)


def _grant(session: Session, statement: st.Grant) -> None:
    if statement.kind == "OBJECT" and statement.target_kind != "SCHEMA":
        statement = _with_full_target(session, statement)
    session.catalog.access.apply(statement)


def _with_full_target(session: Session, grant: st.Grant) -> st.Grant:
    """The grant on an object with its schema and kind; GRANT ... ON s may name a schema."""
    target, catalog = grant.target, session.catalog
    is_schema = not target.schema and not grant.target_kind and catalog.schema_exists(target.name)
    if is_schema:
        return replace(grant, target_kind="SCHEMA")
    if grant.target_kind in ("", "SCRIPT") and (script := catalog.script(target)):
        return replace(grant, target=script.name, target_kind="SCRIPT")
    relation = catalog.require_relation(target)
    return replace(grant, target=relation.name, target_kind=relation.kind)


def _drop(session: Session, statement: st.Drop) -> None:
    {
        "TABLE": _drop_table_or_view,
        "VIEW": _drop_table_or_view,
        "SCHEMA": _drop_schema,
        "SCRIPT": _drop_script,
        "CONNECTION": _drop_connection,
        "USER": _drop_grantee,
        "ROLE": _drop_grantee,
    }[statement.kind](session, statement)


_HANDLERS = {
    st.CreateSchema: _create_schema,
    st.CreateTable: _create_table,
    st.CreateView: _create_view,
    st.AlterTable: _alter_table,
    st.Rename: _rename,
    st.CommentOn: _comment_on,
    st.Truncate: _truncate,
    st.Drop: _drop,
    st.CreateScript: _create_script,
    st.CreateConnection: _create_connection,
    st.AlterConnection: _alter_connection,
    st.CreateUser: _create_user,
    st.AlterUser: _alter_user,
    st.CreateRole: _create_role,
    st.Grant: _grant,
}
