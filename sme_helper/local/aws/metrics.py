"""Autopilot's metrics, computed by scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn import metrics as sk

MINIMIZED = frozenset({"MSE", "RMSE", "MAE", "LogLoss"})


def objective_type(metric: str) -> str:
    return "Minimize" if metric in MINIMIZED else "Maximize"


def regression(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    mean_squared = sk.mean_squared_error(truth, predicted)
    return {
        "MSE": float(mean_squared),
        "RMSE": float(np.sqrt(mean_squared)),
        "MAE": float(sk.mean_absolute_error(truth, predicted)),
        "R2": float(sk.r2_score(truth, predicted)),
    }


def classification(truth: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Metrics of class indices against a matrix of probabilities (rows x classes).

    Of two classes, the second is the positive one. AUC is left out when `truth` holds
    one class only.
    """
    classes = np.arange(probabilities.shape[1])
    predicted = probabilities.argmax(axis=1)
    found = {
        "Accuracy": sk.accuracy_score(truth, predicted),
        "BalancedAccuracy": _balanced_accuracy(truth, predicted),
        "LogLoss": sk.log_loss(truth, probabilities, labels=classes),
    }
    if len(classes) == 2:
        found["F1"] = sk.f1_score(truth, predicted, zero_division=0)
        found["Precision"] = sk.precision_score(truth, predicted, zero_division=0)
        found["Recall"] = sk.recall_score(truth, predicted, zero_division=0)
        if len(np.unique(truth)) == 2:
            found["AUC"] = sk.roc_auc_score(truth, probabilities[:, 1])
    else:
        scores = sk.precision_recall_fscore_support(
            truth, predicted, average="macro", zero_division=0
        )
        found["PrecisionMacro"], found["RecallMacro"], found["F1macro"], _ = scores
    return {name: float(value) for name, value in found.items()}


def _balanced_accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """The mean recall of the classes that occur in `truth`."""
    return float(np.mean([np.mean(predicted[truth == one] == one) for one in np.unique(truth)]))
