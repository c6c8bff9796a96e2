"""EXPORT table | (query) INTO CSV."""

from __future__ import annotations

from contextlib import ExitStack

import pyarrow as pa
from sqlglot import exp

from .. import query
from ..errors import SqlError, aborted
from ..results import Column, Result
from ..sql.statements import Export, FileColumns
from .csv_format import CsvFormat, check_width, column_formats
from .csv_lines import header_line, lines_query
from .targets import Writer, compressed, open_targets


def run_export(session, statement: Export) -> Result:
    """Writes the rows into the files, spread over all of them; gives the number of rows.

    Raises:
        SqlError: the query, the connection or the transfer failed (42636).
    """
    form = CsvFormat.from_options(statement.options)
    with ExitStack() as stack:
        files = open_targets(session, statement.sources, stack)
        tree = query.evaluate_udfs(session, _tree(session, statement))
        sql, columns = query.prepare_described(session, tree)
        writers = [compressed(target.open_writer(file), file) for target, file in files]
        count = _write(session, lines_query(sql, columns, form), columns, form, writers)
        for writer in writers:
            writer.finish()
        if session.aborted.is_set():  # while the last rows were on their way
            raise aborted()
    return Result(rowcount=count)


def _tree(session, statement: Export) -> exp.Expression:
    tree = _rows(session, statement)
    if not statement.file_columns:
        return tree
    return _formatted(session, tree, statement.file_columns)


def _formatted(session, tree: exp.Expression, file_columns: list[FileColumns]) -> exp.Expression:
    """The rows with TO_CHAR around the columns that have a format."""
    names = [column.name for column in query.describe(session, query.evaluate_udfs(session, tree))]
    check_width(file_columns, len(names))
    formats = column_formats(file_columns)
    items = [
        f"TO_CHAR({_quoted(name)}, {_literal(format_)}) AS {_quoted(name)}"
        if format_
        else _quoted(name)
        for name, format_ in zip(names, formats, strict=True)
    ]
    formatted = session.parse(f"SELECT {', '.join(items)} FROM EXPORTED")
    alias = exp.TableAlias(this=exp.to_identifier("EXPORTED", quoted=True))
    formatted.find(exp.Table).replace(exp.Subquery(this=tree, alias=alias))
    return formatted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows(session, statement: Export) -> exp.Expression:
    if statement.query is not None:
        return session.parse(statement.query)
    name = statement.table
    table = exp.table_(name.name, db=name.schema, quoted=True)
    if not statement.columns:
        return exp.select("*").from_(table)
    known = {column.name for column in session.catalog.columns(name)}
    for column in statement.columns:
        if column not in known:
            raise SqlError(f"object {column} not found in {name.name}")
    return exp.select(*[exp.column(column, quoted=True) for column in statement.columns]).from_(
        table
    )


def _write(session, sql: str, columns: list[Column], form: CsvFormat, writers: list[Writer]) -> int:
    if form.header:
        header = (header_line(columns, form) + form.row_separator).encode(form.encoding)
        for writer in writers:
            writer.write(header)
    count = 0
    for batch in session.store.stream(sql):
        if session.aborted.is_set():
            raise aborted()
        lines = batch.column(0)
        bounds = [len(lines) * index // len(writers) for index in range(len(writers) + 1)]
        for index, writer in enumerate(writers):
            part = lines.slice(bounds[index], bounds[index + 1] - bounds[index])
            if len(part):
                writer.write(_encode(part, form))
        count += len(lines)
    return count


def _encode(lines: pa.StringArray, form: CsvFormat) -> bytes:
    text = form.row_separator.join([*lines.to_pylist(), ""])
    try:
        return text.encode(form.encoding)
    except UnicodeEncodeError as error:
        raise SqlError(
            f"ETL-5106: text that {form.encoding} cannot hold: {error}", "42636"
        ) from None
