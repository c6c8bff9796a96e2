"""What translation must know of the session."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Context:
    """What translation must know of the session."""

    user: str = "SYS"
    schema: str | None = None
    session_id: int = 0
    statement_number: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
