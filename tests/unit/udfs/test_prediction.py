"""What an endpoint UDF gives: columns, types, probabilities."""

import datetime
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from udfs.python.errors import SmeError
from udfs.python.prediction import Endpoint, row_answer, typed_label, without_collisions

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


@pytest.mark.parametrize(
    ("label", "sql_type", "value"),
    [
        ("yes", "VARCHAR(10) UTF8", "yes"),
        ("1", "DECIMAL(18,0)", 1),
        ("1.0", "DECIMAL(18,0)", 1),
        ("2.5", "DECIMAL(9,2)", Decimal("2.50")),
        ("0.25", "DOUBLE", 0.25),
        ("TRUE", "BOOLEAN", True),
        ("False", "BOOLEAN", False),
        ("0", "BOOLEAN", False),
        ("2024-02-29", "DATE", datetime.date(2024, 2, 29)),
        ("2024-02-29 01:02:03.000004", "TIMESTAMP(6)", datetime.datetime(2024, 2, 29, 1, 2, 3, 4)),
    ],
)
def test_a_label_becomes_a_value_of_the_target_type(label, sql_type, value):
    typed = typed_label(label, sql_type)
    assert typed == value
    assert type(typed) is type(value)


@pytest.mark.parametrize(("label", "sql_type"), [("maybe", "BOOLEAN"), ("x", "DECIMAL(9,0)")])
def test_a_label_of_another_type_is_an_error(label, sql_type):
    with pytest.raises(SmeError, match="E-SME-31"):
        typed_label(label, sql_type)


def test_probability_is_that_of_the_predicted_label_for_every_training_mode():
    # An HPO model answers with the probability of the positive class in `probability`.
    answer = row_answer(["no", "0.1", "[0.9, 0.1]", "['no', 'yes']"], KEYS)
    assert answer["probability"] == 0.9
    assert json.loads(answer["probabilities"]) == [0.9, 0.1]
    assert json.loads(answer["labels"]) == ["no", "yes"]


def test_labels_that_are_numbers_are_matched_by_their_text():
    assert row_answer(["1", "0.2", "[0.8, 0.2]", "[0, 1]"], KEYS)["probability"] == 0.2


def test_a_model_without_probabilities_gives_none():
    answer = row_answer(["3.5"], ["predicted_label"])
    assert answer["probability"] is None
    assert answer["predicted_label"] == "3.5"
