"""Who may write to which table: one transaction at a time, as in Exasol.

DuckDB lets two transactions insert into one table and refuses only changes of the same row. In
Exasol the second waits until the first has ended, and then sees what it wrote.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from .errors import SqlError, aborted

if TYPE_CHECKING:
    from .session import Session
    from .sql.statements import Name

_LONGEST_WAIT_SECONDS = 30
_LOOK_AGAIN_SECONDS = 0.05


class WriteLocks:
    """The tables that open transactions have written to."""

    def __init__(self) -> None:
        self._owners: dict[Name, int] = {}
        self._changed = threading.Condition()

    def acquire(self, session: Session, table: Name) -> None:
        """Takes the table for the session's transaction, waiting for another one to end.

        A transaction that has written nothing yet starts anew, so that it sees what others have
        written to the table since it began.

        Raises:
            SqlError: it has written something already, so that one of the two must be rolled
                back; or the other transaction does not end; or the client has given up.
        """
        with self._changed:
            waited = 0.0
            while not self._take(session, table):
                if session.aborted.is_set():
                    raise aborted()
                if session.store.has_written or waited >= _LONGEST_WAIT_SECONDS:
                    raise _collision(table)
                self._changed.wait(_LOOK_AGAIN_SECONDS)
                waited += _LOOK_AGAIN_SECONDS
        if not session.store.has_written:
            session.store.start_anew()

    def _take(self, session: Session, table: Name) -> bool:
        return self._owners.setdefault(table, session.id) == session.id

    def release(self, session_id: int) -> None:
        """Gives back everything that a transaction took: it has ended."""
        with self._changed:
            for table in [name for name, owner in self._owners.items() if owner == session_id]:
                del self._owners[table]
            self._changed.notify_all()


def _collision(table: Name) -> SqlError:
    return SqlError(
        "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback "
        f"({table.schema}.{table.name} is being written to by another transaction).",
        "40001",
    )
