"""Gates, each passing and failing, and what they measure against scikit-learn, numpy and pandas.

Limits lie a millionth beside what the host has computed: a gate that measures something else
fails one of its two tests.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn import metrics

from ..conftest import make_dbt_project

A_LITTLE = 1e-6
COSTS = {"false_negative": 500, "false_positive": 10}
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
    ("Trucks", 1, "Completed", json.dumps({"Validation": {"AUC": 0.93, "RMSE": 14.0}})),
    ("Trucks", 2, "Failed", None),
    ("Trucks", 3, "Completed", json.dumps({"Validation": RESULTS, "Train": {"AUC": 0.99}})),
    ("Trucks", 4, "InProgress", None),
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


@dataclass
class Gate:
    """A gate on one subject: what the host has computed for it, and how its limit is given."""

    name: str
    test: str
    on: str
    measured: float
    limit: str
    arguments: dict[str, Any] = field(default_factory=dict)
    bound: str = "at most"

    def with_limit(self, passes: bool) -> dict[str, Any]:
        lax = A_LITTLE if self.bound == "at most" else -A_LITTLE
        value = float(self.measured + (lax if passes else -lax))
        if self.limit == "shares":
            given = {"pos": [value, 1] if self.bound == "at least" else [0, value]}
        else:
            given = value
        return {**self.arguments, self.limit: given}


def all_gates() -> list[Gate]:
    known = {"reference": "source('gates', 'KNOWN_ROWS')"}
    truth = PREDICTED["ACTUAL"] == "pos"
    alarm = PREDICTED["DECISION"] == "pos"
    number, guess = PREDICTED["NUMBER_ACTUAL"], PREDICTED["NUMBER_PREDICTED"]
    rmse = np.sqrt(metrics.mean_squared_error(number, guess))
    gates = [
        Gate("auc", "metric_at_least", "VERSIONS", 0.95, "value", {"metric": "AUC"}, "at least"),
        Gate(
            *("auc_train", "metric_at_least", "VERSIONS", 0.99, "value"),
            {"metric": "AUC", "data_set": "Train"},
            "at least",
        ),
        Gate("rmse", "metric_at_most", "VERSIONS", 15.0, "value", {"metric": "RMSE"}),
        Gate(
            *("auc_gain", "better_than_previous_version", "VERSIONS", 0.02, "margin"),
            {"metric": "AUC"},
            "at least",
        ),
        Gate(
            *("rmse_gain", "better_than_previous_version", "VERSIONS", -1.0, "margin"),
            {"metric": "RMSE"},
            "at least",
        ),
        Gate(
            *("accuracy", "predictions_better_than_constant", "PREDICTED_ROWS"),
            (PREDICTED["PREDICTED"] == PREDICTED["ACTUAL"]).mean() - (~truth).mean(),
            "margin",
            {"predicted": "predicted", "actual": "actual"},
            "more than",
        ),
        Gate(
            *("number", "predictions_better_than_constant", "PREDICTED_ROWS"),
            np.std(number) - rmse,
            "margin",
            {"predicted": "number_predicted", "actual": "number_actual", "metric": "RMSE"},
            "more than",
        ),
        *(
            Gate(
                *(f"share_{bound[3:]}", "class_balance", "PREDICTED_ROWS", alarm.mean(), "shares"),
                {"column": "decision"},
                bound,
            )
            for bound in ("at least", "at most")
        ),
        *(
            Gate(
                *(f"calibrated_{bins}", "calibrated", "PREDICTED_ROWS", calibration_error(bins)),
                "at_most",
                {"probability": "chance", "actual": "actual", "positive": "pos", "bins": bins},
            )
            for bins in (10, 7)
        ),
        Gate(
            *("unseen", "no_unseen_categories", "PREDICTED_ROWS"),
            (PREDICTED["REGION"] == "Mars").sum(),
            "at_most",
            {**known, "columns": ["region"]},
        ),
        Gate(
            *("missing", "no_missing_categories", "PREDICTED_ROWS", 0, "at_least"),
            {**known, "columns": "region"},
            "at least",
        ),
        *(
            Gate(
                *(f"drift_{column}", "no_drift", "PREDICTED_ROWS", stability_index(column)),
                "at_most",
                {**known, "columns": [column.lower()]},
            )
            for column in ("REGION", "AMOUNT", "RUNS")
        ),
        Gate(
            *("cost", "total_cost_at_most", "PREDICTED_ROWS"),
            500 * (truth & ~alarm).sum() + 10 * (~truth & alarm).sum(),
            "value",
            {"actual": "actual", "decision": "decision", "positive": "pos", "costs": COSTS},
        ),
    ]
    for metric, constant in constant_results().items():
        target = "runs" if metric in ("RMSE", "MSE", "MAE", "R2") else "class"
        arguments = {"metric": metric, "relation": known["reference"], "target": target}
        measured = gain(metric, constant, RESULTS[metric])
        gates.append(
            Gate(
                *(f"constant_{metric}", "better_than_constant", "VERSIONS", measured, "margin"),
                arguments,
                "more than",
            )
        )
    return gates


GATES = {gate.name: gate for gate in all_gates()}
# On tables without rows: nothing can be measured, so nothing passes.
NOTHING = {
    "metric_at_least": ("NO_VERSIONS", {"metric": "AUC", "value": 0}),
    "calibrated": ("NO_ROWS", GATES["calibrated_10"].with_limit(True)),
    "class_balance": ("NO_ROWS", {"column": "decision", "shares": {"pos": [0, 1]}}),
    "no_drift": ("NO_ROWS", {**GATES["drift_RUNS"].arguments, "at_most": 100}),
    "predictions_better_than_constant": ("NO_ROWS", GATES["accuracy"].with_limit(True)),
    "total_cost_at_most": ("NO_ROWS", GATES["cost"].with_limit(True)),
}


@dataclass
class Outcome:
    """What one run of dbt made of all tests: status by name, and the failure rows."""

    status: dict[str, str]
    failures: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def outcome(stack, tmp_path_factory) -> Outcome:
    project = make_dbt_project(stack, tmp_path_factory.mktemp("gates") / "project")
    for folder in ("models", "seeds", "tests"):
        shutil.rmtree(project.path / folder)
    tests: dict[str, list] = {}
    for gate in GATES.values():
        for passes in (True, False):
            name = f"{gate.name}_{'passes' if passes else 'fails'}"
            given = {"name": name, "arguments": gate.with_limit(passes)}
            tests.setdefault(gate.on, []).append({f"sme.{gate.test}": given})
    for test, (table, arguments) in NOTHING.items():
        given = {"name": f"{test}_nothing", "arguments": arguments}
        tests.setdefault(table, []).append({f"sme.{test}": given})
    only_first = {"metric": "AUC", "margin": 1}
    tests["FIRST_VERSION"] = [
        {"sme.better_than_previous_version": {"name": "first_passes", "arguments": only_first}}
    ]
    warned = {"name": "warned", "arguments": GATES["auc"].with_limit(False)}
    warned["config"] = {"severity": "warn"}
    tests["VERSIONS"].append({"sme.metric_at_least": warned})
    tables = [{"name": name, "data_tests": given} for name, given in tests.items()]
    tables.append({"name": "KNOWN_ROWS"})
    sources = [{"name": "gates", "schema": project.schema, "tables": tables}]
    project.write("models/gates.yml", yaml.safe_dump({"version": 2, "sources": sources}))
    with stack.connect() as connection:
        make_tables(connection, project.schema)
        project.run("test", "--store-failures", exit_code=1)
        results = json.loads((project.path / "target" / "run_results.json").read_text())["results"]
        tests_run = [r for r in results if r["unique_id"].startswith("test.")]
        status = {r["unique_id"].split(".")[2]: r["status"] for r in tests_run}
        failures = {}
        for name, found in status.items():
            if found != "pass":
                statement = connection.execute(
                    f"SELECT * FROM {project.schema}_DBT_TEST__AUDIT.{name} ORDER BY SUBJECT"
                )
                failures[name] = [
                    dict(zip(statement.col_names, row, strict=True)) for row in statement
                ]
    return Outcome(status, failures)


def make_tables(connection, schema: str) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    versions = (
        "MODEL_NAME VARCHAR(100), VERSION DECIMAL(18,0), STATUS VARCHAR(50), "
        "METRICS VARCHAR(2000000)"
    )
    known = "CLASS VARCHAR(3), REGION VARCHAR(20), AMOUNT DOUBLE, RUNS DECIMAL(9,0)"
    predicted = (
        "ACTUAL VARCHAR(3), CHANCE DOUBLE, PREDICTED CHAR(10), DECISION VARCHAR(3), "
        "REGION VARCHAR(20), AMOUNT DOUBLE, RUNS DECIMAL(9,0), NUMBER_ACTUAL DOUBLE, "
        "NUMBER_PREDICTED DOUBLE"
    )
    tables = {
        "VERSIONS": (versions, VERSIONS),
        "FIRST_VERSION": (versions, VERSIONS[:1]),
        "NO_VERSIONS": (versions, []),
        "KNOWN_ROWS": (known, KNOWN),
        "PREDICTED_ROWS": (predicted, PREDICTED),
        "NO_ROWS": (predicted, []),
    }
    for name, (columns, rows) in tables.items():
        connection.execute(f"CREATE TABLE {schema}.{name} ({columns})")
        if isinstance(rows, pd.DataFrame):
            connection.import_from_pandas(rows, (schema, name))
        elif rows:
            connection.import_from_iterable(rows, (schema, name))


@pytest.mark.parametrize("name", GATES)
def test_a_gate_lets_through_what_is_allowed_and_measures_what_the_host_computes(outcome, name):
    gate = GATES[name]
    assert outcome.status[f"{name}_passes"] == "pass"
    assert outcome.status[f"{name}_fails"] == "fail"
    (row,) = outcome.failures[f"{name}_fails"]
    assert row["GATE"] == gate.test
    assert row["MEASURED"] == pytest.approx(gate.measured, abs=A_LITTLE / 10)
    assert abs(row["ALLOWED"] - row["MEASURED"]) == pytest.approx(A_LITTLE, rel=0.1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("auc", "AUC (Validation) of VERSIONS version 3 is 0.95, but has to be at least 0.950001"),
        ("auc_gain", "Gain in AUC (Validation) of VERSIONS from version 1 to 3 is 0.02, but"),
        ("constant_F1", "Gain in F1 (Validation) over a constant prediction of VERSIONS version 3"),
        ("share_most", "Share of pos in decision is "),
        ("unseen", "Number of rows with region Mars, which is not in "),
        ("missing", "Number of rows with region west, which is in "),
        ("drift_AMOUNT", "Population stability index of amount is "),
        ("cost", "Total cost of DECISION, with "),
    ],
)
def test_a_failure_row_says_what_how_much_and_the_limit(outcome, name, message):
    (row,) = outcome.failures[f"{name}_fails"]
    assert row["MESSAGE"].lower().startswith(message.lower())
    assert f"is {round(row['MEASURED'], 6):g}"[:8] in row["MESSAGE"]


@pytest.mark.parametrize("test", NOTHING)
def test_where_there_is_nothing_to_measure_no_gate_passes(outcome, test):
    assert outcome.status[f"{test}_nothing"] == "fail"
    for row in outcome.failures[f"{test}_nothing"]:
        assert row["MEASURED"] is None
        assert row["MESSAGE"].endswith("cannot be measured: there is nothing to measure it on")


def test_the_first_version_has_none_to_be_better_than(outcome):
    assert outcome.status["first_passes"] == "pass"


def test_severity_warn_warns_only(outcome):
    assert outcome.status["warned"] == "warn"
