"""The two reports on a job's best candidate, where and as Autopilot writes them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from .dataset import feature_frame
from .fitting import FittedCandidate, Problem

FOLDERS = {
    "Explainability": "explainability",
    "ModelInsights": "model_monitor",
    "BacktestResults": "backtest-results",
}
_SEED = 20240501
_ROWS = 200


def explainability(candidate: FittedCandidate, problem: Problem) -> dict[str, bytes]:
    """`analysis.json`, read as Clarify's: the importance of each column.

    The real service computes Shapley values; the stand-in shuffles one column at a time
    and reports how much the predictions change on average. As in Clarify's report there is
    one label for a number and for two classes, and one for each of more classes.
    """
    changes = column_importances(candidate, problem)
    labels = {
        f"label{number}": {"global_shap_values": values} for number, values in enumerate(changes)
    }
    analysis = {
        "version": "1.0",
        "method": "permutation importance (embedded stack)",
        "label_headers": problem.labels,
        "explanations": {"kernel_shap": labels},
    }
    return {"analysis.json": to_json(analysis)}


def column_importances(candidate: FittedCandidate, problem: Problem) -> list[dict[str, float]]:
    """For each output, by column: the mean change of the output when the column is shuffled."""
    features = candidate.parts["features"]
    predictor = candidate.parts["predictor"]
    chosen = np.arange(min(_ROWS, len(problem.valid_target)))
    frame = feature_frame(problem.valid_features.take(chosen), problem.numeric)

    def outputs(rows: pd.DataFrame) -> np.ndarray:
        matrix = features.transform_frame(rows)
        if predictor.class_count == 0:
            return predictor.values(matrix)[:, np.newaxis]
        probabilities = predictor.probabilities(matrix)
        return probabilities[:, 1:] if predictor.class_count == 2 else probabilities

    intact = outputs(frame)
    order = np.random.default_rng(_SEED).permutation(len(chosen))
    changes = {}
    with threadpool_limits(1, user_api="openmp"):
        for name in frame.columns:
            shuffled = frame.assign(**{name: frame[name].to_numpy()[order]})
            changes[name] = np.abs(intact - outputs(shuffled)).mean(axis=0)
    return [
        {name: float(change[output]) for name, change in changes.items()}
        for output in range(intact.shape[1])
    ]


def model_insights(candidate: FittedCandidate, problem: Problem) -> dict[str, bytes]:
    """`statistics.json`, read as Model Monitor's: metrics on the validation rows."""
    kind = "regression"
    if problem.labels:
        kind = f"{'binary' if len(problem.labels) == 2 else 'multiclass'}_classification"
    measured: dict[str, Any] = {
        _snake_case(name): {"value": value, "standard_deviation": "NaN"}
        for name, value in candidate.metrics["Validation"].items()
    }
    if problem.labels:
        measured["confusion_matrix"] = _confusion_matrix(candidate, problem)
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": len(problem.valid_target)},
        f"{kind}_metrics": measured,
    }
    return {"statistics.json": to_json(statistics)}


def _confusion_matrix(candidate: FittedCandidate, problem: Problem) -> dict[str, dict[str, int]]:
    labels = problem.labels or []
    matrix = candidate.parts["features"].transform(problem.valid_features)
    predicted = candidate.parts["predictor"].probabilities(matrix).argmax(axis=1)
    return {
        true_label: {
            predicted_label: int(np.sum((problem.valid_target == i) & (predicted == j)))
            for j, predicted_label in enumerate(labels)
        }
        for i, true_label in enumerate(labels)
    }


def _snake_case(name: str) -> str:
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in name).split()
    return "".join(words).lower() if name.isupper() else "_".join(words).lower()


def to_json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=2).encode()
