"""Primary keys: kept in the dictionary, and checked after every statement that writes.

DuckDB's own keys refuse rows that are deleted and inserted in one transaction, which Exasol
takes; so the rows are looked at when they are there, and the statement is undone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .errors import SqlError
from .quoting import quote, quote_name
from .sql.statements import Name, PrimaryKey

if TYPE_CHECKING:
    from .session import Session


def add_key(session: Session, table: Name, key: PrimaryKey) -> None:
    """Gives a table a primary key; its columns are NOT NULL from now on.

    Raises:
        SqlError: it has one, a column does not exist, or the rows do not fit.
    """
    catalog = session.catalog
    if catalog.keys.of(table):
        raise SqlError(f"table {table.name} already has a primary key", "42500")
    columns = catalog.column_definitions(table)
    unknown = set(key.columns) - {column.name for column in columns}
    if unknown:
        raise SqlError(f"object {min(unknown)} not found in {table.schema}.{table.name}")
    if key.enabled is None:
        by_default = session.parameters["CONSTRAINT_STATE_DEFAULT"]
        key = replace(key, enabled=by_default == "ENABLE")
    catalog.keys.add(table, key)
    if key.enabled:
        _require_values(session, table, key)
        check_key(session, table)


def change_key(session: Session, table: Name, name: str | None, enabled: bool) -> None:
    """ENABLE or DISABLE; a name that is none of the primary key's is that of a foreign key."""
    key = session.catalog.keys.of(table)
    if key and name in (None, key.name):
        session.catalog.keys.replace(table, replace(key, enabled=enabled))
        if enabled:
            _require_values(session, table, key)
            check_key(session, table)


def drop_key(session: Session, table: Name, name: str | None = None) -> None:
    """The columns stay NOT NULL."""
    key = session.catalog.keys.of(table)
    if key and name in (None, key.name):
        session.catalog.keys.remove(table)
    elif name is None:
        raise SqlError(f"table {table.name} has no primary key")


def check_key(session: Session, table: Name) -> None:
    """Refuses what a statement has left of a table, if two rows have the same key.

    Raises:
        SqlError: 27002.
    """
    key = session.catalog.keys.of(table)
    if not key or not key.enabled:
        return
    columns = ", ".join(map(quote, key.columns))
    same = f"SELECT 1 FROM {quote_name(table)} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
    if session.duckdb_table(same).num_rows:
        raise SqlError(
            f"constraint violation - primary key ({key.name} on table {table.name})", "27002"
        )


def _require_values(session: Session, table: Name, key: PrimaryKey) -> None:
    columns = []
    for column in session.catalog.column_definitions(table):
        if column.name in key.columns and column.nullable is not False:
            session.duckdb_run(
                f"ALTER TABLE {quote_name(table)} ALTER COLUMN {quote(column.name)} SET NOT NULL"
            )
            column = replace(column, nullable=False)
        columns.append(column)
    session.catalog.set_columns(table, columns)
