"""Autopilot's metrics, computed by scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import metrics as sk

MINIMIZED = frozenset(
    {"MSE", "RMSE", "MAE", "LogLoss", "MAPE", "MASE", "WAPE", "AverageWeightedQuantileLoss"}
)


_TINY = 1e-9


def objective_type(metric: str) -> str:
    return "Minimize" if metric in MINIMIZED else "Maximize"


def regression(
    truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None
) -> dict[str, float]:
    """Metrics of numbers; `weights` says how much each row counts."""
    mean_squared = sk.mean_squared_error(truth, predicted, sample_weight=weights)
    return {
        "MSE": float(mean_squared),
        "RMSE": float(np.sqrt(mean_squared)),
        "MAE": float(sk.mean_absolute_error(truth, predicted, sample_weight=weights)),
        "R2": float(sk.r2_score(truth, predicted, sample_weight=weights)),
    }


def classification(
    truth: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None = None
) -> dict[str, float]:
    """Metrics of class indices against a matrix of probabilities (rows x classes).

    `weights` says how much each row counts.

    Of two classes, the second is the positive one. AUC is left out when `truth` holds
    one class only.
    """
    classes = np.arange(probabilities.shape[1])
    predicted = probabilities.argmax(axis=1)
    weighted: dict[str, Any] = {"sample_weight": weights}
    found = {
        "Accuracy": sk.accuracy_score(truth, predicted, **weighted),
        "BalancedAccuracy": _balanced_accuracy(truth, predicted, weights),
        "LogLoss": sk.log_loss(truth, probabilities, labels=classes, **weighted),
    }
    if len(classes) == 2:
        found["F1"] = sk.f1_score(truth, predicted, zero_division=0, **weighted)
        found["Precision"] = sk.precision_score(truth, predicted, zero_division=0, **weighted)
        found["Recall"] = sk.recall_score(truth, predicted, zero_division=0, **weighted)
        if len(np.unique(truth)) == 2:
            found["AUC"] = sk.roc_auc_score(truth, probabilities[:, 1], **weighted)
    else:
        scores = sk.precision_recall_fscore_support(
            truth, predicted, average="macro", zero_division=0, **weighted
        )
        found["PrecisionMacro"], found["RecallMacro"], found["F1macro"], _ = scores
    return {name: float(value) for name, value in found.items()}


def _balanced_accuracy(
    truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None
) -> float:
    """The mean recall of the classes that occur in `truth`."""
    counts = np.ones(len(truth)) if weights is None else weights
    recalls = [
        np.average(predicted[truth == one] == one, weights=counts[truth == one])
        for one in np.unique(truth[counts > 0])
    ]
    return float(np.mean(recalls))


def forecast(
    truth: np.ndarray, mean: np.ndarray, quantiles: dict[float, np.ndarray], naive: np.ndarray
) -> dict[str, float]:
    """Metrics of a forecast; all arrays are series x steps, NaN where nothing is known.

    Args:
        quantiles: the forecast by level, between 0 and 1.
        naive: for each series, the mean error of the seasonal naive forecast in the past.

    MAPE leaves out true values of zero, and is left out itself when there is no other.
    """
    error = np.abs(truth - mean)
    known = ~np.isnan(error)
    total = max(float(np.abs(truth[known]).sum()), _TINY)
    found = {
        "RMSE": float(np.sqrt(np.mean(error[known] ** 2))),
        "WAPE": float(error[known].sum() / total),
        "MASE": float(np.nanmean(np.nanmean(error, axis=1) / np.maximum(naive, _TINY))),
    }
    nonzero = known & (truth != 0)
    if nonzero.any():
        found["MAPE"] = float(np.mean(error[nonzero] / np.abs(truth[nonzero])))
    losses = [
        2 * sk.mean_pinball_loss(truth[known], value[known], alpha=level) * known.sum() / total
        for level, value in quantiles.items()
    ]
    found["AverageWeightedQuantileLoss"] = float(np.mean(losses))
    return found
