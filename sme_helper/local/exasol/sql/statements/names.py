"""Names of objects in statements."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    schema: str | None
    name: str
