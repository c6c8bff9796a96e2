"""emit(): which values go into which columns."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sme_helper.local.exasol.types import ExaType
from sme_helper.local.exasol.udf.emitter import Emitter


def emitted(type_: str, *values: object) -> list:
    """What arrives in a column of this type when the values are emitted one by one."""
    batches: list[pa.RecordBatch] = []
    emitter = Emitter([("R", ExaType.parse(type_))], batches.append)
    for value in values:
        emitter.emit(value)
    emitter.flush()
    return [value for batch in batches for value in batch.column(0).to_pylist()]


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("DECIMAL(9,0)", 5, 5),
        ("DECIMAL(18,0)", 5.0, 5),
        ("DECIMAL(18,0)", Decimal("5"), 5),
        ("DECIMAL(36,0)", 10**30, Decimal(10**30)),
        ("DECIMAL(10,2)", "1.005", Decimal("1.01")),
        ("DECIMAL(10,2)", -1.005, Decimal("-1.01")),
        ("DECIMAL(10,2)", 3, Decimal("3.00")),
        ("DOUBLE", 3, 3.0),
        ("DOUBLE", Decimal("0.5"), 0.5),
        ("BOOLEAN", True, True),
        ("VARCHAR(3)", "äöü", "äöü"),
        ("VARCHAR(3)", "", None),
        ("CHAR(3)", "ä", "ä  "),
        ("DATE", datetime.date(2024, 2, 29), datetime.date(2024, 2, 29)),
        ("TIMESTAMP", datetime.datetime(2024, 1, 1, 2), datetime.datetime(2024, 1, 1, 2)),
        ("INT", None, None),
        ("DECIMAL(10,2)", float("nan"), None),
    ],
)
def test_a_fitting_value_is_stored(type_, value, expected):
    assert emitted(type_, value) == [expected]


@pytest.mark.parametrize(
    ("type_", "value", "code"),
    [
        ("VARCHAR(10)", 5, 1091),
        ("VARCHAR(10)", 5.0, 1092),
        ("INT", True, 1093),
        ("DOUBLE", "1.5", 1094),
        ("INT", "1", 1094),
        ("BOOLEAN", Decimal(1), 1095),
        ("TIMESTAMP", datetime.date(2024, 1, 1), 1096),
        ("DATE", datetime.datetime(2024, 1, 1), 1097),
        ("INT", [1], 1098),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_exasols_code(type_, value, code):
    with pytest.raises(RuntimeError, match=f"E-UDF-CL-SL-PYTHON-{code}"):
        emitted(type_, value)


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        ("DECIMAL(3,0)", 1000, "numeric value out of range"),
        ("DECIMAL(3,1)", "100", "numeric value out of range"),
        ("DECIMAL(3,1)", "abc", "invalid value for DECIMAL"),
        ("VARCHAR(2)", "abc", "right truncation"),
    ],
)
def test_a_value_that_is_too_large_is_refused(type_, value, message):
    with pytest.raises(RuntimeError, match=f"column 'R'.*{message}"):
        emitted(type_, value)


def test_the_number_of_values_must_match():
    with pytest.raises(TypeError, match=r"emit\(\) takes exactly 1 argument \(2 given\)"):
        Emitter([("R", ExaType.parse("INT"))], print).emit(1, 2)


def test_a_frame_is_emitted_as_it_is():
    frame = pd.DataFrame({"a": [0.5, np.nan], "b": ["x", None], "c": [1, 2], "d": [True, False]})
    batches: list[pa.RecordBatch] = []
    types = ["DOUBLE", "VARCHAR(5)", "INT", "BOOLEAN"]
    columns = [(name, ExaType.parse(t)) for name, t in zip("ABCD", types, strict=True)]
    Emitter(columns, batches.append).emit(frame)
    rows = [tuple(row.values())[:4] for row in batches[0].to_pylist()]
    assert rows == [(0.5, "x", 1, True), (None, None, 2, False)]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"a": []}), "PYTHON-1087: emit DataFrame is empty"),
        (pd.DataFrame({"a": [1], "b": [2]}), r"PYTHON-1088: .*exactly 1 argument \(2 given\)"),
        (pd.DataFrame({"a": ["1"]}), "PYTHON-1094"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(frame, message):
    with pytest.raises((RuntimeError, TypeError), match=message):
        emitted("INT", frame)


def test_many_rows_travel_in_several_batches_in_order():
    assert emitted("INT", *range(10_000)) == list(range(10_000))
