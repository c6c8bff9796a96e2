"""What sessions do: the statement that each of them runs, and what the last ones have taken."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .results import Result
from .sql.tokens import Cursor

_BLANK = r"(?:\s|--[^\n]*\n|/\*.*?\*/)+"
_WORD = r"""(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[\w$]+)"""
_SECRET = re.compile(
    rf"\b(IDENTIFIED{_BLANK}BY|SESSION{_BLANK}TOKEN){_BLANK}{_WORD}(?:{_BLANK}REPLACE{_BLANK}{_WORD})?",
    re.IGNORECASE | re.DOTALL,
)
_OF_OBJECTS = ("CREATE", "ALTER", "DROP")
_CLASSES = {
    **dict.fromkeys(("SELECT", "WITH", "VALUES", "TABLE"), "DQL"),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "IMPORT", "EXPORT"), "DML"),
    **dict.fromkeys((*_OF_OBJECTS, "RENAME", "COMMENT"), "DDL"),
    **dict.fromkeys(("GRANT", "REVOKE"), "DCL"),
    **dict.fromkeys(("COMMIT", "ROLLBACK"), "TRANSACTION"),
    **dict.fromkeys(("ALTER SESSION", "ALTER SYSTEM"), "OTHER"),
}


@dataclass
class Statement:
    """A statement that a session runs or has run.

    Attributes:
        stopped: when it ended, successfully or not; None while it runs.
        rows: of its result, or that it changed.
    """

    session: int
    user: str
    number: int
    sql: str = field(repr=False)
    started: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))
    stopped: datetime | None = None
    rows: int | None = None

    def end(self, result: Result | None) -> None:
        self.stopped = datetime.now(UTC).replace(tzinfo=None)
        if result:
            self.rows = result.rowcount if result.table is None else result.table.num_rows

    @property
    def duration(self) -> timedelta:
        return (self.stopped or datetime.now(UTC).replace(tzinfo=None)) - self.started

    @property
    def text(self) -> str:
        """The statement as system views show it: without passwords and tokens."""
        return _SECRET.sub(r"\1 <SECRET>", self.sql)

    @property
    def command(self) -> str:
        """SELECT, CREATE TABLE and the like."""
        cursor = Cursor(self.sql)
        word = cursor.next().value
        if word not in _OF_OBJECTS:
            return word
        cursor.match("OR", "REPLACE")
        cursor.match("FORCE")
        return f"{word} {cursor.next().value}"

    @property
    def command_class(self) -> str:
        command = self.command
        return _CLASSES.get(command) or _CLASSES.get(command.split()[0], "OTHER")
