"""Exasol-only statements as data: what `classify` reads and the handlers act on.

A `Name` is an object's name after Exasol's folding: unquoted parts are upper case,
quoted ones as written. `schema` is None where the statement names none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..types import ExaType


@dataclass(frozen=True)
class Name:
    schema: str | None
    name: str


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


@dataclass
class FileSource:
    """One AT clause of IMPORT or EXPORT, with the files that follow it."""

    connection: str | None = None
    url: str | None = None
    user: str | None = None
    password: str | None = None
    public_key: str | None = None
    files: list[str] = field(default_factory=list)


@dataclass
class Export:
    """EXPORT table | (query) INTO CSV ...; options keyed as written, e.g. 'COLUMN SEPARATOR'."""

    table: Name | None
    columns: list[str]
    query: str | None
    sources: list[FileSource]
    options: dict[str, str | bool]


@dataclass
class Import:
    """IMPORT INTO table FROM CSV ...; options keyed as written, e.g. 'SKIP', 'NULL'."""

    table: Name
    columns: list[str]
    sources: list[FileSource]
    options: dict[str, str | bool]
