"""The primary keys of tables in the dictionary."""

from __future__ import annotations

import itertools
from dataclasses import replace

from ..sql.statements import Name, PrimaryKey
from ..store import Store
from .bootstrap import INTERNAL

_OF_TABLE = "SCHEMA_NAME = ? AND RELATION_NAME = ?"
_numbers = itertools.count(132778252552708)


class Keys:
    """Look-ups and upkeep; tables that are dropped or renamed are the catalog's business."""

    def __init__(self, store: Store):
        self._store = store

    def of(self, table: Name) -> PrimaryKey | None:
        rows = self._store.look_up(
            f"SELECT KEY_NAME, COLUMN_NAMES, ENABLED FROM {INTERNAL}.KEYS WHERE {_OF_TABLE}",
            [table.schema, table.name],
        )
        if not rows:
            return None
        return PrimaryKey(tuple(rows[0]["COLUMN_NAMES"]), rows[0]["KEY_NAME"], rows[0]["ENABLED"])

    def add(self, table: Name, key: PrimaryKey) -> None:
        """A key without a name gets one of the system's."""
        name = key.name or f"SYS_{next(_numbers)}"
        self._store.change_dictionary(
            f"INSERT INTO {INTERNAL}.KEYS VALUES (?, ?, ?, ?, ?)",
            [table.schema, table.name, name, list(key.columns), key.enabled],
        )

    def replace(self, table: Name, key: PrimaryKey) -> None:
        self.remove(table)
        self.add(table, key)

    def remove(self, table: Name) -> None:
        self._store.change_dictionary(
            f"DELETE FROM {INTERNAL}.KEYS WHERE {_OF_TABLE}", [table.schema, table.name]
        )

    def rename_column(self, table: Name, old: str, new: str) -> None:
        key = self.of(table)
        if key:
            columns = tuple(new if column == old else column for column in key.columns)
            self.replace(table, replace(key, columns=columns))
