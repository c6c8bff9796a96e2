"""What translation must know of the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Context:
    """What translation must know of the session.

    Attributes:
        parameters_of: the parameters of another session, by its id; None if there is none.
    """

    user: str = "SYS"
    schema: str | None = None
    session_id: int = 0
    statement_number: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
    parameters_of: Callable[[int], dict[str, str] | None] = lambda session_id: None
