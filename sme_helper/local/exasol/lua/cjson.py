"""lua-cjson 2.1.0: how Lua tables become JSON and back.

Its peculiarities are kept: numbers are decoded as floating-point numbers, an empty table is
an object, '/' is escaped, sparse arrays are refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

from lupa import lua54

from .values import JSON_NULL

_MOST_NESTED = 1000
_SPARSE_RATIO = 2
_SPARSE_SAFE = 10

_SHORT_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}
_TO_ESCAPE = re.compile(r'["\\/\x00-\x1f\x7f]')


def decode(text: object, new_table: Callable[[dict], object]) -> object:
    """The Lua value of a JSON text; null is cjson.null.

    Raises:
        ValueError: it is no JSON.
    """
    if not isinstance(text, str):
        kind = lua54.lua_type(text) or "no value"
        raise ValueError(f"bad argument #1 to 'decode' (string expected, got {kind})")
    try:
        value = json.loads(text, parse_int=float, strict=False)
    except json.JSONDecodeError as error:
        at_end = error.pos >= len(text.rstrip())
        found = "T_END" if at_end else "invalid token"
        raise ValueError(f"Expected value but found {found} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("Found too many nested data structures") from None
    return _to_lua(value, new_table)


def _to_lua(value: object, new_table: Callable[[dict], object]) -> object:
    if value is None:
        return JSON_NULL
    if isinstance(value, list):
        return new_table({i: _to_lua(item, new_table) for i, item in enumerate(value, start=1)})
    if isinstance(value, dict):
        return new_table({key: _to_lua(item, new_table) for key, item in value.items()})
    return value


def encode(value: object, depth: int = 1) -> str:
    """The JSON text of a Lua value.

    Raises:
        ValueError: JSON has nothing for it.
    """
    if value is None or value is JSON_NULL:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, str):
        return _string(value)
    kind = lua54.lua_type(value) or "userdata"
    if kind != "table":
        raise ValueError(f"Cannot serialise {kind}: type not supported")
    if depth > _MOST_NESTED:
        raise ValueError("Cannot serialise, excessive depth")
    items = list(value.items())
    length = _array_length([key for key, _ in items])
    if length:
        by_index = {int(key): item for key, item in items}
        texts = [encode(by_index.get(index), depth + 1) for index in range(1, length + 1)]
        return f"[{','.join(texts)}]"
    return "{" + ",".join(f"{_key(key)}:{encode(item, depth + 1)}" for key, item in items) + "}"


def _array_length(keys: list) -> int:
    """The length of the array that these keys make; 0 if the table is an object."""
    largest = 0
    for key in keys:
        if isinstance(key, bool) or not isinstance(key, int | float) or key < 1 or key % 1:
            return 0
        largest = max(largest, int(key))
    if largest > len(keys) * _SPARSE_RATIO and largest > _SPARSE_SAFE:
        raise ValueError("Cannot serialise table: excessively sparse array")
    return largest


def _key(key: object) -> str:
    if isinstance(key, str):
        return _string(key)
    if isinstance(key, int | float) and not isinstance(key, bool):
        return f'"{_number(key)}"'
    raise ValueError("Cannot serialise table: table key must be a number or string")


def _number(value: int | float) -> str:
    if not math.isfinite(value):
        raise ValueError("Cannot serialise number: must not be NaN or Inf")
    return "%.14g" % value  # noqa: UP031 - C's format, as in lua-cjson


def _string(value: str) -> str:
    def escape(match: re.Match) -> str:
        character = match[0]
        return _SHORT_ESCAPES.get(character) or f"\\u{ord(character):04x}"

    return f'"{_TO_ESCAPE.sub(escape, value)}"'
