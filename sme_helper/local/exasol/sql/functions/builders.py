"""Functions whose DuckDB form depends on the types or the number of their arguments.

Each builder takes the arguments and their Exasol types (None: not known), and gives the
tree of the call.
"""

from __future__ import annotations

from sqlglot import exp

from ...errors import SqlError, unsupported
from ...types import ExaType
from ..templates import fill


def add_interval(unit: str, factor: int = 1):
    def build(arguments, types):
        amount = f"CAST($2 AS BIGINT) * {factor}" if factor != 1 else "CAST($2 AS BIGINT)"
        moment = as_moment(arguments[0], types[0])
        keeps_date = types[0] and types[0].name == "DATE" and unit in ("DAY", "MONTH", "YEAR")
        template = f"$1 + to_{unit.lower()}s({amount})"
        if keeps_date:
            template = f"CAST({template} AS DATE)"
        return fill(template, [moment, arguments[1]])

    return build


def add_months(factor: int):
    """ADD_MONTHS and ADD_YEARS: the last day of a month leads to the last day of a month."""

    def build(arguments, types):
        moment = as_moment(arguments[0], types[0])
        moved = f"$1 + to_months(CAST(trunc($2) AS BIGINT) * {factor})"
        last = f"{moved} + to_days(day(last_day({moved})) - day({moved}))"
        template = f"CASE WHEN day(last_day($1)) = day($1) THEN {last} ELSE {moved} END"
        if types[0] and types[0].name == "DATE":
            template = f"CAST({template} AS DATE)"
        return fill(template, [moment, arguments[1]])

    return build


def as_moment(argument: exp.Expression, type_: ExaType | None) -> exp.Expression:
    """A date or timestamp; text is cast as Exasol does implicitly."""
    if type_ and type_.is_moment:
        return argument
    return fill("CAST($1 AS TIMESTAMP)", [argument])


def between(template: str):
    """A number of units between two moments; the template works on timestamps."""

    def build(arguments, types):
        return fill(template, [fill("CAST($1 AS TIMESTAMP)", [a]) for a in arguments])

    return build


def months_between(months: int):
    """MONTHS_BETWEEN and YEARS_BETWEEN: whole months, and 31sts for the days that are over."""
    days = (
        "CASE WHEN last_day($1) = $1 AND last_day($2) = $2 THEN 0 "
        "ELSE (day($1) - day($2)) / 31.0 END"
    )
    whole = "12 * (year($1) - year($2)) + month($1) - month($2)"

    def build(arguments, types):
        dates = [fill("CAST(CAST($1 AS TIMESTAMP) AS DATE)", [a]) for a in arguments]
        return fill(f"CAST({whole} + {days} AS DOUBLE) / {months}", dates)

    return build


def is_text(node: exp.Expression) -> bool:
    """Whether it is a literal with some text: '' has become NULL before."""
    return isinstance(node, exp.Literal) and node.is_string


def replaced(arguments, types):
    """REPLACE: what literals say of themselves is not asked for each row again."""
    text, search = arguments[:2]
    new = arguments[2] if len(arguments) > 2 else exp.Literal.string("")
    if not is_text(new):
        new = fill("coalesce($1, '')", [new])
    template = "replace($1, $2, $3)"
    if not is_text(search):
        template = f"CASE WHEN $2 IS NULL THEN $1 ELSE {template} END"
    return fill(template, [text, search, new])


def hashed(digest: str):
    """HASH_* and HASHTYPE_*: all texts together; NULL if all are NULL."""

    def build(arguments, types):
        for type_ in types:
            if type_ and type_.name not in ("VARCHAR", "CHAR"):
                raise unsupported(f"a hash of {type_.name}, of which Exasol hashes its own bytes")
        texts = exp.Anonymous(this="concat", expressions=arguments)
        return fill(f"{digest}(nullif($1, ''))", [texts])

    return build


def trunc(arguments, types):
    if types[0] and types[0].is_moment:
        unit = arguments[1].name.upper() if len(arguments) > 1 else "DD"
        units = {
            "DD": "day",
            "DDD": "day",
            "J": "day",
            "MM": "month",
            "MON": "month",
            "MONTH": "month",
            "YYYY": "year",
            "YY": "year",
            "Y": "year",
            "SYYYY": "year",
            "YEAR": "year",
            "Q": "quarter",
            "HH": "hour",
            "HH24": "hour",
            "HH12": "hour",
            "MI": "minute",
            "IW": "week",
        }
        if unit not in units:
            raise unsupported(f"TRUNC of a date to {unit!r}")
        target = "DATE" if types[0].name == "DATE" else "TIMESTAMP"
        return fill(f"CAST(date_trunc('{units[unit]}', $1) AS {target})", arguments[:1])
    if len(arguments) == 1:
        return fill("trunc($1)", arguments)
    if _is_literal(arguments[1]):
        return fill("trunc($1, CAST($2 AS INTEGER))", arguments)
    # By way of a DOUBLE: DuckDB truncates a DECIMAL to a constant number of places only.
    return fill("trunc($1 * power(10, $2)) / power(10, $2)", arguments)


def _is_literal(node):
    return isinstance(node.this if isinstance(node, exp.Neg) else node, exp.Literal)


def to_whole(name: str):
    """CEIL and FLOOR, which DuckDB gives as a DOUBLE even for whole numbers."""

    def build(arguments, types):
        return fill("$1" if is_whole(types[0]) else f"{name}($1)", arguments)

    return build


def is_whole(type_: ExaType | None) -> bool:
    return type_ is not None and type_.name == "DECIMAL" and type_.scale == 0


# Unit of ROUND -> part of the date, and how far its upper half is from its start.
_HALVES = {
    "DD": ("day", "to_hours(12)"),
    "MM": ("month", "to_days(15)"),
    "YYYY": ("year", "to_months(6)"),
    "HH24": ("hour", "to_minutes(30)"),
    "MI": ("minute", "to_seconds(30)"),
}


def rounded(arguments, types):
    """ROUND of numbers; ROUND of dates and timestamps, which goes up from the middle."""
    if not (types[0] and types[0].is_moment):
        template = "round($1)" if len(arguments) == 1 else "round($1, CAST($2 AS INTEGER))"
        return fill(template, arguments)
    unit = arguments[1].name.upper() if len(arguments) > 1 else "DD"
    if unit not in _HALVES:
        raise unsupported(f"ROUND of a date to {unit!r}")
    part, half = _HALVES[unit]
    start = f"date_trunc('{part}', CAST($1 AS TIMESTAMP))"
    target = "DATE" if types[0].name == "DATE" else "TIMESTAMP"
    return fill(
        f"CAST(CASE WHEN CAST($1 AS TIMESTAMP) < {start} + {half} "
        f"THEN {start} ELSE {start} + to_{part}s(1) END AS {target})",
        arguments[:1],
    )


def quotient(arguments, types):
    """DIV: towards zero; whole numbers do not go by way of a DOUBLE, which has too few digits."""
    zero = "CASE WHEN $2 = 0 THEN error('data exception - division by zero') ELSE $2 END"
    whole = all(is_whole(type_) for type_ in types)
    template = f"CAST($1 AS HUGEINT) // CAST({zero} AS HUGEINT)" if whole else f"trunc($1 / {zero})"
    return fill(f"CAST({template} AS DECIMAL(36,0))", arguments)


_NEGATIVE = f"error('{unsupported('a negative number of characters').text}')"


def count_of(place: int) -> str:
    """The piece of a template for a number of characters."""
    return f"CASE WHEN ${place} < 0 THEN {_NEGATIVE} ELSE CAST(${place} AS BIGINT) END"


def part_of_text(arguments, types):
    """SUBSTR: 0 is the first place as well, and nothing is there before the start."""
    place = "CAST($2 AS BIGINT)"
    length = f", {count_of(3)}" if len(arguments) > 2 else ""
    if _is_literal(arguments[1]) and not isinstance(arguments[1], exp.Neg):
        return fill(f"substr($1, greatest({place}, 1){length})", arguments)
    text = f"substr($1, CASE WHEN $2 = 0 THEN 1 ELSE {place} END{length})"
    return fill(f"CASE WHEN {place} >= -length($1) THEN {text} END", arguments)


_NOWHERE = f"error('{unsupported('a search from position 0 or for occurrence 0').text}')"


def found(arguments, types):
    """INSTR(text, search, position, occurrence): from a negative position backwards."""
    if len(arguments) == 2:
        return fill("instr($1, $2)", arguments)
    arguments = [*arguments, exp.Literal.number(1)][:4]
    place, number = "CAST($3 AS BIGINT)", "CAST($4 AS BIGINT)"
    # No column is named like this, which the places in a lambda would hide.
    all_ = (
        "list_filter(range(1, length($1) + 1), lambda _place: substr($1, _place, length($2)) = $2)"
    )
    later = f"list_filter({all_}, lambda _place: _place >= {place})"
    earlier = f"list_filter({all_}, lambda _place: _place <= length($1) + 1 + {place})"
    return fill(
        f"CASE WHEN {place} = 0 OR {number} < 1 THEN {_NOWHERE} "
        "WHEN $1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL AND $4 IS NOT NULL THEN "
        f"coalesce(list_extract(CASE WHEN {place} > 0 THEN {later} "
        f"ELSE list_reverse({earlier}) END, {number}), 0) END",
        arguments,
    )


def found_by_pattern(arguments, types):
    """REGEXP_INSTR(text, pattern, place, occurrence, 1 for the end of it)."""
    place, number, end = ("$3", "$4", "$5")[: len(arguments) - 2] + ("1", "1", "0")[
        len(arguments) - 2 :
    ]
    text = f"substr($1, CAST({place} AS BIGINT))" if len(arguments) > 2 else "$1"
    found = f"regexp_extract_all({text}, $2)"
    between = f"string_split_regex({text}, $2)"
    last = f"CAST({number} AS BIGINT)"
    lengths = "coalesce(list_sum(list_transform({}, lambda x: length(x))), 0)"
    before = lengths.format(f"list_slice({between}, 1, {last})")
    matched = lengths.format(f"list_slice({found}, 1, {last} - 1 + CAST({end} AS BIGINT))")
    return fill(
        f"CASE WHEN len({found}) < {last} THEN 0 "
        f"ELSE CAST({place} + {before} + {matched} AS BIGINT) END",
        arguments,
    )


def replaced_by_pattern(arguments, types):
    """REGEXP_REPLACE(text, pattern, replacement, place, occurrence); occurrence 0 is all."""
    replacement = "coalesce($3, '')" if len(arguments) > 2 else "''"
    if len(arguments) < 4:
        return fill(f"regexp_replace($1, $2, {replacement}, 'g')", arguments)
    number = arguments[4].name if len(arguments) > 4 else "0"
    if number not in ("0", "1"):
        raise unsupported("REGEXP_REPLACE of another occurrence than 0 or 1")
    options = ", 'g'" if number == "0" else ""
    text = "substr($1, CAST($4 AS BIGINT))"
    replaced = f"regexp_replace({text}, $2, {replacement}{options})"
    return fill(f"concat(left($1, CAST($4 AS BIGINT) - 1), {replaced})", arguments)


def number_of_bits(arguments, types):
    """BIT_TO_NUM(1, 0, 1): the first bit is the highest."""
    top = len(arguments) - 1
    terms = " + ".join(f"CAST(${n + 1} AS HUGEINT) * {2 ** (top - n)}" for n in range(top + 1))
    return fill(f"CAST({terms} AS DECIMAL(20,0))", arguments)


def type_name(arguments, types):
    """TYPEOF: known before the query runs."""
    if types[0] is None:
        raise unsupported("TYPEOF of a value without a type")
    return exp.Literal.string(types[0].sql)


# Exasol has CENTURY and MILLENNIUM, too: whether these begin in 2000 or 2001 is not documented.
_TRUNCATED = (
    "MICROSECONDS", "MILLISECONDS", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER",
    "YEAR", "DECADE",
)  # fmt: skip


def date_trunc(arguments, types, first_day: int = 7):
    """DATE_TRUNC(unit, moment); weeks begin on the session's first day, 1 (Monday) to 7."""
    unit, moment = arguments
    if not is_text(unit) or unit.this.upper() not in _TRUNCATED:
        raise unsupported(f"DATE_TRUNC to {unit.sql(dialect='exasol')}")
    target = "DATE" if types[1] and types[1].name == "DATE" else "TIMESTAMP"
    truncated = f"date_trunc('{unit.this.lower()}', $1)"
    if unit.this.upper() == "WEEK":  # DuckDB's begins on a Monday
        later = f"to_days({first_day - 1})"
        truncated = f"date_trunc('week', $1 - {later}) + {later}"
    return fill(f"CAST({truncated} AS {target})", [as_moment(moment, types[1])])


def decode(arguments, types):
    """DECODE(x, a, b, c, d, e): NULL matches NULL."""
    subject, rest = arguments[0], arguments[1:]
    if len(rest) < 2:
        raise SqlError("wrong number of arguments for function DECODE")
    case = exp.Case()
    while len(rest) >= 2:
        condition = exp.NullSafeEQ(this=subject.copy(), expression=rest[0])
        case = case.when(condition, rest[1], copy=False)
        rest = rest[2:]
    return case.else_(rest[0], copy=False) if rest else case


def extreme(name: str):
    """GREATEST and LEAST: NULL if any argument is NULL (DuckDB leaves NULL out)."""

    def build(arguments, types):
        any_null = exp.or_(*[exp.Is(this=a.copy(), expression=exp.Null()) for a in arguments])
        call = exp.Anonymous(this=name, expressions=arguments)
        return exp.Case().when(any_null, exp.Null(), copy=False).else_(call, copy=False)

    return build
