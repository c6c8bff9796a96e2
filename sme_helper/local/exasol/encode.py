"""Results as the JSON of the WebSocket API: column-major, text for dates and wide decimals."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import pyarrow as pa

from .results import Column
from .types import ExaType

# Element of an NLS format -> field of str.format, with the value as argument 0. Longest first.
_ELEMENTS = {
    "YYYY": "{0.year:04d}",
    "HH24": "{0.hour:02d}",
    "FF9": "{0.microsecond:06d}000",
    "FF6": "{0.microsecond:06d}",
    "FF3": "{1:03d}",
    "MM": "{0.month:02d}",
    "DD": "{0.day:02d}",
    "HH": "{0.hour:02d}",
    "MI": "{0.minute:02d}",
    "SS": "{0.second:02d}",
}
_ELEMENT = re.compile("|".join(sorted(_ELEMENTS, key=len, reverse=True)))


def columns(result_columns: list[Column]) -> list[dict]:
    """The `columns` of a result set."""
    return [{"name": c.name, "dataType": c.type.wire} for c in result_columns]


def data(table: pa.Table, result_columns: list[Column], parameters: dict[str, str]) -> list[list]:
    """The `data` of a result set: one list a column.

    Args:
        parameters: the session's, for the formats of dates and timestamps.
    """
    return [
        _values(table.column(index), column.type, parameters)
        for index, column in enumerate(result_columns)
    ]


def _values(array: pa.ChunkedArray, type_: ExaType, parameters: dict[str, str]) -> list:
    if type_.name == "DATE":
        return _moments(array, parameters["NLS_DATE_FORMAT"])
    if type_.name.startswith("TIMESTAMP"):
        return _moments(array, parameters["NLS_TIMESTAMP_FORMAT"])
    values = array.to_pylist()
    if type_.name == "DOUBLE":
        return [None if value is None or math.isnan(value) else value for value in values]
    if type_.name == "DECIMAL" and pa.types.is_decimal(array.type):
        return [None if value is None else decimal_text(value) for value in values]
    if type_.name == "CHAR":
        return [None if value is None else value.ljust(type_.size) for value in values]
    return values


def _moments(array: pa.ChunkedArray, nls_format: str) -> list:
    template = moment_template(nls_format)
    if pa.types.is_timestamp(array.type) and array.type.unit == "ns":
        array = array.cast(pa.timestamp("us"), safe=False)
    return [
        None if value is None else template.format(value, getattr(value, "microsecond", 0) // 1000)
        for value in array.to_pylist()
    ]


def moment_template(nls_format: str) -> str:
    """The str.format template of an NLS format, e.g. 'YYYY-MM-DD HH24:MI:SS.FF6'."""
    escaped = nls_format.replace("{", "{{").replace("}", "}}")
    return _ELEMENT.sub(lambda match: _ELEMENTS[match.group()], escaped)


def decimal_text(value: Decimal) -> str:
    """A decimal without trailing zeros, never in exponent form."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
