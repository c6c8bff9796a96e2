"""Exasol's trees to DuckDB's: a chain of small pure functions, AST in - AST out.

Each step changes the tree that it is given (a copy made by `translate`) and gives it back.
The steps rely on the types that `types_of.annotate` has noted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from ..errors import SqlError, unsupported
from ..types import ExaType
from . import formats, functions, rownum
from .lengths import most_characters
from .naming import output_name
from .templates import fill
from .types_of import exa_type, type_of


@dataclass(frozen=True)
class Context:
    """What translation must know of the session."""

    user: str = "SYS"
    schema: str | None = None
    session_id: int = 0
    statement_number: int = 0
    parameters: dict[str, str] = field(default_factory=dict)


def translate(tree: exp.Expression, context: Context) -> str:
    """DuckDB SQL for an annotated tree, which is left as it is.

    Raises:
        SqlError: a function or construct that the stand-in does not know.
    """
    tree = tree.copy()
    for step in STEPS:
        tree = step(tree, context)
    return tree.sql(dialect="duckdb", identify=True, comments=False)


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


def refuse_unknown(tree: exp.Expression, context: Context) -> exp.Expression:
    """Constructs that sqlglot reads but that mean something else, or nothing, in DuckDB."""
    for kind, construct in _REFUSED.items():
        if tree.find(kind):
            raise unsupported(construct)
    for select in tree.find_all(exp.Select):
        if select.args.get("connect"):
            raise unsupported("CONNECT BY")
        if select.args.get("into"):
            raise unsupported("SELECT INTO")
    return tree


_REFUSED = {
    exp.Pivot: "PIVOT",
    exp.Lateral: "LATERAL",
    exp.Placeholder: "placeholders outside prepared statements",
    exp.Bracket: "subscripts",
    exp.JSONExtract: "JSON_EXTRACT",
}


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
    """'' is NULL."""
    if literal.is_string and literal.this == "":
        return fill("CAST(NULL AS VARCHAR)", [])
    return literal


_NUMBER_TO_BOOLEAN = (
    "CASE WHEN $1 = 1 THEN TRUE WHEN $1 = 0 THEN FALSE WHEN $1 IS NOT NULL "
    "THEN error('data exception - invalid value for BOOLEAN') END"
)


def _cast(cast: exp.Cast, context: Context) -> exp.Expression:
    """CAST with Exasol's text forms, lengths and types."""
    target = exa_type(cast.to)
    source = type_of(cast.this)
    inner = cast.this.copy()
    if target.name in ("VARCHAR", "CHAR"):
        text = _as_text(inner, source, context)
        fits = target.name == "VARCHAR" and most_characters(cast.this) <= target.size
        return text if fits else fit_text(text, target)
    if target.name == "BOOLEAN" and source and source.name in ("DECIMAL", "DOUBLE"):
        return fill(_NUMBER_TO_BOOLEAN, [inner])
    if target.name == "HASHTYPE" and (not source or source.name in ("VARCHAR", "CHAR", "HASHTYPE")):
        return fit_hash(inner, target)
    if target.name not in ("DECIMAL", "DOUBLE", "BOOLEAN", "DATE") and not target.name.startswith(
        "TIMESTAMP"
    ):
        raise unsupported(f"CAST to {target.name}")
    return fit_value(inner, source, target)


def fit_value(value: exp.Expression, source: ExaType | None, target: ExaType) -> exp.Expression:
    """A value cast to a type other than text; a number with too many digits is refused."""
    if target.is_stored_wider and not (
        source and source.is_stored_wider and source.precision <= target.precision
    ):
        value = fill(f"CAST($1 AS DECIMAL({target.precision}, 0))", [value])
    return exp.Cast(this=value, to=exp.DataType.build(target.duckdb, dialect="duckdb"))


def _as_text(value: exp.Expression, type_: ExaType | None, context: Context) -> exp.Expression:
    """A value as text, numbers with the decimal character of the session."""
    text = formats.as_text(value, type_)
    mark = context.parameters.get("NLS_NUMERIC_CHARACTERS", ".,")[0]
    if mark == "." or type_ is None or type_.name not in ("DECIMAL", "DOUBLE"):
        return text
    return fill("replace($1, '.', $2)", [text, exp.Literal.string(mark)])


def fit_text(text: exp.Expression, target: ExaType) -> exp.Expression:
    """Text that is refused where it is longer than the type; CHAR is padded with blanks."""
    size = exp.Literal.number(target.size)
    checked = fill(
        "CASE WHEN length($1) > $2 THEN error('data exception - string data, right truncation') "
        "ELSE $1 END",
        [text, size],
    )
    return fill("rpad($1, $2, ' ')", [checked, size]) if target.name == "CHAR" else checked


def fit_hash(text: exp.Expression, target: ExaType) -> exp.Expression:
    """Text with the hexadecimal digits of a HASHTYPE, dashes between them allowed."""
    digits = fill("lower(replace($1, '-', ''))", [text])
    return fill(
        f"CASE WHEN regexp_full_match($1, '[0-9a-f]{{{2 * target.size}}}') THEN $1 "
        "WHEN $1 IS NOT NULL THEN error('data exception - invalid value for HASHTYPE') END",
        [digits],
    )


def _concatenation(pipe: exp.DPipe, context: Context) -> exp.Expression:
    """a || b: NULL counts as empty text, and an empty result is NULL.

    A chain becomes one concat(): DuckDB plans the text inside of a nullif() twice, and twice
    again for each nullif() around it.
    """
    parts: list[exp.Expression] = []
    for side in (pipe.this, pipe.expression):
        parts += side.meta.get("concatenated") or [_as_text(side.copy(), type_of(side), context)]
    text = fill("nullif($1, '')", [exp.func("concat", *parts, dialect="duckdb")])
    text.meta["concatenated"] = parts
    return text


def _division(division: exp.Div, context: Context) -> exp.Expression:
    """Division by zero is an error."""
    right = division.expression
    if isinstance(right, exp.Literal) and not right.is_string and float(right.this) != 0:
        return division
    guard = "CASE WHEN $1 = 0 THEN error('data exception - division by zero') ELSE $1 END"
    return exp.Div(this=division.this.copy(), expression=fill(guard, [right.copy()]))


def _date_arithmetic(node: exp.Binary, context: Context) -> exp.Expression:
    """DATE + n adds days and stays a DATE; TIMESTAMP + n adds days."""
    left, right = type_of(node.this), type_of(node.expression)
    sign = "-" if isinstance(node, exp.Sub) else "+"
    if isinstance(node.expression, exp.Interval):
        return _moved_by_interval(node, left, sign)
    if not left or not right:
        return node
    if left.is_moment and right.is_moment and "TIMESTAMP" in left.name + right.name:
        raise unsupported("the difference of two timestamps, which is an INTERVAL")
    if "INTERVAL" in left.name + right.name:
        raise unsupported("calculating with an INTERVAL that is no literal")
    if right.name != "DECIMAL" or right.scale:
        return node
    if left.name == "DATE":
        return fill(
            f"CAST($1 {sign} to_days(CAST($2 AS INTEGER)) AS DATE)", [node.this, node.expression]
        )
    if left.name.startswith("TIMESTAMP"):
        return fill(f"$1 {sign} to_days(CAST($2 AS INTEGER))", [node.this, node.expression])
    return node


def _moved_by_interval(node: exp.Binary, type_: ExaType | None, sign: str) -> exp.Expression:
    """Months and years lead from the last day of a month to the last day of a month."""
    interval = node.expression
    unit = interval.text("unit").upper()
    if unit not in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"):
        raise unsupported(f"INTERVAL in {unit or interval.args['unit'].sql()}")
    if unit not in ("YEAR", "MONTH"):
        return node
    months = exp.Literal.number(f"{sign.strip('+')}{interval.this.name}")
    return functions.call(f"ADD_{unit}S", [node.this.copy(), months], [type_, None])


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
    text = _as_text(value.copy(), type_of(value), context)
    separator = node.args.get("separator")
    separator = separator.copy() if separator is not None else exp.Literal.string(",")
    # Within the call, DISTINCT belongs to the value and ORDER BY to the last argument.
    first = exp.Distinct(expressions=[text]) if distinct else text
    if order:
        separator = exp.Order(this=separator, expressions=[o.copy() for o in order.expressions])
    return exp.Anonymous(this="string_agg", expressions=[first, separator])


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
        return _session_value(node, context)
    arguments = [argument.copy() for argument in node.expressions]
    if node.name == "TO_CHAR" and len(arguments) == 1:
        return _as_text(arguments[0], type_of(node.expressions[0]), context)
    return functions.call(node.name, arguments, [type_of(a) for a in node.expressions])


def _session_value(node: exp.Anonymous, context: Context) -> exp.Expression:
    if node.name in ("CURRENT_USER", "SCOPE_USER"):
        return exp.Literal.string(context.user)
    if node.name == "CURRENT_SCHEMA":
        return exp.Literal.string(context.schema) if context.schema else exp.Null()
    if node.name == "CURRENT_SESSION":
        number = exp.Literal.number(context.session_id)
        return exp.Cast(this=number, to=exp.DataType.build("DECIMAL(20,0)"))
    if node.name == "CURRENT_STATEMENT":
        return exp.Literal.number(context.statement_number)
    parameter = node.expressions[-1].name.upper()
    if parameter not in context.parameters:
        raise SqlError(f"session parameter {parameter} does not exist")
    return exp.Literal.string(context.parameters[parameter])


def _any(node: exp.Any, context: Context) -> exp.Expression:
    if isinstance(node.parent, exp.Binary):
        return node
    return fill("bool_or($1)", [node.this])


empty_strings = _each(exp.Literal, _string_literal)
casts = _each(exp.Cast, _cast)
group_concats = _each(exp.GroupConcat, _group_concat)
date_arithmetic = _each((exp.Add, exp.Sub), _date_arithmetic)
concatenations = _each(exp.DPipe, _concatenation)
trims = _each(exp.Trim, _trim)
positions = _each(exp.StrPosition, _position)
extracts = _each(exp.Extract, _extract)
regexp_likes = _each(exp.RegexpLike, _regexp_like)
json_values = _each(exp.JSONValue, _json_value)
likes = _each(exp.Like, _like)
divisions = _each(exp.Div, _division)
any_aggregates = _each(exp.Any, _any)
calls = _each(exp.Anonymous, _call)


def row_numbers(tree: exp.Expression, context: Context) -> exp.Expression:
    """ROWNUM in WHERE and GROUP BY."""
    return rownum.number_rows(tree)


STEPS: tuple[Step, ...] = (
    refuse_unknown,
    name_outputs,
    row_numbers,
    # These two come before steps that bring in casts and literals of DuckDB's own.
    empty_strings,
    casts,
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
    calls,
)
