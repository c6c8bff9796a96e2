"""How a job reads its table: types, targets, splits and metrics."""

import numpy as np
import pyarrow as pa
import pytest

from sme_helper.local.aws import candidates, dataset, fitting, metrics
from sme_helper.local.aws.job_spec import ALGORITHMS, OBJECTIVES


def column(*texts) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


@pytest.mark.parametrize(
    ("texts", "problem_type"),
    [
        (["yes", "no"] * 5, "BinaryClassification"),
        (["0.5", "1.5"] * 5, "BinaryClassification"),
        (["a", "b", "c"], "MulticlassClassification"),
        ([str(n % 20) for n in range(60)], "MulticlassClassification"),
        ([str(n) for n in range(21)], "Regression"),
        (["1.5", "2.5", "3"], "Regression"),
    ],
)
def test_the_problem_type_follows_from_the_target(texts, problem_type):
    assert fitting.resolve_problem_type(column(*texts)) == problem_type


def test_a_column_is_numeric_only_if_all_its_texts_are_numbers():
    table = pa.table(
        {
            "number": column("1", "-2.5", "1e3", None),
            "text": column("1", "2", "three", None),
            "empty": column(None, None, None, None),
            "infinite": column("1", "inf", "-inf", None),
        }
    )
    assert dataset.numeric_columns(table) == {"number", "empty", "infinite"}
    assert dataset.numbers(table.column("infinite"))[0] == 1
    assert np.isnan(dataset.numbers(table.column("infinite"))[1:]).all()


def test_one_value_written_differently_is_one_value():
    table = pa.table({"x": column("1", "1.0", "1e0", "01")})
    assert dataset.feature_frame(table, frozenset("x"))["x"].tolist() == [1.0] * 4


def test_text_in_a_column_of_numbers_counts_as_missing():
    frame = dataset.feature_frame(pa.table({"x": column("7", "many", None)}), frozenset("x"))
    assert frame["x"].tolist()[0] == 7
    assert frame["x"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize("text", ["", '""', "NA", "NaN", "null", "NULL", "None"])
def test_missing_values_are_known_by_these_texts(text):
    table = dataset.read_request(f"{text},x\n".encode(), ["a", "b"])
    assert table.to_pylist() == [{"a": None, "b": "x"}]


def test_quoted_fields_may_hold_commas_quotes_and_line_ends():
    table = dataset.read_request(b'"a,b","say ""hi""\n"\r\n', ["x", "y"])
    assert table.to_pylist() == [{"x": "a,b", "y": 'say "hi"\n'}]


def test_classes_keep_their_shares_in_the_split():
    target = np.array([0] * 90 + [1] * 10)
    train, valid = fitting.split_rows(target, True, 0.2)
    assert sorted([*train, *valid]) == list(range(100))
    assert (target[valid] == 1).sum() == 2


def test_a_class_that_occurs_once_does_not_prevent_the_split():
    train, valid = fitting.split_rows(np.array([0] * 99 + [1]), True, 0.2)
    assert (len(train), len(valid)) == (80, 20)


def test_every_legal_objective_is_computed():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    three = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    computed = {
        "BinaryClassification": metrics.classification(np.array([0, 1, 1]), probabilities),
        "MulticlassClassification": metrics.classification(np.array([0, 1, 2]), three),
        "Regression": metrics.regression(np.array([1.0, 2.0]), np.array([1.0, 4.0])),
        "TextClassification": metrics.classification(np.array([0, 1, 1]), probabilities),
        "TimeSeriesForecasting": metrics.forecast(
            np.array([[1.0, 2.0]]), np.array([[1.0, 4.0]]), {0.5: np.ones((1, 2))}, np.ones(1)
        ),
    }
    for problem_type, objectives in OBJECTIVES.items():
        assert set(objectives) <= set(computed[problem_type])
    assert computed["Regression"]["RMSE"] == pytest.approx(np.sqrt(2))
    assert computed["BinaryClassification"]["Recall"] == 0.5
    assert computed["BinaryClassification"]["Precision"] == 1
    assert computed["BinaryClassification"]["BalancedAccuracy"] == 0.75


@pytest.mark.parametrize("mode", ["ENSEMBLING", "HYPERPARAMETER_TUNING"])
def test_every_algorithm_has_a_recipe_and_the_count_is_kept(mode):
    for algorithm in ALGORITHMS[mode]:
        (recipe,) = candidates.choose(mode, (algorithm,), 1)
        assert algorithm in recipe.stands_for
    assert len(candidates.choose(mode, (), None)) == candidates.DEFAULT_COUNT
    many = candidates.choose(mode, (), 750)
    assert len(many) == 750
    assert len({recipe.name for recipe in many}) > 5


@pytest.mark.parametrize("problem_type", ["BinaryClassification", "Regression"])
@pytest.mark.parametrize("recipe", candidates.RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_trains_on_texts_gaps_and_empty_columns(recipe, problem_type):
    random = np.random.default_rng(3)
    size = random.uniform(0, 9, 120).round(2)
    features = pa.table(
        {
            "size": column(*[str(one) if one < 8 else None for one in size]),
            "kind": column(*[None if n % 9 == 0 else "ab"[n % 2] for n in range(120)]),
            "empty": column(*[None] * 120),
            "constant": column(*["5"] * 120),
        }
    )
    is_regression = problem_type == "Regression"
    target = size if is_regression else (size > 4).astype(int)
    problem = fitting.Problem(
        type=problem_type,
        objective=OBJECTIVES[problem_type][0],
        labels=None if is_regression else ["small", "large"],
        numeric=dataset.numeric_columns(features),
        train_features=features[:90],
        train_target=target[:90],
        valid_features=features[90:],
        valid_target=target[90:],
    )
    fitted = fitting.fit(recipe, problem)
    assert np.isfinite(list(fitted.metrics["Validation"].values())).all()
