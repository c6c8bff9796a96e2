"""Comparisons of CHAR values, in which blanks at the end do not count."""

from __future__ import annotations

from sqlglot import exp

from .context import Context
from .templates import fill
from .type_rules import type_of


def pad(node: exp.Expression, context: Context) -> exp.Expression:
    """Pads the shorter sides of a comparison with blanks, where all sides are CHAR.

    A literal is CHAR, too. Two literals are compared as they are, and so is anything that is
    not CHAR: a VARCHAR keeps its blanks.
    """
    sides = _sides(node)
    types = [type_of(side) for side in sides]
    if not sides or not all(type_ and type_.name == "CHAR" for type_ in types):
        return node
    if all(isinstance(side, exp.Literal) for side in sides):
        return node
    size = max(type_.size for type_ in types)
    for side, type_ in zip(sides, types, strict=True):
        if type_.size < size:
            side.replace(fill(f"rpad($1, {size}, ' ')", [side]))
    return node


def _sides(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    if isinstance(node, exp.In):
        return [] if node.args.get("query") else [node.this, *node.expressions]
    return [node.this, node.expression]
