"""Exasol's keywords, for EXA_SQL_KEYWORDS, the getKeywords command, and where a name is read."""

from __future__ import annotations

from sqlglot.generators.exasol import ExasolGenerator

from ..errors import SqlError

_NOT_RESERVED = [
    "ALWAYS",
    "ANALYZE",
    "ATTRIBUTE",
    "AUTO",
    "BERNOULLI",
    "BLOCK",
    "BOTTOM",
    "CACHE",
    "CHAIN",
    "CHARACTER_SET_NAME",
    "COLLATION",
    "COLUMN",
    "COLUMNS",
    "COMMITTED",
    "COMMENT",
    "CONNECTION",
    "CSV",
    "DATA",
    "DETERMINISTIC",
    "DISTRIBUTE",
    "EMITS",
    "ENCODING",
    "EXCLUDE",
    "EXPORT",
    "FILE",
    "FORMAT",
    "GLOBAL_NAME",
    "IDENTIFIED",
    "IMPORT",
    "JSON",
    "KEY",
    "KEYS",
    "LANGUAGE",
    "LOCK",
    "LONG",
    "LUA",
    "MEMORY",
    "NAMES",
    "NLS_DATE_FORMAT",
    "OPTION",
    "OWNER",
    "PARTITION",
    "PASSWORD",
    "PRIVILEGES",
    "PYTHON",
    "QUERY",
    "RENAME",
    "REPLACE",
    "ROLE",
    "ROWCOUNT",
    "SCHEMAS",
    "SEPARATOR",
    "SESSIONS",
    "SYSTEM",
    "TABLES",
    "TRUNCATE",
    "TYPE",
    "USERS",
    "VIEWS",
    "YEARS",
    "ZONES",
]

RESERVED: dict[str, bool] = {
    **{word: False for word in _NOT_RESERVED},
    **{word.upper(): True for word in ExasolGenerator.RESERVED_KEYWORDS},
    "DATE": True,
    "LOCAL": True,
    "POSITION": True,
    "TIMESTAMP": True,
    "PARQUET": False,
}


def check_identifier(word: str, place: str = "") -> None:
    """Refuses what is no identifier unless it is quoted.

    Args:
        word: in upper case.
        place: where it stands, for the message, e.g. ' [line 1, column 8]'.
    Raises:
        SqlError: a reserved word, or one that does not start with a letter.
    """
    if RESERVED.get(word):
        raise SqlError(f"syntax error, unexpected {word}_{place}")
    if not word[:1].isalpha():
        raise SqlError(f"syntax error, unexpected '{word[:1]}'{place}")
