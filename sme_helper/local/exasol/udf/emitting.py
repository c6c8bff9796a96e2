"""SELECTs whose script emits rows: EMITS in SET and SCALAR scripts."""

from __future__ import annotations

from sqlglot import exp

from ..errors import SqlError, unsupported
from .calls import ScriptCall
from .emitter import GROUP_COLUMN
from .evaluate import prepare, run
from .source import Reader, aliased, argument_items, column, is_star, result_name

# work of the cluster's nodes and processes, of which the stand-in has one each
_CONSTANT_KEYS = ("IPROC", "NPROC")


def expand_set_emits(reader: Reader, select: exp.Select, call: ScriptCall) -> exp.Select:
    """SELECT set_script(...) FROM ... [GROUP BY ...]: only the script's columns come out."""
    if select.args.get("having") or select.args.get("qualify"):
        raise unsupported("HAVING and QUALIFY beside a SET script that emits rows")
    arguments = argument_items(call)
    keys = group_keys(select)
    read, sizes = reader.read_by_group(select, arguments, keys, call.order)
    types = [item.type for item in read.columns[: len(call.arguments)]]
    prepared = prepare(reader.session, call, types)
    emitted = run(reader.session, prepared, read.table, sizes)
    columns = [
        (f"c{index}", exa_type, emitted.column(index))
        for index, (_, exa_type) in enumerate(prepared.outputs)
    ]
    items = [aliased(column(f"c{index}"), name) for index, (name, _) in enumerate(prepared.outputs)]
    return _over(select, items, reader.table(columns))


def expand_scalar_emits(reader: Reader, select: exp.Select, call: ScriptCall) -> exp.Select:
    """SELECT a, scalar_script(...), b FROM ...: other items repeat for every emitted row."""
    if select.args.get("group") or select.args.get("having") or select.args.get("qualify"):
        raise unsupported("GROUP BY, HAVING and QUALIFY beside a script that emits rows")
    arguments = argument_items(call)
    others = [item for item in select.expressions if item is not call.node]
    widths = [len(reader.star_names(select, item)) if is_star(item) else 1 for item in others]
    plain = [item.this if isinstance(item, exp.Alias) else item for item in others]
    read = reader.read(select, [*arguments, *plain])
    count = len(arguments)
    types = [item.type for item in read.columns[: len(call.arguments)]]
    prepared = prepare(reader.session, call, types)
    emitted = run(reader.session, prepared, read.table.select(range(count)), None)
    columns = [
        (f"c{index}", exa_type, emitted.column(index))
        for index, (_, exa_type) in enumerate(prepared.outputs)
    ]
    repeated = read.table.select(range(count, read.table.num_columns)).take(
        emitted.column(GROUP_COLUMN)
    )
    columns += [
        (f"x{index}", described.type, repeated.column(index))
        for index, described in enumerate(read.columns[count:])
    ]
    items, position = [], 0
    for item in select.expressions:
        if item is call.node:
            items += [
                aliased(column(f"c{index}"), name)
                for index, (name, _) in enumerate(prepared.outputs)
            ]
            continue
        width = widths[others.index(item)]
        for index in range(position, position + width):
            name = read.columns[count + index].name if is_star(item) else result_name(item)
            items.append(aliased(column(f"x{index}"), name))
        position += width
    return _over(select, items, reader.table(columns))


def group_keys(select: exp.Select) -> list[exp.Expression]:
    """The expressions of GROUP BY, less those that are constant here."""
    group = select.args.get("group")
    if group is None:
        return []
    if set(group.args) - {"expressions"} and any(
        value for key, value in group.args.items() if key != "expressions"
    ):
        raise unsupported("GROUPING SETS, CUBE and ROLLUP with scripts")
    keys = []
    for key in group.expressions:
        if isinstance(key, exp.Anonymous) and key.name.upper() in _CONSTANT_KEYS:
            continue
        if isinstance(key, exp.Literal) and not key.is_string:
            key = _item_at(select, int(key.this))
        keys.append(key)
    return keys


def _item_at(select: exp.Select, position: int) -> exp.Expression:
    if not 1 <= position <= len(select.expressions):
        raise SqlError(f"GROUP BY position {position} is not in the select list")
    item = select.expressions[position - 1]
    return item.this if isinstance(item, exp.Alias) else item


def _over(select: exp.Select, items: list[exp.Expression], source: exp.From) -> exp.Select:
    """The items over the script's rows, ordered and limited as the original select says."""
    outer = exp.Select(expressions=items, from_=source)
    for part in ("distinct", "order", "limit", "offset"):
        if select.args.get(part):
            outer.set(part, select.args[part].copy())
    return outer
