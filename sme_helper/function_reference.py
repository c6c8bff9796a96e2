"""docs/reference/sql-functions.md: the SQL functions that the embedded stack knows.

Written from the table that the stand-in works by. Write it anew with
`python -m sme_helper.function_reference` in the package's root folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .local.exasol.sql.functions import GROUPS
from .local.exasol.sql.functions.examples import EXAMPLES, OTHER_EXAMPLES, UNKNOWN
from .local.exasol.sql.functions.kinds import Function

PAGE = Path("docs") / "reference" / "sql-functions.md"

HEAD = """# SQL functions of the embedded stack

<!-- Written by `python -m sme_helper.function_reference`. Change the table of functions and its
examples in `sme_helper/local/exasol/sql/functions/`, not this page. -->

Every function that the [embedded stack](../embedded-stack.md) knows. A test runs each example and
compares its value; where Exasol's documentation has one with its result, it stands here. Any other
name of a function is refused with the SQL code `0A000` and the name, and so is another number of
arguments (`42000`).
"""

TAIL = """## Not known

These functions of Exasol are refused, and so are all of its geospatial functions (`ST_...`): {}.
"""


def table(names: Iterable[str], functions: dict[str, Function]) -> str:
    """A row for each name: its numbers of arguments, an example and its value."""
    lines = ["| function | arguments | example | value |", "|---|---|---|---|"]
    for name in sorted(names):
        expression, value = (EXAMPLES | OTHER_EXAMPLES)[name]
        counts = arguments(functions[name]) if name in functions else ""
        lines.append(f"| {name} | {counts} | `{cell(expression)}` | {shown(value)} |")
    return "\n".join(lines) + "\n"


def arguments(function: Function) -> str:
    """Such as `1, 2`; `2 or more` where the table goes on and on."""
    counts = sorted(function.templates)
    if counts == [-1]:
        return "any"
    return f"{counts[0]} or more" if len(counts) > 3 else ", ".join(map(str, counts))


def shown(value: object) -> str:
    return "NULL" if value is None else f"`{cell(str(value))}`"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def page() -> str:
    """The whole page."""
    sections = [
        f"## {heading}\n\n{table(functions, functions)}" for heading, functions in GROUPS.items()
    ]
    sections.append(
        f"## With a grammar of their own, or told by the session\n\n{table(OTHER_EXAMPLES, {})}"
    )
    unknown = ", ".join(f"`{name}`" for name in UNKNOWN)
    return "\n".join([HEAD, *sections, TAIL.format(unknown)])


if __name__ == "__main__":
    PAGE.write_text(page())
