"""Rows of a DataFrame as texts that a VARCHAR holds, and back: from one UDF to the other."""

import datetime
import decimal
import json

from .errors import SmeError
from .text import kind_of, precision_of, scale_of

MOST_CHARACTERS = 2000000
CELLS_A_TEXT = 50000


def chunks_of(frame, types):
    """Yields the rows of a frame as JSON texts, each with as many rows as fit.

    Args:
        types: the type of each column, as column_types gives it.

    Raises:
        SmeError: E-SME-114, a single row is too long.
    """
    count = max(1, CELLS_A_TEXT // len(types))
    for start in range(0, len(frame), count):
        yield from fitting_chunks(frame.iloc[start : start + count], types)


def fitting_chunks(rows, types):
    """The rows as one text, or halved until each part fits."""
    columns = [sent_values(rows.iloc[:, i], sql_type) for i, sql_type in enumerate(types)]
    text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= MOST_CHARACTERS:
        yield text
    elif len(rows) > 1:
        half = len(rows) // 2
        yield from fitting_chunks(rows.iloc[:half], types)
        yield from fitting_chunks(rows.iloc[half:], types)
    else:
        raise SmeError(
            "E-SME-114",
            f"A row of {len(text)} characters is longer than the {MOST_CHARACTERS} that a Python "
            "model can hand to the table: shorten its texts.",
        )


def sent_values(series, sql_type):
    """The values of a column as JSON knows them, None for missing ones."""
    kind, missing = kind_of(sql_type), series.isna().tolist()
    values = series.astype(object).tolist()
    if kind == "DECIMAL":
        convert = str if is_sent_as_text(sql_type) else int
    elif kind == "TIMESTAMP":
        convert = moment
    else:
        convert = {"DOUBLE": float, "BOOLEAN": bool, "DATE": day, "VARCHAR": str}[kind]
    return [None if gone else convert(v) for v, gone in zip(values, missing, strict=True)]


def is_sent_as_text(sql_type):
    """Whether the numbers of a DECIMAL type arrive as text: those of a scale, and long ones."""
    return scale_of(sql_type) > 0 or precision_of(sql_type) > 18


def day(value):
    """A date as text."""
    return value.isoformat()[:10]


def moment(value):
    """A date or time as text with microseconds, in UTC where it has a time zone."""
    if not hasattr(value, "hour"):
        return f"{value.isoformat()} 00:00:00.000000"
    if value.tzinfo is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value.isoformat(sep=" ", timespec="microseconds")


def rows_of(text, types):
    """The rows of a chunk, as a UDF emits them into columns of these types."""
    columns = [
        [None if value is None else received(value, sql_type) for value in values]
        for values, sql_type in zip(json.loads(text), types, strict=True)
    ]
    return zip(*columns, strict=True)


def received(value, sql_type):
    """A value that came by JSON as the Python value of its column."""
    kind = kind_of(sql_type)
    if kind == "DECIMAL":
        return decimal.Decimal(value) if is_sent_as_text(sql_type) else value
    if kind == "DATE":
        return datetime.date.fromisoformat(value)
    if kind == "TIMESTAMP":
        return datetime.datetime.fromisoformat(value)
    return value
