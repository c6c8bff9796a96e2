"""Values become the same text for a typed call as the SQL of the training export makes."""

import csv
import datetime
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.python.text import csv_lines

DAY, MOMENT = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1, 2, 3, 4000)


def fields(values, sql_type, dtype=object):
    """What csv_lines makes of a column, beside a second one that is put away again."""
    frame = pd.DataFrame({"a": pd.Series(values, dtype=dtype), "b": 0})
    return [line[: -len(",0\n")] for line in csv_lines(frame, [sql_type, "DECIMAL(1,0)"])]


@pytest.mark.parametrize(
    ("value", "sql_type", "text"),
    [
        (None, "VARCHAR(10) UTF8", ""),
        (True, "BOOLEAN", "TRUE"),
        (False, "BOOLEAN", "FALSE"),
        (7, "DECIMAL(18,0)", "7"),
        (Decimal("1.50"), "DECIMAL(5,2)", "1.5"),
        (Decimal("100"), "DECIMAL(36,0)", "100"),
        (Decimal("1E+3"), "DECIMAL(36,0)", "1000"),
        (DAY, "DATE", "2024-02-29"),
        (MOMENT, "TIMESTAMP(3)", "2024-02-29 01:02:03.004000"),
        ("ab  ", "CHAR(4) UTF8", '"ab"'),
        ("ab  ", "VARCHAR(4) UTF8", '"ab  "'),
        ('say "a, b"', "VARCHAR(20) UTF8", '"say ""a, b"""'),
        ("+01-02", "INTERVAL YEAR(2) TO MONTH", "+01-02"),
    ],
)
def test_each_type_has_its_text(value, sql_type, text):
    assert fields([value], sql_type) == [text]


def test_doubles_are_as_short_as_they_can_be():
    values = [0.1, 1.0, -0.0, 10.05, 1e16, 1.5e-7, float("nan"), 12345678.0]
    expected = ["0.1", "1", "-0", "10.05", "1e+16", "1.5e-07", "", "12345678"]
    assert fields(values, "DOUBLE", float) == expected
    assert fields(values * 3, "DOUBLE", float) == expected * 3  # values that repeat
    assert fields([1.0, None, 0.5], "DOUBLE", object) == ["1", "", "0.5"]  # read value by value


def test_whole_numbers_among_nulls_stay_whole():
    assert fields([1.0, np.nan, 20.0], "DECIMAL(9,0)", float) == ["1", "", "20"]


def test_timestamps_and_dates_of_pandas_are_as_those_of_python():
    moments = pd.to_datetime([MOMENT, None])
    assert fields(moments, "TIMESTAMP(3)", "datetime64[ns]") == ["2024-02-29 01:02:03.004000", ""]
    assert fields(moments, "DATE", "datetime64[ns]") == ["2024-02-29", ""]


# A carriage return inside a field is kept by quoting; NUL cannot be stored in Exasol.
texts = st.text(alphabet=st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)))


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_csv_lines_give_their_fields_back_whatever_they_hold(rows):
    lines = csv_lines(pd.DataFrame(rows, dtype=object), ["VARCHAR(100) UTF8"] * 2)
    assert len(lines) == len(rows)
    read = list(csv.reader(io.StringIO("".join(lines), newline="")))
    assert [tuple(row) for row in read] == rows


def test_a_row_whose_only_field_is_empty_is_still_a_row():
    frame = pd.DataFrame({"a": [None, 1.5]})
    assert csv_lines(frame, ["DOUBLE"]) == ['""\n', "1.5\n"]
