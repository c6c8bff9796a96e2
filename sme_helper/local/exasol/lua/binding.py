"""Parameters of query() and pquery(): :value and ::identifier."""

from __future__ import annotations

import decimal
import re

from ..errors import SqlError

_PARAMETER = re.compile(
    r"""(?P<keep>'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/)
      | ::(?P<identifier>\w+)
      | (?<![\w:]):(?P<value>\w+)""",
    re.VERBOSE | re.DOTALL,
)


def bind(sql: str, values: dict[str, object]) -> str:
    """Puts literals for :name and identifiers for ::name into a statement.

    What stands in string literals, quoted identifiers and comments is left alone. A bound
    identifier is inserted as it is: quoted ones keep their quotes, others are folded when
    the statement is read; `schema.table` makes a qualified name.

    Raises:
        SqlError: a parameter has no value, or an identifier is none.
    """

    def replace(match: re.Match) -> str:
        if match["keep"]:
            return match["keep"]
        name = match["identifier"] or match["value"]
        if name not in values:
            raise SqlError(f"no value given for parameter {match[0]}", "43000")
        if match["identifier"]:
            return _identifier(name, values[name])
        return literal(values[name])

    return _PARAMETER.sub(replace, sql)


# quoted or regular identifiers, joined by points
_IDENTIFIER = re.compile(r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)(?:\.(?:"(?:[^"]|"")+"|[^\W\d][\w$]*))*')


def _identifier(name: str, value: object) -> str:
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise SqlError(f"value of ::{name} is no identifier: {value!r}", "43000")
    return value


def literal(value: object) -> str:
    """A value as SQL text."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return "'" + str(value).replace("'", "''") + "'"
