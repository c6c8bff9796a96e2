"""Prepared statements: parameters are put into the tree as literals, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from . import query
from .errors import SqlError, unsupported
from .results import Column, Result
from .sql import classify
from .sql.statements import Name, Query
from .types import ExaType

if TYPE_CHECKING:
    from .session import Session

_TEXT = ExaType.parse("VARCHAR(2000000)")


@dataclass
class PreparedStatement:
    """A statement with its parameters' types, in the order of the question marks.

    Attributes:
        columns: of the result; None for a statement that gives a row count.
    """

    sql: str
    tree: exp.Expression | None
    parameters: list[ExaType]
    columns: list[Column] | None


def prepare(session: Session, sql: str) -> PreparedStatement:
    """Reads a statement and finds the types of its parameters and of its result.

    Raises:
        SqlError: syntax error, or parameters where none can be.
    """
    statement = classify.classify(sql)
    if not isinstance(statement, Query):
        return PreparedStatement(sql, None, [], None)
    tree = session.parse(statement.sql)
    marks = list(tree.find_all(exp.Placeholder, bfs=False))
    types = _insert_types(session, tree, marks) or [_TEXT] * len(marks)
    columns = None
    if isinstance(tree, exp.Query):
        columns = query.describe(session, _bind(tree, [None] * len(marks)))
    return PreparedStatement(statement.sql, tree, types, columns)


def _insert_types(session: Session, tree: exp.Expression, marks: list) -> list[ExaType]:
    """For INSERT ... VALUES (?, ?): the types of the columns."""
    if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Values):
        return []
    target, names = tree.this, None
    if isinstance(target, exp.Schema):
        names, target = [column.name for column in target.expressions], target.this
    columns = session.catalog.columns(Name(target.db or None, target.name))
    by_name = {column.name: column.type for column in columns}
    names = names or list(by_name)
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise SqlError(f"object {unknown[0]} not found")
    types = []
    for row in tree.expression.expressions:
        for name, cell in zip(names, row.expressions, strict=False):
            types += [by_name[name]] * (cell.find(exp.Placeholder) is not None)
    return types if len(types) == len(marks) else []


def execute(session: Session, statement: PreparedStatement, rows: list[tuple]) -> Result:
    """Runs a prepared statement for every row of parameters.

    Returns:
        the sum of the row counts, or the result set (of one row of parameters).
    """
    if statement.tree is None or not statement.parameters:
        return session.execute(statement.sql)
    if isinstance(statement.tree, exp.Query):
        if len(rows) != 1:
            raise unsupported("a prepared query with several rows of parameters")
        return session.execute_tree(statement.sql, _bind(statement.tree, list(rows[0])))
    if isinstance(statement.tree, exp.Insert) and isinstance(statement.tree.expression, exp.Values):
        return session.execute_tree(statement.sql, _bind_insert(statement.tree, rows))
    trees = [_bind(statement.tree, list(row)) for row in rows]
    counts = [session.execute_tree(statement.sql, tree).rowcount for tree in trees]
    return Result(rowcount=sum(counts))


def _bind(tree: exp.Expression, values: list) -> exp.Expression:
    """The tree with its question marks replaced by literals."""
    tree = tree.copy()
    marks = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(marks) != len(values):
        raise SqlError(
            "the number of column metadata objects is not the same as the number of data colums: "
            f"{len(values)} values for {len(marks)} parameters"
        )
    for mark, value in zip(marks, values, strict=True):
        mark.replace(_literal(value))
    return tree


def _bind_insert(tree: exp.Insert, rows: list[tuple]) -> exp.Insert:
    """One INSERT with as many VALUES as there are rows of parameters."""
    bound = [_bind(tree.expression, list(row)) for row in rows]
    values = exp.Values(expressions=[row for values in bound for row in values.expressions])
    tree = tree.copy()
    tree.set("expression", values)
    return tree


def _literal(value) -> exp.Expression:
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, (int, float)):
        number = exp.Literal.number(repr(abs(value)))
        return exp.Neg(this=number) if value < 0 else number
    return exp.Literal.string(str(value))
