"""Identifiers as DuckDB takes them."""

from __future__ import annotations

from .sql.statements import Name


def quote(name: str) -> str:
    """An identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def quote_name(name: Name) -> str:
    return f"{quote(name.schema)}.{quote(name.name)}"
