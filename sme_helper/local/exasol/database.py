"""What all sessions share: the DuckDB database, settings, tunnels, the statement log."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from .catalog import bootstrap
from .sealing import Seal
from .snapshots import Snapshots
from .statistics import Statement
from .store import Store
from .udf.host import UdfHost
from .write_locks import WriteLocks

if TYPE_CHECKING:
    from .session import Session

RELEASE_VERSION = "8.34.0"

# Random session ids are 64-bit numbers in Exasol; counting up from here is as good.
_FIRST_SESSION_ID = 1_700_000_000_000_000_000
_MOST_PROFILES = 10_000

_DUCKDB_SETTINGS = {
    # The threads of sessions do all the work. One of DuckDB's own has work from 122,880 rows of a
    # table on; below that a session asks it again and again whether there is anything yet, which
    # takes twice the CPU time and is not faster. Not 1 in all: then an INSERT would read what it
    # has inserted itself.
    "threads": 2,
    "external_threads": 2,
    # Gives memory back to the system after some seconds, instead of when it is needed again.
    "allocator_background_threads": True,
}


class Database:
    """One database, to which any number of sessions connect.

    Args:
        path: the DuckDB file, or ':memory:'.
        aws_endpoint_url: where requests to AWS go; None where there is no route to AWS.
        statement_log: file to which every statement is appended as a JSON line (for tests).
        buckets: the folder that UDFs see as /buckets; None where there is no BucketFS.

    Attributes:
        tunnels: sockets of the HTTP transport, accepted and waiting for their EXPORT or
            IMPORT, keyed by the port number that the client was told (there is no such port:
            it only names the tunnel in `AT 'https://127.0.0.1:<port>'`).
        sessions: the open ones, by their id.
        profiles: the last statements of sessions that have PROFILE on.
        seal: encrypts the secrets of CONNECTIONs, which are kept in the DuckDB file.
    """

    def __init__(
        self,
        path: str | Path = ":memory:",
        aws_endpoint_url: str | None = None,
        statement_log: str | Path | None = None,
        buckets: Path | None = None,
    ):
        self.aws_endpoint_url = aws_endpoint_url
        self.tunnels: dict[int, socket.socket] = {}
        self.sessions: dict[int, Session] = {}
        self.write_locks = WriteLocks()
        self.profiles: deque[Statement] = deque(maxlen=_MOST_PROFILES)
        self._folder = Path(path).absolute().parent
        self.seal = Seal(None if path == ":memory:" else Path(path).with_name("connections.key"))
        self._snapshots = Snapshots()
        self.buckets = buckets
        self.udf_host = UdfHost(aws_endpoint_url, buckets)
        self._statement_log = statement_log
        self._log_lock = threading.Lock()
        self._session_ids = itertools.count(_FIRST_SESSION_ID)
        _recover(Path(path))
        self._connection = duckdb.connect(str(path), config=_DUCKDB_SETTINGS)
        bootstrap.create(self._connection)

    def open_store(self, session_id: int) -> Store:
        """A connection for one session."""
        cursor = self._connection.cursor()
        cursor.execute("SET TimeZone = 'UTC'")  # CURRENT_TIMESTAMP wherever the server runs
        return Store(cursor, self._snapshots, lambda: self.write_locks.release(session_id))

    def disk_space(self) -> tuple[int, int]:
        """Bytes of the disk on which the database lies, and those of them that are free."""
        usage = shutil.disk_usage(self._folder)
        return usage.total, usage.free

    def next_session_id(self) -> int:
        return next(self._session_ids)

    def log_statement(self, session: int, user: str, nested: bool, sql: str) -> None:
        """Appends one line to the statement log, if there is one."""
        if not self._statement_log:
            return
        line = json.dumps({"session": session, "user": user, "nested": nested, "sql": sql})
        with self._log_lock, open(self._statement_log, "a", encoding="utf-8") as log:
            log.write(line + "\n")

    def set_password(self, user: str, password: str) -> None:
        """Gives a user a password, without any session; a new user becomes a DBA."""
        self._connection.begin()
        bootstrap.set_password(self._connection, user, password)
        self._snapshots.commit(self._connection)

    def close(self) -> None:
        self.udf_host.close()
        for tunnel in self.tunnels.values():
            tunnel.close()
        self.tunnels.clear()
        self._connection.close()


def _recover(path: Path) -> None:
    """Takes up what a server that was killed has committed.

    DuckDB fails to replay ALTER TABLE and the defaults of columns from its log while it opens
    a file as its main database, but can do so for one that is attached to another.
    """
    if not path.with_name(path.name + ".wal").exists():
        return
    with duckdb.connect() as connection:
        file = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{file}' AS recovered")
        connection.execute("CHECKPOINT recovered")
        connection.execute("DETACH recovered")
