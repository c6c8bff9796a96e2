"""What an endpoint UDF takes and gives: columns and types, keys that stay what they are."""

import datetime
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from udfs.python.errors import SmeError
from udfs.python.prediction import (
    LINE_TYPES,
    Endpoint,
    emittable,
    output_frame,
    without_collisions,
)
from udfs.python.reading import GroupReader

ROOT = Path(__file__).parents[3]

KEYS = ["predicted_label", "probability", "probabilities", "labels"]


def endpoint(problem_type="BinaryClassification", target="VARCHAR(10) UTF8", columns=("A", "B")):
    definition = {
        "endpoint_name": "APSPredictor",
        "model_connection": "C",
        "columns": [{"name": name, "type": "DOUBLE"} for name in columns],
        "target": {"name": "CLASS", "type": target},
        "problem_type": problem_type,
        "response_keys": KEYS,
    }
    return Endpoint(SimpleNamespace(meta=None), json.dumps(definition))


def inputs(*types):
    return [SimpleNamespace(name=str(i), sql_type=t) for i, t in enumerate(types)]


def test_the_training_columns_alone_give_the_predecessors_columns():
    assert endpoint().output_columns(inputs("DOUBLE", "DECIMAL(9,2)")) == [
        ("A", "DOUBLE"),
        ("B", "DECIMAL(9,2)"),
        ("PROBABILITY", "DOUBLE"),
        ("PREDICTIONS", "VARCHAR(10) UTF8"),
    ]


def test_a_regression_has_no_probability_and_predicts_doubles():
    regression = endpoint("Regression", target="DECIMAL(9,0)")
    assert regression.output_columns(inputs("DOUBLE", "DOUBLE"))[2:] == [("PREDICTIONS", "DOUBLE")]


def test_columns_in_front_are_keys_and_keep_their_types():
    columns = endpoint().output_columns(inputs("DECIMAL(18,0)", "DATE", "DOUBLE", "DOUBLE"))
    assert columns[:3] == [
        ("KEY_1", "DECIMAL(18,0)"),
        ("KEY_2", "DATE"),
        ("PREDICTIONS", "VARCHAR(10) UTF8"),
    ]
    assert [name for name, _ in columns[3:]] == ["PROBABILITY", "PROBABILITIES", "LABELS"]


def test_too_few_columns_name_the_columns_that_are_due():
    with pytest.raises(SmeError, match=r"E-SME-21: Endpoint APSPredictor takes 2 columns.*A, B"):
        endpoint().output_columns(inputs("DOUBLE"))


def test_output_columns_that_collide_with_training_columns_step_aside():
    columns = [("PREDICTIONS", "DOUBLE"), ("PREDICTIONS_", "DOUBLE"), ("PREDICTIONS", "DOUBLE")]
    names = [name for name, _ in without_collisions(columns)]
    assert names == ["PREDICTIONS", "PREDICTIONS_", "PREDICTIONS__"]


def test_the_width_of_the_last_column_tells_a_call_by_line():
    failing = endpoint().output_columns(inputs("DECIMAL(18,0)", "VARCHAR(1999999) UTF8"))
    by_row = endpoint().output_columns(inputs("DECIMAL(18,0)", "VARCHAR(1999998) UTF8"))
    names = ["KEY_1", "PREDICTIONS", "PROBABILITY", "PROBABILITIES", "LABELS"]
    assert [name for name, _ in failing] == names
    assert by_row == [*failing, ("ERROR_MESSAGE", "VARCHAR(2000) UTF8")]


def test_a_line_without_keys_gives_predictions_only():
    regression = endpoint("Regression")
    assert regression.output_columns(inputs("VARCHAR(1999999) UTF8")) == [("PREDICTIONS", "DOUBLE")]


def test_the_macro_and_the_udf_know_the_same_line_types():
    macro = (ROOT / "macros" / "predict" / "_prediction_line.sql").read_text()
    for sql_type, on_error in LINE_TYPES.items():
        assert f"'{on_error}': '{sql_type}'" in macro


class Ctx:
    """The context of a UDF over rows of one column of whole numbers, as Exasol gives them."""

    def __init__(self, values):
        self.values, self.row = values, 0

    def size(self):
        return len(self.values)

    def get_dataframe(self, count):
        self.row += count
        return pd.DataFrame({"0": self.values[self.row - count : self.row]})

    def reset(self):
        self.row = 0

    def next(self):
        self.row += 1

    def __getitem__(self, index):
        return self.values[self.row]


def test_whole_numbers_beyond_doubles_are_exact_beside_nulls():
    values = [1, 2, 2**53 + 1, None, 10**18 - 1, None, 5, 7]
    reader = GroupReader(Ctx(values), inputs("DECIMAL(18,0)"))
    read = []
    while (frame := reader.read(3)) is not None:
        read += [None if v != v else v for v in frame.iloc[:, 0].tolist()]
    assert read == values
    assert str(read[2]) == "9007199254740993"


def test_large_whole_numbers_pass_through_beside_doubles():
    keys = emittable(pd.DataFrame({"k": [2**53 + 1, 3]}), ["DECIMAL(18,0)"])
    frame = output_frame(keys, pd.DataFrame({"p": [0.5, 0.25]}))
    # Exasol emits from one array of a common type
    assert frame.values[0, 0] == 2**53 + 1


def test_timestamps_that_pandas_counts_no_nanoseconds_for_pass_through():
    moments = [None, datetime.datetime(9999, 12, 31, 23, 59, 59), datetime.datetime(1, 1, 1)]
    frame = emittable(pd.DataFrame({"t": pd.Series(moments, dtype=object)}), ["TIMESTAMP(3)"])
    # of a DataFrame, Exasol emits pandas.Timestamp and no datetime
    assert [type(value) for value in frame[0]] == [type(None), pd.Timestamp, pd.Timestamp]
    assert frame[0].tolist() == moments
