"""The functions of Exasol that the stand-in knows, each as a piece of DuckDB SQL.

What is not in `FUNCTIONS` is refused by name; nothing reaches DuckDB unseen.
"""

from __future__ import annotations

from sqlglot import exp

from ...errors import SqlError, unsupported
from ...types import ExaType
from ..templates import fill
from .aggregates import AGGREGATES
from .conditions import CONDITIONS, DATABASE, SESSION_FUNCTIONS
from .kinds import Function
from .moments import MOMENTS
from .numbers import BITS, NUMBERS
from .texts import TEXTS

__all__ = ["FUNCTIONS", "GROUPS", "SESSION_FUNCTIONS", "call"]

# The headings of docs/reference/sql-functions.md.
GROUPS: dict[str, dict[str, Function]] = {
    "Texts and conversions": TEXTS,
    "Numbers": NUMBERS,
    "Bits": BITS,
    "Conditions": CONDITIONS,
    "Dates and timestamps": MOMENTS,
    "Aggregates and window functions": AGGREGATES,
    "Session and database": DATABASE,
}

FUNCTIONS: dict[str, Function] = {
    name: function for group in GROUPS.values() for name, function in group.items()
}


def call(name: str, arguments: list[exp.Expression], types: list[ExaType | None]):
    """The DuckDB tree of a function call.

    Args:
        types: the Exasol types of the arguments, as far as they are known.
    Raises:
        SqlError: the function is not known, or has another number of arguments.
    """
    function = FUNCTIONS.get(name)
    if not function:
        raise unsupported(f"function {name}")
    if -1 in function.templates:
        tree = exp.Anonymous(this=function.templates[-1], expressions=arguments)
    elif len(arguments) not in function.templates:
        raise SqlError(f"wrong number of arguments for function {name}")
    elif function.build:
        tree = function.build(arguments, types)
    else:
        tree = fill(function.templates[len(arguments)], arguments)
    may_be_empty = function.text and not function.is_filled(arguments)
    return fill("nullif($1, '')", [tree]) if may_be_empty else tree
