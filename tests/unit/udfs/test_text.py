"""Values become the same text for a typed call as the SQL of the training export makes."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.python.text import csv_line, csv_rows, field_text


@pytest.mark.parametrize(
    ("value", "sql_type", "text"),
    [
        (None, "VARCHAR(10) UTF8", ""),
        (True, "BOOLEAN", "TRUE"),
        (False, "BOOLEAN", "FALSE"),
        (7, "DECIMAL(18,0)", "7"),
        (Decimal("1.50"), "DECIMAL(5,2)", "1.50"),
        (Decimal("1E+3"), "DECIMAL(18,0)", "1000"),
        (0.1, "DOUBLE", "0.1"),
        (datetime.date(2024, 2, 29), "DATE", "2024-02-29"),
        (
            datetime.datetime(2024, 2, 29, 1, 2, 3, 4000),
            "TIMESTAMP(3)",
            "2024-02-29 01:02:03.004000",
        ),
        ("ab  ", "CHAR(4) UTF8", "ab"),
        ("ab  ", "VARCHAR(4) UTF8", "ab  "),
    ],
)
def test_each_type_has_its_text(value, sql_type, text):
    assert field_text(value, sql_type) == text


# A carriage return inside a field is kept by quoting; NUL cannot be stored in Exasol.
texts = st.text(alphabet=st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)))


@given(st.lists(st.lists(texts, min_size=2, max_size=5), min_size=1, max_size=5))
def test_csv_lines_give_their_fields_back_whatever_they_hold(rows):
    body = "".join(csv_line(row) for row in rows)
    assert csv_rows(body) == rows


def test_a_row_whose_only_field_is_empty_is_still_a_row():
    assert csv_line([""]) == '""\n'
    assert csv_rows(csv_line([""])) == [[""]]
