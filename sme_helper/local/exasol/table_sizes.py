"""How many rows tables have and how large they are: counted when somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from sqlglot import exp

from .catalog.bootstrap import INTERNAL
from .quoting import quote, quote_name
from .sql.statements import Name
from .types import ExaType

if TYPE_CHECKING:
    from .session import Session

ROW_COUNTS = ("TABLE_ROW_COUNT",)
SIZES = ("RAW_OBJECT_SIZE", "MEM_OBJECT_SIZE")

# Bytes of a value, NULL too; of texts, what UTF-8 needs.
_BYTES = {"BOOLEAN": 1, "DATE": 4, "DOUBLE": 8}
_TEXTS = ("VARCHAR", "CHAR", "GEOMETRY")


def with_row_counts(session: Session, view: str, rows: exp.Select) -> exp.Select:
    """The rows of EXA_*_TABLES with TABLE_ROW_COUNT."""
    counts = {id_: count for _, id_, count in _of_tables(session, lambda columns: "count(*)")}
    return _filled(session, view, rows, "TABLE_OBJECT_ID", ROW_COUNTS, counts)


def with_sizes(session: Session, view: str, rows: exp.Select) -> exp.Select:
    """The rows of EXA_*_OBJECT_SIZES with sizes; a schema is as large as all of its tables."""
    sizes: dict[int, int] = {}
    for schema_id, table_id, size in _of_tables(session, _bytes):
        sizes[table_id] = size
        sizes[schema_id] = sizes.get(schema_id, 0) + size
    return _filled(session, view, rows, "OBJECT_ID", SIZES, sizes)


def _of_tables(session: Session, measure) -> list[tuple[int, int, int]]:
    """The ids of schema and table, and what is measured of the table's rows."""
    tables = session.store.look_up(
        f"""SELECT s.OBJECT_ID AS SCHEMA_ID, r.OBJECT_ID AS TABLE_ID, r.SCHEMA_NAME, RELATION_NAME
            FROM {INTERNAL}.RELATIONS r JOIN {INTERNAL}.SCHEMAS s USING (SCHEMA_NAME)
            WHERE KIND = 'TABLE'""",
        [],
    )
    queries = []
    for table in tables:
        name = Name(table["SCHEMA_NAME"], table["RELATION_NAME"])
        measured = measure(session.catalog.columns(name))
        queries.append(
            f"SELECT {table['SCHEMA_ID']}, {table['TABLE_ID']}, CAST({measured} AS BIGINT) "
            f"FROM {quote_name(name)}"
        )
    if not queries:
        return []
    counted = session.store.query(" UNION ALL ".join(queries))
    return list(zip(*(column.to_pylist() for column in counted.columns), strict=True))


def _bytes(columns) -> str:
    width = sum(_width(column.type) for column in columns if column.type.name not in _TEXTS)
    texts = [
        f"coalesce(sum(strlen({quote(column.name)})), 0)"
        for column in columns
        if column.type.name in _TEXTS
    ]
    return " + ".join([f"count(*) * {width}", *texts])


def _width(type_: ExaType) -> int:
    if type_.name == "DECIMAL":
        return 4 if type_.precision <= 9 else 8 if type_.precision <= 18 else 16
    return type_.size if type_.name == "HASHTYPE" else _BYTES.get(type_.name, 8)


def _filled(
    session: Session,
    view: str,
    rows: exp.Select,
    key: str,
    names: tuple[str, ...],
    values: dict[int, int],
) -> exp.Select:
    """The rows of a view with values in some columns; 0 where there is none for the row's key."""
    table = pa.table(
        {"ID": pa.array(values, pa.int64()), "VALUE": pa.array(values.values(), pa.int64())}
    )
    measured = exp.table_(session.register(table), quoted=True, alias="measured")
    value = exp.func(
        "COALESCE", exp.column("VALUE", "measured", quoted=True), exp.Literal.number(0)
    )
    columns = [
        exp.alias_(value.copy(), column.name, quoted=True)
        if column.name in names
        else exp.column(column.name, "rows", quoted=True)
        for column in session.catalog.columns(Name("SYS", view))
    ]
    same = exp.column(key, "rows", quoted=True).eq(exp.column("ID", "measured", quoted=True))
    return (
        exp.select(*columns).from_(rows.subquery("rows")).join(measured, on=same, join_type="left")
    )
