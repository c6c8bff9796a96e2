"""Evaluating one script call over rows that DuckDB has delivered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from ..database import RELEASE_VERSION
from ..errors import SqlError, aborted
from ..results import Column
from ..sql.column_list import parse_columns
from ..sql.statements import Name, Script
from ..sql.tokens import Cursor
from ..types import ExaType
from . import languages as languages_of
from .calls import ScriptCall
from .emitter import output_schema
from .host import UdfCall

MEMORY_LIMIT = 4 << 30


def prepare(session, call: ScriptCall, argument_types: list[ExaType]) -> UdfCall:
    """Everything about a call but its rows.

    Raises:
        SqlError: unknown language, wrong number of arguments, unknown output columns.
    """
    prepared = UdfCall(
        interpreter=interpreter_of(session, call.script),
        code=call.script.code,
        kind=call.script.kind,
        returns=not call.emits_rows,
        output_address=session.parameters["SCRIPT_OUTPUT_ADDRESS"] or None,
        meta=_meta(session, call),
        inputs=_inputs(call, argument_types),
        outputs=[],
        answer=lambda question, name: _answer(session, call.script, question, name),
    )
    prepared.outputs = [(column.name, column.type) for column in _outputs(session, call, prepared)]
    return prepared


def run(session, prepared: UdfCall, arguments: pa.Table, group_sizes: list[int] | None) -> pa.Table:
    """Runs a call; see `UdfHost.run` for what it gives.

    Args:
        arguments: a0, a1, ...; one column that is not read where there are no arguments.
        group_sizes: None for a SCALAR script.
    """
    types = [exa_type for _, exa_type in prepared.inputs]
    if arguments.num_rows == 0:
        return output_schema([exa_type for _, exa_type in prepared.outputs]).empty_table()
    columns = [arguments.column(index).cast(exa_type.arrow) for index, exa_type in enumerate(types)]
    names = [f"a{index}" for index in range(len(types))]
    data = pa.table(columns, names=names) if types else arguments
    with _ended_on_abort(session):
        return session.database.udf_host.run(session, prepared, data, group_sizes)


def check_arity(call: ScriptCall) -> None:
    parameters = call.script.parameters
    if parameters is not None and len(parameters) != len(call.arguments):
        raise SqlError(
            f"Wrong number of input arguments for script {call.full_name}: "
            f"expected {len(parameters)}, got {len(call.arguments)}"
        )


def check_container(session, script: Script) -> None:
    """What Exasol looks at when a script is made: its language must be there.

    Raises:
        SqlError: no such alias, or no container at its address.
    """
    languages = session.parameters["SCRIPT_LANGUAGES"]
    address = languages_of.address_of(script.language, languages)
    if languages_of.container_path(address):
        interpreter_of(session, script)


def interpreter_of(session, script: Script) -> str | None:
    """The Python behind a script's language; None for the one that serves.

    Raises:
        SqlError: no such alias, no Python, or no container that stands for one.
    """
    languages = session.parameters["SCRIPT_LANGUAGES"]
    return languages_of.interpreter_of(script.language, languages, session.database.buckets)


def _inputs(call: ScriptCall, argument_types: list[ExaType]) -> list[tuple[str, ExaType]]:
    check_arity(call)
    if call.script.parameters is None:
        return [(str(index), exa_type) for index, exa_type in enumerate(argument_types)]
    return [(parameter.name, parameter.type) for parameter in call.script.parameters]


def _outputs(session, call: ScriptCall, prepared: UdfCall) -> list[Column]:
    if call.script.outputs is not None:
        if call.emits is not None:
            raise SqlError(
                f"The script {call.full_name} has static return arguments; "
                "EMITS must not be given in the query"
            )
        return [Column(output.name, output.type) for output in call.script.outputs]
    if call.emits is not None:
        return parse_columns(call.emits)
    with _ended_on_abort(session):
        text = session.database.udf_host.default_output_columns(session, prepared)
    if not text:
        raise SqlError(
            f"The script {call.full_name} has dynamic return arguments. Either specify the "
            "return arguments in the query via EMITS or implement the method "
            "default_output_columns in the UDF.",
            "22002",
        )
    return parse_columns(text)


def _meta(session, call: ScriptCall) -> dict:
    script = call.script
    return {
        "database_name": "EXASOL",
        "database_version": RELEASE_VERSION,
        "script_name": script.name.name,
        "script_schema": script.name.schema,
        "current_user": session.user,
        "scope_user": call.view_owner or session.user,
        "current_schema": session.schema,
        "session_id": str(session.id),
        "statement_id": session.statement_number,
        "node_count": 1,
        "node_id": 0,
        "vm_id": "1",
        "memory_limit": MEMORY_LIMIT,
    }


def _answer(session, script: Script, question: str, name: str) -> dict:
    if question == "connection":
        return {"connection": _connection(session, script, name)}
    return {"code": _importable(session, script, name).code}


def _connection(session, script: Script, name: str) -> dict:
    exists = session.catalog.access.connection_exists
    if not exists(name) and exists(name.upper()):
        name = name.upper()
    connection = session.catalog.connection_for_udf(name, script)
    return {
        "address": connection.address,
        "user": connection.user,
        "password": connection.password,
    }


def _importable(session, script: Script, text: str) -> Script:
    """The script that exa.import_script names: in its own schema, or in the open one."""
    cursor = Cursor(text)
    name = cursor.name()
    cursor.expect_end()
    schemas = [name.schema] if name.schema else [script.name.schema, session.schema]
    for schema in schemas:
        found = session.catalog.programs.script(Name(schema, name.name)) if schema else None
        if found is not None:
            interpreter_of(session, found)
            return found
    raise SqlError(f"script {text} not found")


@contextmanager
def _ended_on_abort(session) -> Iterator[None]:
    def end() -> None:
        session.database.udf_host.kill(session)

    session.abort_hooks.append(end)
    try:
        if session.aborted.is_set():
            raise aborted()
        yield
    finally:
        session.abort_hooks.remove(end)
