"""The text that EXPORT writes and IMPORT reads."""

import io

import duckdb
import pyarrow as pa
import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.results import Column
from sme_helper.local.exasol.transport.csv_format import CsvFormat
from sme_helper.local.exasol.transport.csv_lines import header_line, lines_query
from sme_helper.local.exasol.transport.import_ import read_csv
from sme_helper.local.exasol.types import ExaType


def line(type_: str, value: str, **options) -> str:
    """The line of a row of one value, given as DuckDB SQL."""
    exa_type = ExaType.parse(type_)
    sql = f"SELECT CAST({value} AS {exa_type.duckdb})"
    query = lines_query(sql, [Column("A", exa_type)], CsvFormat(**options))
    [(text,)] = duckdb.sql(query).fetchall()
    return text


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("INT", "5", "5"),
        ("DECIMAL(10,2)", "1.50", "1.5"),
        ("DECIMAL(10,2)", "100", "100"),
        ("DECIMAL(10,2)", "-0.10", "-0.1"),
        ("DOUBLE", "1", "1"),
        ("DOUBLE", "0.1", "0.1"),
        ("BOOLEAN", "true", "1"),
        ("BOOLEAN", "false", "0"),
        ("DATE", "'2024-02-29'", "2024-02-29"),
        ("TIMESTAMP", "'2024-02-29 01:02:03.5'", '"2024-02-29 01:02:03.500000"'),
        ("VARCHAR(10)", "'plain text'", "plain text"),
        ("VARCHAR(10)", "'a,b'", '"a,b"'),
        ("VARCHAR(10)", "'a\"b'", '"a""b"'),
        ("VARCHAR(10)", "'a' || chr(10)", '"a\n"'),
        ("VARCHAR(10)", "' a'", '" a"'),
        ("VARCHAR(10)", "'ä🎉'", "ä🎉"),
        ("INT", "NULL", ""),
        ("BOOLEAN", "NULL", ""),
        ("VARCHAR(10)", "NULL", ""),
    ],
)
def test_values_are_written_as_exasol_writes_them(type_, value, text):
    assert line(type_, value) == text


@pytest.mark.parametrize(
    ("options", "value", "text"),
    [
        ({"delimit": "ALWAYS"}, "'a'", '"a"'),
        ({"delimit": "NEVER"}, "'a,b'", "a,b"),
        ({"delimiter": "'"}, "'it''s'", "'it''s'"),
        ({"delimiter": ""}, "'a\"b'", 'a"b'),
        ({"column_separator": "|"}, "'a|b'", '"a|b"'),
        ({"column_separator": "|"}, "'a,b'", "a,b"),
        ({"null": "N/A"}, "NULL", "N/A"),
        ({"null": "N/A"}, "'N/A'", '"N/A"'),
    ],
)
def test_options_change_the_text(options, value, text):
    assert line("VARCHAR(10)", value, **options) == text


def test_booleans_have_the_chosen_texts():
    assert line("BOOLEAN", "true", booleans=("Y", "N")) == "Y"


def test_names_are_delimited_where_they_must_be():
    columns = [Column(name, ExaType("DOUBLE")) for name in ("A", "b c", 'd,"e"')]
    assert header_line(columns, CsvFormat()) == 'A,b c,"d,""e"""'


def read(text: str | bytes, width: int = 2, **options) -> list[tuple]:
    data = text.encode() if isinstance(text, str) else text
    table = read_csv(io.BytesIO(data), "f.csv", width, CsvFormat(**options))
    assert table.schema.types == [pa.string()] * width
    return [tuple(row.values()) for row in table.to_pylist()]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ('1,x\n2,"a,""b""\nc"\n', {}, [("1", "x"), ("2", 'a,"b"\nc')]),
        ('1,\n"",x\n', {}, [("1", None), (None, "x")]),
        ("1;x\r\n2;y", {"column_separator": ";"}, [("1", "x"), ("2", "y")]),
        ("A,B\n1,x\n", {"skip": 1}, [("1", "x")]),
        ("1,N/A\n", {"null": "N/A"}, [("1", None)]),
        ("1,'a,b'\n", {"delimiter": "'"}, [("1", "a,b")]),
        (" 1 ,  \n", {"trim": "TRIM"}, [("1", None)]),
        (" 1 , x\n", {"trim": "LTRIM"}, [("1 ", "x")]),
        ("1,ä\n".encode("latin-1"), {"encoding": "iso8859-1"}, [("1", "ä")]),
        ("", {}, []),
    ],
)
def test_files_are_read(text, options, expected):
    assert read(text, **options) == expected


def test_empty_lines_of_one_column_are_nulls():
    assert read("1\n\n2\n", width=1) == [("1",), (None,), ("2",)]


def test_a_line_with_too_few_values_is_refused():
    with pytest.raises(SqlError, match=r"ETL-3003: file f\.csv: .*Expected 2 columns, got 1"):
        read("1,x\n2\n")


def test_what_export_writes_import_reads_back():
    texts = ["plain", "a,b", 'a"b', "a\nb", " a ", "ä", "'", "1"]
    values = [line("VARCHAR(10)", "'" + text.replace("'", "''") + "'") for text in texts]
    assert read("\n".join(values) + "\n", width=1) == [(text,) for text in texts]
