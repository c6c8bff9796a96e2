"""What sqlglot reads, and statements about the session and its transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """A statement that sqlglot reads: SELECT, VALUES, INSERT, UPDATE, DELETE, MERGE."""

    sql: str


@dataclass(frozen=True)
class Nothing:
    """A statement without effect here: only comments, FLUSH STATISTICS, RECOMPRESS ..."""

    sql: str


@dataclass(frozen=True)
class Commit:
    pass


@dataclass(frozen=True)
class Rollback:
    pass


@dataclass(frozen=True)
class SetParameter:
    """ALTER SESSION SET or ALTER SYSTEM SET."""

    parameter: str
    value: str
    for_system: bool


@dataclass(frozen=True)
class OpenSchema:
    """OPEN SCHEMA, or CLOSE SCHEMA when `schema` is None."""

    schema: str | None


@dataclass(frozen=True)
class KillSession:
    """KILL SESSION; `session` is None for CURRENT_SESSION."""

    session: int | None
