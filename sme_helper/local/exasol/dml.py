"""Runs INSERT, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from . import query
from .errors import SqlError, unsupported
from .primary_keys import check_key
from .privileges import require_on
from .quoting import quote, quote_name
from .results import Result
from .sql.casts import fit_hash, fit_text, fit_value
from .sql.formats import as_text, longest_text
from .sql.statements import ColumnDefinition, Name
from .sql.templates import fill
from .sql.type_rules import data_type, type_of
from .sql.types_of import Columns, Lookup, annotate, annotate_expressions
from .types import MAX_VARCHAR, ExaType

if TYPE_CHECKING:
    from .session import Session


def run(session: Session, tree: exp.Expression) -> Result:
    """Runs a parsed DML statement; the result is the number of rows."""
    if isinstance(tree, exp.Insert):
        return _insert(session, tree)
    if isinstance(tree, exp.Update):
        return _update(session, tree)
    if isinstance(tree, exp.Delete):
        return _delete(session, tree)
    return _merge(session, tree)


def _target(session: Session, table: exp.Table, *privileges: str) -> Name:
    """The table to be changed; the user must hold the privileges on it."""
    name = session.catalog.require_relation(Name(table.db or None, table.name), "TABLE").name
    for privilege in privileges:
        require_on(session, privilege, name)
    session.database.write_locks.acquire(session, name)
    return name


# --- INSERT --------------------------------------------------------------------------


def _insert(session: Session, insert: exp.Insert) -> Result:
    target = insert.this
    names = None
    if isinstance(target, exp.Schema):
        names, target = [column.name for column in target.expressions], target.this
    name = _target(session, target, "INSERT")
    definitions = session.catalog.column_definitions(name)
    if isinstance(insert.expression, (exp.Values, exp.Tuple)):
        source = _values_as_query(session, insert.expression, definitions, names)
    elif insert.args.get("default"):
        raise unsupported("INSERT ... DEFAULT VALUES")
    else:
        source = insert.expression
    with_ = insert.args.get("with_")
    if with_:
        source.set("with_", with_.copy())
    return insert_query(session, name, source, names)


def insert_query(
    session: Session, name: Name, source: exp.Expression, names: list[str] | None
) -> Result:
    """Inserts a query's rows into a table.

    Args:
        names: the columns to fill; None for all, in the table's order.
    Raises:
        SqlError: wrong columns, or values that do not fit their types.
    """
    definitions = session.catalog.column_definitions(name)
    chosen = _chosen(definitions, names, name)
    sql, columns = query.prepare(session, query.evaluate_udfs(session, source))
    if len(columns) != len(chosen):
        raise SqlError(
            f"not enough or too many values: {len(columns)} for the {len(chosen)} columns "
            f"of {name.name}"
        )
    return Result(rowcount=insert_duckdb(session, name, chosen, sql, [t for _, t in columns]))


def insert_duckdb(
    session: Session,
    name: Name,
    columns: list[ColumnDefinition],
    sql: str,
    types: list[ExaType | None],
) -> int:
    """Inserts the rows of a DuckDB query, each value brought to its column's type."""
    sources = [f"C{i}" for i in range(len(columns))]
    values = [
        fitted(exp.column(source, quoted=True), type_, column.type).sql("duckdb", identify=True)
        for source, type_, column in zip(sources, types, columns, strict=True)
    ]
    count = session.store.run(
        f"INSERT INTO {quote_name(name)} ({', '.join(quote(c.name) for c in columns)}) "
        f"SELECT {', '.join(values)} FROM ({sql}) AS Q ({', '.join(map(quote, sources))})"
    )
    check_key(session, name)
    return count


def fitted(value: exp.Expression, source: ExaType | None, target: ExaType) -> exp.Expression:
    """A value as a column of this type takes it: cast, its length checked, '' as NULL."""
    if source == target and target.name in ("DECIMAL", "DOUBLE", "BOOLEAN", "DATE"):
        return value
    if target.name == "HASHTYPE" and source != target:
        return fit_hash(value, target)
    if target.name not in ("VARCHAR", "CHAR"):
        return fit_value(value, source, target)
    text = as_text(value, source)
    if not source or source.name not in ("VARCHAR", "CHAR"):
        text = fill("nullif($1, '')", [text])
    if target.name == "VARCHAR" and longest_text(source) <= target.size:
        return text
    return fit_text(text, target)


def _chosen(
    definitions: list[ColumnDefinition], names: list[str] | None, table: Name
) -> list[ColumnDefinition]:
    if names is None:
        return definitions
    by_name = {definition.name: definition for definition in definitions}
    for name in names:
        if name not in by_name:
            raise SqlError(f"object {name} not found in {table.schema}.{table.name}")
    return [by_name[name] for name in names]


def _values_as_query(
    session: Session,
    values: exp.Expression,
    definitions: list[ColumnDefinition],
    names: list[str] | None,
) -> exp.Expression:
    """VALUES (...), (...) as a query; DEFAULT becomes the column's default."""
    chosen = definitions if names is None else _chosen(definitions, names, Name(None, "table"))
    rows = values.expressions if isinstance(values, exp.Values) else [values]
    selects = []
    for row in rows:
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        if len(cells) != len(chosen):
            raise SqlError(f"not enough or too many values: {len(cells)} for {len(chosen)} columns")
        for index, cell in enumerate(list(cells)):
            if isinstance(cell, (exp.Column, exp.Var)) and cell.name.upper() == "DEFAULT":
                cells[index].replace(_default(session, chosen[index]))
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        fitting = [_cell(cell, column) for cell, column in zip(cells, chosen, strict=True)]
        selects.append(exp.Tuple(expressions=fitting))
    alias = exp.TableAlias(
        this=exp.to_identifier("V", quoted=True),
        columns=[exp.to_identifier(f"C{i}", quoted=True) for i in range(len(chosen))],
    )
    return exp.select("*").from_(exp.Values(expressions=selects, alias=alias))


def _cell(cell: exp.Expression, column: ColumnDefinition) -> exp.Expression:
    """A value of one row. Fractions are cast at once: DuckDB gives all rows of a column one type,
    and where that cannot hold the digits of all of them it drops some.
    """
    number = cell.this if isinstance(cell, exp.Neg) else cell
    if column.type.scale and isinstance(number, exp.Literal) and not number.is_string:
        return exp.cast(cell.copy(), column.type.sql, dialect="exasol")
    return cell.copy()


def _default(session: Session, column: ColumnDefinition) -> exp.Expression:
    if not column.default:
        return exp.Null()
    return session.parse(f"SELECT {column.default}").expressions[0]


# --- UPDATE, DELETE ------------------------------------------------------------------


def _delete(session: Session, delete: exp.Delete) -> Result:
    name = _target(session, delete.this, "DELETE")
    return Result(rowcount=_change(session, delete, name))


def _update(session: Session, update: exp.Update) -> Result:
    name = _target(session, update.this, "UPDATE")
    types = {column.name: column.type for column in session.catalog.columns(name)}
    update = update.copy()
    for assignment in update.expressions:
        if assignment.this.name not in types:
            raise SqlError(f"object {assignment.this.name} not found")
    return Result(rowcount=_change(session, update, name, types))


def _change(
    session: Session,
    tree: exp.Expression,
    name: Name,
    types: dict[str, ExaType] | None = None,
) -> int:
    """Translates and runs an UPDATE or DELETE."""
    alias = tree.this.alias_or_name
    tree = query.evaluate_udfs(session, tree)
    _set_target(tree.this, name, alias)
    lookup = partial(query.lookup_columns, session)
    known = {alias: lookup(name)}
    if tree.args.get("from_"):
        tree.set("from_", _without_target(tree.args["from_"], alias))
    from_ = tree.args.get("from_")
    if from_ is not None:
        for source in [from_.this, *(join.this for join in from_.this.args.get("joins") or [])]:
            known |= _source_columns(source, lookup)
    expressions = [tree.args["where"]] if tree.args.get("where") else []
    expressions += [assignment.expression for assignment in tree.args.get("expressions") or []]
    annotate_expressions(expressions, known, lookup)
    for assignment in tree.args.get("expressions") or []:
        _fit_assignment(assignment, types)
    count = session.store.run(session.translate_annotated(tree))
    if types:
        check_key(session, name)
    return count


def _source_columns(source: exp.Expression, lookup: Lookup) -> dict[str, Columns]:
    source = source.copy()
    source.set("joins", None)
    everything = exp.select("*").from_(source)
    return {source.alias_or_name: annotate(everything, lookup)}


def _without_target(from_: exp.From, alias: str) -> exp.From | None:
    """FROM less the target: `UPDATE t SET ... FROM t, s` names it again, DuckDB must not."""
    first = from_.this
    if first.alias_or_name != alias:
        return from_
    joins = list(first.args.get("joins") or [])
    if not joins:
        return None
    if any(join.args.get("on") or join.args.get("using") for join in joins):
        raise unsupported("UPDATE ... FROM with the target in an explicit JOIN")
    source = joins[0].this
    if joins[1:]:
        source.set("joins", joins[1:])
    return exp.From(this=source)


def _fit_assignment(assignment: exp.EQ, types: dict[str, ExaType]) -> None:
    column = exp.Column(this=assignment.this.this.copy())
    value = assignment.expression
    type_ = types[column.name]
    source = type_of(value)
    may_not_fit = (type_.is_stored_wider or type_.name == "HASHTYPE") and source != type_
    if type_.name in ("VARCHAR", "CHAR"):
        is_text = not source or source.name in ("VARCHAR", "CHAR")
        may_not_fit = type_.size < MAX_VARCHAR or not is_text
    if may_not_fit:
        cast = exp.Cast(this=value.copy(), to=data_type(type_))
        cast.this.meta.update(value.meta)
        assignment.set("expression", cast)
    assignment.set("this", column)


def _set_target(table: exp.Table, name: Name, alias: str) -> None:
    table.set("this", exp.to_identifier(name.name, quoted=True))
    table.set("db", exp.to_identifier(name.schema, quoted=True))
    if alias != name.name or table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    statement = table.parent
    for column in statement.find_all(exp.Column):
        if column.args.get("db"):
            column.set("db", None)


# --- MERGE ---------------------------------------------------------------------------


def _merge(session: Session, merge: exp.Merge) -> Result:
    name = _target(session, merge.this, *_merge_privileges(merge))
    types = {column.name: column.type for column in session.catalog.columns(name)}
    alias = merge.this.alias_or_name
    merge = merge.copy()
    merge = query.evaluate_udfs(session, merge)
    _set_target(merge.this, name, alias)
    source = merge.args["using"]
    lookup = partial(query.lookup_columns, session)
    known = {alias: lookup(name), **_source_columns(source, lookup)}
    for when in merge.args["whens"].expressions:
        _normalize_when(when, list(types), source.alias_or_name)
    conditions = [merge.args["on"]]
    for when in merge.args["whens"].expressions:
        conditions += _when_expressions(when)
    annotate_expressions(conditions, known, lookup)
    for when in merge.args["whens"].expressions:
        then = when.args["then"]
        if isinstance(then, exp.Update):
            for assignment in then.expressions:
                _fit_assignment(assignment, types)
    count = session.store.run(session.translate_annotated(merge))
    check_key(session, name)
    return Result(rowcount=count)


def _merge_privileges(merge: exp.Merge) -> list[str]:
    """What a MERGE does to its target: INSERT, UPDATE, DELETE."""
    thens = [when.args["then"] for when in merge.args["whens"].expressions]
    return sorted({then.key.upper() if then.key != "var" else then.name.upper() for then in thens})


def _normalize_when(when: exp.When, columns: list[str], source: str) -> None:
    """WHERE behind UPDATE or INSERT becomes a condition of the branch, which DuckDB has."""
    then = when.args["then"]
    where = then.args.get("where") if isinstance(then, exp.Expression) else None
    if where is not None:
        condition = when.args.get("condition")
        when.set("condition", exp.and_(condition, where.this) if condition else where.this.copy())
        then.set("where", None)
    if isinstance(then, exp.Insert):
        if then.this is None:
            names = columns[: len(then.expression.expressions)]
            then.set(
                "this",
                exp.Tuple(expressions=[exp.column(name, quoted=True) for name in names]),
            )
        else:
            for column in then.this.find_all(exp.Column):
                column.set("table", None)
        for column in then.expression.find_all(exp.Column):
            if not column.table:
                column.set("table", exp.to_identifier(source, quoted=True))


def _when_expressions(when: exp.When) -> list[exp.Expression]:
    then = when.args["then"]
    found = [when.args["condition"]] if when.args.get("condition") else []
    if isinstance(then, exp.Update):
        found += [assignment.expression for assignment in then.expressions]
    if isinstance(then, exp.Insert):
        found += then.expression.expressions
    return found
