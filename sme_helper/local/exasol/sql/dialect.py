"""Reads Exasol's SELECT and DML with sqlglot, mended where its exasol dialect falls short.

Every function call becomes an `exp.Anonymous`: what a name means is decided in `functions`
alone (or by a script of that name). Only calls with a grammar of their own - CAST, EXTRACT,
TRIM(... FROM ...), GROUP_CONCAT, LISTAGG - keep their nodes.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.dialects.exasol import Exasol
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.exasol import ExasolParser
from sqlglot.tokens import TokenType

from ..errors import SqlError

_CHARSETS = ("UTF8", "ASCII")
_OWN_GRAMMAR = ("CAST", "CONVERT", "EXTRACT", "POSITION", "TRIM", "GROUP_CONCAT", "LISTAGG")


class _Parser(ExasolParser):
    FUNCTIONS = {}  # noqa: RUF012 - sqlglot's way of configuring a parser
    FUNCTION_PARSERS = {  # noqa: RUF012
        name: reader
        for name, reader in ExasolParser.FUNCTION_PARSERS.items()
        if name in _OWN_GRAMMAR
    }
    script_names: frozenset[str] = frozenset()

    def _parse_types(self, *args, **kwargs):
        """VARCHAR(n) UTF8: the character set is read over (all text is UTF8 here)."""
        type_ = super()._parse_types(*args, **kwargs)
        if isinstance(type_, exp.DataType):
            self._match_texts(_CHARSETS)
        return type_

    def _parse_function_call(self, *args, **kwargs):
        """A script's name wins over a function of that name; EMITS may follow any call."""
        if self._curr and self._curr.text.upper() in self.script_names:
            kwargs["anonymous"] = True
        call = super()._parse_function_call(*args, **kwargs)
        if isinstance(call, exp.Anonymous) and self._at_emits():
            self._advance()
            call.set("emits", self._parse_schema())
        return call

    def _at_emits(self) -> bool:
        return bool(
            self._curr
            and self._curr.text.upper() == "EMITS"
            and self._next
            and self._next.token_type == TokenType.L_PAREN
        )


class ExasolReader(Exasol):
    """sqlglot's Exasol, with the parser above."""

    Parser = _Parser
