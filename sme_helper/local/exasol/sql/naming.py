"""The names that Exasol gives to result columns."""

from __future__ import annotations

from sqlglot import exp

from .dialect import VALUE_WORDS


def output_name(item: exp.Expression) -> str:
    """The name of a select item: its alias, its column's name, or its own text.

    The text is in upper case and without spaces, except inside literals.
    """
    if isinstance(item, (exp.Alias, exp.Column)):
        return item.alias_or_name
    if isinstance(item, exp.Subquery) and item.alias:
        return item.alias
    return _text(item)


def _text(node: exp.Expression) -> str:
    copy = node.copy()
    for identifier in copy.find_all(exp.Identifier):
        identifier.set("quoted", False)
    for literal in copy.find_all(exp.Literal):
        literal.pop_comments()
    for call in list(copy.find_all(exp.Anonymous)):
        if _is_word(call) and call is not copy:
            call.replace(exp.Var(this=call.this))
    if _is_word(copy):
        return copy.this
    return _squeeze(copy.sql(dialect="exasol", identify=False, comments=False, copy=False))


def _squeeze(text: str) -> str:
    """Without blanks around operators and behind commas; literals stay as they are."""
    parts = text.split("'")
    for index in range(0, len(parts), 2):
        part = parts[index]
        for operator in ("||", "+", "-", "*", "/", "=", "<>", "<=", ">=", "<", ">", ","):
            part = part.replace(f" {operator} ", operator).replace(f"{operator} ", operator)
        parts[index] = part
    return "'".join(parts)


def _is_word(node: exp.Expression) -> bool:
    """Whether a call is really a word without parentheses, such as CURRENT_DATE or ROWNUM."""
    return (
        isinstance(node, exp.Anonymous)
        and isinstance(node.this, str)
        and node.this in VALUE_WORDS
        and not node.expressions
    )
