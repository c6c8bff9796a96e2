"""Which table every name in a query means; views are put in as the queries they stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ..errors import unsupported
from .statements import Name


@dataclass(frozen=True)
class Target:
    """What a table name means: the full name, and a view's query, if it is a view."""

    name: Name
    view: exp.Expression | None = None


# Marks a table that has been looked up: never again, since other rights count inside a view.
_RESOLVED = "resolved"

_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Schema)

# Resolves a table name; raises SqlError for one that does not exist.
Find = Callable[[Name], Target]


def resolve(tree: exp.Expression, find: Find) -> exp.Expression:
    """The tree with full table names, and views inlined. The input is not changed."""
    tree = tree.copy()
    for table in list(tree.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier):
            raise unsupported("functions in place of a table")
        if _is_cte(table) or table.meta.get(_RESOLVED):
            continue
        if isinstance(
            table.parent, (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Schema)
        ) and (table.arg_key == "this"):
            continue  # what DML changes; dml.py looks that up
        target = find(Name(table.db or None, table.name))
        if target.view is None:
            _name_fully(table, target.name)
            table.meta[_RESOLVED] = True
        else:
            _inline(table, target)
    return tree


def _is_cte(table: exp.Table) -> bool:
    """Whether a WITH around the table defines its name."""
    if table.db:
        return False
    node: exp.Expression | None = table
    while node is not None:
        with_ = node.args.get("with_")
        if with_ and any(cte.alias == table.name for cte in with_.expressions):
            return not _inside_own_definition(table, with_)
        node = node.parent
    return False


def _inside_own_definition(table: exp.Table, with_: exp.With) -> bool:
    """`WITH t AS (SELECT * FROM t)`: the inner t is the table, unless WITH is RECURSIVE."""
    if with_.args.get("recursive"):
        return False
    names = [cte.alias for cte in with_.expressions]
    node: exp.Expression | None = table
    while node is not None and node.parent is not with_:
        node = node.parent
    if node is None:
        return False
    return names.index(table.name) >= with_.expressions.index(node)


def _name_fully(table: exp.Table, name: Name) -> None:
    if not table.alias:
        table.set("alias", exp.TableAlias(this=_identifier(table.name)))
    table.set("this", _identifier(name.name))
    table.set("db", _identifier(name.schema) if name.schema else None)
    _drop_schemas_of_columns(table)


def _inline(table: exp.Table, target: Target) -> None:
    alias = table.args.get("alias") or exp.TableAlias(this=_identifier(table.name))
    subquery = exp.Subquery(this=target.view.copy(), alias=alias.copy())
    for inner in subquery.find_all(exp.Table):
        inner.meta[_RESOLVED] = True
    if table.args.get("joins"):
        subquery.set("joins", table.args["joins"])
    _drop_schemas_of_columns(table)
    table.replace(subquery)


def _drop_schemas_of_columns(table: exp.Table) -> None:
    """schema.table.column -> table.column: the table goes by its alias from now on."""
    select = table.find_ancestor(exp.Select, exp.Merge)
    if select is None:
        return
    for column in select.find_all(exp.Column):
        if column.args.get("db"):
            column.set("db", None)
            column.set("catalog", None)


def _identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)
