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

    @property
    def code(self) -> str:
        """The body from the line after AS on, so that its first line is number 1."""
        first, newline, rest = self.body.partition("\n")
        return rest if newline and not first.strip() else self.body


# --- functions: what CREATE FUNCTION holds; expressions are SQL text -------------------


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


# --- scripts and files ------------------------------------------------------------------


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


# --- what sqlglot reads --------------------------------------------------------------


@dataclass(frozen=True)
class Query:
    """A statement that sqlglot reads: SELECT, VALUES, INSERT, UPDATE, DELETE, MERGE."""

    sql: str


@dataclass(frozen=True)
class Nothing:
    """A statement without effect here: only comments, FLUSH STATISTICS, RECOMPRESS ..."""

    sql: str


# --- transactions, session -----------------------------------------------------------


@dataclass(frozen=True)
class Commit:
    pass


@dataclass(frozen=True)
class Rollback:
    pass


@dataclass(frozen=True)
class SetParameter:
    """ALTER SESSION SET or ALTER SYSTEM SET."""

    parameter: str
    value: str
    for_system: bool


@dataclass(frozen=True)
class OpenSchema:
    """OPEN SCHEMA, or CLOSE SCHEMA when `schema` is None."""

    schema: str | None


@dataclass(frozen=True)
class KillSession:
    """KILL SESSION; `session` is None for CURRENT_SESSION."""

    session: int | None


# --- schemas, tables, views ----------------------------------------------------------


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


# --- users, privileges, connections --------------------------------------------------


@dataclass(frozen=True)
class CreateConnection:
    name: str
    address: str
    user: str | None
    password: str | None
    session_token: str | None
    or_replace: bool

    def __repr__(self) -> str:
        return f"CreateConnection({self.name!r})"  # never the password


@dataclass(frozen=True)
class AlterConnection:
    name: str
    address: str
    user: str | None
    password: str | None
    session_token: str | None

    def __repr__(self) -> str:
        return f"AlterConnection({self.name!r})"


@dataclass(frozen=True)
class CreateUser:
    name: str
    password: str | None

    def __repr__(self) -> str:
        return f"CreateUser({self.name!r})"


@dataclass(frozen=True)
class AlterUser:
    name: str
    password: str

    def __repr__(self) -> str:
        return f"AlterUser({self.name!r})"


@dataclass(frozen=True)
class CreateRole:
    name: str


@dataclass(frozen=True)
class Grant:
    """GRANT, or REVOKE when `revoke` is set.

    privileges: names in upper case; for roles and connections, their names.
    kind: SYSTEM, ROLE, CONNECTION, OBJECT or CONNECTION ACCESS.
    target: the object that an OBJECT or CONNECTION ACCESS privilege is on.
    target_kind: TABLE, VIEW, SCHEMA, SCRIPT as written, or '' where not written.
    restriction: FOR SCRIPT s / FOR SCHEMA s of a CONNECTION ACCESS, as (kind, name).
    """

    revoke: bool
    kind: str
    privileges: tuple[str, ...]
    grantees: tuple[str, ...]
    target: Name | None = None
    target_kind: str = ""
    restriction: tuple[str, Name] | None = None
    admin_option: bool = False
