"""Exasol-only statements as data: what `classify` reads and the handlers act on.

A `Name` is an object's name after Exasol's folding: unquoted parts are upper case,
quoted ones as written. `schema` is None where the statement names none.
"""

from .access import AlterConnection, AlterUser, CreateConnection, CreateRole, CreateUser, Grant
from .files import Export, FileColumns, FileSource, Import
from .names import Name
from .programs import (
    Assign,
    Branch,
    CreateFunction,
    CreateScript,
    ExecuteScript,
    Function,
    Return,
    Script,
    ScriptParameter,
    Step,
)
from .session import Commit, KillSession, Nothing, OpenSchema, Query, Rollback, SetParameter
from .tables import (
    AlterTable,
    ChangeOwner,
    ColumnDefinition,
    CommentOn,
    CreateSchema,
    CreateTable,
    CreateView,
    Drop,
    PrimaryKey,
    Rename,
    Truncate,
)

__all__ = [
    "AlterConnection",
    "AlterTable",
    "AlterUser",
    "Assign",
    "Branch",
    "ChangeOwner",
    "ColumnDefinition",
    "CommentOn",
    "Commit",
    "CreateConnection",
    "CreateFunction",
    "CreateRole",
    "CreateSchema",
    "CreateScript",
    "CreateTable",
    "CreateUser",
    "CreateView",
    "Drop",
    "ExecuteScript",
    "Export",
    "FileColumns",
    "FileSource",
    "Function",
    "Grant",
    "Import",
    "KillSession",
    "Name",
    "Nothing",
    "OpenSchema",
    "PrimaryKey",
    "Query",
    "Rename",
    "Return",
    "Rollback",
    "Script",
    "ScriptParameter",
    "SetParameter",
    "Step",
    "Truncate",
]
