"""Runs SELECT: resolves names, evaluates UDF calls, translates, executes, types the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from .catalog.bootstrap import INTERNAL
from .catalog.system_views import SESSION_VIEWS
from .errors import SqlError
from .results import Column, Result
from .sql.resolve import Target, resolve
from .sql.statements import Name, SetParameter
from .sql.types_of import Columns, annotate
from .store import Store
from .types import ExaType
from .udf.languages import check_languages
from .udf.rewrite import expand

if TYPE_CHECKING:
    from .session import Session

_MAX_VIEW_DEPTH = 64


# --- session parameters --------------------------------------------------------------


def system_parameters(store: Store) -> dict[str, str]:
    """The parameters with which a session starts."""
    rows = store.query(f"SELECT PARAMETER, VALUE FROM {INTERNAL}.PARAMETERS").to_pylist()
    return {row["PARAMETER"]: row["VALUE"] for row in rows}


def set_parameter(session: Session, statement: SetParameter) -> None:
    """ALTER SESSION SET; ALTER SYSTEM SET, which is for the sessions to come.

    Raises:
        SqlError: no such parameter, or no right to change the system.
    """
    name, value = statement.parameter, statement.value
    if name not in session.parameters:
        raise SqlError(f"syntax error, unexpected parameter {name}")
    if name == "SCRIPT_LANGUAGES":
        check_languages(value)
    if statement.for_system:
        session.catalog.access.require_system_privilege("ALTER SYSTEM")
        session.store.run(
            f"UPDATE {INTERNAL}.PARAMETERS SET VALUE = ? WHERE PARAMETER = ?", [value, name]
        )
    else:
        session.parameters[name] = value


# --- names ---------------------------------------------------------------------------


def resolve_names(session: Session, tree: exp.Expression) -> exp.Expression:
    """The tree with full table names and views inlined.

    Raises:
        SqlError: a table does not exist.
    """
    return resolve(tree, lambda name: find_table(session, name, depth=0))


def find_table(session: Session, name: Name, depth: int) -> Target:
    """What a table name in a query means, as Exasol looks for it."""
    if depth > _MAX_VIEW_DEPTH:
        raise SqlError(f"view {name.name} contains itself")
    if not name.schema and session.store.registered_columns(name.name):
        return Target(name)
    if name.schema or session.schema:
        relation = session.catalog.relation(name)
        if relation and relation.kind == "VIEW":
            return Target(relation.name, _view_query(session, relation, depth))
        if relation:
            return Target(relation.name)
    if name.schema in (None, "SYS"):
        view = _system_view(session, name.name)
        if view:
            return view
    where = f"{name.schema}." if name.schema else ""
    raise SqlError(f"object {where}{name.name} not found")


def _view_query(session: Session, relation, depth: int) -> exp.Expression:
    """A view's query with its names resolved in the schema in which it was created."""
    tree = session.parse(relation.view_query)
    scope = relation.scope_schema or relation.name.schema

    def find(name: Name) -> Target:
        return find_table(session, Name(name.schema or scope, name.name), depth + 1)

    def find_or_system(name: Name) -> Target:
        try:
            return find(name)
        except SqlError:
            return find_table(session, name, depth + 1)

    _qualify_script_calls(session, tree, scope)
    return resolve(tree, find_or_system)


def _qualify_script_calls(session: Session, tree: exp.Expression, schema: str) -> None:
    scripts = session.catalog.script_names()
    for call in list(tree.find_all(exp.Anonymous)):
        is_bare = not isinstance(call.parent, exp.Dot)
        if is_bare and Name(schema, call.name) in scripts:
            owner = exp.Identifier(this=schema, quoted=True)
            call.replace(exp.Dot(this=owner, expression=call.copy()))


def _system_view(session: Session, name: str) -> Target | None:
    rows = session.store.query(
        "SELECT 1 FROM duckdb_views() WHERE schema_name = 'SYS' AND view_name = ?", [name]
    )
    if not rows.num_rows:
        return None
    if name in SESSION_VIEWS:
        return Target(Name("SYS", name), _own_objects(name, session.user))
    if name == "EXA_PARAMETERS":
        return Target(Name("SYS", name), _parameters(session.parameters))
    if name == "EXA_ALL_SESSIONS":
        return Target(Name("SYS", name), _sessions(list(session.database.sessions.values())))
    return Target(Name("SYS", name))


def _own_objects(view: str, user: str) -> exp.Expression:
    """EXA_USER_*: what the user owns."""
    owner = exp.column(SESSION_VIEWS[view], quoted=True)
    everything = exp.table_(view.replace("EXA_USER_", "EXA_ALL_"), db="SYS", quoted=True)
    return exp.select("*").from_(everything).where(owner.eq(exp.Literal.string(user)))


def _parameters(parameters: dict[str, str]) -> exp.Expression:
    """EXA_PARAMETERS: the session's values beside the system's."""
    session_value = exp.Case(this=exp.column("PARAMETER_NAME", quoted=True))
    for name, value in parameters.items():
        session_value = session_value.when(
            exp.Literal.string(name), exp.Literal.string(value), copy=False
        )
    everything = exp.table_("EXA_PARAMETERS", db="SYS", quoted=True)
    return exp.select(
        exp.column("PARAMETER_NAME", quoted=True),
        exp.alias_(session_value, "SESSION_VALUE", quoted=True),
        exp.column("SYSTEM_VALUE", quoted=True),
    ).from_(everything)


def _sessions(sessions: list[Session]) -> exp.Expression:
    """EXA_ALL_SESSIONS: who is connected, and whether a statement is running."""
    rows = [
        exp.select(
            exp.alias_(
                exp.cast(exp.Literal.number(session.id), "DECIMAL(20,0)"), "SESSION_ID", quoted=True
            ),
            exp.alias_(exp.Literal.string(session.user), "USER_NAME", quoted=True),
            exp.alias_(
                exp.Literal.string("EXECUTE SQL" if session.is_busy else "IDLE"),
                "STATUS",
                quoted=True,
            ),
            exp.alias_(exp.Literal.number(session.statement_number), "STMT_ID", quoted=True),
        )
        for session in sessions
    ]
    return exp.union(*rows, distinct=False) if len(rows) > 1 else rows[0]


# --- types ---------------------------------------------------------------------------


def lookup_columns(session: Session, name: Name) -> Columns:
    """Names and types of a table's columns, for `annotate`."""
    if not name.schema:
        columns = session.store.registered_columns(name.name)
        if columns:
            return [(column.name, column.type) for column in columns]
    return [(column.name, column.type) for column in session.catalog.columns(name)]


def prepare(session: Session, tree: exp.Expression) -> tuple[str, Columns]:
    """DuckDB SQL for a query without UDF calls, and its output columns as far as known."""
    tree = resolve_names(session, tree)
    columns = annotate(tree, lambda name: lookup_columns(session, name))
    return session.translate_annotated(tree), columns


def describe(session: Session, tree: exp.Expression) -> list[Column]:
    """The columns that a query gives, without running it."""
    sql, columns = prepare(session, tree)
    schema = session.store.query(f"SELECT * FROM ({sql}) LIMIT 0").schema
    return _typed(columns, schema)


def _typed(columns: Columns, schema: pa.Schema) -> list[Column]:
    if len(columns) != len(schema):
        raise SqlError("internal error: columns of the result do not match", "XX000")
    return [
        Column(name, type_ or ExaType.from_arrow(field.type))
        for (name, type_), field in zip(columns, schema, strict=True)
    ]


# --- running -------------------------------------------------------------------------


def run(session: Session, tree: exp.Expression) -> Result:
    """Runs a SELECT, UDF calls included."""
    return run_plain(session, evaluate_udfs(session, tree))


def evaluate_udfs(session: Session, tree: exp.Expression) -> exp.Expression:
    """The tree with views inlined and every UDF call replaced by its results."""
    tree = resolve_names(session, tree)
    if not session.catalog.script_names():
        return tree
    return expand(session, tree)


def run_plain(session: Session, tree: exp.Expression) -> Result:
    """Runs a query without UDF calls."""
    sql, columns = prepare(session, tree)
    table = session.store.query(sql)
    typed = _typed(columns, table.schema)
    arrays = [_conform(table.column(i), column.type) for i, column in enumerate(typed)]
    return Result(pa.Table.from_arrays(arrays, [column.name for column in typed]), typed)


def _conform(array: pa.ChunkedArray, type_: ExaType) -> pa.ChunkedArray:
    """The array in the Arrow type that belongs to its Exasol type."""
    if array.type == type_.arrow:
        return array
    try:
        return array.cast(type_.arrow)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SqlError(f"data exception - numeric value out of range: {error}", "22003") from error
