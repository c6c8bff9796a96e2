"""Look-ups in the dictionary, and its upkeep by the DDL handlers, inside the transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import SqlError
from ..results import Column
from ..sql.statements import ColumnDefinition, Name, Script
from ..store import Store
from ..types import ExaType
from .access import Access, Connection
from .bootstrap import INTERNAL
from .keys import Keys
from .programs import Programs

__all__ = ["Catalog", "Connection", "Relation"]


@dataclass(frozen=True)
class Relation:
    """A table or view of the dictionary.

    Attributes:
        name: with its schema.
        kind: TABLE or VIEW.
        view_query: a view's query, its column list already applied.
        scope_schema: the schema that was open when the view was created.
    """

    name: Name
    kind: str
    view_query: str | None
    scope_schema: str | None


class Catalog:
    """The dictionary as one session sees it.

    Args:
        store: the session's DuckDB connection.
        session: asked for `user` and `schema` whenever these are needed.
    """

    def __init__(self, store: Store, session):
        self._store = store
        self._session = session
        self.access = Access(store, session)
        self.keys = Keys(store)
        self.programs = Programs(store, session, self)

    def _rows(self, sql: str, parameters: list) -> list[dict]:
        return self._store.look_up(sql, parameters)

    # --- names and schemas

    def qualify(self, name: Name) -> Name:
        """The name with its schema: the open one, where none is given.

        Raises:
            SqlError: neither is there.
        """
        if name.schema:
            return name
        if not self._session.schema:
            raise SqlError(
                f"no schema specified or opened or current schema has been dropped: {name.name}"
            )
        return Name(self._session.schema, name.name)

    def schema_exists(self, schema: str) -> bool:
        sql = f"SELECT 1 FROM {INTERNAL}.SCHEMAS WHERE SCHEMA_NAME = ?"
        return schema == "SYS" or bool(self._rows(sql, [schema]))

    def require_schema(self, schema: str) -> None:
        if not self.schema_exists(schema):
            raise SqlError(f"schema {schema} not found")

    def schema_owner(self, schema: str) -> str | None:
        """The user or role to whom a schema and everything in it belongs."""
        rows = self._rows(f"SELECT OWNER FROM {INTERNAL}.SCHEMAS WHERE SCHEMA_NAME = ?", [schema])
        return rows[0]["OWNER"] if rows else None

    def schemas_of(self, owner: str) -> list[str]:
        """The schemas that belong to a user or role."""
        rows = self._rows(f"SELECT SCHEMA_NAME FROM {INTERNAL}.SCHEMAS WHERE OWNER = ?", [owner])
        return [row["SCHEMA_NAME"] for row in rows]

    def change_owner(self, schema: str, owner: str) -> None:
        for table in ("SCHEMAS", "RELATIONS", "SCRIPTS"):
            self._store.change_dictionary(
                f"UPDATE {INTERNAL}.{table} SET OWNER = ? WHERE SCHEMA_NAME = ?", [owner, schema]
            )

    def add_schema(self, schema: str) -> None:
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.SCHEMAS (SCHEMA_NAME, OWNER) VALUES (?, ?)",
            [schema, self._session.user],
        )

    def remove_schema(self, schema: str) -> None:
        for table in ("SCHEMAS", "RELATIONS", "COLUMNS", "KEYS", "SCRIPTS", "FUNCTIONS"):
            self._store.change_dictionary(
                f"DELETE FROM {INTERNAL}.{table} WHERE SCHEMA_NAME = ?", [schema]
            )
        self.access.forget_schema(schema)

    def schema_objects(self, schema: str) -> list[str]:
        """Names of what is in a schema."""
        rows = self._rows(
            f"SELECT RELATION_NAME AS NAME FROM {INTERNAL}.RELATIONS WHERE SCHEMA_NAME = ? "
            f"UNION ALL SELECT SCRIPT_NAME FROM {INTERNAL}.SCRIPTS WHERE SCHEMA_NAME = ? "
            f"UNION ALL SELECT FUNCTION_NAME FROM {INTERNAL}.FUNCTIONS WHERE SCHEMA_NAME = ?",
            [schema, schema, schema],
        )
        return [row["NAME"] for row in rows]

    # --- tables and views

    def relation(self, name: Name) -> Relation | None:
        """The table or view of that name, or None. Dictionary views are none of these."""
        name = self.qualify(name)
        rows = self._rows(
            f"SELECT KIND, VIEW_QUERY, SCOPE_SCHEMA FROM {INTERNAL}.RELATIONS "
            "WHERE SCHEMA_NAME = ? AND RELATION_NAME = ?",
            [name.schema, name.name],
        )
        if not rows:
            return None
        return Relation(name, rows[0]["KIND"], rows[0]["VIEW_QUERY"], rows[0]["SCOPE_SCHEMA"])

    def require_relation(self, name: Name, kind: str | None = None) -> Relation:
        """Like `relation`.

        Raises:
            SqlError: no such object, or not one of this kind.
        """
        relation = self.relation(name)
        if not relation:
            where = f"{name.schema}." if name.schema else ""
            raise SqlError(f"object {where}{name.name} not found")
        if kind and relation.kind != kind:
            full = relation.name
            raise SqlError(f"{full.schema}.{full.name} is a {relation.kind}, not a {kind}")
        return relation

    def view_text(self, name: Name) -> str | None:
        """The query of a view, or None if there is no view of that name."""
        relation = self.relation(name)
        return relation.view_query if relation else None

    def add_relation(
        self,
        name: Name,
        kind: str,
        comment: str | None = None,
        view_query: str | None = None,
        view_text: str | None = None,
    ) -> None:
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.RELATIONS (SCHEMA_NAME, RELATION_NAME, KIND, OWNER, COMMENT, "
            "VIEW_QUERY, VIEW_TEXT, SCOPE_SCHEMA) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                name.schema,
                name.name,
                kind,
                self.schema_owner(name.schema),
                comment,
                view_query,
                view_text,
                self._session.schema if kind == "VIEW" else None,
            ],
        )

    def remove_relation(self, name: Name) -> None:
        for table in ("RELATIONS", "COLUMNS", "KEYS"):
            self._store.change_dictionary(
                f"DELETE FROM {INTERNAL}.{table} WHERE SCHEMA_NAME = ? AND RELATION_NAME = ?",
                [name.schema, name.name],
            )
        self.access.forget_object(name)

    def rename_relation(self, old: Name, new: str) -> None:
        for table in ("RELATIONS", "COLUMNS", "KEYS"):
            self._store.change_dictionary(
                f"UPDATE {INTERNAL}.{table} SET RELATION_NAME = ? "
                "WHERE SCHEMA_NAME = ? AND RELATION_NAME = ?",
                [new, old.schema, old.name],
            )
        self.access.rename_object(old, new)

    def set_comment(self, kind: str, name: Name, text: str | None) -> None:
        """Comments a table, view, schema, script, connection, user or role."""
        table, condition, parameters = {
            "TABLE": ("RELATIONS", "SCHEMA_NAME = ? AND RELATION_NAME = ?", 2),
            "VIEW": ("RELATIONS", "SCHEMA_NAME = ? AND RELATION_NAME = ?", 2),
            "SCRIPT": ("SCRIPTS", "SCHEMA_NAME = ? AND SCRIPT_NAME = ?", 2),
            "FUNCTION": ("FUNCTIONS", "SCHEMA_NAME = ? AND FUNCTION_NAME = ?", 2),
            "SCHEMA": ("SCHEMAS", "SCHEMA_NAME = ?", 1),
            "CONNECTION": ("CONNECTIONS", "CONNECTION_NAME = ?", 1),
            "USER": ("GRANTEES", "GRANTEE = ?", 1),
            "ROLE": ("GRANTEES", "GRANTEE = ?", 1),
        }[kind]
        key = [name.schema, name.name][-parameters:]
        self._store.change_dictionary(
            f"UPDATE {INTERNAL}.{table} SET COMMENT = ? WHERE {condition}", [text or None, *key]
        )

    # --- columns

    def columns(self, name: Name) -> list[Column]:
        """The columns of a table, view or dictionary view, in order.

        Raises:
            SqlError: there is no such object.
        """
        return [Column(d.name, d.type) for d in self.column_definitions(name)]

    def column_definitions(self, name: Name) -> list[ColumnDefinition]:
        """Like `columns`, with nullability, default and comment."""
        full = self.qualify(name)
        rows = self._rows(
            f"SELECT COLUMN_NAME, TYPE, NULLABLE, DEFAULT_TEXT, COMMENT FROM {INTERNAL}.COLUMNS "
            "WHERE SCHEMA_NAME = ? AND RELATION_NAME = ? ORDER BY POSITION",
            [full.schema, full.name],
        )
        if not rows and full.schema == "SYS":
            return self._system_columns(full)
        if not rows:
            raise SqlError(f"object {full.schema}.{full.name} not found")
        return [
            ColumnDefinition(
                row["COLUMN_NAME"],
                ExaType.parse(row["TYPE"]),
                row["NULLABLE"],
                row["DEFAULT_TEXT"],
                comment=row["COMMENT"],
            )
            for row in rows
        ]

    def _system_columns(self, name: Name) -> list[ColumnDefinition]:
        rows = self._rows(
            "SELECT column_name AS NAME, data_type AS TYPE FROM duckdb_columns() "
            "WHERE schema_name = 'SYS' AND table_name = ? ORDER BY column_index",
            [name.name],
        )
        if not rows:
            raise SqlError(f"object SYS.{name.name} not found")
        types = {"INTEGER": "DECIMAL(10)", "VARCHAR": "VARCHAR(2000000)", "BIGINT": "DECIMAL(18)"}
        return [
            ColumnDefinition(row["NAME"], ExaType.parse(types.get(row["TYPE"], row["TYPE"])))
            for row in rows
        ]

    def set_columns(
        self,
        name: Name,
        columns: list[ColumnDefinition],
        distribution: tuple[str, ...] | None = None,
        partition: tuple[str, ...] | None = None,
    ) -> None:
        """Writes the columns of a relation anew; None leaves distribution or partition as it is."""
        present = self._rows(
            f"SELECT COLUMN_NAME, DISTRIBUTION, PARTITION_KEY FROM {INTERNAL}.COLUMNS "
            "WHERE SCHEMA_NAME = ? AND RELATION_NAME = ? ORDER BY PARTITION_KEY",
            [name.schema, name.name],
        )
        if distribution is None:
            distribution = tuple(r["COLUMN_NAME"] for r in present if r["DISTRIBUTION"])
        if partition is None:
            partition = tuple(r["COLUMN_NAME"] for r in present if r["PARTITION_KEY"])
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.COLUMNS WHERE SCHEMA_NAME = ? AND RELATION_NAME = ?",
            [name.schema, name.name],
        )
        parameters = []
        for position, column in enumerate(columns, start=1):
            key = partition.index(column.name) + 1 if column.name in partition else None
            parameters += [
                name.schema,
                name.name,
                column.name,
                position,
                column.type.sql,
                column.nullable is not False,
                column.default,
                column.name in distribution,
                key,
                column.comment or None,
            ]
        row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.COLUMNS VALUES {', '.join([row] * len(columns))}", parameters
        )

    def change_column(self, name: Name, column: str, change: ColumnDefinition) -> None:
        """Puts `change` in the place of a column."""
        columns = self.column_definitions(name)
        self.set_columns(name, [change if c.name == column else c for c in columns])

    def comment_columns(self, name: Name, comments: dict[str, str]) -> None:
        columns = self.column_definitions(name)
        unknown = set(comments) - {column.name for column in columns}
        if unknown:
            raise SqlError(f"column {min(unknown)} not found in {name.schema}.{name.name}")
        self.set_columns(
            name,
            [replace(c, comment=comments.get(c.name, c.comment)) for c in columns],
        )

    # --- connections: see Access

    def connection(self, name: str) -> Connection:
        """The CONNECTION for EXPORT and IMPORT.

        Raises:
            SqlError: it does not exist, or the session's user may not use it.
        """
        return self.access.connection(name)

    def connection_for_udf(self, name: str, script: Script) -> Connection:
        """The CONNECTION for a UDF's exa.get_connection.

        Raises:
            SqlError: it does not exist, or the session's user has no ACCESS from this script.
        """
        return self.access.connection_for_udf(name, script)
