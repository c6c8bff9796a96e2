"""How long the text of an expression can be, which is often known better than by its type."""

from __future__ import annotations

from sqlglot import exp

from .formats import longest_text
from .functions.builders import is_text
from .type_rules import type_of


def most_characters(node: exp.Expression) -> int:
    """Of the values of an annotated expression, as text."""
    if isinstance(node, exp.Anonymous) and node.name == "CONCAT":
        return sum(map(most_characters, node.expressions))
    if isinstance(node, exp.Anonymous) and node.name == "REPLACE" and _never_grows(node):
        return most_characters(node.expressions[0])
    return longest_text(type_of(node))


def _never_grows(call: exp.Anonymous) -> bool:
    """Whether a REPLACE has literals, of which the new one is no longer than the old one."""
    literals = call.expressions[1:]
    return all(map(is_text, literals)) and len(literals[-1].name) <= len(literals[0].name)
