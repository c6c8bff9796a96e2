"""What a call in a tree calls: `f(...)` or `schema.f(...)`."""

from __future__ import annotations

from sqlglot import exp

from .statements import Name


def called_name(call: exp.Anonymous) -> Name:
    """The name as it is written, folded; the schema is None where the call names none."""
    name = call.this.name if isinstance(call.this, exp.Identifier) else call.this
    if not _is_qualified(call):
        return Name(None, name)
    owner = call.parent.this
    while isinstance(owner, exp.Dot):
        owner = owner.expression
    return Name(owner.name, name)


def whole_call(call: exp.Anonymous) -> exp.Expression:
    """The call with the schema before it, if one stands there."""
    return call.parent if _is_qualified(call) else call


def _is_qualified(call: exp.Anonymous) -> bool:
    return isinstance(call.parent, exp.Dot) and call.arg_key == "expression"
