"""Reads EXPORT and IMPORT."""

from __future__ import annotations

from ..errors import unsupported
from .statements import Export, FileSource, Import
from .tokens import Cursor

# Options of several words that take a value after '='.
_VALUE_OPTIONS = (
    ("COLUMN", "SEPARATOR"),
    ("COLUMN", "DELIMITER"),
    ("ROW", "SEPARATOR"),
    ("ROW", "SIZE"),
    ("ENCODING",),
    ("DELIMIT",),
    ("BOOLEAN",),
    ("SKIP",),
    ("NULL",),
)
_FLAG_OPTIONS = (
    ("WITH", "COLUMN", "NAMES"),
    ("REPLACE",),
    ("TRUNCATE",),
    ("TRIM",),
    ("LTRIM",),
    ("RTRIM",),
)


def export(cursor: Cursor) -> Export:
    """EXPORT table | (query) INTO CSV AT ... FILE ... [options], from behind EXPORT."""
    table, columns, query = None, [], None
    if cursor.peek("("):
        query = cursor.parenthesized().strip()
    else:
        table = cursor.name()
        if cursor.peek("("):
            columns = cursor.identifiers()
    cursor.expect("INTO")
    _csv(cursor)
    sources, options = _sources_and_options(cursor)
    return Export(table, columns, query, sources, options)


def import_(cursor: Cursor) -> Import:
    """IMPORT INTO table FROM CSV AT ... FILE ... [options], from behind IMPORT."""
    cursor.expect("INTO")
    if cursor.peek("("):
        raise unsupported("IMPORT INTO (column definitions)")
    table = cursor.name()
    columns = cursor.identifiers() if cursor.peek("(") else []
    cursor.expect("FROM")
    _csv(cursor)
    sources, options = _sources_and_options(cursor)
    return Import(table, columns, sources, options)


def _csv(cursor: Cursor) -> None:
    if cursor.peek("LOCAL") or not cursor.match("CSV"):
        raise unsupported(f"EXPORT and IMPORT with {cursor.token.text}; only CSV is there")


def _sources_and_options(cursor: Cursor) -> tuple[list[FileSource], dict[str, str | bool]]:
    sources: list[FileSource] = []
    options: dict[str, str | bool] = {}
    while not cursor.at_end():
        if cursor.match("AT"):
            sources.append(_source(cursor))
        elif cursor.match("FILE"):
            if not sources:
                raise cursor.fail("AT")
            sources[-1].files.append(cursor.string())
            if cursor.peek("("):
                raise unsupported("column lists behind FILE")
        elif not _option(cursor, options):
            raise unsupported(f"option {cursor.token.text} of EXPORT and IMPORT")
    if not sources:
        raise cursor.fail("AT")
    return sources, options


def _source(cursor: Cursor) -> FileSource:
    source = FileSource()
    if cursor.token.kind == "string":
        source.url = cursor.string()
    else:
        source.connection = cursor.identifier()
    if cursor.match("PUBLIC", "KEY"):
        source.public_key = cursor.string()
    if cursor.match("USER"):
        source.user = cursor.string()
    if cursor.match("IDENTIFIED", "BY"):
        source.password = cursor.string()
    if cursor.match("SESSION", "TOKEN"):
        source.session_token = cursor.string()
    if not source.public_key and cursor.match("PUBLIC", "KEY"):
        source.public_key = cursor.string()
    return source


def _option(cursor: Cursor, options: dict[str, str | bool]) -> bool:
    for words in _FLAG_OPTIONS:
        if cursor.match(*words):
            options[" ".join(words)] = True
            return True
    for words in _VALUE_OPTIONS:
        if cursor.match(*words):
            cursor.expect("=")
            options[" ".join(words)] = cursor.next().value
            return True
    return False
