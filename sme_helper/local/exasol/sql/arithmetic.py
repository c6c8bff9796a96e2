"""The operators + - * /, of numbers and of moments."""

from __future__ import annotations

from sqlglot import exp

from ..errors import unsupported
from ..types import ExaType
from . import functions
from .context import Context
from .templates import fill
from .type_rules import type_of

_DAY = "86400000000.0"  # microseconds


def widen(node: exp.Binary, context: Context) -> exp.Expression:
    """Numbers whose result has more digits than DuckDB gives to the result of these two."""
    left, right = type_of(node.this), type_of(node.expression)
    for type_ in (left, right):
        if type_ and type_.name in ("CHAR", "VARCHAR", "BOOLEAN"):
            raise unsupported(f"calculating with a {type_.name} that is not cast to a number")
    if not left or not right or {left.name, right.name} != {"DECIMAL"} or isinstance(node, exp.Div):
        return node
    whole = not left.scale and not right.scale
    short = max(left.precision, right.precision) <= 18
    # two numbers of 18 digits have a sum of 64 bits
    if type_of(node).precision <= 18 or (whole and short and not isinstance(node, exp.Mul)):
        wanted = "BIGINT" if whole else None  # a literal is a number of 32 bits
    else:
        wanted = f"DECIMAL({max(19, left.precision)}, {left.scale})" if short else None
    if wanted:
        to = exp.DataType.build(wanted, dialect="duckdb")
        node.this.replace(exp.Cast(this=node.this.copy(), to=to))
    return node


def divide(division: exp.Div, context: Context) -> exp.Expression:
    """Division by zero is an error."""
    right = division.expression
    if isinstance(right, exp.Literal) and not right.is_string and float(right.this) != 0:
        return division
    guard = "CASE WHEN $1 = 0 THEN error('data exception - division by zero') ELSE $1 END"
    return exp.Div(this=division.this.copy(), expression=fill(guard, [right.copy()]))


def move_date(node: exp.Binary, context: Context) -> exp.Expression:
    """DATE + n adds days and stays a DATE; TIMESTAMP + n adds days. A fraction is rounded."""
    left, right = type_of(node.this), type_of(node.expression)
    sign = "-" if isinstance(node, exp.Sub) else "+"
    if isinstance(node.expression, exp.Interval):
        return _moved_by_interval(node, left, sign)
    if not left or not right:
        return node
    by_fractions = context.parameters.get("TIMESTAMP_ARITHMETIC_BEHAVIOR") == "DOUBLE"
    if left.is_moment and right.is_moment and "TIMESTAMP" in left.name + right.name:
        if by_fractions and sign == "-":
            days = (
                f"date_diff('microsecond', CAST($2 AS TIMESTAMP), CAST($1 AS TIMESTAMP)) / {_DAY}"
            )
            return fill(days, [node.this, node.expression])
        raise unsupported("the difference of two timestamps, which is an INTERVAL")
    if "INTERVAL" in left.name + right.name:
        raise unsupported("calculating with an INTERVAL that is no literal")
    if right.name not in ("DECIMAL", "DOUBLE"):
        return node
    if left.name == "DATE":
        return fill(
            f"CAST($1 {sign} to_days(CAST($2 AS INTEGER)) AS DATE)", [node.this, node.expression]
        )
    if left.name.startswith("TIMESTAMP") and by_fractions:
        time = f"to_microseconds(CAST(round($2 * {_DAY}) AS BIGINT))"
        return fill(f"$1 {sign} {time}", [node.this, node.expression])
    if left.name.startswith("TIMESTAMP"):
        return fill(f"$1 {sign} to_days(CAST($2 AS INTEGER))", [node.this, node.expression])
    return node


def _moved_by_interval(node: exp.Binary, type_: ExaType | None, sign: str) -> exp.Expression:
    """Months and years lead from the last day of a month to the last day of a month."""
    interval = node.expression
    unit = interval.text("unit").upper()
    if type_ and not type_.is_moment:
        raise unsupported(f"an INTERVAL that is added to a {type_.name}")
    if unit not in ("YEAR", "MONTH"):
        return node
    months = exp.Literal.number(int(interval.this.name) * (-1 if sign == "-" else 1))
    return functions.call(f"ADD_{unit}S", [node.this.copy(), months], [type_, None])
