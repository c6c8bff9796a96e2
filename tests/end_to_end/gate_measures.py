"""Rows for gates to judge, and what the host measures on them by scikit-learn, numpy and pandas."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from sklearn import metrics

ROWS = 2000


def known_rows() -> pd.DataFrame:
    """What a model learnt from: gaps, whole numbers that repeat, categories."""
    rng = np.random.default_rng(1)
    amount = rng.gamma(2, 50, ROWS)
    return pd.DataFrame(
        {
            "CLASS": np.where(rng.random(ROWS) < 0.1, "pos", "neg"),
            "REGION": rng.choice(["north", "south", "west"], ROWS, p=[0.5, 0.3, 0.2]),
            "AMOUNT": np.where(rng.random(ROWS) < 0.05, np.nan, amount),
            "RUNS": rng.poisson(3, ROWS),
        }
    )


def predicted_rows() -> pd.DataFrame:
    """Predictions beside the truth, of rows that are not quite as those before."""
    rng = np.random.default_rng(2)
    is_positive = rng.random(ROWS) < 0.1
    chance = np.clip(rng.normal(np.where(is_positive, 0.4, 0.15), 0.15), 0, 1)
    number = rng.normal(100, 20, ROWS)
    return pd.DataFrame(
        {
            "ACTUAL": np.where(is_positive, "pos", "neg"),
            "CHANCE": chance,
            "PREDICTED": np.where(chance >= 0.5, "pos", "neg"),
            "DECISION": np.where(chance >= 0.2, "pos", "neg"),
            "REGION": rng.choice(["north", "south", "Mars"], ROWS, p=[0.4, 0.595, 0.005]),
            "AMOUNT": np.where(rng.random(ROWS) < 0.2, np.nan, rng.gamma(2, 60, ROWS)),
            "RUNS": rng.poisson(3.3, ROWS),
            "NUMBER_ACTUAL": number,
            "NUMBER_PREDICTED": number + rng.normal(0, 10, ROWS),
        }
    )


KNOWN, PREDICTED = known_rows(), predicted_rows()
RESULTS = {"Accuracy": 0.97, "AUC": 0.95, "F1": 0.9, "LogLoss": 0.09, "BalancedAccuracy": 0.85}
RESULTS |= {"F1macro": 0.93, "Precision": 0.92, "RMSE": 15.0, "MSE": 225.0, "MAE": 12.0, "R2": 0.4}
VERSIONS = [
    ("Trucks", 1, "Completed", json.dumps({"Validation": {"AUC": 0.93, "RMSE": 14.0}}), None),
    ("Trucks", 2, "Failed", None, None),
    ("Trucks", 3, "Completed", json.dumps({"Validation": RESULTS, "Train": {"AUC": 0.99}}), None),
    ("Trucks", 4, "InProgress", None, None),
]
# The first one was accepted, the second was not.
AFTER_A_REJECTION = [
    ("Trucks", 1, "Completed", json.dumps({"Validation": {"AUC": 0.97}}), "2026-01-01 00:00:00"),
    ("Trucks", 2, "Completed", json.dumps({"Validation": {"AUC": 0.9}}), None),
    ("Trucks", 3, "Completed", json.dumps({"Validation": {"AUC": 0.95}}), None),
]
MINIMIZED = ("LogLoss", "RMSE", "MSE", "MAE")


def constant_results() -> dict[str, float]:
    """What the best constant prediction reaches on the known rows, by scikit-learn."""
    truth = KNOWN["CLASS"] == "pos"
    share = truth.mean()
    always, never = np.ones(ROWS, bool), np.zeros(ROWS, bool)
    number = KNOWN["RUNS"].to_numpy(float)
    mean, median = np.full(ROWS, number.mean()), np.full(ROWS, np.median(number))
    return {
        "Accuracy": metrics.accuracy_score(truth, never),
        "AUC": metrics.roc_auc_score(truth, np.full(ROWS, share)),
        "F1": metrics.f1_score(truth, always),
        "Precision": metrics.precision_score(truth, always),
        "LogLoss": metrics.log_loss(truth, np.full(ROWS, share)),
        "BalancedAccuracy": metrics.balanced_accuracy_score(truth, never),
        "F1macro": metrics.f1_score(truth, never, average="macro", zero_division=0),
        "RMSE": np.sqrt(metrics.mean_squared_error(number, mean)),
        "MSE": metrics.mean_squared_error(number, mean),
        "MAE": metrics.mean_absolute_error(number, median),
        "R2": metrics.r2_score(number, mean),
    }


def gain(metric: str, before: float, after: float) -> float:
    return before - after if metric in MINIMIZED else after - before


def calibration_error(bins: int) -> float:
    places = np.minimum(np.floor(PREDICTED["CHANCE"] * bins), bins - 1)
    by_bin = PREDICTED.assign(TRUTH=PREDICTED["ACTUAL"] == "pos").groupby(places)
    apart = (by_bin["CHANCE"].mean() - by_bin["TRUTH"].mean()).abs()
    return float((apart * by_bin.size()).sum() / ROWS)


def stability_index(column: str, bins: int = 10) -> float:
    old, new = KNOWN[column], PREDICTED[column]
    if old.dtype.kind in "if":
        bounds = np.quantile(old.dropna(), np.arange(1, bins) / bins)
        old, new = (
            pd.Series(np.where(c.isna(), -1, np.searchsorted(bounds, c))) for c in (old, new)
        )
    parts = pd.DataFrame({"old": old.value_counts(), "new": new.value_counts()}).fillna(0) / ROWS
    parts = parts.clip(lower=0.0001)
    return float(((parts["new"] - parts["old"]) * np.log(parts["new"] / parts["old"])).sum())
