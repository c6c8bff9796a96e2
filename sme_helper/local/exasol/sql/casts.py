"""Casts to Exasol's types, and the checks of values that go into a column."""

from __future__ import annotations

from sqlglot import exp

from ..errors import unsupported
from ..types import ExaType
from . import formats
from .context import Context
from .dialect import is_timestamp_literal
from .lengths import most_characters
from .templates import fill
from .type_rules import exa_type, type_of

_NUMBER_TO_BOOLEAN = (
    "CASE WHEN $1 = 1 THEN TRUE WHEN $1 = 0 THEN FALSE WHEN $1 IS NOT NULL "
    "THEN error('data exception - invalid value for BOOLEAN') END"
)

_UNITS = {0: "second", 3: "millisecond"}


def cast_value(cast: exp.Cast, context: Context) -> exp.Expression:
    """CAST with Exasol's text forms, lengths and types."""
    target = exa_type(cast.to)
    source = type_of(cast.this)
    inner = cast.this.copy()
    if target.name in ("VARCHAR", "CHAR"):
        text = as_text(inner, source, context)
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
    if is_timestamp_literal(cast):
        return cast  # which keeps the digits that it is written with
    return fit_value(inner, source, target)


def fit_value(value: exp.Expression, source: ExaType | None, target: ExaType) -> exp.Expression:
    """A value cast to a type other than text.

    A number with too many digits is refused, the fraction of a timestamp is cut.
    """
    if target.is_stored_wider and not (
        source and source.is_stored_wider and source.precision <= target.precision
    ):
        value = fill(f"CAST($1 AS DECIMAL({target.precision}, 0))", [value])
    cast = exp.Cast(this=value, to=exp.DataType.build(target.duckdb, dialect="duckdb"))
    if not target.name.startswith("TIMESTAMP") or (source and source.name == "DATE"):
        return cast
    return _cut_fraction(cast, target.precision)


def _cut_fraction(moment: exp.Expression, digits: int) -> exp.Expression:
    """A timestamp with so many digits behind its seconds."""
    if digits in (6, 9):
        return moment  # all that its DuckDB type has
    if digits in _UNITS:
        return fill(f"date_trunc('{_UNITS[digits]}', $1)", [moment])
    count, make, most = (
        ("epoch_us($1)", "make_timestamp", 6)
        if digits < 6
        else ("epoch_ns($1)", "make_timestamp_ns", 9)
    )
    unit = 10 ** (most - digits)
    # The remainder of a moment before 1970 is negative.
    return fill(f"{make}({count} - ({count} % {unit} + {unit}) % {unit})", [moment])


def as_text(value: exp.Expression, type_: ExaType | None, context: Context) -> exp.Expression:
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
