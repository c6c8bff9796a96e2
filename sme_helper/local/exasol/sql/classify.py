"""Which kind of statement a text is, and what it says.

Exasol's DDL and its own statements are read here with the small tokenizer (the readers lie
in the read_* modules); SELECT and DML become a `Query` that sqlglot reads later.
"""

from __future__ import annotations

from ..errors import unsupported
from . import read_access, read_etl, read_function, read_script, read_session, read_table
from .statements import Nothing, Query
from .tokens import Cursor, skip_blank, token_at

_QUERY_WORDS = {"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE"}
_WITHOUT_EFFECT = {"FLUSH", "RECOMPRESS", "REORGANIZE", "PRELOAD", "ENFORCE"}

# First word -> reader; each is called with a Cursor behind the first word.
_READERS = {
    "COMMIT": read_session.commit,
    "ROLLBACK": read_session.rollback,
    "OPEN": read_session.open_schema,
    "CLOSE": read_session.close_schema,
    "KILL": read_session.kill,
    "EXECUTE": read_script.execute_script,
    "EXPORT": read_etl.export,
    "IMPORT": read_etl.import_,
    "RENAME": read_table.rename,
    "COMMENT": read_table.comment,
    "TRUNCATE": read_table.truncate,
    "DROP": read_table.drop,
    "GRANT": read_access.grant,
    "REVOKE": read_access.revoke,
}


def classify(sql: str):
    """The statement object (see `statements`) that a text stands for.

    Raises:
        SqlError: syntax error, or a kind of statement that the stand-in does not know (0A000).
    """
    first = token_at(sql, 0)
    if first.kind == "end" or first.text == ";":
        return Nothing(sql)
    if first.text == "(" or first.value in _QUERY_WORDS:
        return Query(sql[skip_blank(sql) :].rstrip().removesuffix(";").rstrip())
    if first.value in _WITHOUT_EFFECT:
        return Nothing(sql)
    cursor = Cursor(sql, first.end)
    if first.value in _READERS:
        return _READERS[first.value](cursor)
    if first.value == "CREATE":
        return _create(cursor)
    if first.value == "ALTER":
        return _alter(cursor)
    raise unsupported(f"statement {first.text}")


def _create(cursor: Cursor):
    or_replace = cursor.match("OR", "REPLACE")
    if cursor.match("SCHEMA"):
        return read_table.create_schema(cursor)
    if cursor.match("TABLE"):
        return read_table.create_table(cursor, or_replace)
    if cursor.peek("VIEW") or cursor.peek("FORCE"):
        return read_table.create_view(cursor, or_replace)
    if cursor.match("CONNECTION"):
        return read_access.create_connection(cursor, or_replace)
    if cursor.match("USER"):
        return read_access.create_user(cursor)
    if cursor.match("ROLE"):
        return read_access.create_role(cursor)
    if cursor.match("FUNCTION"):
        return read_function.create_function(cursor, or_replace)
    if read_script.at_script_header(cursor):
        return read_script.create_script(cursor, or_replace)
    raise unsupported(f"CREATE {cursor.token.text}")


def _alter(cursor: Cursor):
    if cursor.match("SESSION", "SET"):
        return read_session.set_parameter(cursor, for_system=False)
    if cursor.match("SYSTEM", "SET"):
        return read_session.set_parameter(cursor, for_system=True)
    if cursor.match("TABLE"):
        return read_table.alter_table(cursor)
    if cursor.match("CONNECTION"):
        return read_access.alter_connection(cursor)
    if cursor.match("USER"):
        return read_access.alter_user(cursor)
    if cursor.match("SCHEMA"):
        return read_table.alter_schema(cursor)
    raise unsupported(f"ALTER {cursor.token.text}")
