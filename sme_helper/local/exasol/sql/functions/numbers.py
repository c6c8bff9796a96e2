"""Functions of numbers and of their bits."""

from __future__ import annotations

from ...errors import unsupported
from . import builders
from .kinds import Function, built, one, same

_ZERO = "CASE WHEN $2 = 0 THEN error('data exception - division by zero') ELSE $2 END"

_EQUAL_BOUNDS = unsupported("WIDTH_BUCKET with two equal bounds").text

NUMBERS = {
    **{
        name: same(name.lower(), 1, result="DOUBLE")
        for name in [
            "ACOS",
            "ASIN",
            "ATAN",
            "COS",
            "COSH",
            "COT",
            "DEGREES",
            "EXP",
            "LN",
            "RADIANS",
            "SIN",
            "SINH",
            "SQRT",
            "TAN",
            "TANH",
        ]
    },
    "ABS": one("abs($1)", "$1"),
    "ATAN2": one("atan2($1, $2)", "DOUBLE"),
    "CEIL": built(builders.to_whole("ceil"), 1),
    "CEILING": built(builders.to_whole("ceil"), 1),
    "FLOOR": built(builders.to_whole("floor"), 1),
    "DIV": built(builders.quotient, 2, result="DECIMAL(36,0)"),
    "MOD": one(f"$1 % {_ZERO}", "$1"),
    "LOG": one("ln($2) / ln($1)", "DOUBLE"),
    "LOG10": one("log10($1)", "DOUBLE"),
    "LOG2": one("log2($1)", "DOUBLE"),
    "PI": Function({0: "pi()"}, "DOUBLE"),
    "POWER": one("power($1, $2)", "DOUBLE"),
    "RAND": Function({0: "random()", 2: "$1 + random() * ($2 - $1)"}, "DOUBLE"),
    "RANDOM": Function({0: "random()", 2: "$1 + random() * ($2 - $1)"}, "DOUBLE"),
    "ROUND": built(builders.rounded, 1, 2),
    "SIGN": one("sign($1)", "DECIMAL(1,0)"),
    "TRUNC": built(builders.trunc, 1, 2),
    "TRUNCATE": built(builders.trunc, 1, 2),
    "MIN_SCALE": one("length(rtrim(split_part(CAST($1 AS VARCHAR), '.', 2), '0'))", "DECIMAL(9,0)"),
    "WIDTH_BUCKET": one(
        f"CASE WHEN $2 = $3 THEN error('{_EQUAL_BOUNDS}')"
        " WHEN ($1 - $2) * sign($3 - $2) < 0 THEN 0"
        " WHEN ($1 - $3) * sign($3 - $2) >= 0 THEN $4 + 1"
        " ELSE CAST(floor(($1 - $2) / ($3 - $2) * $4 + 1) AS BIGINT) END",
        "DECIMAL(18,0)",
    ),
    "NULLIFZERO": one("CASE WHEN $1 = 0 THEN NULL ELSE $1 END", "$1"),
    "ZEROIFNULL": one("coalesce($1, 0)", "$1"),
}

# Bits are those of an unsigned number of 64 bits.
_N = "CAST(CAST($1 AS UBIGINT) AS HUGEINT)"
_ALL = "18446744073709551615"


def _bits(template: str) -> Function:
    return one(f"CAST({template} AS DECIMAL(20,0))", "DECIMAL(20,0)")


def _rotated(places: str) -> Function:
    """To the left; places are 0 to 63."""
    left = f"{_N} * CAST(power(2, {places}) AS HUGEINT)"
    return _bits(f"({left}) % ({_ALL} + 1) + ({left}) // ({_ALL} + 1)")


BITS = {
    "BIT_AND": _bits("CAST($1 AS UBIGINT) & CAST($2 AS UBIGINT)"),
    "BIT_OR": _bits("CAST($1 AS UBIGINT) | CAST($2 AS UBIGINT)"),
    "BIT_XOR": _bits("xor(CAST($1 AS UBIGINT), CAST($2 AS UBIGINT))"),
    "BIT_NOT": _bits(f"{_ALL} - {_N}"),
    "BIT_CHECK": one(
        "(CAST($1 AS UBIGINT) & CAST(power(2, $2) AS UBIGINT)) <> 0",
        "BOOLEAN",
    ),
    "BIT_SET": _bits("CAST($1 AS UBIGINT) | CAST(power(2, $2) AS UBIGINT)"),
    "BIT_LSHIFT": _bits(f"({_N} * CAST(power(2, $2) AS HUGEINT)) % ({_ALL} + 1)"),
    "BIT_RSHIFT": _bits("CAST($1 AS UBIGINT) // CAST(power(2, $2) AS HUGEINT)"),
    "BIT_LROTATE": _rotated("$2"),
    "BIT_RROTATE": _rotated("(64 - $2) % 64"),
    "BIT_TO_NUM": built(builders.number_of_bits, *range(1, 64), result="DECIMAL(20,0)"),
}
