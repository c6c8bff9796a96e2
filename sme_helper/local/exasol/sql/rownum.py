"""ROWNUM where DuckDB allows no window function: in WHERE, GROUP BY, HAVING and QUALIFY.

The rows are numbered one level below, behind the conditions that do not mention ROWNUM:
those decide which rows are counted, as in Exasol.
"""

from __future__ import annotations

from sqlglot import exp

from ..errors import unsupported

_NUMBER = "EXA$ROWNUM"
_CLAUSES = ("where", "group", "having", "qualify")


def number_rows(tree: exp.Expression) -> exp.Expression:
    """The tree with such uses of ROWNUM replaced; changes the tree it is given."""
    for select in list(tree.find_all(exp.Select)):
        if any(_calls(select.args.get(clause), select) for clause in _CLAUSES):
            _number(select)
    return tree


def _calls(clause: exp.Expression | None, select: exp.Select) -> list[exp.Anonymous]:
    """The ROWNUM calls in a clause that belong to this SELECT, not to one inside."""
    if clause is None:
        return []
    return [
        call
        for call in clause.find_all(exp.Anonymous)
        if call.this == "ROWNUM" and call.find_ancestor(exp.Select) is select
    ]


def _number(select: exp.Select) -> None:
    from_ = select.args.get("from_")
    if from_ is None or select.args.get("joins") or from_.this.args.get("joins"):
        raise unsupported("ROWNUM in WHERE or GROUP BY without exactly one table")
    source = from_.this
    alias = exp.Identifier(this=source.alias_or_name or "EXA$SOURCE", quoted=True)
    counted, outer = _split_conditions(select)
    inner = exp.select("*", "row_number() OVER () AS " + f'"{_NUMBER}"', dialect="duckdb")
    inner = inner.from_(source.copy())
    if counted:
        inner = inner.where(*counted)
    from_.set("this", exp.Subquery(this=inner, alias=exp.TableAlias(this=alias)))
    select.set("where", exp.Where(this=exp.and_(*outer)) if outer else None)
    column = exp.Column(this=exp.Identifier(this=_NUMBER, quoted=True), table=alias.copy())
    for clause in [*select.expressions, *(select.args.get(c) for c in (*_CLAUSES, "order"))]:
        for call in _calls(clause, select):
            call.replace(column.copy())
    _hide_from_stars(select)


def _split_conditions(select: exp.Select) -> tuple[list[exp.Expression], list[exp.Expression]]:
    where = select.args.get("where")
    if where is None:
        return [], []
    conditions = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    outer = [c for c in conditions if _calls(c, select)]
    return [c.copy() for c in conditions if c not in outer], [c.copy() for c in outer]


def _hide_from_stars(select: exp.Select) -> None:
    for item in select.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star):
            hidden = exp.Identifier(this=_NUMBER, quoted=True)
            star.set("except_", [*(star.args.get("except_") or []), hidden])
