"""Exasol's types of the expressions in a query.

`annotate` walks a query whose tables are resolved, notes the type of every expression in
`node.meta["exa_type"]`, and gives the output columns. A type that the rules do not know is
None: DuckDB's own answer counts there.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ..errors import SqlError
from ..types import ExaType
from .dialect import ROWID
from .naming import output_name
from .statements import Name
from .type_rules import common, note_type, rule

# (column name, type or None)
Columns = list[tuple[str, ExaType | None]]
Lookup = Callable[[Name], Columns]


def annotate(query: exp.Expression, lookup: Lookup) -> Columns:
    """Notes types in a query tree; gives its output columns.

    Args:
        lookup: the columns of a table (schema None: a registered one).
    Raises:
        SqlError: a column that does not exist.
    """
    return _Annotator(lookup).query(query, {}, [])


def annotate_expressions(nodes: list[exp.Expression], sources: dict[str, Columns], lookup: Lookup):
    """Notes types in expressions over the given sources (for UPDATE, DELETE, MERGE)."""
    annotator = _Annotator(lookup)
    for node in nodes:
        annotator.expression(node, [sources], {})


class _Annotator:
    def __init__(self, lookup: Lookup):
        self._lookup = lookup

    # --- queries: `ctes` maps names to columns, `outer` holds the sources around, inner first

    def query(self, node: exp.Expression, ctes: dict[str, Columns], outer: list) -> Columns:
        with_ = node.args.get("with_")
        if with_:
            ctes = dict(ctes)
            for cte in with_.expressions:
                columns = self._cte_columns(cte, ctes, outer, bool(with_.args.get("recursive")))
                ctes[cte.alias] = columns
        if isinstance(node, exp.Select):
            return self._select(node, ctes, outer)
        if isinstance(node, exp.SetOperation):
            left = self.query(node.left, ctes, outer)
            right = self.query(node.right, ctes, outer)
            if len(left) != len(right):
                raise SqlError("different number of columns in set operation")
            return [(a[0], common(a[1], b[1])) for a, b in zip(left, right, strict=True)]
        if isinstance(node, exp.Subquery):
            return self.query(node.this, ctes, outer)
        if isinstance(node, exp.Values):
            return self._values(node, ctes, outer)
        if isinstance(node, exp.Table):
            return self._table(node, ctes)
        raise SqlError(f"syntax error, unexpected {node.key.upper()}")

    def _cte_columns(self, cte, ctes, outer, recursive: bool) -> Columns:
        if recursive and isinstance(cte.this, exp.SetOperation):
            first = _renamed(self.query(cte.this.left, ctes, outer), cte)
            ctes = {**ctes, cte.alias: first}
        return _renamed(self.query(cte.this, ctes, outer), cte)

    def _select(self, select: exp.Select, ctes, outer) -> Columns:
        sources = self._sources(select, ctes, outer)
        scopes = [sources, *outer]
        columns: Columns = []
        aliases: Columns = []
        for item in select.expressions:
            if item.is_star:
                columns += _star(item, sources, _merged_by_using(select))
                continue
            type_ = self.expression(item, [*scopes, {"": aliases}], ctes)
            columns.append((output_name(item), type_))
            if isinstance(item, exp.Alias):
                aliases.append(columns[-1])
        # An alias may be used in every other clause; a column of that name comes first.
        scopes = [sources, {"": aliases}, *outer]
        for key in ("where", "group", "having", "qualify", "order", "distinct", "limit", "offset"):
            clause = select.args.get(key)
            if isinstance(clause, exp.Expression):
                self.expression(clause, scopes, ctes)
        for join in select.args.get("joins") or []:
            if join.args.get("on"):
                self.expression(join.args["on"], [sources, *outer], ctes)
        return columns

    def _sources(self, select: exp.Select, ctes, outer) -> dict[str, Columns]:
        sources: dict[str, Columns] = {}
        from_ = select.args.get("from_")
        nodes = [from_.this] if from_ else []
        joins = list(select.args.get("joins") or [])
        for node in nodes:
            joins = [*(node.args.get("joins") or []), *joins]
        for node in nodes:
            sources[node.alias_or_name] = _renamed(self.query(node, ctes, outer), node)
        for join in joins:
            columns = _renamed(self.query(join.this, ctes, outer), join.this)
            if join.args.get("method") == "NATURAL":
                _name_joined_columns(join, sources, columns)
            sources[join.this.alias_or_name] = columns
        return sources

    def _table(self, table: exp.Table, ctes) -> Columns:
        if not table.db and table.name in ctes:
            return ctes[table.name]
        return self._lookup(Name(table.db or None, table.name))

    def _values(self, values: exp.Values, ctes, outer) -> Columns:
        rows = [
            [self.expression(cell, outer, ctes) for cell in _cells(row)]
            for row in values.expressions
        ]
        types = rows[0]
        for row in rows[1:]:
            types = [common(a, b) for a, b in zip(types, row, strict=True)]
        return [(f"COL{i}", type_) for i, type_ in enumerate(types, start=1)]

    # --- expressions

    def expression(self, node: exp.Expression, scopes: list, ctes) -> ExaType | None:
        """Notes the type of a node and of all nodes under it."""
        if isinstance(node, (exp.Select, exp.SetOperation)) or (
            isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query)
        ):
            columns = self.query(node, ctes, scopes)
            type_ = columns[0][1] if columns else None
        elif isinstance(node, exp.Column):
            type_ = None if node.is_star else _column_type(node, scopes)
        else:
            for child in node.iter_expressions():
                self.expression(child, scopes, ctes)
            type_ = rule(node)
        note_type(node, type_)
        return type_


def _cells(row: exp.Expression) -> list[exp.Expression]:
    return row.expressions if isinstance(row, exp.Tuple) else [row]


def _renamed(columns: Columns, node: exp.Expression) -> Columns:
    """The columns under the names of an alias's column list, if it has one."""
    alias = node.args.get("alias")
    names = [c.name for c in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return columns
    if len(names) != len(columns):
        raise SqlError(f"wrong number of columns in the alias {node.alias_or_name}")
    return [(name, type_) for name, (_, type_) in zip(names, columns, strict=True)]


def _name_joined_columns(join: exp.Join, left: dict[str, Columns], right: Columns) -> None:
    """NATURAL JOIN becomes JOIN ... USING: DuckDB does not see what stands for a view."""
    on_the_left = {name for columns in left.values() for name, _ in columns}
    common_names = [name for name, _ in right if name in on_the_left]
    join.set("method", None)
    if common_names:
        join.set("using", [exp.to_identifier(name, quoted=True) for name in common_names])
    else:
        join.set("on", exp.true())


def _merged_by_using(select: exp.Select) -> set[tuple[str, str]]:
    """(source, column) of what JOIN ... USING merges into the column of the left side."""
    return {
        (join.this.alias_or_name, column.name)
        for join in select.args.get("joins") or []
        for column in join.args.get("using") or []
    }


def _star(
    item: exp.Expression, sources: dict[str, Columns], merged: set[tuple[str, str]]
) -> Columns:
    star = item.this if isinstance(item, exp.Column) else item
    excluded = {e.name for e in star.args.get("except_") or []}
    if isinstance(item, exp.Column) and item.table:
        if item.table not in sources:
            raise SqlError(f"object {item.table} not found")
        columns = sources[item.table]
    else:
        columns = [
            column
            for name, source in sources.items()
            for column in source
            if (name, column[0]) not in merged
        ]
    return [column for column in columns if column[0] not in excluded]


def _column_type(column: exp.Column, scopes: list[dict[str, Columns]]) -> ExaType | None:
    for sources in scopes:
        if column.table and column.table not in sources:
            continue
        candidates = [sources[column.table]] if column.table else sources.values()
        for columns in candidates:
            for name, type_ in columns:
                if name == column.name:
                    return type_
    if column.name == ROWID and any(not column.table or column.table in s for s in scopes):
        return ExaType("DECIMAL", 36, 0)
    full = f"{column.table}.{column.name}" if column.table else column.name
    raise SqlError(f"object {full} not found")
