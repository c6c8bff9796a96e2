"""Probabilities as columns, and decisions by threshold or cost, in models of dbt."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from .conftest import SHARED_JOB

COSTS = "{'false_negative': 500, 'false_positive': 10}"


def judged_rows(seed: int = 3, rows: int = 3000) -> pd.DataFrame:
    """What was true beside a probability that says something of it, with many ties."""
    rng = np.random.default_rng(seed)
    is_positive = rng.random(rows) < 0.1
    chance = np.clip(rng.normal(np.where(is_positive, 0.35, 0.15), 0.12), 0, 1).round(2)
    return pd.DataFrame({"ACTUAL": np.where(is_positive, "pos", "neg"), "CHANCE": chance})


def cost_at(rows: pd.DataFrame, threshold: float) -> int:
    is_positive, alarm = rows["ACTUAL"] == "pos", rows["CHANCE"] >= threshold
    return int(500 * (is_positive & ~alarm).sum() + 10 * (~is_positive & alarm).sum())


@dataclass
class Outcome:
    """What one run of dbt made of all models: the rows by name, or why it refused them."""

    rows: Callable[[str], pd.DataFrame]
    refusals: dict[str, str]


@pytest.fixture(scope="module")
def outcome(sme, completed_job, endpoint) -> Outcome:
    sme.connection.execute(
        f"CREATE OR REPLACE TABLE {sme.data_schema}.JUDGED (ACTUAL VARCHAR(3), CHANCE DOUBLE)"
    )
    sme.connection.import_from_pandas(judged_rows(), (sme.data_schema, "JUDGED"))
    sme.connection.execute(
        f"CREATE OR REPLACE TABLE {sme.data_schema}.ANSWERS (KEY_ID DECIMAL(9,0), "
        "PROBABILITIES VARCHAR(2000), LABELS VARCHAR(2000))"
    )
    answers = [
        (1, "[0.2, 0.3, 0.5]", json.dumps(["a", 'b "x"', "a+"])),
        (2, "[0.6, 0.3, 0.1]", json.dumps(["a+", "a", 'b "x"'])),
        (3, None, None),
    ]
    sme.connection.import_from_iterable(answers, (sme.data_schema, "ANSWERS"))
    held_out = f"'{sme.data_schema}.HELD_OUT'"
    texts = {
        "all_labels": f"sme.predict('{endpoint}', {held_out}, keys=['patient_id'], "
        f"probability_columns=true, positive='malignant', costs={COSTS})",
        "one_label": f"sme.predict('{endpoint}', {held_out}, keys=['patient_id'], "
        "probability_columns=['malignant'])",
        "by_number": "sme.decide(ref('one_label'), positive='malignant', threshold=0.5)",
        "best": f"sme.best_threshold('{sme.data_schema}.JUDGED', 'actual', 'chance', 'pos', "
        f"{COSTS})",
        "by_table": "sme.decide(ref('one_label'), positive='malignant', threshold=ref('best'))",
        "by_batch": f"sme.predict_batch(job_name='{completed_job}', relation={held_out}, "
        f"keys=['patient_id'], probability_columns=true, positive='malignant', costs={COSTS})",
        "of_three": f"sme.decide('{sme.data_schema}.ANSWERS', "
        "probability_columns=['a+', 'a', 'b \"x\"'])",
    }
    refused = refused_texts(sme, endpoint)
    for name, text in {**texts, **refused}.items():
        sme.dbt.write(f"models/decisions/{name}.sql", f"select * from {{{{ {text} }}}}")
    printed = sme.dbt.run("run", "-s", "path:models/decisions", exit_code=1)
    shutil.rmtree(sme.dbt.path / "models" / "decisions")
    assert f"ERROR={len(refused)} " in printed

    def rows(name: str) -> pd.DataFrame:
        return sme.connection.export_to_pandas(f"SELECT * FROM {sme.dbt.schema}.{name} ORDER BY 1")

    return Outcome(rows, dict(re.findall(r"Error in model (\w+) .*\n(.*\n.*)", printed)))


@pytest.fixture(scope="module")
def models(outcome):
    return outcome.rows


def test_every_label_of_the_registry_becomes_a_column_with_its_own_probability(models):
    rows = models("all_labels")
    assert list(rows.columns) == [
        *("PATIENT_ID", "PREDICTIONS", "PROBABILITY", "PROBABILITIES", "LABELS"),
        *("PROBABILITY_BENIGN", "PROBABILITY_MALIGNANT", "DECISION"),
    ]
    for row in rows.itertuples():
        chances = dict(zip(json.loads(row.LABELS), json.loads(row.PROBABILITIES), strict=True))
        assert pytest.approx(chances["benign"], rel=1e-12) == row.PROBABILITY_BENIGN
        assert pytest.approx(chances["malignant"], rel=1e-12) == row.PROBABILITY_MALIGNANT


def test_costs_decide_at_the_probability_where_both_mistakes_weigh_the_same(models):
    rows = models("all_labels")
    expected = np.where(rows["PROBABILITY_MALIGNANT"] >= 10 / 510, "malignant", "benign")
    assert list(rows["DECISION"]) == list(expected)
    cautious = (rows["DECISION"] == "malignant") & (rows["PREDICTIONS"] == "benign")
    assert cautious.any(), "no row shows a difference between decision and prediction"


def test_at_a_half_the_decision_is_the_prediction(models):
    rows = models("by_number")
    assert "PROBABILITY_BENIGN" not in rows
    assert list(rows["DECISION"]) == list(rows["PREDICTIONS"])


def test_a_decision_has_the_type_of_the_target(sme, models):
    types = dict(
        sme.connection.execute(
            "SELECT COLUMN_NAME, COLUMN_TYPE FROM SYS.EXA_ALL_COLUMNS WHERE COLUMN_TABLE = "
            f"'ALL_LABELS' AND COLUMN_SCHEMA = '{sme.dbt.schema}'"
        ).fetchall()
    )
    assert types["DECISION"] == types["PREDICTIONS"] == "VARCHAR(20) UTF8"


def test_a_batch_prediction_is_decided_as_one_by_an_endpoint(models):
    by_batch, by_endpoint = models("by_batch"), models("all_labels")
    assert len(by_batch) == 69
    pd.testing.assert_frame_equal(by_batch, by_endpoint)


def test_labels_that_stand_in_another_order_or_hold_quotes_are_found(models):
    rows = models("of_three")
    assert list(rows.columns[-3:]) == ["PROBABILITY_A_", "PROBABILITY_A", "PROBABILITY_B_X_"]
    assert rows.iloc[0, -3:].tolist() == [0.5, 0.2, 0.3]
    assert rows.iloc[1, -3:].tolist() == [0.6, 0.3, 0.1]
    assert rows.iloc[2, -3:].isna().all()


def test_the_best_threshold_costs_least_of_all_and_counts_its_mistakes(models):
    (best,) = models("best").itertuples()
    rows = judged_rows()
    everywhere = np.append(np.unique(rows["CHANCE"]), 2)
    assert min(cost_at(rows, threshold) for threshold in everywhere) == best.TOTAL_COST
    assert cost_at(rows, best.THRESHOLD) == best.TOTAL_COST
    assert best.TOTAL_COST == 500 * best.FALSE_NEGATIVES + 10 * best.FALSE_POSITIVES
    assert best.FALSE_POSITIVES > 0 and best.FALSE_NEGATIVES > 0
    assert (rows["ACTUAL"] == "pos").sum() == best.POSITIVES
    assert len(rows) == best.POSITIVES + best.NEGATIVES


def test_the_best_threshold_lies_between_two_probabilities_that_occurred(models):
    (best,) = models("best").itertuples()
    occurred = np.unique(judged_rows()["CHANCE"])
    neighbours = (
        occurred[occurred > best.THRESHOLD].min(),
        occurred[occurred < best.THRESHOLD].max(),
    )
    assert pytest.approx(sum(neighbours) / 2) == best.THRESHOLD


def test_a_threshold_can_be_read_from_a_table(models):
    (best,) = models("best").itertuples()
    rows = models("by_table")
    expected = np.where(rows["PROBABILITY_MALIGNANT"] >= best.THRESHOLD, "malignant", "benign")
    assert list(rows["DECISION"]) == list(expected)


def refused_texts(sme, endpoint: str) -> dict[str, str]:
    """Models that cannot be."""
    predict = f"sme.predict('{endpoint}', '{sme.data_schema}.HELD_OUT', keys=['patient_id'], "
    return {
        "both": predict + f"positive='malignant', threshold=0.1, costs={COSTS})",
        "no_positive": predict + "threshold=0.1)",
        "no_threshold": predict + "positive='malignant')",
        "percent": predict + "positive='malignant', threshold=50)",
        "no_keys": predict.replace(", keys=['patient_id'], ", ", ") + "probability_columns=true)",
        "misspelt": predict + "positive='malign', threshold=0.5)",
        "misspelt_batch": f"sme.predict_batch(job_name='{SHARED_JOB}', "
        f"relation='{sme.data_schema}.HELD_OUT', keys=['patient_id'], positive='x', threshold=0.5)",
        "misspelt_column": predict + "probability_columns=['benign', 'malign'])",
        "half_a_cost": predict + "positive='malignant', costs={'false_negative': 500})",
        "free": predict + "positive='malignant', costs={'false_negative': 0, 'false_positive': 0})",
        "unknown_labels": f"sme.decide('{sme.data_schema}.ANSWERS', probability_columns=true)",
        "two_of_three": f"sme.decide('{sme.data_schema}.ANSWERS', probability_columns=['a', 'a+'])",
        "three_to_decide": f"sme.decide('{sme.data_schema}.ANSWERS', positive='a', threshold=0.5)",
        "none_positive": f"sme.best_threshold('{sme.data_schema}.JUDGED', 'actual', 'chance', "
        f"'POS', {COSTS})",
    }


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("both", "E-SME-130: sme.predict takes threshold or costs, not both"),
        ("no_positive", "E-SME-130: sme.predict decides by positive .* but got no positive"),
        ("no_threshold", "E-SME-130: .* but got positive alone"),
        ("percent", "E-SME-130: threshold is 50, but a probability goes from 0 to 1"),
        ("no_keys", "E-SME-130: .* name the key columns in keys"),
        ("misspelt", "E-SME-131: .* has no label malign. Its labels are benign, malignant"),
        ("misspelt_batch", " has no label x. Its labels are benign"),
        ("misspelt_column", "E-SME-131: .* has no label malign. Its labels are benign, malignant"),
        ("half_a_cost", "E-SME-132: costs is .* but needs false_negative .* and false_positive"),
        ("free", "E-SME-132: .* not both of them 0"),
        ("unknown_labels", "E-SME-130: sme.decide does not know the labels"),
        ("two_of_three", r"E-SME-131: a\+? is to be one of 2 labels, but .* are \[.a"),
        ("three_to_decide", "E-SME-131: a is to be one of 2 labels"),
        ("none_positive", "E-SME-131: POS is the label of none of the rows, .* others: 3000"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_reason(outcome, model, message):
    assert re.search(message, outcome.refusals[model])
