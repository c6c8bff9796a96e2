"""DuckDB SQL that makes the CSV line of a row: the text work is done where it is fast."""

from __future__ import annotations

import re

from sqlglot import exp

from ..results import Column
from ..sql.formats import as_text
from .csv_format import CsvFormat


def lines_query(sql: str, columns: list[Column], form: CsvFormat) -> str:
    """A query with one column, the lines of the result of `sql`, without row separators."""
    names = [f"C{index}" for index in range(len(columns))]
    values = [_value(name, column, form) for name, column in zip(names, columns, strict=True)]
    # one call, because a chain of || copies the growing line again and again
    line = f"concat_ws({', '.join([_literal(form.column_separator), *values])})"
    named = ", ".join(f'"{name}"' for name in names)
    return f"SELECT {line} AS LINE FROM ({sql}) AS Q ({named})"


def header_line(columns: list[Column], form: CsvFormat) -> str:
    """The names of the columns, delimited where they must be."""
    names = [_delimited(column.name, form) for column in columns]
    return form.column_separator.join(names)


def _delimited(text: str, form: CsvFormat) -> str:
    if form.delimit == "NEVER" or not form.delimiter:
        return text
    if form.delimit == "AUTO" and not re.search(_needs_delimiter(form), text):
        return text
    doubled = text.replace(form.delimiter, form.delimiter * 2)
    return f"{form.delimiter}{doubled}{form.delimiter}"


def _needs_delimiter(form: CsvFormat) -> str:
    """What a value holds that only stays itself between delimiters."""
    special = [form.column_separator, form.delimiter, "\r", "\n"]
    parts = [_regex_escape(text) for text in special if text]
    if form.null:
        parts.append(f"^{_regex_escape(form.null)}$")
    return "|".join([*parts, r"^\s", r"\s$"])


def _regex_escape(text: str) -> str:
    # only what is special in RE2 and in Python alike
    return re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", text)


def _value(name: str, column: Column, form: CsvFormat) -> str:
    """SQL for the text of one value, NULL included."""
    value = f'"{name}"'
    if column.type.name == "BOOLEAN":
        true, false = map(_literal, form.booleans)
        text = f"CASE WHEN {value} THEN {true} WHEN NOT {value} THEN {false} END"
        may_need_delimiter = False
    else:
        text = _text(name, column)
        may_need_delimiter = column.type.name not in ("DECIMAL", "DOUBLE", "DATE")
    if form.delimit != "NEVER" and form.delimiter:
        text = _delimited_sql(text, column, form, may_need_delimiter)
    return f"coalesce({text}, {_literal(form.null)})"


def _text(name: str, column: Column) -> str:
    """`as_text`, in forms that DuckDB computes faster for whole tables of numbers."""
    text = f'CAST("{name}" AS VARCHAR)'
    if column.type.name == "DOUBLE":
        return f"CASE WHEN suffix({text}, '.0') THEN left({text}, -2) ELSE {text} END"
    if column.type.name == "DECIMAL" and column.type.scale and not column.type.is_fraction:
        return f"rtrim(rtrim({text}, '0'), '.')"
    return as_text(exp.column(name, quoted=True), column.type).sql("duckdb", identify=True)


def _delimited_sql(text: str, column: Column, form: CsvFormat, may_need_delimiter: bool) -> str:
    delimiter = _literal(form.delimiter)
    delimited = (
        f"{delimiter} || replace({text}, {delimiter}, {_literal(form.delimiter * 2)})"
        f" || {delimiter}"
    )
    if form.delimit == "ALWAYS" or column.type.name.startswith("TIMESTAMP"):
        return delimited
    if not may_need_delimiter and form.column_separator not in "0123456789.-+eE":
        return text
    pattern = _literal(_needs_delimiter(form))
    return f"CASE WHEN regexp_matches({text}, {pattern}) THEN {delimited} ELSE {text} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
