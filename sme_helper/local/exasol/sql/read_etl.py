"""Reads EXPORT and IMPORT."""

from __future__ import annotations

import re

from ..errors import unsupported
from .statements import Export, FileColumns, FileSource, Import
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
_FILE_COLUMN = re.compile(
    r"\s*(?P<first>\d+)(?:\s*\.\.\s*(?P<last>\d+))?"
    r"(?:\s+FORMAT\s*=\s*'(?P<format>(?:[^']|'')*)')?\s*(?:,|$)",
    re.IGNORECASE,
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
    return Export(table, columns, query, *_sources_and_options(cursor))


def import_(cursor: Cursor) -> Import:
    """IMPORT INTO table FROM CSV AT ... FILE ... [options], from behind IMPORT."""
    cursor.expect("INTO")
    if cursor.peek("("):
        raise unsupported("IMPORT INTO (column definitions)")
    table = cursor.name()
    columns = cursor.identifiers() if cursor.peek("(") else []
    cursor.expect("FROM")
    _csv(cursor)
    return Import(table, columns, *_sources_and_options(cursor))


def _csv(cursor: Cursor) -> None:
    if cursor.peek("LOCAL") or not cursor.match("CSV"):
        raise unsupported(f"EXPORT and IMPORT with {cursor.token.text}; only CSV is there")


def _sources_and_options(
    cursor: Cursor,
) -> tuple[list[FileSource], dict[str, str | bool], list[FileColumns]]:
    sources: list[FileSource] = []
    file_columns: list[FileColumns] = []
    options: dict[str, str | bool] = {}
    while not cursor.at_end():
        if cursor.match("AT"):
            sources.append(_source(cursor))
        elif cursor.match("FILE"):
            if not sources:
                raise cursor.fail("AT")
            sources[-1].files.append(cursor.string())
            if cursor.peek("("):
                file_columns = _file_columns(cursor.parenthesized())
        elif not _option(cursor, options):
            raise unsupported(f"option {cursor.token.text} of EXPORT and IMPORT")
    if not sources:
        raise cursor.fail("AT")
    return sources, options, file_columns


def _file_columns(text: str) -> list[FileColumns]:
    """1, 2 FORMAT = 'DD-MM-YYYY', 3..5: all columns of the file, in their order."""
    columns: list[FileColumns] = []
    at = 0
    while at < len(text):
        item = _FILE_COLUMN.match(text, at)
        if not item:
            raise unsupported(f"column list behind FILE: {text[at:].strip()}")
        first = int(item["first"])
        last = int(item["last"] or first)
        if first != (columns[-1].last if columns else 0) + 1 or last < first:
            raise unsupported("column lists behind FILE that leave out or reorder columns")
        format_ = item["format"]
        columns.append(FileColumns(first, last, format_ and format_.replace("''", "'")))
        at = item.end()
    return columns


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
