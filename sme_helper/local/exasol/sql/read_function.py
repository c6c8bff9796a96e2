"""Reads CREATE FUNCTION: Exasol's small procedural language for scalar functions."""

from __future__ import annotations

from ..errors import unsupported
from ..types import ExaType
from .statements import Assign, Branch, CreateFunction, Function, Return, ScriptParameter, Step
from .tokens import Cursor, skip_blank, split_list


def create_function(cursor: Cursor, or_replace: bool) -> CreateFunction:
    """CREATE [OR REPLACE] FUNCTION ..., from behind the word FUNCTION."""
    text = cursor.sql[skip_blank(cursor.sql) :].rstrip()
    name = cursor.name()
    parameters = tuple(_parameter(item) for item in split_list(cursor.parenthesized()))
    cursor.expect("RETURN")
    returns = ExaType.parse(cursor.until("IS", "BEGIN"))
    cursor.match("IS")
    variables = []
    while not cursor.peek("BEGIN"):
        variables.append(_parameter(cursor.until()))
        cursor.expect(";")
    cursor.expect("BEGIN")
    steps = _steps(cursor)
    cursor.expect("END")
    if cursor.token.kind in ("word", "quoted"):
        cursor.identifier()  # the function's name again
    cursor.match(";")
    cursor.match("/")
    cursor.expect_end()
    function = Function(name, parameters, returns, tuple(variables), steps, text)
    return CreateFunction(function, or_replace)


def _parameter(text: str) -> ScriptParameter:
    """name [IN] type."""
    cursor = Cursor(text)
    name = cursor.identifier()
    cursor.match("IN")
    return ScriptParameter(name, ExaType.parse(cursor.rest()))


def _steps(cursor: Cursor) -> tuple[Step, ...]:
    """The statements up to END or to the next part of an IF, which are not read."""
    steps: list[Step] = []
    while not any(cursor.peek(word) for word in ("END", "ELSE", "ELSEIF", "ELSIF")):
        steps.append(_step(cursor))
        cursor.expect(";")
    return tuple(steps)


def _step(cursor: Cursor) -> Step:
    if cursor.match("RETURN"):
        return Return(_expression(cursor))
    if cursor.match("IF"):
        return _branch(cursor)
    if loop := cursor.match_any("FOR", "WHILE"):
        raise unsupported(f"{loop} in a function")
    variable = cursor.identifier()
    cursor.expect(":=")
    return Assign(variable, _expression(cursor))


def _branch(cursor: Cursor) -> Branch:
    """IF, from behind the word: [condition THEN ... ELSE ... END IF]."""
    condition = _expression(cursor, "THEN")
    cursor.expect("THEN")
    then = _steps(cursor)
    if cursor.match_any("ELSEIF", "ELSIF"):
        return Branch(condition, then, (_branch(cursor),))  # which reads END IF
    otherwise = _steps(cursor) if cursor.match("ELSE") else ()
    cursor.expect("END", "IF")
    return Branch(condition, then, otherwise)


def _expression(cursor: Cursor, *stops: str) -> str:
    text = cursor.until(*stops)
    if not text:
        raise cursor.fail("an expression")
    return text
