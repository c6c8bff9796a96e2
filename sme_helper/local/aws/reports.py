"""The two reports on a job's best candidate, where and as Autopilot writes them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from .dataset import feature_frame
from .fitting import FittedCandidate, Problem, measure
from .metrics import MINIMIZED

FOLDERS = {"Explainability": "explainability", "ModelInsights": "model_monitor"}
_SEED = 20240501
_ROWS = 200


def explainability(candidate: FittedCandidate, problem: Problem) -> dict[str, bytes]:
    """`analysis.json`, read as Clarify's: the importance of each column.

    The real service computes Shapley values; the stand-in shuffles one column at a time
    and reports how much worse the objective gets.
    """
    importances = column_importances(candidate, problem)
    analysis = {
        "version": "1.0",
        "method": "permutation importance (embedded stack)",
        "explanations": {"kernel_shap": {"label0": {"global_shap_values": importances}}},
    }
    return {"analysis.json": _json(analysis)}


def column_importances(candidate: FittedCandidate, problem: Problem) -> dict[str, float]:
    features = candidate.parts["features"]
    predictor = candidate.parts["predictor"]
    chosen = np.arange(min(_ROWS, len(problem.valid_target)))
    frame = feature_frame(problem.valid_features.take(chosen), problem.numeric)
    truth = problem.valid_target[chosen]
    sign = -1 if problem.objective in MINIMIZED else 1

    def score(rows: pd.DataFrame) -> float:
        measured = measure(predictor, features.transform_frame(rows), truth)
        return sign * measured.get(problem.objective, measured.get("Accuracy", 0.0))

    intact = score(frame)
    order = np.random.default_rng(_SEED).permutation(len(chosen))
    importances = {}
    with threadpool_limits(1, user_api="openmp"):
        for name in frame.columns:
            shuffled = frame.assign(**{name: frame[name].to_numpy()[order]})
            importances[name] = max(0.0, intact - score(shuffled))
    return importances


def model_insights(candidate: FittedCandidate, problem: Problem) -> dict[str, bytes]:
    """`statistics.json`, read as Model Monitor's: metrics on the validation rows."""
    kind = {
        "Regression": "regression_metrics",
        "BinaryClassification": "binary_classification_metrics",
        "MulticlassClassification": "multiclass_classification_metrics",
    }[problem.type]
    measured: dict[str, Any] = {
        _snake_case(name): {"value": value, "standard_deviation": "NaN"}
        for name, value in candidate.metrics["Validation"].items()
    }
    if problem.labels:
        measured["confusion_matrix"] = _confusion_matrix(candidate, problem)
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": len(problem.valid_target)},
        kind: measured,
    }
    return {"statistics.json": _json(statistics)}


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


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=2).encode()
