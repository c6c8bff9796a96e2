"""IMPORT INTO table FROM CSV."""

from __future__ import annotations

import http.client
from contextlib import ExitStack
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from .. import dml, query
from ..errors import SqlError, aborted, unsupported
from ..privileges import require_on
from ..results import Column, Result
from ..sql.statements import ColumnDefinition, FileColumns, Import
from ..types import MAX_VARCHAR, ExaType
from .csv_format import CsvFormat, check_width, column_formats
from .targets import decompressed, open_targets

_TEXT = ExaType("VARCHAR", size=MAX_VARCHAR, charset="UTF8")
_BLOCK_BYTES = 4 << 20
_TRIMMERS = {
    "TRIM": pc.utf8_trim_whitespace,
    "LTRIM": pc.utf8_ltrim_whitespace,
    "RTRIM": pc.utf8_rtrim_whitespace,
}


def run_import(session, statement: Import) -> Result:
    """Inserts the rows of all files into the table; gives their number.

    Raises:
        SqlError: unknown table or column, a failed transfer, or a file that does not fit
            the table (42636).
    """
    form = CsvFormat.from_options(statement.options)
    with ExitStack() as stack:
        files = open_targets(session, statement.sources, stack)
        name = session.catalog.require_relation(statement.table, "TABLE").name
        require_on(session, "INSERT", name)
        columns = _columns(session, statement)
        check_width(statement.file_columns, len(columns))
        tables = [
            read_csv(decompressed(target.open_reader(file), file), file, len(columns), form)
            for target, file in files
        ]
    if session.aborted.is_set():
        raise aborted()
    rows = pa.concat_tables(tables)
    if not rows.num_rows:
        return Result(rowcount=0)
    described = [Column(field.name, _TEXT) for field in rows.schema]
    source = session.register(rows, described)
    try:
        sql, types = _values(session, source, columns, statement.file_columns)
        count = dml.insert_duckdb(session, name, columns, sql, types)
    except SqlError as error:
        raise SqlError(f"ETL-3050: {error.text}", "42636") from error
    return Result(rowcount=count)


def _values(
    session, source: str, columns: list[ColumnDefinition], file_columns: list[FileColumns]
) -> tuple[str, list[ExaType | None]]:
    """DuckDB SQL for the values of the file, those with a format read by it, and their types."""
    formats = column_formats(file_columns)
    if not any(formats):
        return f'SELECT * FROM "{source}"', [_TEXT] * len(columns)
    items = [
        _reader(f'"v{index}"', column, format_)
        for index, (column, format_) in enumerate(zip(columns, formats, strict=True))
    ]
    tree = session.parse(f'SELECT {", ".join(items)} FROM "{source}"')
    sql, typed = query.prepare(session, tree)
    return sql, [type_ for _, type_ in typed]


def _reader(value: str, column: ColumnDefinition, format_: str | None) -> str:
    if not format_:
        return value
    kind = column.type.name.split()[0]
    if kind in ("DECIMAL", "DOUBLE") and not format_.strip("90."):
        return value  # digits and a point are read as they are
    function = {"DATE": "TO_DATE", "TIMESTAMP": "TO_TIMESTAMP"}.get(kind, "TO_NUMBER")
    literal = format_.replace("'", "''")
    return f"{function}({value}, '{literal}')"


def _columns(session, statement: Import) -> list[ColumnDefinition]:
    definitions = session.catalog.column_definitions(statement.table)
    if not statement.columns:
        return definitions
    by_name = {definition.name: definition for definition in definitions}
    for name in statement.columns:
        if name not in by_name:
            raise SqlError(f"object {name} not found in {statement.table.name}")
    return [by_name[name] for name in statement.columns]


def read_csv(stream: BinaryIO, file: str, width: int, form: CsvFormat) -> pa.Table:
    """All values as text, in columns v0, v1, ...; NULL for what stands for it.

    Raises:
        SqlError: a line has another number of values, or the transfer broke off.
    """
    names = [f"v{index}" for index in range(width)]
    schema = pa.schema([(name, pa.string()) for name in names])
    if len(form.column_separator) != 1 or len(form.delimiter) > 1:
        raise unsupported("column separators and delimiters of several characters in IMPORT")
    try:
        table = pa.csv.read_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pa.csv.ReadOptions(
                column_names=names,
                skip_rows=form.skip,
                encoding=form.encoding,
                block_size=_BLOCK_BYTES,
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=form.column_separator,
                quote_char=form.delimiter or False,
                newlines_in_values=True,
                ignore_empty_lines=False,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=schema,
                null_values=["", form.null],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return schema.empty_table()
        raise SqlError(f"ETL-3003: file {file}: {error}", "42636") from error
    except (OSError, EOFError, http.client.HTTPException) as error:
        raise SqlError(
            "ETL-5105: Following error occured while reading data from external connection "
            f"[{file} failed: {error}]",
            "42636",
        ) from error
    if not form.trim:
        return table
    trim = _TRIMMERS[form.trim]
    trimmed = [pc.if_else(pc.equal(c, ""), None, c) for c in map(trim, table.columns)]
    return pa.table(trimmed, schema=schema)
