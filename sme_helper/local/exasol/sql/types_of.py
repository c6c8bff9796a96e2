"""Exasol's types of the expressions in a query.

`annotate` walks a query whose tables are resolved, notes the type of every expression in
`node.meta["exa_type"]`, and gives the output columns. A type that the rules do not know is
None: DuckDB's own answer counts there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from ..errors import SqlError
from ..types import MAX_VARCHAR, ExaType
from .dialect import ROWID
from .functions import FUNCTIONS, SESSION_FUNCTIONS
from .naming import output_name
from .statements import Name

# (column name, type or None)
Columns = list[tuple[str, ExaType | None]]
Lookup = Callable[[Name], Columns]

_BOOLEAN = ExaType("BOOLEAN")
_DOUBLE = ExaType("DOUBLE")
_KEY = "exa_type"

_MONTHS = ("YEAR", "MONTH")  # what keeps a DATE a DATE

_PREDICATES = (exp.Predicate, exp.Not, exp.Connector, exp.Boolean, exp.Exists, exp.Is, exp.In)


def type_of(node: exp.Expression) -> ExaType | None:
    """The type that `annotate` has noted."""
    return node.meta.get(_KEY)


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
            type_ = _rule(node)
        node.meta[_KEY] = type_
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


# --- rules ---------------------------------------------------------------------------


def _rule(node: exp.Expression) -> ExaType | None:
    if isinstance(node, (exp.Alias, exp.Paren, exp.Neg, exp.Window, exp.WithinGroup)):
        return type_of(node.this)
    if isinstance(node, (exp.IgnoreNulls, exp.RespectNulls, exp.Distinct, exp.Order, exp.Ordered)):
        inner = node.this or (node.expressions[0] if node.expressions else None)
        return type_of(inner) if inner is not None else None
    if isinstance(node, exp.Cast):
        return exa_type(node.to)
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Anonymous):
        return _call(node)
    if isinstance(node, exp.GroupConcat):
        return ExaType("VARCHAR", size=MAX_VARCHAR, charset="UTF8")
    if isinstance(node, exp.JSONValue):
        returned = node.args.get("returning")
        return exa_type(returned) if returned else _as_varchar(None)
    if isinstance(node, (exp.Trim,)):
        return _as_varchar(type_of(node.this))
    if isinstance(node, exp.DPipe):
        return _concatenated(type_of(node.this), type_of(node.expression))
    if isinstance(node, exp.Case):
        results = [type_of(if_.args["true"]) for if_ in node.args["ifs"]]
        if node.args.get("default") is not None:
            results.append(type_of(node.args["default"]))
        return common_of(results)
    if isinstance(node, exp.If):
        return type_of(node.args["true"])
    if isinstance(node, _PREDICATES):
        return _BOOLEAN
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
        return _arithmetic(node)
    return None


def exa_type(data_type: exp.DataType) -> ExaType:
    """The Exasol type of a parsed type."""
    if data_type.this == exp.DataType.Type.TIMESTAMPLTZ:
        precision = f"({data_type.expressions[0].name})" if data_type.expressions else ""
        return ExaType.parse(f"TIMESTAMP{precision} WITH LOCAL TIME ZONE")
    return ExaType.parse(data_type.sql(dialect="exasol"))


def data_type(type_: ExaType) -> exp.DataType:
    """The parsed form of an Exasol type."""
    if type_.name == "HASHTYPE":
        return exp.DataType.build(type_.sql, udt=True)
    text = type_.sql.removesuffix(" UTF8").removesuffix(" ASCII")
    return exp.DataType.build(text, dialect="exasol")


def _literal(literal: exp.Literal) -> ExaType | None:
    text = literal.this
    if literal.is_string:
        if not text:
            return None  # NULL
        charset = "ASCII" if text.isascii() else "UTF8"
        return (
            ExaType("CHAR", size=len(text), charset=charset)
            if len(text) <= 2000
            else (ExaType("VARCHAR", size=len(text), charset=charset))
        )
    if "e" in text.lower():
        return _DOUBLE
    whole, _, fraction = text.partition(".")
    digits = len(whole.lstrip("0")) + len(fraction)
    if digits > 36:
        return _DOUBLE
    return ExaType("DECIMAL", max(1, digits), len(fraction))


def _call(node: exp.Anonymous) -> ExaType | None:
    name = node.name if isinstance(node.this, str) else ""
    arguments = [type_of(argument) for argument in node.expressions]
    if name in SESSION_FUNCTIONS:
        return ExaType.parse(SESSION_FUNCTIONS[name])
    if name == "SUM":
        return _sum(arguments[0]) if arguments else None
    function = FUNCTIONS.get(name)
    if not function or not function.result:
        return None
    if function.result == "$*":
        return common_of(arguments)
    if function.result.startswith("$"):
        position = int(function.result[1:]) - 1
        type_ = arguments[position] if position < len(arguments) else None
        return _as_varchar(type_) if function.text else type_
    return ExaType.parse(function.result)


def _sum(type_: ExaType | None) -> ExaType | None:
    if type_ and type_.name == "DECIMAL":
        return ExaType("DECIMAL", 36, type_.scale)
    return type_ if type_ and type_.name == "DOUBLE" else None


def _as_varchar(type_: ExaType | None) -> ExaType:
    if type_ and type_.name in ("CHAR", "VARCHAR"):
        return replace(type_, name="VARCHAR")
    return ExaType("VARCHAR", size=MAX_VARCHAR, charset="UTF8")


def _concatenated(left: ExaType | None, right: ExaType | None) -> ExaType:
    sizes = [t.size if t and t.name in ("CHAR", "VARCHAR") else MAX_VARCHAR for t in (left, right)]
    ascii_ = all(t and t.charset == "ASCII" for t in (left, right))
    size = min(MAX_VARCHAR, sum(sizes))
    return ExaType("VARCHAR", size=size, charset="ASCII" if ascii_ else "UTF8")


def _arithmetic(node: exp.Binary) -> ExaType | None:
    left, right = type_of(node.this), type_of(node.expression)
    if isinstance(node.expression, exp.Interval) and node.expression.text("unit") in _MONTHS:
        return left
    if not left or not right:
        return None
    if "DOUBLE" in (left.name, right.name):
        return _DOUBLE if {left.name, right.name} <= {"DOUBLE", "DECIMAL"} else None
    if isinstance(node, (exp.Add, exp.Sub)) and left.name == "DATE" and right.name == "DECIMAL":
        return left
    if left.name != "DECIMAL" or right.name != "DECIMAL" or isinstance(node, exp.Div):
        return None
    if isinstance(node, exp.Mul):
        scale = min(36, left.scale + right.scale)
        return ExaType("DECIMAL", min(36, left.precision + right.precision), scale)
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return ExaType("DECIMAL", min(36, whole + 1 + scale), scale)


def common_of(types: list[ExaType | None]) -> ExaType | None:
    """The type that holds values of all types."""
    result = None
    for type_ in types:
        result = common(result, type_)
    return result


def common(left: ExaType | None, right: ExaType | None) -> ExaType | None:
    """The type that holds values of both; an unknown one (NULL) gives way."""
    if left is None or right is None or left == right:
        return left or right
    names = {left.name, right.name}
    if names <= {"CHAR", "VARCHAR"}:
        size = max(left.size, right.size)
        charset = "UTF8" if "UTF8" in (left.charset, right.charset) else "ASCII"
        name = "CHAR" if names == {"CHAR"} and left.size == right.size else "VARCHAR"
        return ExaType(name, size=size, charset=charset)
    if names == {"DECIMAL"}:
        scale = max(left.scale, right.scale)
        whole = max(left.precision - left.scale, right.precision - right.scale)
        return ExaType("DECIMAL", min(36, whole + scale), scale)
    if names == {"DECIMAL", "DOUBLE"}:
        return _DOUBLE
    if names == {"DATE", "TIMESTAMP"} or names == {"TIMESTAMP"}:
        precision = max(left.precision or 0, right.precision or 0)
        return ExaType("TIMESTAMP", precision)
    if names & {"CHAR", "VARCHAR"}:
        return ExaType("VARCHAR", size=MAX_VARCHAR, charset="UTF8")
    return None
