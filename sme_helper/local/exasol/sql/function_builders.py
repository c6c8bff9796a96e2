"""Functions whose DuckDB form depends on the types or the number of their arguments.

Each builder takes the arguments and their Exasol types (None: not known), and gives the
tree of the call.
"""

from __future__ import annotations

from sqlglot import exp

from ..errors import SqlError, unsupported
from ..types import ExaType
from .templates import fill


def _is_date(type_: ExaType | None) -> bool:
    return bool(type_) and (type_.name == "DATE" or type_.name.startswith("TIMESTAMP"))


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


def as_moment(argument: exp.Expression, type_: ExaType | None) -> exp.Expression:
    """A date or timestamp; text is cast as Exasol does implicitly."""
    if _is_date(type_):
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
    if _is_date(types[0]):
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
    return fill("trunc($1 * power(10, $2)) / power(10, $2)", arguments)


def date_trunc(arguments, types):
    target = "DATE" if types[1] and types[1].name == "DATE" else "TIMESTAMP"
    return fill(f"CAST(date_trunc($1, $2) AS {target})", arguments)


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


def refuse(reason: str):
    def build(arguments, types):
        raise unsupported(reason)

    return build
