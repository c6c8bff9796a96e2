"""Functions of dates and timestamps, and of intervals, which are kept as their texts."""

from __future__ import annotations

from ..templates import fill
from . import builders, intervals
from .kinds import MOMENT, Function, built, one

_DAYS = r"'[+-]?(\d{1,9}) ([01]?\d|2[0-3]):([0-5]?\d):([0-5]?\d)(?:\.(\d+))?'"
_YEARS = r"'[+-]?(\d{1,9})-(1[01]|0?\d)'"
_SIGN = "CASE WHEN $1 LIKE '-%' THEN '-' ELSE '+' END"


def _interval(pattern: str, text: str, result: str) -> Function:
    """A text of this form as Exasol writes the interval; any other is an error."""
    return one(
        f"CASE WHEN regexp_full_match($1, {pattern}) THEN concat({_SIGN}, {text}) "
        "WHEN $1 IS NOT NULL THEN error('data exception - invalid value for INTERVAL') END",
        result,
    )


def _digits(pattern: str, group: int, places: int) -> str:
    return f"lpad(regexp_extract($1, {pattern}, {group}), {places}, '0')"


# The moment at which the transaction has begun, as TIMESTAMP(3).
_NOW = Function(
    {0: "date_trunc('millisecond', CAST(get_current_timestamp() AS TIMESTAMP))"}, "TIMESTAMP"
)

MOMENTS = {
    # Fractions of seconds are cut behind the third place.
    "TO_DSINTERVAL": _interval(
        _DAYS,
        f"{_digits(_DAYS, 1, 9)}, ' ', {_digits(_DAYS, 2, 2)}, ':', {_digits(_DAYS, 3, 2)}, ':', "
        f"{_digits(_DAYS, 4, 2)}, '.', rpad(left(regexp_extract($1, {_DAYS}, 5), 3), 9, '0')",
        "INTERVAL DAY(9) TO SECOND(9)",
    ),
    "TO_YMINTERVAL": _interval(
        _YEARS,
        f"{_digits(_YEARS, 1, 9)}, '-', {_digits(_YEARS, 2, 2)}",
        "INTERVAL YEAR(9) TO MONTH",
    ),
    "NUMTODSINTERVAL": built(intervals.days_of_number, 2, result="INTERVAL DAY(9) TO SECOND(9)"),
    "NUMTOYMINTERVAL": built(intervals.months_of_number, 2, result="INTERVAL YEAR(9) TO MONTH"),
    "IS_DSINTERVAL": one(f"regexp_full_match($1, {_DAYS})", "BOOLEAN"),
    "IS_YMINTERVAL": one(f"regexp_full_match($1, {_YEARS})", "BOOLEAN"),
    "ADD_DAYS": built(builders.add_interval("DAY"), 2, result=MOMENT),
    "ADD_WEEKS": built(builders.add_interval("DAY", 7), 2, result=MOMENT),
    "ADD_MONTHS": built(builders.add_months(1), 2, result=MOMENT),
    "ADD_YEARS": built(builders.add_months(12), 2, result=MOMENT),
    "ADD_HOURS": built(builders.add_interval("HOUR"), 2, result="TIMESTAMP"),
    "ADD_MINUTES": built(builders.add_interval("MINUTE"), 2, result="TIMESTAMP"),
    "ADD_SECONDS": built(
        lambda arguments, types: fill(
            "$1 + to_microseconds(CAST(round($2 * 1000000) AS BIGINT))",
            [builders.as_moment(arguments[0], types[0]), arguments[1]],
        ),
        2,
        result="TIMESTAMP",
    ),
    "DAYS_BETWEEN": built(builders.between("date_diff('day', $2, $1)"), 2, result="DECIMAL(9,0)"),
    "HOURS_BETWEEN": built(builders.between("date_diff('microsecond', $2, $1) / 3600000000.0"), 2),
    "MINUTES_BETWEEN": built(builders.between("date_diff('microsecond', $2, $1) / 60000000.0"), 2),
    "SECONDS_BETWEEN": built(builders.between("date_diff('microsecond', $2, $1) / 1000000.0"), 2),
    "MONTHS_BETWEEN": built(builders.months_between(1), 2, result="DOUBLE"),
    "YEARS_BETWEEN": built(builders.months_between(12), 2, result="DOUBLE"),
    **{
        name: one(f"{name.lower()}(CAST($1 AS TIMESTAMP))", "DECIMAL(4,0)")
        for name in ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE"]
    },
    "SECOND": one(
        "CAST(date_part('microsecond', CAST($1 AS TIMESTAMP)) / 1000000.0 AS DECIMAL(5,3))",
        "DECIMAL(5,3)",
    ),
    "CONVERT_TZ": one(
        "timezone($3, timezone($2, CAST($1 AS TIMESTAMP)))",
        "TIMESTAMP",
    ),
    "DATE_TRUNC": built(builders.date_trunc, 2, result=MOMENT),
    "LAST_DAY": one("last_day($1)", "DATE"),
    "POSIX_TIME": Function(
        {
            0: "epoch(CAST(get_current_timestamp() AS TIMESTAMP))",
            1: "epoch(CAST($1 AS TIMESTAMP))",
        },
        "DOUBLE",
    ),
    "FROM_POSIX_TIME": one(
        "make_timestamp(CAST(round(CAST($1 AS DOUBLE) * 1000000) AS BIGINT))", "TIMESTAMP"
    ),
    "CURDATE": Function({0: "CAST(get_current_timestamp() AS DATE)"}, "DATE"),
    "CURRENT_DATE": Function({0: "CAST(get_current_timestamp() AS DATE)"}, "DATE"),
    "SYSDATE": Function({0: "CAST(get_current_timestamp() AS DATE)"}, "DATE"),
    **dict.fromkeys(["CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "SYSTIMESTAMP", "NOW"], _NOW),
}
