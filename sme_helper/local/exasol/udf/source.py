"""Reads what a SELECT with script calls needs: its FROM and WHERE with other select items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlglot import exp

from ..results import Column, Result
from ..sql.naming import output_name
from ..sql.type_rules import data_type
from ..types import ExaType
from .calls import ScriptCall, visible_ctes
from .evaluate import check_arity

_CAST_BY_TYPE = ("DECIMAL", "DOUBLE", "BOOLEAN", "VARCHAR", "CHAR", "DATE", "TIMESTAMP")
_ROW = "__row"
_GROUP = "__group"
_ROWS_PER_PIECE = 16384


@dataclass
class Reader:
    """Runs the plain queries behind script calls.

    Attributes:
        describe_only: read no rows, so that no script is called either: only the columns
            of the outcome are wanted.
    """

    session: object
    describe_only: bool = False

    def read(
        self, select: exp.Select, items: list[exp.Expression], grouped: bool = False
    ) -> Result:
        """The items computed over the rows of `select`, as columns i0, i1, ...

        A star among the items gives several columns. With `grouped`, GROUP BY and HAVING
        of the select apply.
        """
        query = plain_query(select, items, grouped)
        if self.describe_only:
            query.set("limit", exp.Limit(expression=exp.Literal.number(0)))
        result = self.session.run(query)
        names = [f"i{index}" for index in range(result.table.num_columns)]
        return Result(result.table.rename_columns(names), result.columns)

    def star_names(self, select: exp.Select, star: exp.Expression) -> list[str]:
        """The names of the columns that `*` or `t.*` stands for."""
        query = plain_query(select, [star])
        query.set("where", None)  # it may hold calls
        query.set("limit", exp.Limit(expression=exp.Literal.number(0)))
        return [described.name for described in self.session.run(query).columns]

    def table(self, columns: list[tuple[str, ExaType, pa.ChunkedArray]]) -> exp.From:
        """Registers these columns; the FROM clause that reads them."""
        arrays = [array for _, _, array in columns]
        table = pa.table(arrays, names=[name for name, _, _ in columns])
        described = [Column(name, exa_type) for name, exa_type, _ in columns]
        return exp.From(this=_table(self.session.register(table, described)))

    def read_by_group(
        self,
        select: exp.Select,
        items: list[exp.Expression],
        keys: list[exp.Expression],
        ordered: list[exp.Ordered],
    ) -> tuple[Result, list[int]]:
        """The items, as columns i0, i1, ..., in the order of `sorted_by_group`; its sizes."""
        order = [item.this for item in ordered]
        read = self.read(select, [*items, *keys, *order])
        names = read.table.column_names
        first_key, first_order = len(items), len(items) + len(keys)
        table, sizes = self.sorted_by_group(
            read.table,
            names[first_key:first_order],
            list(zip(names[first_order:], ordered, strict=True)),
        )
        return Result(table.select(range(first_key)), read.columns[:first_key]), sizes

    def sorted_by_group(
        self, table: pa.Table, keys: list[str], order: list[tuple[str, exp.Ordered]]
    ) -> tuple[pa.Table, list[int]]:
        """The rows group by group, in each as `order` says; and the sizes of the groups."""
        if table.num_rows == 0:
            return table, []
        if not keys and not order:
            return table, [table.num_rows]
        # Only what they are sorted by goes through DuckDB: the rest may be long texts.
        sorted_by = table.select([*keys, *(column for column, _ in order)])
        numbered = sorted_by.append_column(_ROW, pa.array(np.arange(table.num_rows)))
        name = self.session.register(numbered)
        key_list = ", ".join(f'"{key}"' for key in keys)
        group = f"dense_rank() OVER (ORDER BY {key_list})" if keys else "1"
        directions = [f'"{column}" {_direction(item)}' for column, item in order]
        sort_list = ", ".join([f'"{_GROUP}"', *directions, f'"{_ROW}"'])
        rows = self.session.duckdb_table(
            f'SELECT "{_ROW}", {group} AS "{_GROUP}" FROM "{name}" ORDER BY {sort_list}'
        )
        numbers = rows.column(_GROUP).to_numpy()
        bounds = np.flatnonzero(np.diff(numbers)) + 1
        sizes = np.diff([0, *bounds, len(numbers)])
        return _in_order(table, rows.column(_ROW).to_numpy()), [int(size) for size in sizes]


def _in_order(table: pa.Table, numbers: np.ndarray) -> pa.Table:
    """The rows with these numbers, one after the other.

    They are taken in pieces, and texts by their long form in between: an Arrow array holds no
    more than 2 GB of texts.
    """
    if np.array_equal(numbers, np.arange(table.num_rows)):
        return table
    types = [pa.large_string() if t == pa.string() else t for t in table.schema.types]
    long_form = pa.schema(list(zip(table.column_names, types, strict=True)))
    whole = table.cast(long_form).combine_chunks()
    pieces = [
        whole.take(numbers[start : start + _ROWS_PER_PIECE]).cast(table.schema)
        for start in range(0, len(numbers), _ROWS_PER_PIECE)
    ]
    return pa.concat_tables(pieces)


def plain_query(
    select: exp.Select, items: Iterable[exp.Expression], grouped: bool = False
) -> exp.Select:
    """A query of these items over FROM and WHERE of `select`, with the CTEs that it sees."""
    query = exp.Select(
        expressions=[
            item.copy() if is_star(item) else aliased(item.copy(), f"i{index}")
            for index, item in enumerate(items)
        ]
    )
    parts = ["from_", "joins", "laterals", "where", "connect"]
    for part in [*parts, "group", "having"] if grouped else parts:
        value = select.args.get(part)
        if isinstance(value, list):
            query.set(part, [element.copy() for element in value])
        elif value is not None:
            query.set(part, value.copy())
    ctes = visible_ctes(select)
    if ctes:
        query.set("with_", exp.With(expressions=[cte.copy() for cte in ctes]))
    return query


def argument_items(call: ScriptCall) -> list[exp.Expression]:
    """The arguments as select items, cast to the types of the script's parameters.

    A call without arguments still needs a column, so that its rows can be counted.
    """
    check_arity(call)
    if call.script.parameters is None:
        items = list(call.arguments)
    else:
        items = [
            _cast(argument, parameter.type)
            for argument, parameter in zip(call.arguments, call.script.parameters, strict=True)
        ]
    return items or [exp.Literal.number(1)]


def _cast(argument: exp.Expression, exa_type: ExaType) -> exp.Expression:
    if exa_type.name not in _CAST_BY_TYPE:
        return argument
    return exp.Cast(this=argument.copy(), to=data_type(exa_type))


def is_star(item: exp.Expression) -> bool:
    return isinstance(item, exp.Star) or (
        isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
    )


def aliased(item: exp.Expression, name: str) -> exp.Alias:
    return exp.Alias(this=item, alias=exp.to_identifier(name, quoted=True))


def column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def result_name(item: exp.Expression) -> str:
    """The name that Exasol gives a select item's column."""
    return item.alias_or_name if isinstance(item, exp.Alias | exp.Column) else output_name(item)


def is_part_of(node: exp.Expression | None, whole: exp.Expression) -> bool:
    """Whether `node` is `whole` or stands inside it."""
    while node is not None and node is not whole:
        node = node.parent
    return node is whole


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def _direction(item: exp.Ordered) -> str:
    direction = "DESC" if item.args.get("desc") else "ASC"
    nulls = "FIRST" if item.args.get("nulls_first") else "LAST"
    return f"{direction} NULLS {nulls}"
