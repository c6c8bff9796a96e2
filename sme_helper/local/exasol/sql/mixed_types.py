"""Expressions that choose between numbers and texts.

Exasol converts the one to the other; to which type, and so what GREATEST compares, is not
documented.
"""

from __future__ import annotations

from sqlglot import exp

from ..errors import unsupported
from .context import Context
from .type_rules import type_of

_TEXTS = {"CHAR", "VARCHAR"}
_NUMBERS = {"DECIMAL", "DOUBLE", "BOOLEAN"}


def refuse_mixed(node: exp.Expression, context: Context) -> exp.Expression:
    """Refuses a choice between numbers (or BOOLEAN) and texts by name; '' is none of them."""
    choices = _choices(node)
    names = {type_.name for type_ in map(type_of, choices) if type_}
    if names & _TEXTS and names & _NUMBERS:
        name = "CASE" if isinstance(node, exp.Case) else node.name
        raise unsupported(f"{name} of numbers and texts, none of which is cast")
    if names and not names & _TEXTS:
        for choice in choices:
            if isinstance(choice, exp.Literal) and choice.this == "":
                choice.replace(exp.Null())
    return node


def _choices(node: exp.Case | exp.Anonymous) -> list[exp.Expression]:
    """What may be the value of the expression."""
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        return [if_.args["true"] for if_ in node.args["ifs"]] + ([default] if default else [])
    arguments = node.expressions
    if node.name in ("COALESCE", "NVL", "GREATEST", "LEAST"):
        return arguments
    if node.name == "NVL2":
        return arguments[1:]
    if node.name == "DECODE":  # the value, then pairs, then the default
        return arguments[2::2] + (arguments[-1:] if len(arguments) % 2 == 0 else [])
    return []
