"""`ctx`, the context of a UDF's run(): its input rows, and emit()."""

from __future__ import annotations

import decimal
import sys
from collections.abc import Callable

import pyarrow as pa

from ..types import ExaType
from .exa import python_type

# rows(start, count) -> the input rows from `start` on, at least one and at most `count`
FetchRows = Callable[[int, int], pa.RecordBatch]

WINDOW_ROWS = 4096


class InputRows:
    """The call's input, of which only a window is in memory at a time."""

    def __init__(self, columns: list[tuple[str, ExaType]], fetch: FetchRows):
        self.columns = columns
        self._fetch = fetch
        self._start = 0
        self._batch: pa.RecordBatch | None = None
        # of the batch's columns, those that have been asked for
        self._values: dict[int, list] = {}

    def window(self, row: int, column: int) -> tuple[list, int]:
        """Values of a column around a row, and the row at which they start.

        Rows count from the start of the call's whole input.
        """
        if self._batch is None or not self._start <= row < self._start + self._batch.num_rows:
            self._batch, self._start = self._fetch(row, WINDOW_ROWS), row
            self._values = {}
        if column not in self._values:
            self._values[column] = _python_values(
                self._batch.column(column), self.columns[column][1]
            )
        return self._values[column], self._start

    def frame(self, start: int, count: int, first_column: int):
        """`count` rows as a pandas DataFrame, from column number `first_column` on."""
        import pandas

        batches = []
        while count > 0:
            batch = self._fetch(start, count)
            batches.append(batch)
            start, count = start + batch.num_rows, count - batch.num_rows
        table = pa.Table.from_batches(batches)
        series = [
            _series(pandas, table.column(index), exa_type)
            for index, (_, exa_type) in enumerate(self.columns)
            if index >= first_column
        ]
        frame = (
            pandas.concat(series, axis=1) if series else pandas.DataFrame(index=range(len(table)))
        )
        frame.columns = [name for name, _ in self.columns[first_column:]]
        return frame


def _python_values(array: pa.Array, exa_type: ExaType) -> list:
    if pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("us"), safe=False).to_pylist()
    values = array.to_pylist()
    if python_type(exa_type) is int and pa.types.is_decimal(array.type):
        return [None if value is None else int(value) for value in values]
    return values


def _series(pandas, column: pa.ChunkedArray, exa_type: ExaType):
    """A DataFrame's column with the dtype that Exasol gives it, whatever pandas prefers."""
    wanted = python_type(exa_type)
    if wanted in (str, decimal.Decimal):
        return pandas.Series(column.to_numpy(), dtype=object)
    if wanted is int and pa.types.is_decimal(column.type):
        return pandas.Series(_python_values(column.combine_chunks(), exa_type), dtype=object)
    return column.to_pandas(date_as_object=True)


class Context:
    """The rows of one group (of the whole call, in a SCALAR script) and emit().

    Columns are read as ctx.NAME, ctx["NAME"] or ctx[0]. The names of the methods and
    their errors are Exasol's.
    """

    def __init__(self, rows: InputRows, emit: Callable, scalar: bool, returns: bool):
        names = {name: index for index, (name, _) in enumerate(rows.columns)}
        self.__dict__.update(
            _rows=rows,
            _names=names,
            # what has been read around the row, by the key that the script used
            _window={},
            _window_size=0,
            _offset=0,
            _emit=emit,
            _may_iterate=not scalar,
            _may_emit=not returns,
            _first=0,
            _end=0,
            _row=0,
            _finished=False,
            _frames_finished=False,
        )

    def _open_group(self, first: int, size: int) -> None:
        self.__dict__.update(
            _first=first, _end=first + size, _finished=False, _frames_finished=False
        )
        self._move_to(first)

    def __getitem__(self, key: int | str) -> object:
        values = self._window.get(key)
        if values is None:
            return self._read(key, "1081", "1082: Column with name '{}' does not exist")
        return values[self._offset]

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        values = self._window.get(name)
        if values is None:
            return self._read(name, "1084", "1085: Iterator has no object with name '{}'")
        return values[self._offset]

    def _read(self, key: int | str, finished_code: str, unknown: str) -> object:
        """Reads what is not in the window yet."""
        if self._finished:
            raise RuntimeError(f"E-UDF-CL-SL-PYTHON-{finished_code}: Iteration finished")
        column = key if type(key) is int else self._column(str(key))
        if column is None or not 0 <= column < len(self._rows.columns):
            raise RuntimeError(f"E-UDF-CL-SL-PYTHON-{unknown.format(key)}")
        values, start = self._rows.window(self._row, column)
        self._window[key] = values
        self.__dict__.update(_offset=self._row - start, _window_size=len(values))
        return values[self._offset]

    def _move_to(self, row: int) -> None:
        offset = self._offset + row - self._row
        self.__dict__.update(_row=row, _offset=offset)
        if not 0 <= offset < self._window_size:
            self._window.clear()

    def _column(self, name: str) -> int | None:
        # an unquoted parameter is known by its upper-case name, written in any case
        return self._names.get(name, self._names.get(name.upper()))

    def next(self, reset: bool = False) -> bool:
        self._check(self._may_iterate)
        return self._go_to_start() if reset else self._advance()

    def reset(self) -> bool:
        self._check(self._may_iterate)
        self.__dict__["_frames_finished"] = False
        return self._go_to_start()

    def size(self) -> int:
        return self._end - self._first

    def emit(self, *output: object) -> None:
        self._check(self._may_emit)
        self._emit(*output)

    def get_dataframe(self, num_rows: int | str = 1, start_col: int = 0):
        """The next rows as a DataFrame; None once at the end of the group."""
        if num_rows != "all" and not (type(num_rows) is int and num_rows > 0):
            raise RuntimeError(
                "E-UDF-CL-SL-PYTHON-1103: get_dataframe() parameter 'num_rows' must be 'all' "
                "or an integer > 0"
            )
        if type(start_col) is not int or start_col < 0:
            raise RuntimeError(
                "E-UDF-CL-SL-PYTHON-1104: get_dataframe() parameter 'start_col' must be "
                "an integer >= 0"
            )
        if start_col > len(self._rows.columns):
            raise RuntimeError(
                f"E-UDF-CL-SL-PYTHON-1105: get_dataframe() parameter 'start_col' is {start_col}, "
                f"but there are only {len(self._rows.columns)} input columns"
            )
        if self._frames_finished:
            raise RuntimeError("E-UDF-CL-SL-PYTHON-1106: Iteration finished")
        if self._finished:
            self.__dict__["_frames_finished"] = True
            return None
        wanted = sys.maxsize if num_rows == "all" else num_rows
        count = min(wanted, self._end - self._row)
        frame = self._rows.frame(self._row, count, start_col)
        self._move_to(self._row + count - 1)
        self._advance()
        return frame

    def _advance(self) -> bool:
        if self._finished:
            return False
        self._move_to(self._row + 1)
        if self._row >= self._end:
            self.__dict__["_finished"] = True
            self._window.clear()
        return not self._finished

    def _go_to_start(self) -> bool:
        self.__dict__["_finished"] = False
        self._move_to(self._first)
        return True

    def _check(self, allowed: bool) -> None:
        if not allowed:
            raise RuntimeError(
                "F-UDF-CL-SL-PYTHON-1107: next(), reset() and emit() functions are not allowed "
                "in scalar context"
            )
