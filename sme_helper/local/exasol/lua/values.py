"""Values of Lua scripts that plain Lua does not have: NULL and decimals."""

from __future__ import annotations

import datetime
import decimal
import re

from lupa import lua54

_CONTEXT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)
_LARGEST_INTEGER = 2**63 - 1


class Null:
    """A constant that stands for a missing value; Lua sees it as userdata."""

    def __init__(self, text: str):
        self._text = text

    def __str__(self) -> str:
        return self._text


NULL = Null("NULL")
JSON_NULL = Null("userdata: (nil)")


class LuaDecimal:
    """Exasol's decimal type; prints without trailing zeros after the point."""

    def __init__(self, value: decimal.Decimal):
        self.value = value

    def __str__(self) -> str:
        text = format(self.value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text


def make_decimal(value: object, precision: int = 18, scale: int = 0) -> LuaDecimal:
    """decimal(value [, precision [, scale]]): rounded to the scale.

    Raises:
        ValueError: it is no number, or too large for the precision.
    """
    try:
        number = _CONTEXT.quantize(_to_decimal(value), decimal.Decimal(1).scaleb(-int(scale)))
    except decimal.InvalidOperation:
        raise ValueError(f"decimal(): not a number: {value}") from None
    if number and number.adjusted() >= precision - scale:
        raise ValueError(f"decimal(): {value} does not fit into precision {precision}")
    return LuaDecimal(number)


def _to_decimal(value: object) -> decimal.Decimal:
    if isinstance(value, LuaDecimal):
        return value.value
    return decimal.Decimal(str(value))


def to_number(value: object) -> int | float | None:
    """A decimal as a Lua number: an integer where it is one; None for anything else."""
    if not isinstance(value, LuaDecimal):
        return None
    is_integer = value.value == value.value.to_integral_value()
    if is_integer and abs(value.value) <= _LARGEST_INTEGER:
        return int(value.value)
    return float(value.value)


def calculate(operation: str, left: object, right: object = None) -> object:
    """An operator or method of the decimal type.

    With a floating-point number on one side the result is such a number too.

    Raises:
        ValueError: an operand is no number, or the operation is impossible.
    """
    if operation == "eq":
        both = isinstance(left, LuaDecimal) and isinstance(right, LuaDecimal)
        return left.value == right.value if both else left is right
    if isinstance(left, Null) or isinstance(right, Null):
        raise ValueError("attempt to calculate, compare or concatenate with NULL")
    if operation == "concat":
        return f"{left}{right}"
    if operation in _OF_ONE:
        digits = int(right) if operation == "round" and right is not None else 0
        return _OF_ONE[operation](left.value, digits)
    try:
        first, second = _to_decimal(left), _to_decimal(right)
    except decimal.InvalidOperation:
        raise ValueError(f"attempt to calculate with or compare {left!r} and {right!r}") from None
    if operation == "lt":
        return first < second
    if operation == "le":
        return first <= second
    try:
        result = _OF_TWO[operation](first, second)
    except (decimal.DivisionByZero, decimal.InvalidOperation):
        raise ValueError("division by zero") from None
    as_number = isinstance(left, float) or isinstance(right, float) or operation == "div"
    return float(result) if as_number else LuaDecimal(result)


def _rounded(rounding: str):
    def apply(value: decimal.Decimal, digits: int) -> LuaDecimal:
        step = decimal.Decimal(1).scaleb(-digits)
        return LuaDecimal(value.quantize(step, rounding=rounding, context=_CONTEXT))

    return apply


_OF_ONE = {
    "neg": lambda value, _: LuaDecimal(-value),
    "abs": lambda value, _: LuaDecimal(abs(value)),
    "floor": _rounded(decimal.ROUND_FLOOR),
    "ceil": _rounded(decimal.ROUND_CEILING),
    "round": _rounded(decimal.ROUND_HALF_UP),
    "scale": lambda value, _: max(0, -value.as_tuple().exponent),
    "prec": lambda value, _: len(value.as_tuple().digits),
}

_OF_TWO = {
    "add": _CONTEXT.add,
    "sub": _CONTEXT.subtract,
    "mul": _CONTEXT.multiply,
    "div": _CONTEXT.divide,
    "mod": _CONTEXT.remainder,
}


def to_lua(value: object) -> object:
    """A database value as a script sees it; dates and timestamps are text."""
    if value is None:
        return NULL
    if isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        return LuaDecimal(decimal.Decimal(value))
    if isinstance(value, decimal.Decimal):
        return LuaDecimal(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(value)


def argument_to_lua(value: object, new_table) -> object:
    """An argument of EXECUTE SCRIPT: numbers are Lua numbers where these hold them exactly."""
    if isinstance(value, list):
        return new_table([argument_to_lua(item, new_table) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= _LARGEST_INTEGER else LuaDecimal(decimal.Decimal(value))
    if isinstance(value, decimal.Decimal):
        return float(value)
    return to_lua(value)


def from_lua(value: object) -> object:
    """A value that a script returns or binds: None for NULL, Decimal for a decimal.

    Raises:
        ValueError: it is a table or a function.
    """
    if value is None or isinstance(value, Null):
        return None
    if isinstance(value, LuaDecimal):
        return value.value
    if isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"a {lua54.lua_type(value)} is no value for the database")


_OUTSIDE_BLOCK_COMMENTS = re.compile(
    r"""(?P<keep>
          --\[(?P<dash>=*)\[.*?\](?P=dash)\]   # Lua's own block comment
        | --[^\n]*
        | \[(?P<long>=*)\[.*?\](?P=long)\]     # long string
        | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
        )
      | /\*.*?\*/""",
    re.VERBOSE | re.DOTALL,
)


def without_block_comments(code: str) -> str:
    """Exasol allows /* */ in scripts, which Lua does not know; line numbers stay."""

    def replace(match: re.Match) -> str:
        return match["keep"] or "\n" * match[0].count("\n") or " "

    return _OUTSIDE_BLOCK_COMMENTS.sub(replace, code)
