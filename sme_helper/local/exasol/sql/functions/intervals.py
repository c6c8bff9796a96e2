"""Intervals made of numbers, as the texts that Exasol shows."""

from __future__ import annotations

from sqlglot import exp

from ...errors import SqlError
from ..templates import fill

_SECONDS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
_MONTHS = {"YEAR": 12, "MONTH": 1}

_SIGN = "CASE WHEN $1 < 0 THEN '-' ELSE '+' END"


def days_of_number(arguments, types):
    """NUMTODSINTERVAL(3.2, 'HOUR') is +000000000 03:12:00.000000000."""
    unit = _unit("NUMTODSINTERVAL", arguments[1], _SECONDS)
    milliseconds = f"CAST(round(abs(CAST($1 AS DOUBLE)) * {_SECONDS[unit] * 1000}) AS BIGINT)"
    parts = [
        f"lpad(CAST({milliseconds} // 86400000 AS VARCHAR), 9, '0')",
        "' '",
        f"lpad(CAST({milliseconds} // 3600000 % 24 AS VARCHAR), 2, '0')",
        "':'",
        f"lpad(CAST({milliseconds} // 60000 % 60 AS VARCHAR), 2, '0')",
        "':'",
        f"lpad(CAST({milliseconds} // 1000 % 60 AS VARCHAR), 2, '0')",
        "'.'",
        f"lpad(CAST({milliseconds} % 1000 AS VARCHAR), 3, '0')",
        "'000000'",
    ]
    return _text(parts, arguments[0])


def months_of_number(arguments, types):
    """NUMTOYMINTERVAL(3.5, 'YEAR') is +000000003-06."""
    unit = _unit("NUMTOYMINTERVAL", arguments[1], _MONTHS)
    months = f"CAST(round(abs(CAST($1 AS DOUBLE)) * {_MONTHS[unit]}) AS BIGINT)"
    years = f"lpad(CAST({months} // 12 AS VARCHAR), 9, '0')"
    return _text([years, "'-'", f"lpad(CAST({months} % 12 AS VARCHAR), 2, '0')"], arguments[0])


def _text(parts: list[str], number: exp.Expression) -> exp.Expression:
    text = f"concat({_SIGN}, {', '.join(parts)})"
    return fill(f"CASE WHEN $1 IS NOT NULL THEN {text} END", [number])


def _unit(function: str, argument: exp.Expression, units: dict[str, int]) -> str:
    unit = argument.name.upper()
    if unit not in units:
        raise SqlError(f"{function}: the unit must be one of {', '.join(units)}")
    return unit
