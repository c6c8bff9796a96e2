"""The file options of EXPORT and IMPORT."""

import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.transport.csv_format import CsvFormat


def test_the_defaults_are_exasols():
    assert CsvFormat.from_options({}) == CsvFormat(",", '"', "\n", "", "utf-8", "AUTO", ("1", "0"))


@pytest.mark.parametrize(
    ("option", "value", "attribute", "expected"),
    [
        ("COLUMN SEPARATOR", "TAB", "column_separator", "\t"),
        ("COLUMN SEPARATOR", "0x09", "column_separator", "\t"),
        ("COLUMN DELIMITER", "NONE", "delimiter", ""),
        ("ROW SEPARATOR", "CRLF", "row_separator", "\r\n"),
        ("BOOLEAN", "true/false", "booleans", ("true", "false")),
        ("ENCODING", "ISO-8859-1", "encoding", "iso8859-1"),
        ("SKIP", "2", "skip", 2),
        ("WITH COLUMN NAMES", True, "header", True),
        ("RTRIM", True, "trim", "RTRIM"),
    ],
)
def test_an_option_is_read(option, value, attribute, expected):
    assert getattr(CsvFormat.from_options({option: value}), attribute) == expected


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("ROW SEPARATOR", ";", "ROW SEPARATOR"),
        ("DELIMIT", "SOMETIMES", "DELIMIT must be"),
        ("ENCODING", "klingon", "unknown encoding"),
        ("BOOLEAN", "1", "BOOLEAN must be"),
        ("SKIP", "x", "SKIP must be"),
    ],
)
def test_a_bad_value_is_named(option, value, message):
    with pytest.raises(SqlError, match=message):
        CsvFormat.from_options({option: value})
