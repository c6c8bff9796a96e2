"""The type of an expression, by the types of its parts.

`types_of.annotate` notes it in the tree. A type that the rules do not know is None: DuckDB's own
answer counts there.
"""

from __future__ import annotations

import functools
from dataclasses import replace

from sqlglot import exp

from ..types import MAX_VARCHAR, ExaType
from .functions import FUNCTIONS, SESSION_FUNCTIONS
from .functions.conditions import NUMBER_PARAMETERS
from .functions.kinds import MOMENT

_BOOLEAN = ExaType("BOOLEAN")
_DOUBLE = ExaType("DOUBLE")
_KEY = "exa_type"

_MONTHS = ("YEAR", "MONTH")  # what keeps a DATE a DATE

_PREDICATES = (exp.Predicate, exp.Not, exp.Connector, exp.Boolean, exp.Exists, exp.Is, exp.In)


def type_of(node: exp.Expression) -> ExaType | None:
    """The type that `annotate` has noted."""
    return node.meta.get(_KEY)


def note_type(node: exp.Expression, type_: ExaType | None) -> None:
    node.meta[_KEY] = type_


def rule(node: exp.Expression) -> ExaType | None:
    if isinstance(node, (exp.Alias, exp.Paren, exp.Neg, exp.Window, exp.WithinGroup)):
        return type_of(node.this)
    if isinstance(node, (exp.IgnoreNulls, exp.RespectNulls, exp.Distinct, exp.Order, exp.Ordered)):
        inner = node.this or (node.expressions[0] if node.expressions else None)
        return type_of(inner) if inner is not None else None
    if isinstance(node, exp.Cast):
        return exa_type(node.to)
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Anonymous):
        return _call(node)
    if isinstance(node, exp.GroupConcat):
        return ExaType("VARCHAR", size=MAX_VARCHAR, charset="UTF8")
    if isinstance(node, exp.JSONValue):
        returned = node.args.get("returning")
        return exa_type(returned) if returned else _as_varchar(None)
    if isinstance(node, (exp.Trim,)):
        return _as_varchar(type_of(node.this))
    if isinstance(node, exp.DPipe):
        return _concatenated(type_of(node.this), type_of(node.expression))
    if isinstance(node, exp.Case):
        results = [if_.args["true"] for if_ in node.args["ifs"]]
        if node.args.get("default") is not None:
            results.append(node.args["default"])
        return common_of(results)
    if isinstance(node, exp.If):
        return type_of(node.args["true"])
    if isinstance(node, _PREDICATES):
        return _BOOLEAN
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
        return _arithmetic(node)
    return None


def exa_type(data_type: exp.DataType) -> ExaType:
    """The Exasol type of a parsed type."""
    if data_type.this == exp.DataType.Type.TIMESTAMPLTZ:
        precision = f"({data_type.expressions[0].name})" if data_type.expressions else ""
        return ExaType.parse(f"TIMESTAMP{precision} WITH LOCAL TIME ZONE")
    return ExaType.parse(data_type.sql(dialect="exasol"))


def data_type(type_: ExaType) -> exp.DataType:
    """The parsed form of an Exasol type."""
    if type_.name == "HASHTYPE":
        return exp.DataType.build(type_.sql, udt=True)
    text = type_.sql.removesuffix(" UTF8").removesuffix(" ASCII")
    return exp.DataType.build(text, dialect="exasol")


def _literal(literal: exp.Literal) -> ExaType | None:
    text = literal.this
    if literal.is_string:
        if not text:
            return None  # NULL
        charset = "ASCII" if text.isascii() else "UTF8"
        return (
            ExaType("CHAR", size=len(text), charset=charset)
            if len(text) <= 2000
            else (ExaType("VARCHAR", size=len(text), charset=charset))
        )
    if "e" in text.lower():
        return _DOUBLE
    whole, _, fraction = text.partition(".")
    digits = len(whole.lstrip("0")) + len(fraction)
    if digits > 36:
        return _DOUBLE
    return ExaType("DECIMAL", max(1, digits), len(fraction))


def _call(node: exp.Anonymous) -> ExaType | None:
    name = node.name if isinstance(node.this, str) else ""
    arguments = [type_of(argument) for argument in node.expressions]
    if name == "SESSION_PARAMETER" and len(arguments) == 2:
        is_number = node.expressions[1].name.upper() in NUMBER_PARAMETERS
        return ExaType("DECIMAL", 18, 0) if is_number else ExaType.parse(SESSION_FUNCTIONS[name])
    if name in SESSION_FUNCTIONS:
        return ExaType.parse(SESSION_FUNCTIONS[name])
    if name == "SUM":
        return _sum(arguments[0]) if arguments else None
    if name in _CUT and arguments and arguments[0] and arguments[0].name == "DECIMAL":
        return _cut(name, arguments[0])
    function = FUNCTIONS.get(name)
    if not function or not function.result:
        return None
    if function.result == "$*":
        return common_of(node.expressions)
    if function.result == MOMENT:
        moments = [type_ for type_ in arguments if type_ and type_.is_moment]
        return moments[0] if moments else ExaType("TIMESTAMP", 3)
    if function.result.startswith("$"):
        position = int(function.result[1:]) - 1
        type_ = arguments[position] if position < len(arguments) else None
        return _as_varchar(type_) if function.text else type_
    return ExaType.parse(function.result)


_CUT = ("CEIL", "CEILING", "FLOOR", "ROUND", "TRUNC", "TRUNCATE")


def _cut(name: str, type_: ExaType) -> ExaType | None:
    """Of a whole number it is one; of others DuckDB knows, where places may be left."""
    if type_.scale and name in _CUT[3:]:
        return None
    if type_.scale or name in _CUT[:3]:
        return replace(type_, scale=0)
    return replace(type_, precision=max(18, type_.precision))


def _sum(type_: ExaType | None) -> ExaType | None:
    if type_ and type_.name == "DECIMAL":
        return ExaType("DECIMAL", 36, type_.scale)
    return type_ if type_ and type_.name == "DOUBLE" else None


def _as_varchar(type_: ExaType | None) -> ExaType:
    if type_ and type_.name in ("CHAR", "VARCHAR"):
        return replace(type_, name="VARCHAR")
    return ExaType("VARCHAR", size=MAX_VARCHAR, charset="UTF8")


def _concatenated(left: ExaType | None, right: ExaType | None) -> ExaType:
    sizes = [t.size if t and t.name in ("CHAR", "VARCHAR") else MAX_VARCHAR for t in (left, right)]
    ascii_ = all(t and t.charset == "ASCII" for t in (left, right))
    size = min(MAX_VARCHAR, sum(sizes))
    return ExaType("VARCHAR", size=size, charset="ASCII" if ascii_ else "UTF8")


def _arithmetic(node: exp.Binary) -> ExaType | None:
    left, right = type_of(node.this), type_of(node.expression)
    if isinstance(node.expression, exp.Interval) and node.expression.text("unit") in _MONTHS:
        return left
    if not left or not right:
        return None
    if "DOUBLE" in (left.name, right.name):
        return _DOUBLE if {left.name, right.name} <= {"DOUBLE", "DECIMAL"} else None
    if isinstance(node, (exp.Add, exp.Sub)) and left.is_moment and right.name == "DECIMAL":
        return left
    if left.name != "DECIMAL" or right.name != "DECIMAL" or isinstance(node, exp.Div):
        return None
    if isinstance(node, exp.Mul):
        scale = min(36, left.scale + right.scale)
        return ExaType("DECIMAL", min(36, left.precision + right.precision), scale)
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return ExaType("DECIMAL", min(36, whole + 1 + scale), scale)


def common_of(nodes: list[exp.Expression]) -> ExaType | None:
    """The type that holds the values of all; None, so that DuckDB says it, if one is unknown."""
    types = [type_of(node) for node in nodes if not isinstance(node, exp.Null)]
    return None if None in types else functools.reduce(common, types, None)


def common(left: ExaType | None, right: ExaType | None) -> ExaType | None:
    """The type that holds values of both; an unknown one (NULL) gives way."""
    if left is None or right is None or left == right:
        return left or right
    names = {left.name, right.name}
    if names <= {"CHAR", "VARCHAR"}:
        size = max(left.size, right.size)
        charset = "UTF8" if "UTF8" in (left.charset, right.charset) else "ASCII"
        name = "CHAR" if names == {"CHAR"} and left.size == right.size else "VARCHAR"
        return ExaType(name, size=size, charset=charset)
    if names == {"DECIMAL"}:
        scale = max(left.scale, right.scale)
        whole = max(left.precision - left.scale, right.precision - right.scale)
        return ExaType("DECIMAL", min(36, whole + scale), scale)
    if names == {"DECIMAL", "DOUBLE"}:
        return _DOUBLE
    if names == {"DATE", "TIMESTAMP"} or names == {"TIMESTAMP"}:
        precision = max(left.precision or 0, right.precision or 0)
        return ExaType("TIMESTAMP", precision)
    if names & {"CHAR", "VARCHAR"}:
        return ExaType("VARCHAR", size=MAX_VARCHAR, charset="UTF8")
    return None
