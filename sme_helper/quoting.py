"""Names and texts of users as they stand in SQL."""

from __future__ import annotations

import re

_PART = r'(?:"((?:[^"]|"")+)"|(\w+))'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def name_parts(text: str) -> tuple[str, ...]:
    """The parts of a name as SQL reads it: upper case where it is not in quotes.

    Raises:
        ValueError: it is no name.
    """
    if not re.fullmatch(rf"{_PART}(\.{_PART})*", text.strip()):
        raise ValueError(f"{text} is not a name: quote what is no letter, digit or underscore")
    found = re.finditer(_PART, text)
    return tuple(part[1].replace('""', '"') if part[1] else part[2].upper() for part in found)


def quoted(parts: tuple[str, ...]) -> str:
    return ".".join(identifier(part) for part in parts)
