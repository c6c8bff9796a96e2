"""Training: from a job's data and specification to fitted, measured candidates."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from . import metrics
from .candidates import Recipe
from .dataset import BadData, feature_frame, numbers, numeric_columns, read_channel
from .inference import Features, Labels, Predictor
from .job_spec import OBJECTIVES, JobSpec
from .objects import ObjectStore

MINIMUM_ROWS = 500
MOST_WHOLE_NUMBER_CLASSES = 20
SMALL_CELLS = 1_000_000
_SEED = 20240501


@dataclass
class Problem:
    """The data of a job, ready to train on.

    `labels` is None for regression; the weights are None when all rows count the same.
    """

    type: str
    objective: str
    labels: list[str] | None
    numeric: frozenset[str]
    train_features: pa.Table
    train_target: np.ndarray
    valid_features: pa.Table
    valid_target: np.ndarray
    train_weights: np.ndarray | None = None
    valid_weights: np.ndarray | None = None


@dataclass
class FittedCandidate:
    """A trained model's parts (as its containers' `Part`s name them) and its metrics by set.

    `details` is what only the reports of its kind of job need.
    """

    parts: dict[str, Any]
    metrics: dict[str, dict[str, float]]
    details: Any = None

    def is_better_than(self, other: FittedCandidate, metric: str) -> bool:
        mine = self.metrics["Validation"][metric]
        theirs = other.metrics["Validation"][metric]
        return mine < theirs if metric in metrics.MINIMIZED else mine > theirs


def prepare(objects: ObjectStore, spec: JobSpec) -> Problem:
    """Reads a job's data, resolves the problem type and splits off the validation rows.

    Raises:
        BadData: the data cannot be trained on.
    """
    training = _usable_rows(read_channel(objects, spec.training), spec)
    if training.num_rows < MINIMUM_ROWS:
        raise BadData(
            f"The input dataset has {training.num_rows} rows. "
            f"At least {MINIMUM_ROWS} rows are required."
        )
    validation = None
    if spec.validation:
        validation = _usable_rows(read_channel(objects, spec.validation), spec)
        if validation.column_names != training.column_names:
            raise BadData("The validation channel has other columns than the training channel.")
    problem_type = spec.problem_type
    if problem_type is None:
        everything = _joined(training, validation)
        problem_type = resolve_problem_type(everything.column(spec.target))
    return split_problem(training, validation, problem_type, spec)


def split_problem(
    training: pa.Table, validation: pa.Table | None, problem_type: str, spec: JobSpec
) -> Problem:
    """Features and target of both sets; without validation rows, a part of the training's.

    Raises:
        BadData: target or features cannot be trained on.
    """
    if validation is not None and validation.num_rows == 0:
        raise BadData("The validation dataset has no rows with a known target.")
    everything = _joined(training, validation)
    labels, target = _encode_target(everything.column(spec.target), problem_type, spec.target)
    features = everything.drop_columns([spec.target, *([spec.weight] if spec.weight else [])])
    if not features.column_names:
        raise BadData("The input dataset has no columns besides the target.")
    if all(column.null_count == len(column) for column in features.columns):
        raise BadData("The input dataset has no values besides the target.")
    if validation is not None:
        rows = np.arange(everything.num_rows)
        train_rows, valid_rows = rows[: training.num_rows], rows[training.num_rows :]
    else:
        train_rows, valid_rows = split_rows(target, labels is not None, spec.validation_fraction)
    train_features = features.take(train_rows)
    weights = _weights(everything, spec.weight) if spec.weight else None
    return Problem(
        type=problem_type,
        objective=spec.objective or OBJECTIVES[problem_type][0],
        labels=labels,
        numeric=numeric_columns(train_features),
        train_features=train_features,
        train_target=target[train_rows],
        valid_features=features.take(valid_rows),
        valid_target=target[valid_rows],
        train_weights=None if weights is None else weights[train_rows],
        valid_weights=None if weights is None else weights[valid_rows],
    )


def _joined(training: pa.Table, validation: pa.Table | None) -> pa.Table:
    return training if validation is None else pa.concat_tables([training, validation])


def _usable_rows(table: pa.Table, spec: JobSpec) -> pa.Table:
    """Only rows whose target is known, and whose weight is a number from 0 up, count."""
    target = spec.target
    if target not in table.column_names:
        raise BadData(f"The target column '{target}' was not found in the input dataset.")
    table = table.filter(table.column(target).is_valid())
    if spec.weight is None:
        return table
    if spec.weight not in table.column_names:
        raise BadData(f"The sample weight column '{spec.weight}' was not found in the dataset.")
    weights = _weights(table, spec.weight)
    table = table.filter(pa.array(weights >= 0))
    if not np.any(weights > 0):
        raise BadData(f"The sample weight column '{spec.weight}' has no positive number.")
    return table


def _weights(table: pa.Table, name: str) -> np.ndarray:
    """The column as numbers; NaN for what is no finite number."""
    texts = pd.Series(table.column(name).to_pylist(), dtype=object)
    weights = pd.to_numeric(texts, errors="coerce").to_numpy(float)
    return np.where(np.isfinite(weights), weights, np.nan)


def resolve_problem_type(target: pa.ChunkedArray) -> str:
    """What Autopilot would make of a target column when it is not told."""
    distinct = len(target.unique())
    if distinct == 2:
        return "BinaryClassification"
    values = numbers(target)
    if values is None:
        return "MulticlassClassification"
    is_whole = bool(np.all(values == np.floor(values)))
    if is_whole and distinct <= MOST_WHOLE_NUMBER_CLASSES:
        return "MulticlassClassification"
    return "Regression"


def _encode_target(
    target: pa.ChunkedArray, problem_type: str, name: str
) -> tuple[list[str] | None, np.ndarray]:
    if problem_type == "Regression":
        values = numbers(target)
        if values is None or np.isnan(values).any():
            raise BadData(f"The target column '{name}' has values that are not numbers.")
        return None, values
    texts, counts = np.unique(np.array(target.to_pylist(), dtype=str), return_counts=True)
    labels = [str(text) for text in texts]
    if len(labels) < 2:
        raise BadData(f"The target column '{name}' has only one distinct value.")
    if problem_type == "BinaryClassification":
        if len(labels) > 2:
            raise BadData(
                f"The target column '{name}' has {len(labels)} distinct values; "
                "BinaryClassification needs two."
            )
        if counts[0] < counts[1]:  # the rarer class is the positive one, the second
            labels.reverse()
    index = {label: number for number, label in enumerate(labels)}
    return labels, np.array([index[text] for text in target.to_pylist()])


def split_rows(
    target: np.ndarray, is_classes: bool, fraction: float
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train and to validate with; classes keep their shares if they can."""
    rows = np.arange(len(target))
    strata = None
    if is_classes:
        counts = np.bincount(target)
        smaller_side = min(fraction, 1 - fraction) * len(target)
        if counts.min() >= 2 and smaller_side >= len(counts):
            strata = target
    return train_test_split(rows, test_size=fraction, random_state=_SEED, stratify=strata)


def fit_tabular_features(recipe: Recipe, problem: Problem) -> tuple[Features, np.ndarray]:
    """The feature engineering, and the training rows as it makes them."""
    frame = feature_frame(problem.train_features, problem.numeric)
    transformer = recipe.features().fit(frame)
    features = Features(problem.train_features.column_names, problem.numeric, transformer)
    return features, features.transform_frame(frame)


def fit(
    recipe: Any,
    problem: Problem,
    fit_features: Callable[[Any, Problem], tuple[Any, Any]] = fit_tabular_features,
) -> FittedCandidate:
    """Trains one candidate and measures it on both sets. The same data, the same model."""
    with warnings.catch_warnings(), _native_threads(problem):
        warnings.simplefilter("ignore")  # convergence and empty columns: not the user's matter
        features, matrix = fit_features(recipe, problem)
        estimator = recipe.estimator(problem.type)
        weights = problem.train_weights
        weighted = {} if weights is None else {"sample_weight": weights}
        estimator.fit(matrix, problem.train_target, **weighted)
    predictor = Predictor(estimator, len(problem.labels) if problem.labels else 0)
    parts: dict[str, Any] = {"features": features, "predictor": predictor}
    if problem.labels:
        parts["labels"] = Labels(problem.labels)
    started = time.perf_counter()
    valid_matrix = features.transform(problem.valid_features)
    validation = measure(predictor, valid_matrix, problem.valid_target, problem.valid_weights)
    validation["InferenceLatency"] = time.perf_counter() - started
    if problem.objective not in validation:
        raise BadData(
            f"The objective metric {problem.objective} cannot be computed: the validation data "
            "hold one class only."
        )
    measured = {
        "Train": measure(predictor, matrix, problem.train_target, problem.train_weights),
        "Validation": validation,
    }
    return FittedCandidate(parts, measured)


def _native_threads(problem: Problem) -> threadpool_limits:
    """One OpenMP thread for small data: on a busy machine more of them wait for each other."""
    cells = problem.train_features.num_rows * problem.train_features.num_columns
    return threadpool_limits(1 if cells < SMALL_CELLS else None, user_api="openmp")


def measure(
    predictor: Predictor,
    matrix: np.ndarray,
    truth: np.ndarray,
    weights: np.ndarray | None = None,
) -> dict[str, float]:
    if predictor.class_count == 0:
        return metrics.regression(truth, predictor.values(matrix), weights)
    return metrics.classification(truth, predictor.probabilities(matrix), weights)
