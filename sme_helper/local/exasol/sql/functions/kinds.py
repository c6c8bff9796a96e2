"""What a function is: how it is written in DuckDB, and the type of its result.

A template's `$1`, `$2`, ... are the arguments. Text functions whose result may be empty are
marked with `text=True`: the empty string is NULL in Exasol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ...types import ExaType

TEXT = "VARCHAR(2000000)"
# The type of the first argument that is a date or timestamp; TIMESTAMP if there is none.
MOMENT = "$moment"


@dataclass(frozen=True)
class Function:
    """How a function is written in DuckDB, and the type of its result.

    Attributes:
        templates: DuckDB SQL by number of arguments; key -1 stands for any number.
        result: an Exasol type, '$n' for the type of argument n, '$*' for the common type of
            all, MOMENT, or None where DuckDB's own result type says it.
        text: whether an empty result becomes NULL.
        build: makes the tree instead of the templates, from arguments and their types.
        is_filled: tells of a `text` function that with these arguments no result is empty.
    """

    templates: dict[int, str]
    result: str | None = None
    text: bool = False
    build: Callable[[list[exp.Expression], list[ExaType | None]], exp.Expression] | None = None
    is_filled: Callable[[list[exp.Expression]], bool] = lambda arguments: False


def one(template: str, result: str | None = None, text: bool = False) -> Function:
    """A function with as many arguments as its template mentions."""
    count = sum(f"${n}" in template for n in range(1, 6))
    return Function({count: template}, result, text)


def same(name: str, *counts: int, result: str | None = None, text: bool = False) -> Function:
    """A function that DuckDB has under the name `name`."""
    templates = {n: f"{name}({', '.join(f'${i + 1}' for i in range(n))})" for n in counts}
    return Function(templates, result, text)


def any_number(name: str, result: str | None, text: bool = False) -> Function:
    return Function({-1: name}, result, text)


def built(build, *counts: int, result: str | None = None, text: bool = False) -> Function:
    return Function(dict.fromkeys(counts, ""), result, text, build)
