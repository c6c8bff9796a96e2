"""Reads Exasol's SELECT and DML with sqlglot, mended where its exasol dialect falls short.

Every function call becomes an `exp.Anonymous`: what a name means is decided in `functions`
alone (or by a script of that name). Only calls with a grammar of their own - CAST, EXTRACT,
TRIM(... FROM ...), GROUP_CONCAT, LISTAGG, JSON_VALUE - keep their nodes.
"""

from __future__ import annotations

import functools

import sqlglot
from sqlglot import exp
from sqlglot.dialects.exasol import Exasol
from sqlglot.errors import ParseError, TokenError
from sqlglot.parsers.exasol import ExasolParser
from sqlglot.tokens import TokenType

from ..errors import SqlError, unsupported
from .keywords import check_identifier
from .refusals import refuse_unknown

_MOST_NUMBERS = 100_000  # of VALUES BETWEEN, which are written out
_CHARSETS = ("UTF8", "ASCII")
OWN_GRAMMAR = (
    "CAST",
    "EXTRACT",
    "POSITION",
    "TRIM",
    "GROUP_CONCAT",
    "LISTAGG",
    "JSON_VALUE",
    "CONVERT",
)


class _Parser(ExasolParser):
    FUNCTIONS = {}  # noqa: RUF012 - sqlglot's way of configuring a parser
    FUNCTION_PARSERS = {
        name: reader
        for name, reader in ExasolParser.FUNCTION_PARSERS.items()
        if name in OWN_GRAMMAR
    } | {
        "CONVERT": lambda self: self._conversion(),
        "SUBSTRING": lambda self: self._part_of_text(),
    }
    script_names: frozenset[str] = frozenset()

    def _parse_types(self, *args, **kwargs):
        """VARCHAR(n) UTF8: the character set is read over (all text is UTF8 here)."""
        if not kwargs.get("check_func") and self._match_texts(("HASHTYPE",)):
            return self._hashtype()
        type_ = super()._parse_types(*args, **kwargs)
        if isinstance(type_, exp.DataType):
            self._match_texts(_CHARSETS)
        return type_

    def _conversion(self) -> exp.Cast:
        """CONVERT(type, value), from behind the parenthesis."""
        type_ = self._parse_types()
        self._match(TokenType.COMMA)
        return self.expression(exp.Cast(this=self._parse_disjunction(), to=type_, format=None))

    def _part_of_text(self) -> exp.Anonymous:
        """SUBSTRING(text FROM place [FOR length]), or with commas; from behind the parenthesis."""
        arguments = self._parse_csv(self._parse_disjunction)
        for word in ("FROM", "FOR"):
            if self._match_text_seq(word):
                arguments.append(self._parse_disjunction())
        return self.expression(exp.Anonymous(this="SUBSTRING", expressions=arguments))

    def _hashtype(self) -> exp.DataType:
        """HASHTYPE [(n [BYTE | BIT])], from behind the word."""
        size = ""
        if self._match(TokenType.L_PAREN):
            size = f"({self._parse_number().this}"
            unit = self._match_texts(("BYTE", "BIT")) and self._prev.text
            size += f" {unit})" if unit else ")"
            self._match_r_paren()
        return exp.DataType.build(f"HASHTYPE{size}", udt=True)

    def _parse_function_call(self, *args, **kwargs):
        """A script's name wins over a function of that name; EMITS may follow any call."""
        if self._curr and self._curr.text.upper() in self.script_names:
            kwargs["anonymous"] = True
        call = super()._parse_function_call(*args, **kwargs)
        if isinstance(call, exp.Anonymous) and self._at_emits():
            self._advance()
            call.set("emits", self._emitted_columns())
        return call

    def _parse_value(self, values: bool = True):
        """One row of VALUES: `VALUES 1, 2 AS t (a)` has rows of one column."""
        if values and self._curr and self._curr.token_type != TokenType.L_PAREN:
            return self.expression(exp.Tuple(expressions=[self._parse_disjunction()]))
        return super()._parse_value(values)

    def _parse_derived_table_values(self, *args, **kwargs):
        """VALUES ((1, 2), (3, 4)) means the same as VALUES (1, 2), (3, 4)."""
        if self._match_text_seq("VALUES", "BETWEEN"):
            return self._range()
        values = super()._parse_derived_table_values(*args, **kwargs)
        if values and len(values.expressions) == 1:
            rows = values.expressions[0].expressions
            if rows and all(isinstance(row, exp.Tuple) for row in rows):
                values.set("expressions", rows)
        return values

    def _range(self) -> exp.Values:
        """VALUES BETWEEN 1 AND 5 [WITH STEP 2], from behind BETWEEN: a row for each number."""
        first = self._whole_number()
        self._match(TokenType.AND)
        last = self._whole_number()
        step = self._whole_number() if self._match_text_seq("WITH", "STEP") else 1
        numbers = range(first, last + 1, step) if step > 0 else ()
        if not 0 < len(numbers) <= _MOST_NUMBERS:
            self.raise_error(f"The embedded stack has 1 to {_MOST_NUMBERS} numbers in a range")
        rows = [exp.Tuple(expressions=[exp.Literal.number(number)]) for number in numbers]
        return self.expression(exp.Values(expressions=rows, alias=self._parse_table_alias()))

    def _whole_number(self) -> int:
        sign = -1 if self._match(TokenType.DASH) else 1
        number = self._parse_number()
        if number is None or not number.this.isdigit():
            self.raise_error("The embedded stack reads whole numbers here")
        return sign * int(number.this)

    def _parse_when_matched(self) -> exp.Whens:
        """The branches of MERGE: each may have a WHERE, also DELETE, and no other condition."""
        branches = []
        while self._match(TokenType.WHEN):
            matched = not self._match(TokenType.NOT)
            if not (self._match_text_seq("MATCHED") and self._match(TokenType.THEN)):
                self.raise_error("Expecting [NOT] MATCHED THEN")
            branches.append(self._merge_branch(matched))
        return self.expression(exp.Whens(expressions=branches))

    def _merge_branch(self, matched: bool) -> exp.When:
        condition = None
        if self._match(TokenType.INSERT):
            names = self._parse_value(values=False)
            values = self._match_text_seq("VALUES") and self._parse_value()
            then = exp.Insert(this=names, expression=values, where=self._parse_where())
        elif self._match(TokenType.UPDATE):
            assignments = self._match(TokenType.SET) and self._parse_csv(
                self._parse_update_assignment
            )
            then = exp.Update(expressions=assignments, where=self._parse_where())
            if self._match(TokenType.DELETE):
                raise unsupported("DELETE behind UPDATE in one branch of MERGE")
        elif self._match(TokenType.DELETE):
            then, where = exp.Var(this="DELETE"), self._parse_where()
            condition = where and where.this
        else:
            self.raise_error("Expecting INSERT, UPDATE or DELETE")
        return self.expression(exp.When(matched=matched, condition=condition, then=then))

    def _emitted_columns(self) -> str:
        """The text between the parentheses of EMITS; Exasol's types are read elsewhere."""
        opening, depth = self._curr, 0
        while True:
            if not self._curr:
                self.raise_error("Expecting )")
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(self._curr.token_type, 0)
            closing = self._curr
            self._advance()
            if depth == 0:
                return self.sql[opening.end + 1 : closing.start]

    def _at_emits(self) -> bool:
        return bool(
            self._curr
            and self._curr.text.upper() == "EMITS"
            and self._next
            and self._next.token_type == TokenType.L_PAREN
        )


class ExasolReader(Exasol):
    """sqlglot's Exasol, with the parser above."""

    # NULL is greater than every value: last ascending, first descending.
    NULL_ORDERING = "nulls_are_large"
    Parser = _Parser


# The number of a row of a table; DuckDB has it under the same name.
ROWID = "ROWID"

# Words that stand for a value without parentheses, which sqlglot reads as columns.
_PSEUDO_COLUMNS = {
    "SYSDATE",
    "LOCALTIMESTAMP",
    "ROWNUM",
    "CURRENT_SESSION",
    "CURRENT_STATEMENT",
    "CURRENT_SCHEMA",
    "CURRENT_CLUSTER",
    "DBTIMEZONE",
    "SESSIONTIMEZONE",
    "USER",
    "SCOPE_USER",
}
_VALUE_NODES = {
    exp.CurrentDate: "CURRENT_DATE",
    exp.CurrentTimestamp: "CURRENT_TIMESTAMP",
    exp.Systimestamp: "SYSTIMESTAMP",
    exp.CurrentUser: "CURRENT_USER",
    exp.CurrentSchema: "CURRENT_SCHEMA",
}
# All of them, by the name that their call has in the tree.
VALUE_WORDS = _PSEUDO_COLUMNS | set(_VALUE_NODES.values())


def parse(sql: str, script_names: set[str] = frozenset()) -> exp.Expression:
    """The tree of a SELECT or DML statement.

    Identifiers are folded as Exasol does, and then all quoted. Calls are `exp.Anonymous`
    with the folded name (an `exp.Identifier` where it was quoted); pseudo columns such as
    ROWNUM are calls without arguments.

    Args:
        script_names: names of UDFs, which win over functions of the same name.
    Raises:
        SqlError: syntax error, or what is none of Exasol's SQL.
    """
    reader = _reader_for(frozenset(name.upper() for name in script_names))
    try:
        tree = sqlglot.parse_one(sql, read=reader)
    except (ParseError, TokenError) as error:
        raise SqlError(f"syntax error, {_plain(error)}") from error
    if isinstance(tree, exp.Command) or tree is None:
        raise SqlError(f"syntax error, unexpected {sql.split()[0]!r}")
    tree = _fold(tree)
    refuse_unknown(tree)
    return tree


@functools.lru_cache(maxsize=64)  # sqlglot keeps every dialect class that is ever made
def _reader_for(script_names: frozenset[str]) -> type[Exasol]:
    if not script_names:
        return ExasolReader
    parser = type("_ScriptParser", (_Parser,), {"script_names": script_names})
    return type("_ScriptReader", (ExasolReader,), {"Parser": parser})


def is_timestamp_literal(cast: exp.Cast) -> bool:
    """Whether it is written TIMESTAMP '...': sqlglot then gives it none of CAST's options."""
    is_plain = cast.to.this == exp.DataType.Type.TIMESTAMP and not cast.to.expressions
    return is_plain and isinstance(cast.this, exp.Literal) and "format" not in cast.args


def _plain(error: Exception) -> str:
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        near = (first.get("highlight") or "").strip()
        return (
            f"unexpected {near!r} [line {first.get('line')}, column {first.get('col')}]: "
            f"{first.get('description')}"
        )
    return str(error).splitlines()[0]


def _place(node: exp.Expression) -> str:
    line, column = node.meta.get("line"), node.meta.get("col")
    # sqlglot's column is that of the last character.
    return f" [line {line}, column {column - len(node.name) + 1}]" if line else ""


def _fold(tree: exp.Expression) -> exp.Expression:
    return tree.transform(_fold_node, copy=False)


def _is_rowid(column: exp.Column) -> bool:
    name = column.this
    is_plain = isinstance(name, exp.Identifier) and not name.args.get("quoted")
    return is_plain and name.this.upper() == ROWID


def _fold_node(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Identifier):
        if not node.args.get("quoted"):
            node.set("this", node.this.upper())
            node.set("quoted", True)
            check_identifier(node.this, _place(node))
        return node
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.this:
        if "e" not in node.this.lower():  # 1.0 is a whole number to Exasol
            node.set("this", node.this.rstrip("0").removesuffix(".") or "0")
        return node
    if isinstance(node, exp.Anonymous) and isinstance(node.this, str):
        node.set("this", node.this.upper())
        return node
    if type(node) in _VALUE_NODES and not node.args.get("this"):
        return exp.Anonymous(this=_VALUE_NODES[type(node)])
    if isinstance(node, exp.Column) and _is_rowid(node):
        node.set("this", exp.Identifier(this=ROWID, quoted=True))
        return node
    if isinstance(node, exp.Column) and not node.table and isinstance(node.this, exp.Identifier):
        name = node.this
        if not name.args.get("quoted") and name.this.upper() in _PSEUDO_COLUMNS:
            return exp.Anonymous(this=name.this.upper())
    return node
