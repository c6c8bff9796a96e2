"""Reads CREATE SCRIPT and EXECUTE SCRIPT."""

from __future__ import annotations

import re
from decimal import Decimal

from ..errors import SqlError
from ..types import ExaType
from .statements import CreateScript, ExecuteScript, Script, ScriptParameter
from .tokens import Cursor, skip_blank, split_list, token_at

_CLOSING_SLASH = re.compile(r"\n[ \t]*/[ \t]*\s*$")


def at_script_header(cursor: Cursor) -> bool:
    """Whether `[language] [SCALAR|SET] [ADAPTER] SCRIPT` comes next."""
    position = cursor.position
    for _ in range(3):
        token = token_at(cursor.sql, position)
        if token.kind != "word":
            return False
        if token.value == "SCRIPT":
            return True
        position = token.end
    return False


def create_script(cursor: Cursor, or_replace: bool) -> CreateScript:
    """CREATE [OR REPLACE] [language] [SCALAR|SET] SCRIPT ..., from behind OR REPLACE."""
    language = "LUA"
    if not cursor.peek("SCRIPT") and not cursor.peek("SCALAR") and not cursor.peek("SET"):
        language = cursor.identifier()
    kind = cursor.match_any("SCALAR", "SET") or ""
    cursor.expect("SCRIPT")
    name = cursor.name()
    if kind:
        parameters = _udf_parameters(cursor.parenthesized())
        returns, outputs = _udf_result(cursor)
    else:
        parameters = _program_parameters(cursor)
        returns, outputs = _program_result(cursor), ()
    cursor.expect("AS")
    text = cursor.sql[skip_blank(cursor.sql) :].rstrip()
    body = _CLOSING_SLASH.sub("\n", cursor.sql[cursor.position :])
    script = Script(name, language, kind, parameters, returns, outputs, body, text)
    return CreateScript(script, or_replace)


def _udf_parameters(text: str) -> tuple[ScriptParameter, ...] | None:
    if text.strip() == "...":
        return None
    return _typed_parameters(_without_order(text))


def _without_order(text: str) -> str:
    """The parameters less the ORDER BY that may close them (input order is kept anyway)."""
    return Cursor(text).until("ORDER") if re.search(r"\bORDER\s+BY\b", text, re.I) else text


def _typed_parameters(text: str) -> tuple[ScriptParameter, ...]:
    parameters = []
    for item in split_list(text):
        cursor = Cursor(item)
        name = cursor.identifier()
        parameters.append(ScriptParameter(name, ExaType.parse(cursor.rest())))
    return tuple(parameters)


def _udf_result(cursor: Cursor) -> tuple[str, tuple[ScriptParameter, ...] | None]:
    if cursor.match("RETURNS"):
        return "RETURNS", (ScriptParameter("RETURN", ExaType.parse(cursor.until("AS"))),)
    cursor.expect("EMITS")
    text = cursor.parenthesized()
    return "EMITS", None if text.strip() == "..." else _typed_parameters(text)


def _program_parameters(cursor: Cursor) -> tuple[ScriptParameter, ...]:
    if not cursor.peek("("):
        return ()
    parameters = []
    for item in split_list(cursor.parenthesized()):
        reader = Cursor(item)
        is_array = reader.match("ARRAY")
        # Lua variables keep the case in which they are written.
        token = reader.next()
        if token.kind not in ("word", "quoted"):
            raise SqlError(f"syntax error, unexpected {token.text!r}, expecting a parameter name")
        name = token.text if token.kind == "word" else token.value
        parameters.append(ScriptParameter(name, None, is_array))
    return tuple(parameters)


def _program_result(cursor: Cursor) -> str:
    if cursor.match("RETURNS"):
        kind = cursor.match_any("TABLE", "ROWCOUNT")
        if not kind:
            raise cursor.fail("TABLE or ROWCOUNT")
        return kind
    return "ROWCOUNT"


def execute_script(cursor: Cursor) -> ExecuteScript:
    """EXECUTE SCRIPT [schema.]name [(arguments)] [WITH OUTPUT]."""
    cursor.expect("SCRIPT")
    name = cursor.name()
    arguments = ()
    if cursor.match("("):
        arguments = tuple(_arguments(cursor, ")"))
    with_output = cursor.match("WITH", "OUTPUT")
    cursor.expect_end()
    return ExecuteScript(name, arguments, with_output)


def _arguments(cursor: Cursor, closing: str) -> list:
    if cursor.match(closing):
        return []
    values = [_argument(cursor)]
    while cursor.match(","):
        values.append(_argument(cursor))
    cursor.expect(closing)
    return values


def _argument(cursor: Cursor):
    if cursor.match("ARRAY"):
        closing = ")" if cursor.match("(") else "]"
        if closing == "]":
            cursor.expect("[")
        return _arguments(cursor, closing)
    if cursor.match("NULL"):
        return None
    if cursor.match("TRUE"):
        return True
    if cursor.match("FALSE"):
        return False
    if cursor.token.kind == "string":
        return cursor.string() or None  # the empty string is NULL
    sign = -1 if cursor.match("-") else 1
    if sign == 1:
        cursor.match("+")
    if cursor.token.kind == "number":
        return sign * _number(cursor.next().text)
    raise cursor.fail("a literal")


def _number(text: str) -> int | float | Decimal:
    if "e" in text.lower():
        return float(text)
    return Decimal(text) if "." in text else int(text)
