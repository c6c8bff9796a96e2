"""Pieces of DuckDB SQL with places to fill."""

from __future__ import annotations

import functools

import sqlglot
from sqlglot import exp


def fill(template: str, arguments: list[exp.Expression]) -> exp.Expression:
    """The tree of a template with its `$n` replaced by the arguments."""

    def put(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Placeholder):
            return node
        argument = arguments[int(node.name) - 1].copy()
        needs_parentheses = isinstance(argument, (exp.Binary, exp.Connector, exp.Not, exp.Between))
        return exp.Paren(this=argument) if needs_parentheses else argument

    return _parsed(template).copy().transform(put, copy=False)


@functools.lru_cache(maxsize=512)
def _parsed(template: str) -> exp.Expression:
    return sqlglot.parse_one(template, read="duckdb")
