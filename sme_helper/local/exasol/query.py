"""Runs SELECT: evaluates UDF calls, translates, executes, types the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from .catalog.bootstrap import INTERNAL
from .errors import SqlError, aborted, unsupported
from .names import resolve_names
from .privileges import require_calls
from .results import Column, Result
from .sql.statements import Name, SetParameter
from .sql.types_of import Columns, annotate
from .store import Store
from .types import ExaType
from .udf.languages import check_languages
from .udf.rewrite import expand

if TYPE_CHECKING:
    from .session import Session

# --- session parameters --------------------------------------------------------------

_SECONDS = ("IDLE_TIMEOUT", "QUERY_TIMEOUT")


def system_parameters(store: Store) -> dict[str, str]:
    """The parameters with which a session starts."""
    rows = store.look_up(f"SELECT PARAMETER, VALUE FROM {INTERNAL}.PARAMETERS", [])
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
    if name == "NLS_DATE_LANGUAGE" and value.upper() != "ENG":
        raise unsupported(f"NLS_DATE_LANGUAGE {value!r}")
    if name == "NLS_FIRST_DAY_OF_WEEK" and value not in tuple("1234567"):
        raise SqlError(f"syntax error, invalid value '{value}' of parameter {name}")
    if name in _SECONDS and not value.isdecimal():
        raise SqlError(f"syntax error, invalid value '{value}' of parameter {name}")
    if statement.for_system:
        session.catalog.access.require_system_privilege("ALTER SYSTEM")
        session.store.change_dictionary(
            f"UPDATE {INTERNAL}.PARAMETERS SET VALUE = ? WHERE PARAMETER = ?", [value, name]
        )
    else:
        session.parameters[name] = value


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
    return prepare_described(session, tree)[1]


def prepare_described(session: Session, tree: exp.Expression) -> tuple[str, list[Column]]:
    """DuckDB SQL for a query without UDF calls, and its columns."""
    sql, columns = prepare(session, tree)
    schema = session.store.query(f"SELECT * FROM ({sql}) LIMIT 0").schema
    return sql, _typed(columns, schema)


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
    tree = _sleep(session, tree)
    return run_plain(session, evaluate_udfs(session, tree))


def _sleep(session: Session, tree: exp.Expression) -> exp.Expression:
    """Exasol's internal function "$SLEEP" waits for some seconds and gives NULL."""
    calls = [call for call in tree.find_all(exp.Anonymous) if call.name == "$SLEEP"]
    for call in calls:
        seconds = call.expressions[0] if call.expressions else None
        if not isinstance(seconds, exp.Literal) or seconds.is_string:
            raise unsupported('"$SLEEP" of anything but a number')
        if session.aborted.wait(float(seconds.name)):
            raise aborted()
        call.replace(exp.Null())
    return tree


def evaluate_udfs(session: Session, tree: exp.Expression) -> exp.Expression:
    """The tree with views inlined and every UDF call replaced by its results."""
    tree = resolve_names(session, tree)
    if not session.catalog.programs.script_names():
        return tree
    require_calls(session, tree)
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
    if pa.types.is_floating(array.type) and pc.any(pc.is_inf(array)).as_py():
        raise SqlError("data exception - numeric value out of range", "22003")
    if array.type == type_.arrow:
        return array
    if array.null_count == len(array):  # of which DuckDB may forget the type
        return pa.chunked_array([pa.nulls(len(array), type_.arrow)])
    try:
        return array.cast(type_.arrow)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SqlError(f"data exception - numeric value out of range: {error}", "22003") from error
