"""What of a parsed query is Exasol's: anything else is refused, and never reaches DuckDB.

sqlglot reads much that other databases have and Exasol has not. Each kind of node has the parts
that may be there.
"""

from __future__ import annotations

import re

from sqlglot import exp

from ..errors import unsupported

_BINARY = ("this", "expression")
_SET_OPERATION = ("this", "expression", "distinct", "with_", "order", "limit", "offset")

_KNOWN: dict[type[exp.Expression], tuple[str, ...]] = {
    # queries
    exp.Select: (
        "expressions", "distinct", "from_", "joins", "where", "group", "having", "qualify",
        "order", "limit", "offset", "with_",
    ),
    exp.Union: _SET_OPERATION,
    exp.Except: _SET_OPERATION,
    exp.Intersect: _SET_OPERATION,
    exp.Subquery: ("this", "alias", "joins", "order", "limit", "offset", "with_"),
    exp.Values: ("expressions", "alias"),
    exp.Table: ("this", "db", "alias", "joins"),
    exp.TableAlias: ("this", "columns"),
    exp.With: ("expressions", "recursive"),
    exp.CTE: ("this", "alias"),
    exp.From: ("this",),
    exp.Join: ("this", "on", "using", "kind", "side", "method"),
    exp.Where: ("this",),
    exp.Group: ("expressions", "cube", "rollup", "grouping_sets"),
    exp.Cube: ("expressions",),
    exp.Rollup: ("expressions",),
    exp.GroupingSets: ("expressions",),
    exp.Having: ("this",),
    exp.Qualify: ("this",),
    exp.Order: ("this", "expressions"),
    exp.Ordered: ("this", "desc", "nulls_first"),
    exp.Limit: ("this", "expression", "offset"),
    exp.Offset: ("this", "expression"),
    exp.Distinct: ("expressions",),
    exp.Star: (),
    exp.Alias: ("this", "alias"),
    exp.Column: ("this", "table", "db"),
    exp.Identifier: ("this", "quoted"),
    exp.Dot: _BINARY,
    # statements that change data
    exp.Insert: ("this", "expression", "where", "default"),
    exp.Update: ("this", "expressions", "from_", "where"),
    exp.Delete: ("this", "where"),
    exp.Merge: ("this", "using", "on", "whens"),
    exp.Whens: ("expressions",),
    exp.When: ("matched", "condition", "then"),
    exp.Schema: ("this", "expressions"),
    # values
    exp.Literal: ("this", "is_string"),
    exp.Boolean: ("this",),
    exp.Null: (),
    exp.Var: ("this",),
    exp.Placeholder: ("this", "jdbc"),
    exp.Tuple: ("expressions",),
    exp.Paren: ("this",),
    exp.DataType: ("this", "expressions", "nested", "kind"),
    exp.DataTypeParam: ("this", "expression"),
    exp.Interval: ("this", "unit"),
    exp.IntervalSpan: _BINARY,
    # operators and predicates
    **dict.fromkeys(
        [
            exp.Add, exp.Sub, exp.Mul, exp.Div, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.LT, exp.LTE,
            exp.GT, exp.GTE, exp.Is, exp.Escape,
        ],
        _BINARY,
    ),
    exp.Like: (*_BINARY, "negate"),
    exp.RegexpLike: (*_BINARY, "full_match"),
    exp.DPipe: (*_BINARY, "safe"),
    exp.Div: (*_BINARY, "typed", "safe"),
    exp.Not: ("this",),
    exp.Neg: ("this",),
    exp.In: ("this", "expressions", "query"),
    exp.Between: ("this", "low", "high"),
    exp.Exists: ("this",),
    exp.Any: ("this",),
    exp.All: ("this",),
    # calls, and functions with a grammar of their own
    exp.Anonymous: ("this", "expressions", "emits"),
    exp.Case: ("this", "ifs", "default"),
    exp.If: ("this", "true"),
    exp.Cast: ("this", "to"),
    exp.Extract: ("this", "expression"),
    exp.StrPosition: ("this", "substr"),
    exp.Trim: ("this", "expression", "position"),
    exp.GroupConcat: ("this", "separator", "on_overflow"),
    exp.OverflowTruncateBehavior: ("this", "with_count"),
    exp.JSONValue: ("this", "path", "returning", "on_condition"),
    exp.JSONPath: ("expressions",),
    exp.JSONPathRoot: (),
    exp.JSONPathKey: ("this",),
    exp.JSONPathSubscript: ("this",),
    exp.JSONPathWildcard: (),
    exp.OnCondition: ("empty", "error", "null"),
    exp.Window: ("this", "partition_by", "order", "spec", "over"),
    exp.WindowSpec: ("kind", "start", "start_side", "end", "end_side"),
    exp.WithinGroup: ("this", "expression"),
    exp.IgnoreNulls: ("this",),
    exp.RespectNulls: ("this",),
}  # fmt: skip

# The words of an SQL text for what has another name in the tree.
_WORDS = {
    "SIMILARTO": "SIMILAR TO",
    "MOD": "the operator %",
    "PRIOR": "CONNECT BY",
    "SELECT CONNECT": "CONNECT BY",
    "SELECT INTO": "SELECT INTO",
    "STAR EXCEPT_": "EXCLUDE behind *",
    "STAR REPLACE": "REPLACE behind *",
    "DISTINCT ON": "DISTINCT ON",
    "GROUP ALL": "GROUP BY ALL",
    "BETWEEN SYMMETRIC": "BETWEEN SYMMETRIC",
    "TABLE SAMPLE": "TABLESAMPLE",
    "SELECT SAMPLE": "TABLESAMPLE",
    "TABLE PIVOTS": "PIVOT",
    "CURRENTTIME": "CURRENT_TIME",
    "BRACKET": "subscripts",
    "JSONEXTRACT": "JSON_EXTRACT",
}


def refuse_unknown(tree: exp.Expression) -> None:
    """Looks at every node of a tree as it has been read.

    Raises:
        SqlError: a construct that is none of Exasol's, or that the stand-in does not know.
    """
    for node in tree.walk():
        known = _KNOWN.get(type(node))
        if known is None:
            raise unsupported(_words(node.key.upper()))
        for name, value in node.args.items():
            if name not in known and value not in (None, False, [], ""):
                raise unsupported(_words(f"{node.key} {name}".upper()))
        if isinstance(node, exp.Interval):
            _refuse_interval(node)
        if isinstance(node, exp.Join) and (kind := node.text("kind")) not in _JOINS:
            raise unsupported(f"{kind} JOIN")
        if isinstance(node, exp.Join) and node.text("method") not in ("", "NATURAL"):
            raise unsupported(f"{node.text('method')} JOIN")


def _refuse_interval(node: exp.Interval) -> None:
    """A literal of one unit behind + or - is known, and nothing else."""
    behind = isinstance(node.parent, (exp.Add, exp.Sub)) and node.arg_key == "expression"
    if not behind:
        raise unsupported("an INTERVAL that is not added to a date or timestamp")
    unit, amount = node.text("unit").upper(), node.this
    if unit not in _UNITS:
        raise unsupported(f"INTERVAL in {unit or node.args['unit'].sql()}")
    number = r"[+-]?\d+(\.\d+)?" if unit == "SECOND" else r"[+-]?\d+"
    if not (isinstance(amount, exp.Literal) and re.fullmatch(number, amount.this)):
        raise unsupported(f"INTERVAL {amount.sql(dialect='exasol')} {unit}")


_UNITS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")

_JOINS = ("", "INNER", "OUTER", "CROSS")


def _words(name: str) -> str:
    return _WORDS.get(name, name)


def refuse_placeholders(tree: exp.Expression, context: object) -> exp.Expression:
    """Whatever is bound has been replaced before translation."""
    if tree.find(exp.Placeholder):
        raise unsupported("placeholders outside prepared statements")
    return tree
