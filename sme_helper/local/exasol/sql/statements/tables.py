"""Schemas, tables and views."""

from __future__ import annotations

from dataclasses import dataclass

from ...types import ExaType
from .names import Name


@dataclass(frozen=True)
class CreateSchema:
    schema: str
    if_not_exists: bool


@dataclass(frozen=True)
class ChangeOwner:
    """ALTER SCHEMA schema CHANGE OWNER owner, a user or a role."""

    schema: str
    owner: str


@dataclass(frozen=True)
class PrimaryKey:
    """`enabled` is None where the statement does not say; a name is then the system's, too."""

    columns: tuple[str, ...]
    name: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class ColumnDefinition:
    """A column of CREATE TABLE or ALTER TABLE; `default` is SQL text, `key` as it is read.

    `type` is None in MODIFY COLUMN where only the default or nullability changes,
    and `nullable` None where nothing is said about it.
    """

    name: str
    type: ExaType | None
    nullable: bool | None = None
    default: str | None = None
    is_identity: bool = False
    comment: str | None = None
    key: PrimaryKey | None = None


@dataclass(frozen=True)
class CreateTable:
    """CREATE TABLE with columns, or AS a query, or LIKE a table."""

    name: Name
    or_replace: bool
    if_not_exists: bool
    columns: tuple[ColumnDefinition, ...]
    like: Name | None
    query: str | None
    column_names: tuple[str, ...]
    with_data: bool
    comment: str | None
    distribution: tuple[str, ...]
    partition: tuple[str, ...]
    key: PrimaryKey | None = None


@dataclass(frozen=True)
class CreateView:
    """CREATE VIEW; columns are (name, comment) pairs, empty where the query names them."""

    name: Name
    or_replace: bool
    force: bool
    columns: tuple[tuple[str, str | None], ...]
    query: str
    comment: str | None
    text: str


@dataclass(frozen=True)
class AlterTable:
    """One ALTER TABLE action.

    action: ADD COLUMN, DROP COLUMN, MODIFY COLUMN, RENAME COLUMN, ALTER COLUMN DEFAULT,
        DISTRIBUTE BY, DROP DISTRIBUTION, PARTITION BY, DROP PARTITION, ADD KEY, DROP KEY,
        CHANGE KEY or CONSTRAINT (a foreign key, or another name for a constraint).
    column: the column it is about; columns: keys of DISTRIBUTE BY and PARTITION BY.
    """

    name: Name
    action: str
    column: ColumnDefinition | None = None
    new_name: str | None = None
    columns: tuple[str, ...] = ()
    if_exists: bool = False
    key: PrimaryKey | None = None


@dataclass(frozen=True)
class Rename:
    kind: str
    old: Name
    new: Name


@dataclass(frozen=True)
class CommentOn:
    """COMMENT ON kind name IS text; `columns` maps column names to their comments."""

    kind: str
    name: Name
    text: str | None
    columns: dict[str, str]


@dataclass(frozen=True)
class Truncate:
    name: Name


@dataclass(frozen=True)
class Drop:
    """DROP TABLE, VIEW, SCHEMA, SCRIPT, FUNCTION, CONNECTION, USER or ROLE."""

    kind: str
    name: Name
    if_exists: bool
    cascade: bool
