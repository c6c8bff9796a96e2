"""The answer of an endpoint becomes typed columns, or nothing of it is used."""

import datetime
import json
from decimal import Decimal

import numpy as np
import pytest

from udfs.python.answers import WrongAnswer, answer_columns, typed_label
from udfs.python.errors import SmeError

KEYS = ["predicted_label", "probability", "probabilities", "labels"]


def columns(*lines, keys=KEYS, rows=None, target="VARCHAR(10) UTF8"):
    body = "".join(line + "\n" for line in lines).encode()
    return answer_columns(body, len(lines) if rows is None else rows, keys, target)


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
        ("", "VARCHAR(10) UTF8", None),
    ],
)
def test_a_label_becomes_a_value_of_the_target_type(label, sql_type, value):
    assert typed_label(label, sql_type) == value
    assert isinstance(typed_label(label, sql_type), type(value))
    assert (
        columns(f'"{label}"', keys=KEYS[:1], target=sql_type).iloc[0, 0] == value or value is None
    )


@pytest.mark.parametrize(
    ("label", "sql_type"), [("maybe", "BOOLEAN"), ("x", "DECIMAL(9,0)"), ("x", "DOUBLE")]
)
def test_a_label_of_another_type_is_an_error(label, sql_type):
    with pytest.raises(SmeError, match="E-SME-31"):
        columns(label, keys=KEYS[:1], target=sql_type)


def test_probability_is_that_of_the_predicted_label_for_every_training_mode():
    # An HPO model answers with the probability of the positive class in `probability`.
    answer = columns(
        "no,0.1,\"[0.9, 0.1]\",\"['no', 'yes']\"",
        "yes,0.7,\"[0.3, 0.7]\",\"['no', 'yes']\"",
    )
    assert answer["probability"].tolist() == [0.9, 0.7]
    assert [json.loads(text) for text in answer["probabilities"]] == [[0.9, 0.1], [0.3, 0.7]]
    assert {tuple(json.loads(text)) for text in answer["labels"]} == {("no", "yes")}


def test_rows_with_different_labels_are_looked_up_each_in_its_own():
    answer = columns(
        "b,0.1,\"[0.9, 0.1]\",\"['b', 'a']\"",
        "b,0.1,\"[0.2, 0.3, 0.5]\",\"['a', 'c', 'b']\"",
        "b,0.4,\"[0.4, 0.6]\",\"['b', 'a']\"",
    )
    assert answer["probability"].tolist() == [0.9, 0.5, 0.4]


def test_labels_that_are_numbers_are_matched_by_their_text():
    answer = columns('1,0.2,"[0.8, 0.2]","[0, 1]"', target="DECIMAL(1,0)")
    assert answer["probability"].tolist() == [0.2]
    assert answer["predicted_label"].tolist() == [1]


def test_a_prediction_that_is_none_of_the_labels_keeps_the_probability_it_came_with():
    assert columns("x,0.25,\"[0.8, 0.2]\",\"['a', 'b']\"")["probability"].tolist() == [0.25]


def test_a_model_without_probabilities_gives_none():
    answer = columns("3.5", "4", keys=KEYS[:1], target="DOUBLE")
    assert answer["predicted_label"].tolist() == [3.5, 4.0]
    assert np.isnan(answer["probability"]).all()


def test_numbers_are_not_rounded():
    values = np.random.default_rng(5).random(500).tolist()
    answer = columns(*map(repr, values), keys=KEYS[:1], target="DOUBLE")
    assert answer["predicted_label"].tolist() == values


def test_labels_may_hold_commas_quotes_and_line_breaks():
    answer = columns('"a, ""b""\nc"', keys=KEYS[:1])
    assert answer["predicted_label"].tolist() == ['a, "b"\nc']


@pytest.mark.parametrize(
    ("lines", "rows", "keys"),
    [
        (["1", "2"], 3, KEYS[:1]),
        (["1", "2"], 1, KEYS[:1]),
        ([], 1, KEYS[:1]),
        (["1,2"], 1, KEYS[:1]),
        (["1"], 1, KEYS[:2]),
        (["1,0.5", "2,0.5,3"], 2, KEYS[:2]),
        (["no,0.9,\"[0.9]\",\"['no', 'yes']\""], 1, KEYS),
        (['no,0.9,"[0.9, 0.1]",no'], 1, KEYS),
    ],
    ids=["fewer", "more", "nothing", "wide", "narrow", "ragged", "probabilities", "labels"],
)
def test_an_answer_that_does_not_fit_its_request_is_not_used(lines, rows, keys):
    with pytest.raises(WrongAnswer):
        columns(*lines, rows=rows, keys=keys)
