"""What a statement gives back: a table or a row count."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from .types import ExaType


@dataclass
class Column:
    """A result column: its name as the client sees it, and its Exasol type."""

    name: str
    type: ExaType


@dataclass
class Result:
    """The outcome of one statement.

    Attributes:
        table: the rows (column i belongs to columns[i]; Arrow names may repeat or differ),
            or None for a statement without a result set.
        columns: one entry a result column.
        rowcount: rows affected, for statements without a result set.
    """

    table: pa.Table | None = None
    columns: list[Column] = field(default_factory=list)
    rowcount: int = 0
