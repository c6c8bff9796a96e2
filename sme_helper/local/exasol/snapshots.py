"""What sessions know of the dictionary, kept over transactions for as long as it is true.

A statement asks the dictionary dozens of questions, and its answers seldom change. They are kept
with the state of the dictionary that they were read from, so that all transactions that see this
state share them:

- A transaction sees the database as it was when it began. DuckDB takes this snapshot not on BEGIN
  but with the first statement that touches the database, so `begin` makes one; an answer from
  here, after which another session commits, could otherwise meet newer tables.
- `commit`, for transactions that have changed the dictionary, and `begin` exclude each other. So
  there is no moment at which a snapshot is older or newer than what `begin` gives with it:
  between two such commits all snapshots see the same dictionary.
- A commit puts an empty `Known` in the place of the present one. Transactions with older
  snapshots still hold that one, read from it and add to it, and it stays true for them.
- What a transaction has written is seen by nobody else. From its first change of the dictionary
  on, `Store` gives it a `Known` of its own, and a new one after each further change. Nothing of
  it is kept: when it rolls back there is nothing to undo.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import duckdb

_MOST_ANSWERS = 20_000  # names that do not exist are answers, too: without end


class Known:
    """Answers about one state of the dictionary."""

    def __init__(self) -> None:
        self._answers: dict[tuple, Any] = {}

    def get(self, key: tuple, compute: Callable[[], Any]) -> Any:
        """The answer of `key`; computed if it is not known. Sessions may ask at the same time."""
        try:
            return self._answers[key]
        except KeyError:
            answer = compute()
        if len(self._answers) >= _MOST_ANSWERS:
            self._answers.clear()
        self._answers[key] = answer
        return answer


class Snapshots:
    """The present state of one database's dictionary, and the way from one to the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._present = Known()

    def begin(self, cursor: duckdb.DuckDBPyConnection) -> Known:
        """Begins a transaction; gives what is known of the dictionary that it sees."""
        with self._lock:
            cursor.begin()
            try:
                cursor.execute("SELECT txid_current()")
            except duckdb.Error:
                cursor.rollback()
                raise
            return self._present

    def commit(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Commits a transaction that has changed the dictionary."""
        with self._lock:
            cursor.commit()
            self._present = Known()
