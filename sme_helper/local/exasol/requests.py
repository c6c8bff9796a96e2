"""Reads the members of a client's request; what is not as it must be is refused by its name."""

from __future__ import annotations

from .errors import SqlError


def _refused(key: str, expected: str) -> SqlError:
    return SqlError(f"JSON value '/{key}' is not {expected}", "00000")


def integer(request: dict, key: str) -> int:
    value = request.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise _refused(key, "an integer")
    return value


def text(request: dict, key: str, default: str | None = None) -> str:
    value = request.get(key)
    value = default if value is None else value
    if not isinstance(value, str):
        raise _refused(key, "a string")
    return value


def items(request: dict, key: str, kind: type) -> list:
    """A list of texts, numbers or lists; one that is missing is empty."""
    value = request.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise _refused(key, "an array of the expected values")
    return value


def members(request: dict, key: str) -> dict:
    value = request.get(key) or {}
    if not isinstance(value, dict):
        raise _refused(key, "an object")
    return value
