"""Reads transaction and session statements."""

from __future__ import annotations

from ..errors import unsupported
from .statements import Commit, KillSession, OpenSchema, Rollback, SetParameter
from .tokens import Cursor


def commit(cursor: Cursor) -> Commit:
    cursor.match("WORK")
    cursor.expect_end()
    return Commit()


def rollback(cursor: Cursor) -> Rollback:
    cursor.match("WORK")
    cursor.expect_end()
    return Rollback()


def open_schema(cursor: Cursor) -> OpenSchema:
    cursor.expect("SCHEMA")
    schema = cursor.identifier()
    cursor.expect_end()
    return OpenSchema(schema)


def close_schema(cursor: Cursor) -> OpenSchema:
    cursor.expect("SCHEMA")
    cursor.expect_end()
    return OpenSchema(None)


def kill(cursor: Cursor) -> KillSession:
    """KILL SESSION number | CURRENT_SESSION, from behind KILL."""
    if not cursor.match("SESSION"):
        raise unsupported("KILL of a statement")
    session = None if cursor.match("CURRENT_SESSION") else int(cursor.next().value)
    cursor.expect_end()
    return KillSession(session)


def set_parameter(cursor: Cursor, for_system: bool) -> SetParameter:
    """ALTER SESSION|SYSTEM SET parameter = value."""
    parameter = cursor.identifier()
    cursor.expect("=")
    value = "".join(_signed_value(cursor))
    cursor.expect_end()
    return SetParameter(parameter, value, for_system)


def _signed_value(cursor: Cursor):
    if cursor.match("-"):
        yield "-"
    yield cursor.next().value
