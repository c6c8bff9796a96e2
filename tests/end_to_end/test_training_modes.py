"""Modes of a training, and weights of its rows, from a table to predictions."""

import csv
import io
import json

import pytest

from .conftest import FEATURES, fresh_name

FEATURE_LIST = ", ".join(FEATURES)


def predicted(sme, endpoint) -> list[dict]:
    """What the UDF of an endpoint says of the held-out patients, beside the truth."""
    statement = sme.connection.execute(
        f'SELECT p.*, h.DIAGNOSIS FROM (SELECT {sme.data_schema}."{endpoint}"'
        f"(PATIENT_ID, {FEATURE_LIST}) FROM {sme.data_schema}.HELD_OUT) p "
        f"JOIN {sme.data_schema}.HELD_OUT h ON h.PATIENT_ID = p.KEY_1 ORDER BY h.PATIENT_ID"
    )
    return [dict(zip(statement.col_names, row, strict=True)) for row in statement.fetchall()]


@pytest.fixture(scope="module")
def tuned_endpoint(sme):
    """An endpoint that serves a model of mode HYPERPARAMETER_TUNING."""
    name = fresh_name("Tuned")
    job_name = sme.train(
        mode="HYPERPARAMETER_TUNING",
        algorithms=["xgboost"],
        problem_type="BinaryClassification",
        objective="AUC",
    )
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    sme.deploy(job_name, name)
    assert sme.wait_for_endpoint(name)["STATUS"] == "InService"
    yield name
    sme.delete(name)


def answered(sme, stack, endpoint) -> list[list[str]]:
    """What the endpoint itself answers: label, probability, probabilities and labels."""
    lines = io.StringIO()
    rows = sme.connection.execute(
        f"SELECT {FEATURE_LIST} FROM {sme.data_schema}.HELD_OUT ORDER BY PATIENT_ID"
    )
    csv.writer(lines).writerows(rows.fetchall())
    runtime = stack.aws_client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept="text/csv", Body=lines.getvalue()
    )
    return list(csv.reader(io.StringIO(answer["Body"].read().decode())))


@pytest.mark.parametrize("mode", ["ENSEMBLING", "HYPERPARAMETER_TUNING"])
def test_probability_is_that_of_the_predicted_label_in_every_mode(
    sme, stack, endpoint, tuned_endpoint, mode
):
    """A tuned model answers with the probability of the positive class: trap of section 1."""
    name = endpoint if mode == "ENSEMBLING" else tuned_endpoint
    rows, answers = predicted(sme, name), answered(sme, stack, name)
    assert len(rows) == len(answers) == 69
    assert {row["PREDICTIONS"] for row in rows} == {"malignant", "benign"}
    for row in rows:
        labels, chances = json.loads(row["LABELS"]), json.loads(row["PROBABILITIES"])
        assert row["PROBABILITY"] == dict(zip(labels, chances, strict=True))[row["PREDICTIONS"]]
        assert row["PROBABILITY"] >= 0.5
    as_answered = [float(answer[1]) for answer in answers]
    if mode == "ENSEMBLING":
        assert as_answered == pytest.approx([row["PROBABILITY"] for row in rows])
    else:
        positive = [json.loads(row["PROBABILITIES"])[1] for row in rows]
        assert as_answered == pytest.approx(positive)
        assert min(as_answered) < 0.5
    assert sum(row["PREDICTIONS"] == row["DIAGNOSIS"] for row in rows) / 69 > 0.85


def test_rows_count_as_much_as_their_weights_say(sme, sagemaker):
    """Each patient is there twice, and the row that weighs more tells the opposite."""
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.WEIGHED AS "
        f"SELECT {FEATURE_LIST}, DIAGNOSIS, CAST(0.1 AS DECIMAL(9,2)) AS TRUST "
        f"FROM {sme.data_schema}.TRAINING UNION ALL "
        f"SELECT {FEATURE_LIST}, DECODE(DIAGNOSIS, 'benign', 'malignant', 'benign'), 10 "
        f"FROM {sme.data_schema}.TRAINING"
    )
    job_name = sme.train(
        input_table_or_view_name="WEIGHED", sample_weight_column="trust", mode="ENSEMBLING"
    )
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job_name)
    tabular = job["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular["SampleWeightAttributeName"] == "TRUST"

    name = fresh_name("Weighed")
    sme.deploy(job_name, name)
    assert sme.wait_for_endpoint(name)["STATUS"] == "InService"
    rows = predicted(sme, name)
    sme.delete(name)
    assert len(rows) == 69
    assert sum(row["PREDICTIONS"] != row["DIAGNOSIS"] for row in rows) / 69 > 0.85
