"""Runs one scripting program: the sandbox, its bridge to the session, its result."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from lupa import lua54

from ..database import RELEASE_VERSION
from ..errors import SqlError, aborted, unsupported
from ..privileges import require_execute
from ..results import Column, Result
from ..sql.column_list import parse_columns
from ..sql.statements import ExecuteScript, Name, Script
from ..sql.tokens import Cursor
from ..types import ExaType
from . import cjson, values
from .binding import bind
from .tables import table_result

_PRELUDE = Path(__file__).with_name("prelude.lua").read_text(encoding="utf-8")


def execute_script(session, statement: ExecuteScript) -> Result:
    """Runs EXECUTE SCRIPT inside the session's transaction.

    Raises:
        SqlError: no such script, wrong arguments, or the script failed (43000, or the code
            of the statement that failed in it).
    """
    script = session.catalog.programs.script(statement.name)
    if script is None:
        schema = statement.name.schema or session.schema
        raise SqlError(f"script {schema}.{statement.name.name} not found")
    require_execute(session, script.name)
    if script.is_udf:
        raise SqlError(
            f"{script.name.schema}.{script.name.name} is a user-defined function, "
            "not a scripting program; call it in a SELECT"
        )
    if script.language != "LUA":
        raise unsupported(f"scripting programs in {script.language}")
    _check_arguments(script, statement.arguments)
    return _Program(session, script).run(statement)


def _check_arguments(script: Script, arguments: tuple) -> None:
    expected = len(script.parameters)
    if len(arguments) != expected:
        raise SqlError(
            f"wrong number of arguments for script {script.name.schema}.{script.name.name}: "
            f"expected {expected}, got {len(arguments)}",
            "43000",
        )
    for parameter, argument in zip(script.parameters, arguments, strict=True):
        if parameter.is_array != isinstance(argument, list):
            wanted = "an ARRAY" if parameter.is_array else "a single value"
            raise SqlError(f"script parameter {parameter.name} must be {wanted}", "43000")


def _no_attributes(owner: object, name: str, setting: bool) -> str:
    raise AttributeError("access to attributes is not allowed")


class _Program:
    def __init__(self, session, script: Script):
        self._session = session
        self._script = script
        self._output: list[str] = []
        self._results: list[Result] = []
        self._failures: dict[str, str] = {}
        self._lua = lua54.LuaRuntime(
            unpack_returned_tuples=True,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_no_attributes,
        )

    def run(self, statement: ExecuteScript) -> Result:
        run = self._lua.execute(_PRELUDE, self._server_functions())
        self._lua.globals()["exa"] = self._new_table({"meta": self._new_table(self._meta())})
        code = values.without_block_comments(self._script.code)
        arguments = [
            values.argument_to_lua(argument, self._lua.table_from)
            for argument in statement.arguments
        ]
        try:
            outcome = run(
                code,
                self._script.name.name,
                self._lua.table_from([parameter.name for parameter in self._script.parameters]),
                self._lua.table_from(arguments),
            )
        except lua54.LuaError as error:
            # an abort strikes at any instruction, also behind the script's last one
            if self._session.aborted.is_set():
                raise aborted() from None
            raise self._failure(str(error), None) from error
        state, first, second = (*_as_tuple(outcome), None, None)[:3]
        if state == "aborted":
            raise aborted()
        if state == "failed":
            raise self._failure(first, second)
        if statement.with_output:
            column = Column("OUTPUT", ExaType("VARCHAR", size=2_000_000, charset="UTF8"))
            return table_result([column], [[line] for line in self._output])
        return self._result(first, second)

    # --- what the prelude may call; nothing here raises through Lua

    def _server_functions(self):
        return self._new_table(
            {
                "NULL": values.NULL,
                "JSON_NULL": values.JSON_NULL,
                "run": self._run_statement,
                "output": self._output.append,
                "script": self._script_code,
                "is_aborted": self._session.aborted.is_set,
                "is_decimal": lambda value: isinstance(value, values.LuaDecimal),
                "decimal": _value_or_message(values.make_decimal),
                "calculate": _value_or_message(values.calculate),
                "to_number": values.to_number,
                "json_decode": _success_and_value(lambda t: cjson.decode(t, self._new_table)),
                "json_encode": _success_and_value(cjson.encode),
            }
        )

    def _run_statement(self, sql: object, parameters: object = None):
        """(outcome) of a statement; or nil, the message, its code and the statement."""
        try:
            sql = self._bound(sql, parameters)
            started = time.monotonic()
            result = self._session.execute_nested(sql)
        except SqlError as error:
            if self._session.aborted.is_set():
                return None, error.text, "abort", None
            self._failures[error.text] = error.code
            return None, error.text, error.code, sql if isinstance(sql, str) else None
        self._results.append(result)
        height = result.table.num_rows if result.table is not None else 0
        columns = result.table.columns if result.table is not None else []
        return self._new_table(
            {
                "number": len(self._results),
                "height": height,
                "width": len(columns),
                "names": self._lua.table_from([column.name for column in result.columns]),
                "columns": self._lua.table_from(
                    [
                        self._lua.table_from([values.to_lua(value) for value in column.to_pylist()])
                        for column in columns
                    ]
                ),
                "rowcount": height if result.table is not None else result.rowcount,
                "etime": time.monotonic() - started,
                "statement_id": self._session.statement_number,
                "statement_text": sql,
            }
        )

    def _bound(self, sql: object, parameters: object) -> str:
        if not isinstance(sql, str):
            raise SqlError("query(): the statement must be a string", "43000")
        if parameters is None:
            return sql
        if lua54.lua_type(parameters) != "table":
            raise SqlError("query(): the parameters must be a table", "43000")
        bound = {}
        for key, value in parameters.items():
            try:
                bound[str(key)] = values.from_lua(value)
            except ValueError as error:
                raise SqlError(f"query(): parameter {key}: {error}", "43000") from None
        return bind(sql, bound)

    def _script_code(self, text: object):
        """(code, name) of another script; or nil, nil and the message."""
        try:
            cursor = Cursor(str(text))
            name = cursor.name()
            cursor.expect_end()
            script = self._session.catalog.programs.script(
                Name(name.schema or self._script.name.schema, name.name)
            )
        except SqlError as error:
            return None, None, error.text
        if script is None or script.is_udf or script.language != "LUA":
            return None, None, f"import: script {text} not found"
        return values.without_block_comments(script.code), script.name.name

    def _meta(self) -> dict:
        session, name = self._session, self._script.name
        return {
            "database_name": "EXASOL",
            "database_version": RELEASE_VERSION,
            "script_language": "Lua 5.4",
            "script_name": name.name,
            "script_schema": name.schema,
            "script_code": self._script.code,
            "current_user": session.user,
            "scope_user": session.user,
            "current_schema": session.schema if session.schema else values.NULL,
            "session_id": str(session.id),
            "statement_id": session.statement_number,
            "node_count": 1,
            "node_id": 0,
            "vm_id": "1",
        }

    # --- how it ends

    def _failure(self, message: str, line: int | None) -> SqlError:
        """The error as Exasol prints it: "message" caught in script "S"."N" at line n."""
        name = self._script.name
        code = self._failures.get(message, "43000")
        position = re.match(rf"{re.escape(name.name)}:(\d+): (.*)", message, re.DOTALL)
        if position:
            line, message = line or int(position[1]), position[2]
        where = f" at line {line}" if line else ""
        return SqlError(f'"{message}" caught in script "{name.schema}"."{name.name}"{where}', code)

    def _result(self, returned: object, columns: object) -> Result:
        if self._script.returns == "ROWCOUNT":
            is_table = lua54.lua_type(returned) == "table"
            affected = returned["rows_affected"] if is_table else None
            return Result(rowcount=int(affected or 0))
        if returned is None:
            return Result()
        if lua54.lua_type(returned) != "table":
            raise self._failure("a script that RETURNS TABLE must return a table", None)
        try:
            if columns is None:
                return self._returned_query(returned)
            return table_result(parse_columns(str(columns)), _rows(returned))
        except ValueError as error:
            raise self._failure(str(error), None) from None

    def _returned_query(self, returned: object) -> Result:
        """`return query(...)`: the statement's own result."""
        number = self._lua.eval("function(t) return (getmetatable(t) or {}).result_number end")(
            returned
        )
        if number is None or self._results[number - 1].table is None:
            raise ValueError("the column definitions of the returned table are missing")
        return self._results[number - 1]

    def _new_table(self, items: dict):
        return self._lua.table_from(items)


def _rows(returned: object) -> list[list]:
    rows = []
    for index in range(1, len(returned) + 1):
        row = returned[index]
        if lua54.lua_type(row) != "table":
            row = {1: row}
        keys = [key for key in row.keys() if isinstance(key, int)]  # noqa: SIM118 - Lua table
        rows.append([values.from_lua(row[i]) for i in range(1, max(keys, default=0) + 1)])
    return rows


def _as_tuple(outcome: object) -> tuple:
    return outcome if isinstance(outcome, tuple) else (outcome,)


def _value_or_message(function: Callable) -> Callable:
    """Gives Lua `value`, or nil and the text of the ValueError."""

    def call(*arguments):
        try:
            return function(*arguments)
        except ValueError as error:
            return None, str(error)

    return call


def _success_and_value(function: Callable) -> Callable:
    """Gives Lua `true, value`, or `false` and the text of the ValueError."""

    def call(value=None):
        try:
            return True, function(value)
        except ValueError as error:
            return False, str(error)

    return call
