"""SELECTs whose scripts return one value: RETURNS in SCALAR and SET scripts.

The calls become columns of a registered table, and so does whatever else the SELECT takes
from its own tables; then the SELECT reads from that table alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import pyarrow as pa
from sqlglot import exp

from ..errors import SqlError
from ..types import ExaType
from .calls import ScriptCall, own_calls
from .emitting import group_keys
from .evaluate import prepare, run
from .source import Reader, aliased, argument_items, column, is_star, result_name

# fmt: off
_AGGREGATES = frozenset({
    "ANY", "APPROXIMATE_COUNT_DISTINCT", "AVG", "CORR", "COUNT", "COVAR_POP", "COVAR_SAMP",
    "EVERY", "FIRST_VALUE", "GROUP_CONCAT", "GROUPING", "LAST_VALUE", "LISTAGG", "MAX",
    "MEDIAN", "MIN", "MUL", "PERCENTILE_CONT", "PERCENTILE_DISC", "SOME", "STDDEV",
    "STDDEV_POP", "STDDEV_SAMP", "SUM", "VAR_POP", "VAR_SAMP", "VARIANCE",
})
# fmt: on
# where a select's own columns may stand, once FROM and WHERE are done
_PARTS = ("expressions", "where", "group", "having", "qualify", "order", "distinct")


class _Columns:
    """The columns of the table that takes the place of FROM."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self.items: list[exp.Expression] = []

    def name_of(self, expression: exp.Expression) -> str:
        """The column that holds this expression; the same one for the same text."""
        text = expression.sql("exasol")
        if text not in self._names:
            self._names[text] = f"x{len(self.items)}"
            self.items.append(expression.copy())
        return self._names[text]


def expand_scalar_returns(
    reader: Reader, select: exp.Select, calls: list[ScriptCall]
) -> exp.Select:
    """Evaluates those calls of SCALAR ... RETURNS scripts that can be evaluated first.

    In a grouped select these are the calls that grouping needs - in WHERE, in GROUP BY, in
    an aggregate function; the others, which may need the aggregates, follow another time.
    """
    early = [call for call in calls if _is_before_grouping(call.node, select)]
    texts = {call.node.sql("exasol") for call in early}
    early = [call for call in calls if call.node.sql("exasol") in texts]
    grouped = not early and _is_grouped(select)
    chosen = early or calls
    _name_items(reader, select)
    conditions = _take_conditions(select, "where", chosen)
    if grouped:
        conditions += _take_conditions(select, "having", chosen)
    columns = _Columns()
    leaves = list(_leaves(select, chosen, grouped, conditions))
    names = [columns.name_of(leaf) for leaf in leaves]
    # calls of the same text are one call: GROUP BY f(a) and f(a) in the select list
    distinct = {call.node.sql("exasol"): call for call in chosen}
    arguments = [argument_items(call) for call in distinct.values()]
    items = [*columns.items, *(item for items in arguments for item in items)]
    read = reader.read(select, items, grouped)
    start = len(columns.items)
    table = [
        (f"x{index}", read.columns[index].type, read.table.column(index)) for index in range(start)
    ]
    results = {}
    for (text, call), call_items in zip(distinct.items(), arguments, strict=True):
        end = start + len(call_items)
        types = [item.type for item in read.columns[start : start + len(call.arguments)]]
        prepared = prepare(reader.session, call, types)
        returned = run(reader.session, prepared, read.table.select(range(start, end)), None)
        results[text] = f"r{len(results)}"
        table.append((results[text], prepared.outputs[0][1], returned.column(0)))
        start = end
    for leaf, name in zip(leaves, names, strict=True):
        leaf.replace(column(name))
    for call in chosen:
        call.node.replace(column(results[call.node.sql("exasol")]))
    select.set("where", None)  # the plain query has applied what was left of it
    _read_from(select, reader.table(table), conditions)
    if grouped:
        select.set("group", None)
        select.set("having", None)
    return select


def expand_set_returns(reader: Reader, select: exp.Select, calls: list[ScriptCall]) -> exp.Select:
    """SELECT key, set_script(...) FROM ... GROUP BY key: one row a group."""
    keys = group_keys(select)
    arguments = [argument_items(call) for call in calls]
    orders = [[item.this for item in call.order] for call in calls]
    items = [*keys]
    for call_arguments, call_orders in zip(arguments, orders, strict=True):
        items += [*call_arguments, *call_orders]
    read = reader.read(select, items)
    key_names = [f"i{index}" for index in range(len(keys))]
    table: list[tuple[str, ExaType, pa.ChunkedArray]] = []
    start = len(keys)
    for number, call in enumerate(calls):
        end = start + len(arguments[number])
        order = [(f"i{end + index}", item) for index, item in enumerate(call.order)]
        rows, sizes = reader.sorted_by_group(read.table, key_names, order)
        if number == 0:
            firsts = list(accumulate(sizes, initial=0))[:-1]
            table += [
                (f"k{index}", read.columns[index].type, rows.column(index).take(firsts))
                for index in range(len(keys))
            ]
        types = [item.type for item in read.columns[start : start + len(call.arguments)]]
        prepared = prepare(reader.session, call, types)
        returned = run(reader.session, prepared, rows.select(range(start, end)), sizes)
        table.append((f"r{number}", prepared.outputs[0][1], returned.column(0)))
        start = end + len(order)
    _name_items(reader, select)
    results = [call.node.replace(column(f"r{number}")) for number, call in enumerate(calls)]
    having = select.args.get("having")
    select.set("group", None)
    select.set("having", None)
    select.set("where", exp.Where(this=having.this) if having else None)
    _replace_keys(select, keys, results)
    _read_from(select, reader.table(table), [])
    return select


def _replace_keys(
    select: exp.Select, keys: list[exp.Expression], results: list[exp.Expression]
) -> None:
    """Puts the table's columns in the place of group keys; nothing else may be read."""
    names = {key.sql("exasol"): f"k{index}" for index, key in enumerate(keys)}
    aliases = {item.alias for item in select.expressions}
    known = {id(result) for result in results}

    def visit(node: exp.Expression, may_be_alias: bool) -> None:
        if isinstance(node, exp.Identifier | exp.Query) or id(node) in known:
            return
        name = names.get(node.sql("exasol"))
        if name:
            node.replace(column(name))
            return
        if isinstance(node, exp.Column) and not (may_be_alias and node.name in aliases):
            raise SqlError(f"{node.sql('exasol')} is not a GROUP BY expression")
        for child in list(node.iter_expressions()):
            visit(child, may_be_alias)

    for item in select.expressions:
        visit(item.this, may_be_alias=False)
    for part in ("where", "order"):
        if select.args.get(part):
            visit(select.args[part], may_be_alias=part == "order")


def _is_grouped(select: exp.Select) -> bool:
    return bool(select.args.get("group")) or any(
        _is_aggregate(node) for item in select.expressions for node in _own_nodes(item)
    )


def _is_aggregate(node: exp.Expression) -> bool:
    if isinstance(node.parent, exp.Window):
        return False
    if isinstance(node, exp.Anonymous):
        return isinstance(node.this, str) and node.this in _AGGREGATES
    return isinstance(node, exp.AggFunc)


def _is_before_grouping(call: exp.Expression, select: exp.Select) -> bool:
    node = call
    while node.parent is not select:
        node = node.parent
        if _is_aggregate(node):
            return True
    return node.arg_key in ("where", "group")


def _own_nodes(root: exp.Expression) -> Iterator[exp.Expression]:
    """The nodes of an expression, less those of queries inside it."""
    yield from root.walk(prune=lambda node: isinstance(node, exp.Query))


def _leaves(
    select: exp.Select,
    calls: list[ScriptCall],
    grouped: bool,
    conditions: list[exp.Expression],
) -> Iterator[exp.Expression]:
    """What the select takes from its tables outside the calls.

    These are columns; in a grouped select also whole aggregates. Names of select items
    that ORDER BY and the like use are none of these.
    """
    aliases = {item.alias for item in select.expressions if isinstance(item, exp.Alias)}
    skipped = {id(call.node) for call in calls}

    def visit(node: exp.Expression, may_be_alias: bool) -> Iterator[exp.Expression]:
        if id(node) in skipped or isinstance(node, exp.Query):
            return
        if isinstance(node, exp.Column) or (grouped and _is_aggregate(node)):
            is_alias = isinstance(node, exp.Column) and not node.table and node.name in aliases
            if not (may_be_alias and is_alias):
                yield node
            return
        for child in node.iter_expressions():
            yield from visit(child, may_be_alias)

    for part in _PARTS:
        value = select.args.get(part)
        if part == "where" or (grouped and part in ("group", "having")):
            continue
        for root in value if isinstance(value, list) else [value]:
            if isinstance(root, exp.Expression):
                yield from visit(root, may_be_alias=part != "expressions")
    for condition in conditions:
        yield from visit(condition, may_be_alias=False)


def _take_conditions(
    select: exp.Select, part: str, calls: list[ScriptCall]
) -> list[exp.Expression]:
    """Removes from WHERE (or HAVING) the conditions that need the calls, and gives them."""
    clause = select.args.get(part)
    if clause is None:
        return []
    nodes = {id(call.node) for call in calls}
    root = clause.this.unnest()
    conditions = list(root.flatten()) if isinstance(root, exp.And) else [root]
    late = [c for c in conditions if any(id(node) in nodes for node in c.walk())]
    early = [c for c in conditions if c not in late]
    select.set(part, type(clause)(this=exp.and_(*early)) if early else None)
    return [exp.Paren(this=condition) for condition in late]


def _name_items(reader: Reader, select: exp.Select) -> None:
    """Gives every select item its name, and puts the columns in the place of stars."""
    emitting = [call.node for call in own_calls(reader.session, select) if call.emits_rows]
    items: list[exp.Expression] = []
    for item in select.expressions:
        if is_star(item):
            items += _star_columns(reader, select, item)
        elif isinstance(item, exp.Alias) or any(item is node for node in emitting):
            items.append(item)
        else:
            name = result_name(item)
            items.append(aliased(item, name))
    select.set("expressions", items)


def _star_columns(reader: Reader, select: exp.Select, star: exp.Expression) -> list[exp.Alias]:
    table = star.args.get("table")
    items = []
    for name in reader.star_names(select, star):
        owned = column(name)
        if table is not None:
            owned.set("table", table.copy())
        items.append(aliased(owned, name))
    return items


def _read_from(select: exp.Select, source: exp.From, conditions: list[exp.Expression]) -> None:
    """Reads from `source` alone, under these conditions beside the WHERE that is left."""
    for part in ("joins", "laterals", "connect"):
        select.set(part, None)
    select.set("from_", source)
    if conditions:
        select.set("where", exp.Where(this=exp.and_(*conditions)))
