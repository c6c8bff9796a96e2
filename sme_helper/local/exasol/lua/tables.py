"""Tables that scripts return: rows of Python values, fitted to their columns."""

from __future__ import annotations

import datetime
import decimal

import pyarrow as pa

from ..results import Column, Result
from ..types import ExaType


def table_result(columns: list[Column], rows: list[list]) -> Result:
    """A result of these rows; each value must fit its column's type.

    Raises:
        ValueError: a row has too few or too many values, or a value does not fit.
    """
    for row in rows:
        # a Lua row ends at its last value, so trailing NULLs written as nil are missing
        row.extend([None] * (len(columns) - len(row)))
        if len(row) > len(columns):
            raise ValueError(f"a returned row has {len(row)} values for {len(columns)} columns")
    arrays = [
        pa.array([_fit(row[index], column) for row in rows], type=column.type.arrow)
        for index, column in enumerate(columns)
    ]
    names = [f"c{index}" for index in range(len(columns))]
    return Result(pa.table(arrays, names=names), columns)


def _fit(value: object, column: Column) -> object:
    exa_type = column.type
    if value is None:
        return None
    try:
        if exa_type.name == "DECIMAL":
            step = decimal.Decimal(1).scaleb(-exa_type.scale)
            number = decimal.Decimal(str(value)).quantize(step, decimal.ROUND_HALF_UP)
            return number if exa_type.scale or exa_type.precision > 18 else int(number)
        if exa_type.name == "DOUBLE":
            return float(value)
        if exa_type.name == "BOOLEAN" and isinstance(value, bool):
            return value
        if exa_type.name == "DATE":
            return datetime.date.fromisoformat(value)
        if exa_type.name.startswith("TIMESTAMP"):
            return datetime.datetime.fromisoformat(value)
        if exa_type.arrow == pa.string():
            return _text(value, exa_type)
    except (TypeError, decimal.InvalidOperation):
        pass
    except ValueError as error:
        raise ValueError(f"column {column.name}: {error}") from None
    raise ValueError(f"column {column.name}: {value!r} is no value of type {exa_type.sql}")


def _text(value: object, exa_type: ExaType) -> str | None:
    if isinstance(value, bool):
        text = "TRUE" if value else "FALSE"
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))
    else:
        text = str(value)
    if exa_type.name in ("VARCHAR", "CHAR") and len(text) > exa_type.size:
        raise ValueError(f"text of {len(text)} characters is too long for {exa_type.sql}")
    return text or None
