"""EXPORT and IMPORT."""

from __future__ import annotations

from dataclasses import dataclass, field

from .names import Name


@dataclass(frozen=True)
class FileColumns:
    """Columns first to last of a CSV file, with the format of their values, if one is given."""

    first: int
    last: int
    format: str | None = None


@dataclass
class FileSource:
    """One AT clause of IMPORT or EXPORT, with the files that follow it."""

    connection: str | None = None
    url: str | None = None
    user: str | None = None
    password: str | None = None
    session_token: str | None = None
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
    file_columns: list[FileColumns] = field(default_factory=list)


@dataclass
class Import:
    """IMPORT INTO table FROM CSV ...; options keyed as written, e.g. 'SKIP', 'NULL'."""

    table: Name
    columns: list[str]
    sources: list[FileSource]
    options: dict[str, str | bool]
    file_columns: list[FileColumns] = field(default_factory=list)
