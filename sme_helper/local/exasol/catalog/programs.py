"""Scripts and SQL functions in the dictionary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..sql.classify import classify
from ..sql.statements import Function, Name, Script
from ..store import Store
from .bootstrap import INTERNAL

if TYPE_CHECKING:
    from .catalog import Catalog


class Programs:
    """Look-ups and upkeep; schemas that are dropped are the catalog's business."""

    def __init__(self, store: Store, session, catalog: Catalog):
        self._store = store
        self._session = session
        self._catalog = catalog

    # --- scripts

    def script(self, name: Name) -> Script | None:
        """The script of that name (schema None: in the open schema), or None."""
        if not name.schema and not self._session.schema:
            return None
        full = self._catalog.qualify(name)
        rows = self._store.look_up(
            f"SELECT SCRIPT_TEXT FROM {INTERNAL}.SCRIPTS WHERE SCHEMA_NAME = ? AND SCRIPT_NAME = ?",
            [full.schema, full.name],
        )
        if not rows:
            return None
        return replace(classify(rows[0]["SCRIPT_TEXT"]).script, name=full)

    def script_names(self) -> frozenset[Name]:
        """All scripts that are UDFs; few enough to look calls up in."""
        return self._names("SCRIPTS", "SCRIPT_NAME", "KIND <> ''")

    def _names(self, table: str, column: str, condition: str) -> frozenset[Name]:
        def read() -> frozenset[Name]:
            rows = self._store.look_up(
                f"SELECT SCHEMA_NAME, {column} FROM {INTERNAL}.{table} WHERE {condition}", []
            )
            return frozenset(Name(row["SCHEMA_NAME"], row[column]) for row in rows)

        return self._store.known(("names", table), read)

    def add_script(self, script: Script) -> None:
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.SCRIPTS (SCHEMA_NAME, SCRIPT_NAME, OWNER, LANGUAGE, KIND, "
            "RETURNS, SCRIPT_TEXT) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                script.name.schema,
                script.name.name,
                self._catalog.schema_owner(script.name.schema),
                script.language,
                script.kind,
                script.returns,
                script.text,
            ],
        )

    def remove_script(self, name: Name) -> None:
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.SCRIPTS WHERE SCHEMA_NAME = ? AND SCRIPT_NAME = ?",
            [name.schema, name.name],
        )

    # --- functions

    def function(self, name: Name) -> Function | None:
        """The SQL function of that name (schema None: in the open schema), or None."""
        if not name.schema and not self._session.schema:
            return None
        full = self._catalog.qualify(name)
        rows = self._store.look_up(
            f"SELECT FUNCTION_TEXT FROM {INTERNAL}.FUNCTIONS "
            "WHERE SCHEMA_NAME = ? AND FUNCTION_NAME = ?",
            [full.schema, full.name],
        )
        if not rows:
            return None
        return replace(classify(rows[0]["FUNCTION_TEXT"]).function, name=full)

    def function_names(self) -> frozenset[Name]:
        return self._names("FUNCTIONS", "FUNCTION_NAME", "TRUE")

    def add_function(self, function: Function) -> None:
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.FUNCTIONS (SCHEMA_NAME, FUNCTION_NAME, OWNER, FUNCTION_TEXT) "
            "VALUES (?, ?, ?, ?)",
            [function.name.schema, function.name.name, self._session.user, function.text],
        )

    def remove_function(self, name: Name) -> None:
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.FUNCTIONS WHERE SCHEMA_NAME = ? AND FUNCTION_NAME = ?",
            [name.schema, name.name],
        )
