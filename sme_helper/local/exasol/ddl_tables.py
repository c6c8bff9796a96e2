"""Runs CREATE TABLE, ALTER TABLE and TRUNCATE TABLE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import dml, query
from .errors import SqlError, unsupported
from .primary_keys import add_key, change_key, drop_key
from .privileges import require_create, require_on
from .quoting import quote, quote_name
from .relations import drop_relation, make_room
from .results import Column, Result
from .sql import statements as st
from .sql.statements import ColumnDefinition, Name
from .types import ExaType

if TYPE_CHECKING:
    from .session import Session


def create_table(session: Session, statement: st.CreateTable) -> Result:
    name = session.catalog.qualify(statement.name)
    session.catalog.require_schema(name.schema)
    require_create(session, "TABLE", name.schema)
    query_tree, columns = None, list(statement.columns)
    # The query may read the table that it replaces: it is evaluated first.
    if statement.query is not None:
        query_tree = query.evaluate_udfs(session, session.parse(statement.query))
        columns = _query_columns(query.describe(session, query_tree), statement)
    elif statement.like:
        require_on(session, "SELECT", session.catalog.qualify(statement.like))
        columns = session.catalog.column_definitions(statement.like) + columns
    if not make_room(session, name, "TABLE", statement.or_replace, statement.if_not_exists):
        return Result()
    rows = None
    if query_tree is not None and statement.with_data:
        rows = session.register(query.run_plain(session, query_tree).table)
    drop_relation(session, name)
    check_columns(columns)
    session.duckdb_run(f"CREATE TABLE {quote_name(name)} ({_column_list(session, columns)})")
    session.catalog.add_relation(name, "TABLE", statement.comment)
    session.catalog.set_columns(name, columns, statement.distribution, statement.partition)
    if statement.key:
        add_key(session, name, statement.key)
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


def check_columns(columns: list[ColumnDefinition]) -> None:
    """Refuses columns without a type, of a kind that is not known, or named twice."""
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


def truncate(session: Session, statement: st.Truncate) -> Result:
    name = session.catalog.require_relation(statement.name, "TABLE").name
    require_on(session, "DELETE", name)
    return Result(rowcount=session.duckdb_run(f"DELETE FROM {quote_name(name)}"))


# --- ALTER TABLE ---------------------------------------------------------------------


def alter_table(session: Session, statement: st.AlterTable) -> None:
    name = session.catalog.require_relation(statement.name, "TABLE").name
    require_on(session, "ALTER", name)
    columns = session.catalog.column_definitions(name)
    key = statement.key
    if statement.action == "CONSTRAINT":
        return
    if statement.action == "ADD KEY":
        add_key(session, name, key)
    elif statement.action == "DROP KEY":
        drop_key(session, name, key.name)
    elif statement.action == "CHANGE KEY":
        change_key(session, name, key.name, key.enabled is not False)
    elif statement.action == "DROP DISTRIBUTION":
        session.catalog.set_columns(name, columns, distribution=())
    elif statement.action == "DROP PARTITION":
        session.catalog.set_columns(name, columns, partition=())
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
    check_columns([*columns, new])
    if new.key:
        raise unsupported("PRIMARY KEY in ADD COLUMN")
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
        key = session.catalog.keys.of(name)
        if key and wanted.name in key.columns:
            drop_key(session, name)
        session.duckdb_run(f"{alter} DROP COLUMN {quote(wanted.name)}")
        changed = None
    elif statement.action == "RENAME COLUMN":
        new = statement.new_name
        session.duckdb_run(f"{alter} RENAME COLUMN {quote(wanted.name)} TO {quote(new)}")
        session.catalog.keys.rename_column(name, current.name, new)
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
    if wanted.key:
        raise unsupported("PRIMARY KEY in MODIFY COLUMN")
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
    value = quote(column.name)
    if type_.name in ("VARCHAR", "CHAR"):
        condition = f"length(CAST({value} AS VARCHAR)) > {type_.size}"
        error = SqlError("data exception - string data, right truncation", "22001")
    elif type_.is_stored_wider and column.type.is_stored_wider:
        condition = f"abs({value}) >= {10**type_.precision}"
        error = SqlError("data exception - numeric value out of range", "22003")
    else:
        return
    query = f"SELECT 1 FROM {quote_name(name)} WHERE {condition} LIMIT 1"
    if session.duckdb_table(query).num_rows:
        raise error


def _set_default(session: Session, alter: str, column: ColumnDefinition) -> None:
    if column.default:
        session.duckdb_run(f"{alter} SET DEFAULT {_default_sql(session, column)}")
    else:
        session.duckdb_run(f"{alter} DROP DEFAULT")
