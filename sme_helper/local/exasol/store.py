"""One session's DuckDB connection: statements, transactions, savepoints.

DuckDB has no savepoints, and a run-time error aborts its whole transaction. Exasol undoes
only the failing statement. `Store` therefore remembers the writes of the open transaction,
and repeats those before a savepoint when it must go back to it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from .errors import SqlError, aborted, unsupported
from .results import Column
from .snapshots import Known, Snapshots
from .types import ExaType

_NUMBERS = itertools.count(1)
_ROWS_PER_BATCH = 16384


class _Write(NamedTuple):
    sql: str
    parameters: list
    of_dictionary: bool


class Store:
    """A DuckDB cursor with Exasol's transaction semantics; used by one thread at a time.

    Args:
        snapshots: the states of the dictionary, shared by all sessions of the database.
        ended: called when a transaction has ended, committed or rolled back.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        snapshots: Snapshots,
        ended: Callable[[], None],
    ):
        self._cursor = cursor
        self._snapshots = snapshots
        self._ended = ended
        self._writes: list[_Write] = []
        self._registered: dict[str, list[Column]] = {}
        self._known = Known()
        self.generation = 0  # counts the transactions that have ended
        self.in_transaction = False

    # --- statements

    def query(self, sql: str, parameters: list | None = None) -> pa.Table:
        """Rows of a DuckDB query."""
        self.begin()
        return self._execute(sql, parameters).to_arrow_table()

    def look_up(self, sql: str, parameters: list) -> list[dict]:
        """Rows of a query on the dictionary, which are read once for each state of it."""

        def read() -> list[dict]:
            found = self._execute(sql, parameters)
            names = [column[0] for column in found.description]
            # Without Arrow on the way, which costs few rows as much as the query does.
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        rows = self.known((sql, repr(parameters)), read)  # which may hold lists
        return [dict(row) for row in rows]

    def known(self, key: tuple, compute: Callable[[], Any]) -> Any:
        """What `compute` makes of the dictionary alone, once for each state of it.

        The value is shared by all sessions that see this state: nobody may change it.
        """
        self.begin()
        return self._known.get(key, compute)

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Rows of a DuckDB query as they come; no other statement may run meanwhile."""
        self.begin()
        reader = self._execute(sql).to_arrow_reader(_ROWS_PER_BATCH)
        try:
            yield from reader
        except (duckdb.Error, pa.ArrowException) as error:
            if isinstance(error, duckdb.Error):
                raise translate_error(error) from error
            raise SqlError(str(error)) from error

    def run(self, sql: str, parameters: list | None = None) -> int:
        """Runs a DuckDB statement; gives the number of affected rows."""
        return self._write(_Write(sql, parameters or [], of_dictionary=False))

    def change_dictionary(self, sql: str, parameters: list) -> None:
        """Like `run`, for the tables of the dictionary: what was looked up there is forgotten."""
        self._write(_Write(sql, parameters, of_dictionary=True))

    def _write(self, write: _Write) -> int:
        self.begin()
        rows = self._execute(write.sql, write.parameters).fetchall()
        self._writes.append(write)
        if write.of_dictionary:
            self._known = Known()  # of this transaction alone
        is_count = len(rows) == 1 and len(rows[0]) == 1 and isinstance(rows[0][0], int)
        return rows[0][0] if is_count else 0

    def _execute(self, sql: str, parameters: list | None = None):
        try:
            return self._cursor.execute(sql, parameters or [])
        except duckdb.Error as error:
            raise translate_error(error) from error

    def register(self, table: pa.Table, columns: list[Column] | None = None) -> str:
        """Makes an Arrow table visible under a fresh name until `release`.

        Args:
            columns: their Exasol types; by default, those that follow from the Arrow types.
        """
        name = f"EXA$TEMPORARY_{next(_NUMBERS)}"
        self._cursor.register(name, table)
        if columns is None:
            columns = [Column(f.name, ExaType.from_arrow(f.type)) for f in table.schema]
        self._registered[name] = columns
        return name

    def registered_columns(self, name: str) -> list[Column] | None:
        """The columns of a table that `register` made visible, or None."""
        return self._registered.get(name)

    def release(self) -> None:
        """Forgets registered tables, unless the open transaction may have to repeat writes."""
        if self._writes and self.in_transaction:
            return
        if not self._registered:
            return
        for name in self._registered:
            self._cursor.unregister(name)
        self._registered.clear()
        pa.default_memory_pool().release_unused()  # which else Arrow keeps for its next table

    def interrupt(self) -> None:
        """Stops the running statement; may be called from another thread, also after `close`."""
        try:
            self._cursor.interrupt()
        except duckdb.ConnectionException:
            pass

    def close(self) -> None:
        self.rollback()
        self._cursor.close()

    # --- transactions

    def begin(self) -> None:
        """Opens a transaction, if none is open."""
        if not self.in_transaction:
            try:
                self._known = self._snapshots.begin(self._cursor)
            except duckdb.Error as error:
                raise translate_error(error) from error
            self.in_transaction = True

    def commit(self) -> None:
        """Ends the open transaction, if any.

        Raises:
            SqlError: another session changed the same rows; all changes are rolled back.
        """
        if not self.in_transaction:
            return
        try:
            if any(write.of_dictionary for write in self._writes):
                self._snapshots.commit(self._cursor)
            else:
                self._cursor.commit()
        except duckdb.Error as error:
            self.rollback()
            raise translate_error(error) from error
        self._end()
        self._ended()

    def rollback(self) -> None:
        if self.in_transaction:
            self._undo()
            self._ended()

    def start_anew(self) -> None:
        """Makes the open transaction see what others have committed since it began."""
        self._undo()
        self.begin()

    @property
    def has_written(self) -> bool:
        """Whether the open transaction has changed anything."""
        return bool(self._writes)

    def _undo(self) -> None:
        try:
            self._cursor.rollback()
        except duckdb.Error:
            pass  # a failed commit has already rolled back
        self._end()

    def _end(self) -> None:
        self.in_transaction = False
        self._writes.clear()
        self.generation += 1

    def savepoint(self) -> tuple[int, int]:
        """A mark to which `restore` can go back."""
        return self.generation, len(self._writes)

    def restore(self, savepoint: tuple[int, int]) -> None:
        """Undoes what was written since `savepoint`, except what has been committed since."""
        generation, length = savepoint
        if not self.in_transaction:
            return
        kept = self._writes[: length if generation == self.generation else 0]
        if len(kept) == len(self._writes) and self._is_healthy():
            return
        self._undo()
        self.begin()
        for write in kept:
            self._write(write)

    def _is_healthy(self) -> bool:
        try:
            self._cursor.execute("SELECT 1").fetchall()
        except duckdb.Error:
            return False
        return True


_ERROR_PREFIX = re.compile(r"^(?:[A-Z][A-Za-z ]*Error: )+")


def translate_error(error: duckdb.Error) -> SqlError:
    """DuckDB's error in Exasol's words, as far as a match is known."""
    text = _ERROR_PREFIX.sub("", str(error)).split("\n\nLINE ")[0].strip()
    if isinstance(error, duckdb.InterruptException):
        return aborted()
    if text.startswith(unsupported("").text):
        return SqlError(text, "0A000")
    if "data exception - " in text or "constraint violation - " in text:
        code = {"division by zero": "22012", "truncation": "22001"}
        matches = (c for words, c in code.items() if words in text)
        return SqlError(text, next(matches, "22000"))
    if "invalid perl operator" in text:  # RE2, where Exasol has PCRE
        return unsupported(f"regular expression with an {text}")
    out_of_range = re.search(r"out of range|Could not cast value .* to DECIMAL", text)
    if isinstance(error, duckdb.ConversionException) and not out_of_range:
        return SqlError(_not_castable(text), "22018")
    if isinstance(error, (duckdb.ConversionException, duckdb.OutOfRangeException)):
        return SqlError(f"data exception - numeric value out of range; {text}", "22003")
    if isinstance(error, duckdb.ConstraintException):
        return SqlError(f"constraint violation - {_violated(text)}", "27002")
    if isinstance(error, duckdb.TransactionException) or "onflict" in text:
        return SqlError(f"GlobalTransactionRollback msg: Transaction collision: {text}", "40001")
    if re.search(r'column (?:named )?"ROWID"', text):
        return unsupported("ROWID of anything but a table")
    return SqlError(text.split("\n")[0], "42000")


def _not_castable(text: str) -> str:
    value = re.search(r"string '(.*?)'|\"(.*?)\"", text)
    if not value:
        return f"data exception - invalid value for cast; {text}"
    return (
        f"data exception - invalid character value for cast; Value: '{value[1] or value[2] or ''}'"
    )


def _violated(text: str) -> str:
    missing = re.fullmatch(r"NOT NULL constraint failed: (.+)\.([^.]+)", text)
    return f"not null (column {missing[2]} in table {missing[1]})" if missing else text
