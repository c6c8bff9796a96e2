"""What a UDF emits: checked value by value as Exasol does, collected into Arrow batches."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from ..types import ExaType

ROWS_PER_BATCH = 4096
ROWS_PER_FRAME_BATCH = 16384
CHARACTERS_PER_BATCH = 4_000_000
GROUP_COLUMN = "__group"

Converter = Callable[[object], object]

# what Exasol's error messages call the types of output columns
_KIND_NAMES = {
    "DOUBLE": "float",
    "BOOLEAN": "bool",
    "INT32": "int",
    "INT64": "long",
    "STRING": "unicode",
    "NUMERIC": "decimal.Decimal",
    "DATE": "datetime.date",
    "TIMESTAMP": "datetime.datetime",
}

# what a whole column is checked as, by the kind of the column that it goes to
_BULK_TYPES = {
    "BOOLEAN": pa.bool_(),
    "INT32": pa.int64(),
    "INT64": pa.int64(),
    "STRING": pa.string(),
    "DATE": pa.date32(),
}

# Exasol's error code if a value of this type does not fit its column
_TYPE_ERRORS = {
    int: "1091",
    float: "1092",
    bool: "1093",
    str: "1094",
    decimal.Decimal: "1095",
    datetime.date: "1096",
    datetime.datetime: "1097",
}


class Emitter:
    """Collects the emitted rows of one call and sends them as Arrow batches.

    Args:
        columns: names and types of the output columns.
        send: takes one finished batch: the output columns c0, c1, ... and the number of
            the group (of the input row, in a SCALAR script) that each row came from.
    """

    def __init__(self, columns: list[tuple[str, ExaType]], send: Callable[[pa.RecordBatch], None]):
        self._columns = columns
        self._converters = [converters(exa_type) for _, exa_type in columns]
        self._text_columns = [
            index for index, (_, exa_type) in enumerate(columns) if value_kind(exa_type) == "STRING"
        ]
        self._send = send
        self._schema = output_schema([exa_type for _, exa_type in columns])
        self._rows: list[list] = []
        self._groups: list[int] = []
        self._characters = 0
        self.group = 0

    def emit(self, *output: object) -> None:
        """One row, or a DataFrame of many."""
        if len(output) == 1 and type(output[0]).__name__ == "DataFrame":
            self._emit_frame(output[0])
            return
        if len(output) != len(self._columns):
            code = "1089" if len(self._columns) > 1 else "1090"
            raise TypeError(
                f"E-UDF-CL-SL-PYTHON-{code}: {self._arity_text()} ({len(output)} given)"
            )
        row = None
        try:
            row = [
                None if value is None else accepted[type(value)](value)
                for value, accepted in zip(output, self._converters, strict=True)
            ]
        except (KeyError, ValueError, OverflowError):
            pass
        if row is None:
            # the same again, slowly, to say which value it was
            row = [self._convert(value, index) for index, value in enumerate(output)]
        self._rows.append(row)
        self._groups.append(self.group)
        self._characters += sum(len(row[index] or "") for index in self._text_columns)
        if len(self._rows) >= ROWS_PER_BATCH or self._characters > CHARACTERS_PER_BATCH:
            self.flush()

    def flush(self) -> None:
        if not self._rows:
            return
        columns = zip(*self._rows, strict=True)
        arrays = [
            pa.array(values, type=field.type)
            for values, field in zip(columns, self._schema, strict=False)
        ]
        arrays.append(pa.array(self._groups, type=pa.int64()))
        self._send(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._rows, self._groups, self._characters = [], [], 0

    def _convert(self, value: object, index: int) -> object:
        if value is None:
            return None
        convert = self._converters[index].get(type(value))
        name, exa_type = self._columns[index]
        if convert is None:
            code = _TYPE_ERRORS.get(type(value))
            if code is None:
                raise RuntimeError(
                    f"E-UDF-CL-SL-PYTHON-1098: data type {type(value)} is not supported"
                )
            raise RuntimeError(
                f"E-UDF-CL-SL-PYTHON-{code}: emit column '{name}' is of type "
                f"{_KIND_NAMES[value_kind(exa_type)]} but data given have type {type(value)}"
            )
        try:
            return convert(value)
        except (ValueError, OverflowError) as error:
            raise RuntimeError(f"F-UDF-CL-SL-PYTHON-1099: column '{name}': {error}") from None

    def _emit_frame(self, frame) -> None:
        if frame.shape[0] == 0:
            raise RuntimeError("E-UDF-CL-SL-PYTHON-1087: emit DataFrame is empty")
        if frame.shape[1] != len(self._columns):
            raise TypeError(
                f"E-UDF-CL-SL-PYTHON-1088: {self._arity_text()} ({frame.shape[1]} given)"
            )
        self.flush()
        for start in range(0, len(frame), ROWS_PER_FRAME_BATCH):
            part = frame.iloc[start : start + ROWS_PER_FRAME_BATCH]
            arrays = [self._frame_column(part.iloc[:, i], i) for i in range(len(self._columns))]
            arrays.append(pa.repeat(pa.scalar(self.group, pa.int64()), len(part)))
            self._send(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def _frame_column(self, series, index: int) -> pa.Array:
        """A whole column at once where its values say all, else value by value."""
        exa_type = self._columns[index][1]
        arrow_type = self._schema.field(index).type
        family = getattr(series.dtype, "kind", "O")
        if value_kind(exa_type) == "DOUBLE" and family in "fiu":
            return pa.Array.from_pandas(series).cast(arrow_type, safe=False)
        if value_kind(exa_type) == "TIMESTAMP" and family == "M":
            return pa.Array.from_pandas(series).cast(arrow_type, safe=False)
        array = _bulk(series, exa_type)
        if array is not None:
            return array.cast(arrow_type)
        values = [self._convert(_plain_value(value), index) for value in series]
        return pa.array(values, type=arrow_type)

    def _arity_text(self) -> str:
        count = len(self._columns)
        return f"emit() takes exactly {count} argument{'s' if count > 1 else ''}"


def _bulk(series, exa_type: ExaType) -> pa.Array | None:
    """The column in one piece, if all its values are of the type that it needs and fit."""
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_null(array.type):
        return array
    if array.type != _BULK_TYPES.get(value_kind(exa_type)):
        return None
    if pa.types.is_integer(array.type):
        extremes = pc.min_max(array).as_py()
        limit = 10**exa_type.precision
        return array if all(abs(value or 0) < limit for value in extremes.values()) else None
    if pa.types.is_string(array.type):
        lengths = pc.min_max(pc.utf8_length(array)).as_py()
        # in Exasol the empty string is NULL
        if lengths["min"] == 0 or (lengths["max"] or 0) > _most_characters(exa_type):
            return None
        if exa_type.name == "CHAR" and lengths["min"] != exa_type.size:
            return None
    return array


def output_schema(types: list[ExaType]) -> pa.Schema:
    """The Arrow schema of a call's results: c0, c1, ... and the group number."""
    fields = [pa.field(f"c{index}", exa_type.arrow) for index, exa_type in enumerate(types)]
    return pa.schema([*fields, pa.field(GROUP_COLUMN, pa.int64())])


def value_kind(exa_type: ExaType) -> str:
    """How Exasol's UDF protocol carries a type: INT32, INT64, NUMERIC, STRING, ..."""
    if exa_type.name == "DECIMAL":
        if exa_type.scale or exa_type.precision > 18:
            return "NUMERIC"
        return "INT32" if exa_type.precision <= 9 else "INT64"
    if exa_type.name.startswith("TIMESTAMP"):
        return "TIMESTAMP"
    return exa_type.name if exa_type.name in ("DOUBLE", "BOOLEAN", "DATE") else "STRING"


def converters(exa_type: ExaType) -> dict[type, Converter]:
    """The Python types that an output column accepts, each with what makes it fit."""
    kind = value_kind(exa_type)
    if kind == "DOUBLE":
        return {float: _as_it_is, int: float, decimal.Decimal: float}
    if kind == "NUMERIC":
        number = _decimal_converter(exa_type)
        return {decimal.Decimal: number, int: number, float: number, str: number}
    if kind in ("INT32", "INT64"):
        number = _integer_converter(exa_type)
        return {int: number, float: number, decimal.Decimal: number}
    if kind == "STRING":
        return {str: _text_converter(exa_type)}
    only = {"BOOLEAN": bool, "DATE": datetime.date, "TIMESTAMP": datetime.datetime}[kind]
    return {only: _as_it_is}


def _as_it_is(value: object) -> object:
    return value


def _integer_converter(exa_type: ExaType) -> Converter:
    limit = 10**exa_type.precision

    def convert(value):
        if value != value:  # NaN
            return None
        number = int(value)
        if not -limit < number < limit:
            raise ValueError("data exception - numeric value out of range")
        return number

    return convert


def _decimal_converter(exa_type: ExaType) -> Converter:
    """Rounds half away from zero to the column's scale, as Exasol does."""
    step = decimal.Decimal(1).scaleb(-exa_type.scale)
    digits = exa_type.precision - exa_type.scale
    context = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)

    def convert(value):
        if value != value:  # NaN
            return None
        try:
            rounded = context.quantize(decimal.Decimal(str(value)), step)
        except decimal.InvalidOperation:
            raise ValueError(
                f"data exception - invalid value for {exa_type.sql}: {value!r}"
            ) from None
        if rounded and rounded.adjusted() >= digits:
            raise ValueError("data exception - numeric value out of range")
        return rounded

    return convert


def _most_characters(exa_type: ExaType) -> float:
    return exa_type.size if exa_type.name in ("VARCHAR", "CHAR") else math.inf


def _text_converter(exa_type: ExaType) -> Converter:
    limit = _most_characters(exa_type)

    def convert(value):
        if len(value) > limit:
            raise ValueError(
                f"data exception - string data, right truncation: {len(value)} characters "
                f"for {exa_type.sql}"
            )
        # in Exasol the empty string is NULL, and CHAR is padded with blanks
        return value.ljust(exa_type.size) if value and exa_type.name == "CHAR" else value or None

    return convert


def _plain_value(value: object) -> object:
    """A DataFrame's cell as the Python value that stands for it; missing values are None."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    plain = value.item() if hasattr(value, "item") else value
    return None if plain != plain else plain
