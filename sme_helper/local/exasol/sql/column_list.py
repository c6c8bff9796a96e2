"""Reads lists of columns: of EMITS in a query, of default_output_columns(), of Lua tables."""

from __future__ import annotations

from ..results import Column
from ..types import ExaType
from .tokens import Cursor, split_list


def parse_columns(text: str) -> list[Column]:
    """The columns that a text such as 'ID INT, "name" VARCHAR(10)' defines.

    Raises:
        SqlError: a name or a type is none.
    """
    columns = []
    for item in split_list(text):
        cursor = Cursor(item)
        name = cursor.identifier()
        columns.append(Column(name, ExaType.parse(cursor.rest())))
    return columns
