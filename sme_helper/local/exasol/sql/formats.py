"""Conversions by format: TO_CHAR, TO_NUMBER, TO_DATE, TO_TIMESTAMP, and casts to text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from sqlglot import exp

from ..errors import unsupported
from ..types import MAX_VARCHAR, ExaType
from .templates import fill

DATE_FORMAT = "YYYY-MM-DD"
TIMESTAMP_FORMAT = "YYYY-MM-DD HH24:MI:SS.FF6"

# Longest first. Exasol's format element -> strftime's directive.
_ELEMENTS = {
    "YYYY": "%Y",
    "HH24": "%H",
    "HH12": "%I",
    "MONTH": "%B",
    "MON": "%b",
    "DAY": "%A",
    "DDD": "%j",
    "FF9": "%n",
    "FF6": "%f",
    "FF3": "%g",
    "AM": "%p",
    "PM": "%p",
    "DY": "%a",
    "IYYY": "%G",
    "IW": "%V",
    "ID": "%u",
    "YY": "%y",
    "MM": "%m",
    "DD": "%d",
    "HH": "%H",
    "MI": "%M",
    "SS": "%S",
}
_NAMES = ("MONTH", "MON", "DAY", "DY", "AM", "PM")
_ELEMENT = re.compile("|".join(sorted(_ELEMENTS, key=len, reverse=True)), re.IGNORECASE)
_NUMBER_FORMAT = re.compile(r"^(?P<whole>[09G]*)(?:[.D](?P<fraction>[09]+))?$", re.IGNORECASE)


def strftime_format(exasol_format: str) -> str:
    """The strftime format that stands for an Exasol datetime format.

    Raises:
        SqlError: an element that is not known.
    """
    return "".join(directive for _, directive in _directives(exasol_format))


def _directives(exasol_format: str) -> Iterator[tuple[str, str]]:
    """The parts of a format, each as it is written and as strftime has it."""
    position = 0
    for match in _ELEMENT.finditer(exasol_format):
        if separator := exasol_format[position : match.start()]:
            yield separator, _separator(separator)
        yield match.group(), _ELEMENTS[match.group().upper()]
        position = match.end()
    if separator := exasol_format[position:]:
        yield separator, _separator(separator)


def _separator(text: str) -> str:
    if re.search(r"[A-Za-z]", text.replace("T", "")):
        raise unsupported(f"element {text!r} of a datetime format")
    return text.replace("%", "%%")


def _literal(argument: exp.Expression, function: str) -> str:
    if not (isinstance(argument, exp.Literal) and argument.is_string):
        raise unsupported(f"{function} with a format that is no literal")
    return argument.this


def to_char(arguments: list[exp.Expression], types: list[ExaType | None]) -> exp.Expression:
    """TO_CHAR of numbers, dates, timestamps, booleans and text."""
    if len(arguments) == 1:
        return as_text(arguments[0], types[0])
    type_ = types[0]
    format_ = _literal(arguments[1], "TO_CHAR")
    if type_ and type_.name in ("DECIMAL", "DOUBLE"):
        return _number_to_char(arguments[0], format_)
    texts = []
    for case, parts in itertools.groupby(_directives(format_), lambda part: _case_of(part[0])):
        directive = exp.Literal.string("".join(directive for _, directive in parts))
        text = fill("strftime(CAST($1 AS TIMESTAMP), $2)", [arguments[0], directive])
        texts.append(fill(f"{case}($1)", [text]) if case else text)
    return texts[0] if len(texts) == 1 else exp.func("concat", *texts, dialect="duckdb")


def _case_of(element: str) -> str:
    """What is to be done to a name as strftime gives it, so that its case is its element's."""
    if element.upper() not in _NAMES:
        return ""
    if element in (element.upper(), element.lower()):
        return "upper" if element.isupper() else "lower"
    if element != element.capitalize() or element.upper() in ("AM", "PM"):
        raise unsupported(f"element {element!r} of a datetime format")
    return ""


def _number_to_char(argument: exp.Expression, format_: str) -> exp.Expression:
    match = _NUMBER_FORMAT.match(format_)
    if not match or "G" in format_.upper():
        raise unsupported(f"number format {format_!r}")
    digits = len(match["fraction"] or "")
    whole = match["whole"]
    zeros = len(whole) - whole.index("0") if "0" in whole else 1
    width = zeros + (digits + 1 if digits else 0)
    # Exasol pads to the width of the format, with one place for the sign.
    total = len(format_) + 1
    text = f"printf('%0{width}.{digits}f', CAST($1 AS DOUBLE))"
    return fill(f"lpad({text}, {total}, ' ')", [argument])


def to_number(arguments: list[exp.Expression], types: list[ExaType | None]) -> exp.Expression:
    if len(arguments) == 2:
        raise unsupported("TO_NUMBER with a format")
    return exp.cast(arguments[0], "DOUBLE", dialect="duckdb")


def to_date(arguments: list[exp.Expression], types: list[ExaType | None]) -> exp.Expression:
    return exp.cast(_parse_moment(arguments, "TO_DATE", DATE_FORMAT), "DATE", dialect="duckdb")


def to_timestamp(arguments: list[exp.Expression], types: list[ExaType | None]) -> exp.Expression:
    moment = _parse_moment(arguments, "TO_TIMESTAMP", None)
    return exp.cast(moment, "TIMESTAMP", dialect="duckdb")


def _parse_moment(arguments, function: str, default: str | None) -> exp.Expression:
    if len(arguments) == 1:
        return arguments[0]
    directive = exp.Literal.string(strftime_format(_literal(arguments[1], function)))
    return fill("strptime(CAST($1 AS VARCHAR), $2)", [arguments[0], directive])


def as_text(argument: exp.Expression, type_: ExaType | None) -> exp.Expression:
    """A value as Exasol writes it in text.

    DECIMAL without trailing zeros, DOUBLE in its shortest form (1, not 1.0), BOOLEAN as
    TRUE and FALSE, TIMESTAMP with six digits of fraction.
    """
    name = type_.name if type_ else None
    if name == "BOOLEAN":
        return fill("CASE WHEN $1 THEN 'TRUE' WHEN NOT $1 THEN 'FALSE' END", [argument])
    if name == "DOUBLE":
        return fill(
            "CASE WHEN suffix(CAST($1 AS VARCHAR), '.0')"
            " THEN left(CAST($1 AS VARCHAR), -2) ELSE CAST($1 AS VARCHAR) END",
            [argument],
        )
    if name == "DECIMAL" and type_.scale:
        # DuckDB writes no zero in front of the point where the type has no digit for it.
        wide = f"CAST($1 AS DECIMAL(38,{type_.scale}))" if type_.is_fraction else "$1"
        return fill(f"rtrim(rtrim(CAST({wide} AS VARCHAR), '0'), '.')", [argument])
    if name and name.startswith("TIMESTAMP"):
        directive = strftime_format(TIMESTAMP_FORMAT)
        return fill(f"strftime(CAST($1 AS TIMESTAMP), '{directive}')", [argument])
    return exp.cast(argument, "VARCHAR", dialect="duckdb")


def longest_text(type_: ExaType | None) -> int:
    """The most characters that `as_text` makes of a value of this type."""
    name = type_.name if type_ else ""
    if name in ("VARCHAR", "CHAR"):
        return type_.size
    if name == "HASHTYPE":
        return 2 * type_.size
    if name == "DECIMAL":
        return type_.precision + 3  # sign, a leading zero, point
    known = {"BOOLEAN": 5, "DATE": 10, "DOUBLE": 24}
    if name.startswith("TIMESTAMP"):
        return 29
    return known.get(name, MAX_VARCHAR)
