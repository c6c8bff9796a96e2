"""Exasol's trees to DuckDB's: a chain of small pure functions, AST in - AST out.

Each step changes the tree that it is given (a copy made by `translate`) and gives it back.
The steps rely on the types that `types_of.annotate` has noted.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ..errors import SqlError, unsupported
from ..types import MAX_VARCHAR
from . import functions, rownum
from .arithmetic import divide, move_date, widen
from .casts import as_text, cast_value
from .comparisons import pad
from .context import Context
from .functions.builders import date_trunc
from .mixed_types import refuse_mixed
from .naming import output_name
from .refusals import refuse_placeholders
from .session_values import session_value
from .templates import fill
from .type_rules import exa_type, type_of


def translate(tree: exp.Expression, context: Context) -> str:
    """DuckDB SQL for an annotated tree, which is left as it is.

    Raises:
        SqlError: a function or construct that the stand-in does not know.
    """
    tree = tree.copy()
    for step in STEPS:
        tree = step(tree, context)
    return tree.sql(dialect="duckdb", identify=True, comments=False, copy=False)


Step = Callable[[exp.Expression, Context], exp.Expression]


def _each(kind, change) -> Step:
    """A step that replaces every node of a kind, innermost first, by what `change` gives."""

    def step(tree: exp.Expression, context: Context) -> exp.Expression:
        for node in reversed(list(tree.find_all(kind, bfs=False))):
            replacement = change(node, context)
            if replacement is node:
                continue
            replacement.meta.update(node.meta)  # the steps that follow ask for its type, too
            if node is tree:
                tree = replacement
            else:
                node.replace(replacement)
        return tree

    return step


# --- the steps, in the order in which they run ---------------------------------------


def name_outputs(tree: exp.Expression, context: Context) -> exp.Expression:
    """Gives unnamed outputs the name that Exasol gives them, as derived tables show it."""
    for select in tree.find_all(exp.Select):
        for item in list(select.expressions):
            if item.is_star or isinstance(item, (exp.Alias, exp.Column)):
                continue
            if isinstance(item, exp.Subquery) and item.alias:
                continue
            item.replace(exp.alias_(item.copy(), output_name(item), quoted=True))
    return tree


def _string_literal(literal: exp.Literal, context: Context) -> exp.Expression:
    """'' is NULL: a text, but for where it is calculated with."""
    if literal.is_string and literal.this == "":
        in_arithmetic = isinstance(literal.parent, (exp.Add, exp.Sub, exp.Mul, exp.Div))
        return exp.Null() if in_arithmetic else fill("CAST(NULL AS VARCHAR)", [])
    return literal


def _concatenation(pipe: exp.DPipe, context: Context) -> exp.Expression:
    """a || b: NULL counts as empty text, and an empty result is NULL.

    A chain becomes one concat(): DuckDB plans the text inside of a nullif() twice, and twice
    again for each nullif() around it.
    """
    parts: list[exp.Expression] = []
    for side in (pipe.this, pipe.expression):
        parts += side.meta.get("concatenated") or [as_text(side.copy(), type_of(side), context)]
    text = fill("nullif($1, '')", [exp.func("concat", *parts, dialect="duckdb")])
    text.meta["concatenated"] = parts
    return text


def _like(like: exp.Like, context: Context) -> exp.Expression:
    """LIKE has an escape character even where none is given."""
    if isinstance(like.parent, exp.Escape):
        return like
    escape = context.parameters.get("DEFAULT_LIKE_ESCAPE_CHARACTER", "\\")
    return exp.Escape(this=like.copy(), expression=exp.Literal.string(escape))


def _trim(trim: exp.Trim, context: Context) -> exp.Expression:
    position = (trim.args.get("position") or "").upper()
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(position, "trim")
    # Without a second argument DuckDB takes away all that Unicode calls a space.
    arguments = [trim.this, trim.expression or exp.Literal.string(" ")]
    call = exp.Anonymous(this=name, expressions=[a.copy() for a in arguments])
    return fill("nullif($1, '')", [call])


def _position(position: exp.StrPosition, context: Context) -> exp.Expression:
    return fill("instr($1, $2)", [position.this, position.args["substr"]])


def _extract(extract: exp.Extract, context: Context) -> exp.Expression:
    unit = extract.this.name.upper()
    if unit not in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"):
        raise unsupported(f"EXTRACT of {unit}")
    if unit == "SECOND":
        return functions.call(unit, [extract.expression.copy()], [None])
    return fill(f"{unit.lower()}(CAST($1 AS TIMESTAMP))", [extract.expression])


def _group_concat(node: exp.GroupConcat, context: Context) -> exp.Expression:
    """GROUP_CONCAT and LISTAGG: a comma by default, NULL values left out."""
    value, order, distinct = node.this, None, False
    if isinstance(value, exp.Order):
        value, order = value.this, value
    if isinstance(value, exp.Distinct):
        value, distinct = value.expressions[0], True
    text = as_text(value.copy(), type_of(value), context)
    separator = node.args.get("separator")
    separator = separator.copy() if separator is not None else exp.Literal.string(",")
    # Within the call, DISTINCT belongs to the value and ORDER BY to the last argument.
    first = exp.Distinct(expressions=[text]) if distinct else text
    if order:
        separator = exp.Order(this=separator, expressions=[o.copy() for o in order.expressions])
    joined = exp.Anonymous(this="string_agg", expressions=[first, separator])
    return joined if isinstance(node.parent, exp.Window) else _fitting(joined, node)


def _fitting(joined: exp.Expression, node: exp.GroupConcat) -> exp.Expression:
    """A text that is too long is an error; where it is to be cut, the stand-in says no."""
    problem = "data exception - string data, right truncation"
    if isinstance(node.args.get("on_overflow"), exp.OverflowTruncateBehavior):
        problem = unsupported("a longer text in LISTAGG ON OVERFLOW TRUNCATE").text
    template = f"CASE WHEN length($1) > {MAX_VARCHAR} THEN error($2) ELSE $1 END"
    return fill(template, [joined, exp.Literal.string(problem)])


def _regexp_like(node: exp.RegexpLike, context: Context) -> exp.Expression:
    """REGEXP_LIKE matches the whole text."""
    return fill("regexp_full_match($1, $2)", [node.this, node.expression])


def _json_value(node: exp.JSONValue, context: Context) -> exp.Expression:
    """JSON_VALUE: what is no JSON, not there or no single value is NULL."""
    path, returned = node.args.get("path"), node.args.get("returning")
    if not isinstance(path, exp.JSONPath) or not all(map(_is_json_step, path.expressions)):
        raise unsupported("JSON_VALUE with another path than a literal of keys and places")
    if node.args.get("on_condition"):
        raise unsupported("ON ERROR and ON EMPTY in JSON_VALUE")
    place = exp.Literal.string(path.sql(dialect="duckdb").strip("'"))
    text = fill(
        "CASE WHEN json_valid($1) AND json_type($1, $2) NOT IN ('ARRAY', 'OBJECT') "
        "THEN nullif(json_extract_string($1, $2), '') END",
        [node.this, place],
    )
    if not returned:
        return text
    if exa_type(returned).name != "DOUBLE":
        raise unsupported(f"JSON_VALUE RETURNING {returned.sql(dialect='exasol')}")
    return fill("TRY_CAST($1 AS DOUBLE)", [text])


def _is_json_step(step: exp.Expression) -> bool:
    """`$`, a key or a place in a list; no wildcards, slices or places from the end."""
    if isinstance(step, exp.JSONPathSubscript):
        return isinstance(step.this, int) and step.this >= 0
    if isinstance(step, exp.JSONPathKey):
        return isinstance(step.this, str)
    return isinstance(step, exp.JSONPathRoot)


def _call(node: exp.Anonymous, context: Context) -> exp.Expression:
    """Functions, by the table in `functions`; session functions become literals."""
    if not isinstance(node.this, str):
        raise unsupported(f"function {node.this.name}")
    if node.name != node.name.upper():
        return node  # made by a step: DuckDB's own
    if node.name in functions.SESSION_FUNCTIONS:
        return session_value(node, context)
    arguments = [argument.copy() for argument in node.expressions]
    if node.name == "TO_CHAR" and len(arguments) == 1:
        return as_text(arguments[0], type_of(node.expressions[0]), context)
    if node.name == "DATE_TRUNC" and len(arguments) == 2:
        first_day = int(context.parameters.get("NLS_FIRST_DAY_OF_WEEK", 7))
        return date_trunc(arguments, [type_of(a) for a in node.expressions], first_day)
    return functions.call(node.name, arguments, [type_of(a) for a in node.expressions])


def _ratio(window: exp.Window, context: Context) -> exp.Expression:
    """RATIO_TO_REPORT(x) OVER (...): of the sum of all."""
    call = window.this
    if not (isinstance(call, exp.Anonymous) and call.name == "RATIO_TO_REPORT"):
        return window
    if window.args.get("order") or window.args.get("spec"):
        raise SqlError("RATIO_TO_REPORT: ORDER BY and frames are not allowed in its OVER clause")
    total = window.copy()
    total.set("this", exp.Anonymous(this="SUM", expressions=[call.expressions[0].copy()]))
    return fill("CAST($1 AS DOUBLE) / $2", [call.expressions[0], total])


def _percentile(group: exp.WithinGroup, context: Context) -> exp.Expression:
    """PERCENTILE_CONT between two DECIMALs has more digits than these."""
    if isinstance(group.this, exp.Anonymous) and group.this.name == "PERCENTILE_CONT":
        ordered = group.expression.expressions[0]
        ordered.set("this", exp.cast(ordered.this, "DOUBLE", dialect="duckdb"))
    return group


def _any(node: exp.Any, context: Context) -> exp.Expression:
    if isinstance(node.parent, exp.Binary):
        return node
    return fill("bool_or($1)", [node.this])


empty_strings = _each(exp.Literal, _string_literal)
casts = _each(exp.Cast, cast_value)
group_concats = _each(exp.GroupConcat, _group_concat)
date_arithmetic = _each((exp.Add, exp.Sub), move_date)
concatenations = _each(exp.DPipe, _concatenation)
trims = _each(exp.Trim, _trim)
positions = _each(exp.StrPosition, _position)
extracts = _each(exp.Extract, _extract)
regexp_likes = _each(exp.RegexpLike, _regexp_like)
json_values = _each(exp.JSONValue, _json_value)
likes = _each(exp.Like, _like)
divisions = _each(exp.Div, divide)
wide_numbers = _each((exp.Add, exp.Sub, exp.Mul, exp.Div), widen)
padded_texts = _each((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between), pad)
mixed_types = _each((exp.Case, exp.Anonymous), refuse_mixed)
ratios = _each(exp.Window, _ratio)
percentiles = _each(exp.WithinGroup, _percentile)
any_aggregates = _each(exp.Any, _any)
calls = _each(exp.Anonymous, _call)


def row_numbers(tree: exp.Expression, context: Context) -> exp.Expression:
    """ROWNUM in WHERE and GROUP BY."""
    return rownum.number_rows(tree)


STEPS: tuple[Step, ...] = (
    refuse_placeholders,
    name_outputs,
    row_numbers,
    mixed_types,
    # These two come before steps that bring in casts and literals of DuckDB's own.
    empty_strings,
    casts,
    padded_texts,
    wide_numbers,
    group_concats,
    date_arithmetic,
    concatenations,
    trims,
    positions,
    extracts,
    regexp_likes,
    json_values,
    likes,
    divisions,
    any_aggregates,
    ratios,
    percentiles,
    calls,
)
