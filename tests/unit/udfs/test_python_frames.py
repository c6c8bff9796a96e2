"""Values pass through a Python model as they are: into DataFrames, and out of them again."""

import datetime
import json
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.python import chunks
from udfs.python.chunks import chunks_of, rows_of
from udfs.python.column_types import column_type
from udfs.python.errors import SmeError
from udfs.python.frames import read_frames, typed

DAY, LAST_DAY = datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)
MOMENT = datetime.datetime(2024, 2, 29, 1, 2, 3, 4005)
ODD = 2**53 + 1  # no double holds it


class Group:
    """The rows of a group, read as Exasol reads them: numbers beside NULLs become doubles."""

    def __init__(self, rows):
        self.rows, self.position = rows, 0

    def size(self):
        return len(self.rows)

    def get_dataframe(self, count):
        frame = pd.DataFrame(self.rows[self.position : self.position + count])
        self.position += count
        return frame

    def reset(self):
        self.position = 0

    def next(self):
        self.position += 1
        return self.position < len(self.rows)

    def __getitem__(self, column):
        return self.rows[self.position][column]


def inputs(*types):
    return [SimpleNamespace(sql_type=sql_type) for sql_type in ("DECIMAL(18,0)", *types)]


@pytest.mark.parametrize(
    ("sql_type", "values", "dtype"),
    [
        ("DECIMAL(18,0)", [1, ODD], "int64"),
        ("DECIMAL(18,0)", [1, None, ODD], "Int64"),
        ("DECIMAL(36,0)", [10**30, None], "object"),
        ("DECIMAL(9,2)", [Decimal("1.50"), None], "object"),
        ("DOUBLE", [0.1, None], "float64"),
        ("BOOLEAN", [True, False], "bool"),
        ("BOOLEAN", [True, None], "boolean"),
        ("DATE", [DAY, LAST_DAY, None], "datetime64[s]"),
        ("TIMESTAMP(6)", [MOMENT, None], "datetime64[us]"),
        ("VARCHAR(10) UTF8", ["a", None], "object"),
    ],
)
def test_a_column_arrives_with_the_dtype_of_its_type_and_every_value_exact(sql_type, values, dtype):
    series = typed(pd.Series(values, dtype=object), sql_type)
    assert str(series.dtype) == dtype
    present = [value for value in series.astype(object) if not pd.isna(value)]
    expected = [value for value in values if value is not None]
    if dtype.startswith("datetime64"):
        present = [value.to_pydatetime() for value in present]
        expected = [datetime.datetime.combine(v, datetime.time()) if v in (DAY, LAST_DAY) else v
                    for v in expected]  # fmt: skip
    assert present == expected
    assert series.isna().tolist() == [value is None for value in values]


def test_rows_of_several_relations_become_a_frame_for_each_whatever_their_order():
    layout = [{"name": "a", "columns": ["ID", "T"]}, {"name": "b", "columns": ["ID"]}]
    types = ("DECIMAL(18,0)", "VARCHAR(9) UTF8", "DECIMAL(18,0)")
    rows = [(2, None, None, ODD), (0, None, None, None), (1, 7, "x", None), (2, None, None, 8)]
    frames = read_frames(Group(rows), inputs(*types), layout)
    assert frames["a"].to_dict("list") == {"ID": [7], "T": ["x"]}
    assert frames["b"].to_dict("list") == {"ID": [ODD, 8]}


def test_a_relation_without_rows_is_a_frame_with_its_columns_and_dtypes():
    layout = [{"name": "a", "columns": ["ID", "DAY"]}]
    rows = [(0, None, None)]
    frame = read_frames(Group(rows), inputs("DECIMAL(18,0)", "DATE"), layout)["a"]
    assert len(frame) == 0
    assert frame.dtypes.astype(str).to_dict() == {"ID": "int64", "DAY": "datetime64[s]"}


@pytest.mark.parametrize(
    ("series", "sql_type"),
    [
        (pd.Series([1, 2]), "DECIMAL(18,0)"),
        (pd.Series([10**18]), "DECIMAL(36,0)"),
        (pd.Series([1, None], dtype="Int64"), "DECIMAL(18,0)"),
        (pd.Series([1, None], dtype=object), "DECIMAL(18,0)"),
        (pd.Series([1, 2.5], dtype=object), "DOUBLE"),
        (pd.Series([0.5, None]), "DOUBLE"),
        (pd.Series([True, None], dtype="boolean"), "BOOLEAN"),
        (pd.Series([True, None], dtype=object), "BOOLEAN"),
        (pd.Series([Decimal("1.50"), 3, None], dtype=object), "DECIMAL(18,2)"),
        (pd.Series([Decimal("12345678901234567.50")]), "DECIMAL(36,2)"),
        (pd.Series(["a", None]), "VARCHAR(2000000)"),
        (pd.Series(["a", "b"], dtype="category"), "VARCHAR(2000000)"),
        (pd.Series([None, None]), "VARCHAR(2000000)"),
        (pd.Series([DAY, None]), "DATE"),
        (pd.Series([MOMENT, DAY], dtype=object), "TIMESTAMP"),
        (pd.Series(np.array(["9999-12-31", "NaT"], dtype="datetime64[s]")), "DATE"),
        (pd.Series(np.array(["2024-02-29T01"], dtype="datetime64[s]")), "TIMESTAMP"),
        (pd.Series(pd.to_datetime(["2024-02-29"])), "TIMESTAMP"),
        (pd.Series([], dtype=object), "VARCHAR(2000000)"),
        (pd.Series([], dtype="int64"), "DECIMAL(18,0)"),
    ],
)
def test_a_column_without_a_declared_type_gets_that_of_its_values(series, sql_type):
    assert column_type("C", series) == sql_type


@pytest.mark.parametrize(
    ("series", "cause"),
    [
        (pd.Series([float("inf")]), "holds infinity"),
        (pd.Series([[1], [2]]), "values of type list"),
        (pd.Series([1, "a"]), "values of type int, str"),
        (pd.Series([True, 1], dtype=object), "values of type bool, int"),
        (pd.Series(pd.to_timedelta(["1d"])), "timedelta64"),
        (pd.Series([Decimal("1E-30"), Decimal("1E+10")]), "needs 41 digits"),
    ],
)
def test_values_that_no_table_holds_are_refused_with_the_column_and_the_cure(series, cause):
    with pytest.raises(SmeError, match=f"E-SME-114: Column C .*{cause}.*: "):
        column_type("C", series)


@pytest.mark.parametrize(
    ("series", "values"),
    [
        (pd.Series([1, None, ODD], dtype="Int64"), [1, None, ODD]),
        (pd.Series([10**18]), [10**18]),
        (pd.Series([0.1, None]), [0.1, None]),
        (pd.Series([Decimal("0.10"), None]), [Decimal("0.10"), None]),
        (pd.Series([True, None], dtype="boolean"), [True, None]),
        (pd.Series([DAY, LAST_DAY]), [DAY, LAST_DAY]),
        (pd.Series([MOMENT, None]), [MOMENT, None]),
        (
            pd.Series(pd.to_datetime(["2024-07-01 12:00+02:00"])),
            [datetime.datetime(2024, 7, 1, 10)],
        ),
        (pd.Series(['a"\n;ä😀', None]), ['a"\n;ä😀', None]),
    ],
)
def test_values_leave_as_they_are_and_times_in_utc(series, values):
    sql_type = column_type("C", series)
    (text,) = chunks_of(series.to_frame(), [sql_type])
    assert [row[0] for row in rows_of(text, [sql_type])] == values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_double_leaves_exactly(values):
    (text,) = chunks_of(pd.DataFrame({"C": values}), ["DOUBLE"])
    assert [row[0] for row in rows_of(text, ["DOUBLE"])] == values


def test_rows_that_are_too_long_for_one_text_are_halved_until_they_fit(monkeypatch):
    monkeypatch.setattr(chunks, "MOST_CHARACTERS", 40)
    frame = pd.DataFrame({"C": ["x" * 20, "y" * 20, "z"]})
    texts = list(chunks_of(frame, ["VARCHAR(2000000)"]))
    assert max(map(len, texts)) <= 40
    assert [value for text in texts for value in json.loads(text)[0]] == frame["C"].tolist()
    with pytest.raises(SmeError, match=r"E-SME-114: A row of .* characters"):
        list(chunks_of(pd.DataFrame({"C": ["x" * 60]}), ["VARCHAR(2000000)"]))
