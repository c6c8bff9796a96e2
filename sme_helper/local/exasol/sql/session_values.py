"""What the session answers: CURRENT_USER, SESSION_PARAMETER and their like, as literals."""

from __future__ import annotations

from sqlglot import exp

from ..errors import SqlError, unsupported
from .context import Context
from .functions.conditions import NUMBER_PARAMETERS


def session_value(node: exp.Anonymous, context: Context) -> exp.Expression:
    """The literal that stands for a call of one of SESSION_FUNCTIONS."""
    if node.name in ("CURRENT_USER", "USER", "SCOPE_USER"):
        return exp.Literal.string(context.user)
    if node.name == "CURRENT_SCHEMA":
        return exp.Literal.string(context.schema) if context.schema else exp.Null()
    if node.name == "CURRENT_SESSION":
        number = exp.Literal.number(context.session_id)
        return exp.Cast(this=number, to=exp.DataType.build("DECIMAL(20,0)"))
    if node.name == "CURRENT_STATEMENT":
        return exp.Literal.number(context.statement_number)
    return _parameter(node, context)


def _parameter(node: exp.Anonymous, context: Context) -> exp.Expression:
    """SESSION_PARAMETER(session, name): NULL where there is no such session."""
    if len(node.expressions) != 2:
        raise SqlError("wrong number of arguments for function SESSION_PARAMETER")
    session, name = _session_id(node.expressions[0]), node.expressions[1].name.upper()
    own = session == context.session_id
    parameters = context.parameters if own else context.parameters_of(session)
    if parameters is None:
        return exp.Null()
    if name not in parameters:
        raise SqlError(f"session parameter {name} does not exist")
    value = parameters[name]
    return exp.Literal.number(value) if name in NUMBER_PARAMETERS else exp.Literal.string(value)


def _session_id(node: exp.Expression) -> int:
    if isinstance(node, exp.Cast):  # what CURRENT_SESSION has become
        node = node.this
    if not (isinstance(node, exp.Literal) and node.this.isdigit()):
        raise unsupported("SESSION_PARAMETER of a session that is neither a number nor one's own")
    return int(node.this)
