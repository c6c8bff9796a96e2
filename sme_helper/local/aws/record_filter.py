"""Which fields of a CSV record a transform job passes on, by as much of JSONPath as CSV can use."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from .errors import validation

Fields = list[str]
Select = Callable[[Fields], Fields]

_INDEXES = re.compile(r"\$\[(-?\d+(?:\s*,\s*-?\d+)*)\]")
_SLICE = re.compile(r"\$\[(-?\d*):(-?\d*)\]")


class FieldMissing(Exception):
    """A filter names a field that a record does not have."""


def compile_filter(member: str, path: str | None) -> Select | None:
    """What takes the fields of a record that a path names; None for all of them.

    Known are `$`, indexes such as `$[0,5]` and slices such as `$[1:]`; negative numbers count
    from the end.

    Raises:
        AwsError: ValidationException for any other path.
    """
    if not path or path == "$":
        return None
    if found := _SLICE.fullmatch(path):
        start, end = (int(text) if text else None for text in found.groups())
        return lambda fields: fields[start:end]
    if found := _INDEXES.fullmatch(path):
        return _by_index([int(text) for text in found[1].split(",")], path)
    raise validation(f"Invalid JSONPath in {member} for records of CSV: {path}")


def _by_index(indexes: list[int], path: str) -> Select:
    def select(fields: Fields) -> Fields:
        try:
            return [fields[index] for index in indexes]
        except IndexError:
            raise FieldMissing(
                f"{path} names a field that a record of {len(fields)} fields does not have."
            ) from None

    return select


def split_records(lines: list[str]) -> list[Fields]:
    """The fields of each line. A line is a record of its own, whatever quotes it opens."""
    return [next(csv.reader([line]), []) for line in lines]


def read_records(text: str) -> list[Fields]:
    """The fields of each record of a text, which quotes may spread over several lines."""
    return list(csv.reader(io.StringIO(text, newline="")))


def write_records(records: list[Fields]) -> str:
    """The records as CSV, a line each."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(records)
    return buffer.getvalue()
