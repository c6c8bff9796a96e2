"""Gates, each passing and failing, and what they measure against what the host computes.

Limits lie a millionth beside that: a gate that measures something else does not fail by so little.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn import metrics

from ..conftest import make_dbt_project
from .gate_measures import (
    AFTER_A_REJECTION,
    KNOWN,
    PREDICTED,
    RESULTS,
    VERSIONS,
    calibration_error,
    constant_results,
    gain,
    stability_index,
)

A_LITTLE = 1e-6
COSTS = {"false_negative": 500, "false_positive": 10}


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
            *(
                "accepted",
                "better_than_previous_version",
                "AFTER_A_REJECTION",
                -0.02,
                "margin",
            ),
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
# One of each, which is also to pass: what it measures, all of the others show where they fail.
ONE_OF_EACH = {gate.test + gate.bound: gate.name for gate in GATES.values()}.values()
# On tables without rows: nothing can be measured, so nothing passes.
NOTHING = {
    "metric_at_least": ("NO_VERSIONS", {"metric": "AUC", "value": 0}),
    "calibrated": ("NO_ROWS", GATES["calibrated_10"].with_limit(True)),
    "class_balance": ("NO_ROWS", {"column": "decision", "shares": {"pos": [0, 1]}}),
    "no_drift": ("NO_ROWS", {**GATES["drift_RUNS"].arguments, "at_most": 100}),
    "no_unseen_categories": ("NO_ROWS", GATES["unseen"].with_limit(True)),
    "no_missing_categories": (
        "PREDICTED_ROWS",
        {**GATES["missing"].with_limit(True), "reference": "source('gates', 'NO_ROWS')"},
    ),
    "predictions_better_than_constant": ("NO_ROWS", GATES["accuracy"].with_limit(True)),
    "total_cost_at_most": ("NO_ROWS", GATES["cost"].with_limit(True)),
}
# What dbt refuses to run: the gate, its arguments, and what is said of them.
REFUSED = {
    "no_metric": ("metric_at_least", {"value": 1}, "E-SME-133: .* needs the argument metric"),
    "unknown_metric": (
        "better_than_constant",
        {**GATES["constant_F1"].arguments, "metric": "F2"},
        "E-SME-133: F2 of a constant prediction says nothing. Metrics are: Accuracy, ",
    ),
    "unmeasured_metric": (
        "predictions_better_than_constant",
        {**GATES["accuracy"].arguments, "metric": "AUC"},
        "E-SME-133: .* does not measure AUC. Metrics are: Accuracy, ",
    ),
    "no_number": (
        "metric_at_most",
        {"metric": "RMSE", "value": "high"},
        "E-SME-134: Gate sme.metric_at_most has value: high, but needs a number",
    ),
    "one_share": (
        "class_balance",
        {"column": "decision", "shares": {"pos": 0.1}},
        "E-SME-134: .* but needs the least and the greatest share of each label",
    ),
    "no_shares": (
        "class_balance",
        {"column": "decision", "shares": ["pos"]},
        "E-SME-134: .* but needs the least and the greatest share of each label",
    ),
    "one_bin": (
        "no_drift",
        {**GATES["drift_RUNS"].arguments, "bins": 1},
        "E-SME-134: .* has bins: 1, but needs a whole number from 2 on",
    ),
}


@dataclass
class Outcome:
    """What one run of dbt made of all tests: status and message by name, and the failure rows."""

    status: dict[str, str]
    message: dict[str, str]
    failures: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def outcome(stack, tmp_path_factory) -> Outcome:
    project = make_dbt_project(stack, tmp_path_factory.mktemp("gates") / "project")
    for folder in ("models", "seeds", "tests"):
        shutil.rmtree(project.path / folder)
    tests: dict[str, list] = {}
    for gate in GATES.values():
        for passes in (True, False) if gate.name in ONE_OF_EACH else (False,):
            name = f"{gate.name}_{'passes' if passes else 'fails'}"
            given = {"name": name, "arguments": gate.with_limit(passes)}
            tests.setdefault(gate.on, []).append({f"sme.{gate.test}": given})
    for name, (test, arguments, _) in REFUSED.items():
        tests["PREDICTED_ROWS"].append({f"sme.{test}": {"name": name, "arguments": arguments}})
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
    older = {"name": "older", "arguments": {"metric": "AUC", "value": 0.95}}
    older["config"] = {"where": '"VERSION" < 3'}
    models = [{"name": "trained", "data_tests": [{"sme.metric_at_least": older}]}]
    properties = {"version": 2, "sources": sources, "models": models}
    project.write("models/gates.yml", yaml.safe_dump(properties))
    project.write("models/trained.sql", "select * from {{ source('gates', 'VERSIONS') }}")
    with stack.connect() as connection:
        make_tables(connection, project.schema)
        project.run("test", "--store-failures", exit_code=1)
        results = json.loads((project.path / "target" / "run_results.json").read_text())["results"]
        tests_run = [r for r in results if r["unique_id"].startswith("test.")]
        status = {r["unique_id"].split(".")[2]: r["status"] for r in tests_run}
        message = {r["unique_id"].split(".")[2]: r["message"] for r in tests_run}
        failures = {}
        for name, found in status.items():
            if found in ("fail", "warn"):
                statement = connection.execute(
                    f"SELECT * FROM {project.schema}_DBT_TEST__AUDIT.{name} ORDER BY SUBJECT"
                )
                failures[name] = [
                    dict(zip(statement.col_names, row, strict=True)) for row in statement
                ]
    return Outcome(status, message, failures)


def make_tables(connection, schema: str) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    versions = (
        "MODEL_NAME VARCHAR(100), VERSION DECIMAL(18,0), STATUS VARCHAR(50), "
        "METRICS VARCHAR(2000000), PROMOTED_AT TIMESTAMP"
    )
    known = "CLASS VARCHAR(3), REGION VARCHAR(20), AMOUNT DOUBLE, RUNS DECIMAL(9,0)"
    predicted = (
        "ACTUAL VARCHAR(3), CHANCE DOUBLE, PREDICTED CHAR(10), DECISION VARCHAR(3), "
        "REGION VARCHAR(20), AMOUNT DOUBLE, RUNS DECIMAL(9,0), NUMBER_ACTUAL DOUBLE, "
        "NUMBER_PREDICTED DOUBLE"
    )
    tables = {
        "VERSIONS": (versions, VERSIONS),
        "TRAINED": (versions, VERSIONS),
        "AFTER_A_REJECTION": (versions, AFTER_A_REJECTION),
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
def test_a_gate_measures_what_the_host_computes_and_fails_beyond_its_limit(outcome, name):
    gate = GATES[name]
    assert outcome.status[f"{name}_fails"] == "fail"
    (row,) = outcome.failures[f"{name}_fails"]
    assert row["GATE"] == gate.test
    assert row["MEASURED"] == pytest.approx(gate.measured, abs=A_LITTLE / 10)
    assert abs(row["ALLOWED"] - row["MEASURED"]) == pytest.approx(A_LITTLE, rel=0.1)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_gate_lets_through_what_is_within_its_limit(outcome, name):
    assert outcome.status[f"{name}_passes"] == "pass"


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


def test_a_gate_with_where_judges_only_these_rows_and_still_names_the_model(outcome):
    (row,) = outcome.failures["older"]
    assert row["MESSAGE"] == (
        "AUC (Validation) of trained version 1 is 0.93, but has to be at least 0.95"
    )


@pytest.mark.parametrize("name", REFUSED)
def test_arguments_that_cannot_be_are_refused_with_the_cure(outcome, name):
    assert outcome.status[name] == "error"
    assert re.search(REFUSED[name][2], outcome.message[name])
