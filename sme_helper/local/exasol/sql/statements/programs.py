"""Scripts and SQL functions: what makes them, and what runs a script."""

from __future__ import annotations

from dataclasses import dataclass

from ...types import ExaType
from .names import Name


@dataclass(frozen=True)
class ScriptParameter:
    """A UDF's typed parameter, or a scripting program's untyped one (type None)."""

    name: str
    type: ExaType | None = None
    is_array: bool = False


@dataclass(frozen=True)
class Script:
    """A script as CREATE SCRIPT describes it.

    Attributes:
        language: alias in upper case, e.g. PYTHON3, LUA.
        kind: 'SCALAR' or 'SET' for a UDF, '' for a scripting program.
        parameters: None for a variadic UDF `(...)`.
        returns: 'RETURNS' or 'EMITS' for a UDF; 'TABLE' or 'ROWCOUNT' for a program.
        outputs: the emitted columns (one, named RETURN, for RETURNS); None for
            `EMITS (...)`; empty for a program.
        body: the code after AS, exactly as sent (less a closing line with only '/').
        text: the whole CREATE statement.
    """

    name: Name
    language: str
    kind: str
    parameters: tuple[ScriptParameter, ...] | None
    returns: str
    outputs: tuple[ScriptParameter, ...] | None
    body: str
    text: str

    @property
    def is_udf(self) -> bool:
        return bool(self.kind)

    @property
    def code(self) -> str:
        """The body from the line after AS on, so that its first line is number 1."""
        first, newline, rest = self.body.partition("\n")
        return rest if newline and not first.strip() else self.body


@dataclass(frozen=True)
class CreateScript:
    script: Script
    or_replace: bool


@dataclass(frozen=True)
class ExecuteScript:
    """EXECUTE SCRIPT; arguments are Python values (str, int, Decimal, float, bool, None, list)."""

    name: Name
    arguments: tuple
    with_output: bool


@dataclass(frozen=True)
class Return:
    value: str


@dataclass(frozen=True)
class Assign:
    variable: str
    value: str


@dataclass(frozen=True)
class Branch:
    """IF; an ELSEIF is a Branch in `otherwise`."""

    condition: str
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]


Step = Return | Assign | Branch


@dataclass(frozen=True)
class Function:
    """A scalar SQL function; `text` is the whole CREATE statement."""

    name: Name
    parameters: tuple[ScriptParameter, ...]
    returns: ExaType
    variables: tuple[ScriptParameter, ...]
    steps: tuple[Step, ...]
    text: str


@dataclass(frozen=True)
class CreateFunction:
    function: Function
    or_replace: bool
