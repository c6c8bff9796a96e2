"""Predictions in batch: rows to S3, a transform job, and its answers as a table."""

import dataclasses

import pytest

from .batch_calls import FETCH, STOP, WAIT, Batch
from .conftest import FEATURES, fresh_name

FEATURE_LIST = ", ".join(FEATURES)


@pytest.fixture(scope="module")
def batch(sme, completed_job):
    return Batch(sme, completed_job)


@pytest.fixture
def relation(sme):
    """Makes a view of the held-out rows; gives its name."""

    def make(columns, condition="TRUE"):
        name = fresh_name("TO_PREDICT_")
        sme.connection.execute(
            f"CREATE VIEW {sme.data_schema}.{name} AS SELECT {columns} "
            f"FROM {sme.data_schema}.HELD_OUT WHERE {condition}"
        )
        return name

    return make


def test_columns_types_and_values_are_those_of_the_endpoint(sme, batch, endpoint):
    columns, rows = batch.predict()
    statement = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"(PATIENT_ID, {FEATURE_LIST}) '
        f"FROM {sme.data_schema}.HELD_OUT ORDER BY 1"
    )
    names = ["PATIENT_ID", "PREDICTIONS", "PROBABILITY", "PROBABILITIES", "LABELS"]
    assert list(columns) == names
    assert list(columns.values()) == list(statement.columns().values())
    assert rows == statement.fetchall()
    assert len(rows) == 69


def test_without_keys_the_training_columns_come_back(sme, batch, endpoint):
    columns, rows = batch.predict(key_columns=None)
    statement = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"({FEATURE_LIST}) FROM {sme.data_schema}.HELD_OUT '
        "ORDER BY 1"
    )
    assert list(columns) == statement.col_names
    assert sorted(rows) == sorted(statement.fetchall())


def test_a_query_is_predicted_and_any_type_of_key_comes_back_untouched(sme, batch):
    query = (
        "SELECT DATE '2024-02-29' AS D, PATIENT_ID / 8 AS N, 'key ' || PATIENT_ID || CHR(10) AS T, "
        f"CAST(NULL AS BOOLEAN) AS B, h.* FROM {sme.data_schema}.HELD_OUT h"
    )
    keys = ["N", "D", "T", "B"]
    source = {"input_schema_name": None, "input_table_or_view_name": None, "input_query": query}
    columns, rows = batch.predict(key_columns=keys, **source)
    assert list(columns)[:4] == keys
    expected = sme.connection.execute(f"SELECT N, D, T, B FROM ({query}) ORDER BY 1").fetchall()
    assert [row[:4] for row in rows] == expected


def test_after_the_fetch_only_the_result_is_left(batch, s3, sagemaker):
    name = batch.start()["TRANSFORM_JOB_NAME"]
    batch.wait(name)
    assert len(batch.leftovers(name, s3, sagemaker)) > 3
    batch.call(FETCH, name)
    assert batch.leftovers(name, s3, sagemaker) == []
    row = batch.row(name)
    assert (row["STATUS"], row["ROW_COUNT"], row["FAILURE_REASON"]) == ("Fetched", 69, None)
    assert batch.call(FETCH, name)["STATUS"] == "Fetched"


def test_a_transform_job_says_whose_it_is_and_what_it_leaves_out(sme, batch, sagemaker):
    name = batch.start()["TRANSFORM_JOB_NAME"]
    job = sagemaker.describe_transform_job(TransformJobName=name)
    assert job["DataProcessing"] == {
        "InputFilter": "$[1:]",
        "JoinSource": "Input",
        "OutputFilter": "$[0,5,6,7,8]",
    }
    tags = sagemaker.list_tags(ResourceArn=job["TransformJobArn"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "sme:job": batch.job_name,
        "sme:model": batch.job_name,
        "sme:schema": sme.schema,
        "sme:transform": name,
    }
    batch.wait(name)
    batch.call(FETCH, name)


def test_no_rows_give_an_empty_table_and_ask_aws_for_nothing(sme, batch, relation, sagemaker):
    empty = relation("*", condition="FALSE")
    started = batch.start(input_table_or_view_name=empty, result_table_name="OF_NOTHING")
    assert (started["STATUS"], started["ROW_COUNT"]) == ("Completed", "0")
    name = started["TRANSFORM_JOB_NAME"]
    assert sagemaker.list_transform_jobs(NameContains=name)["TransformJobSummaries"] == []
    batch.call(FETCH, name)
    statement = sme.connection.execute(f"SELECT * FROM {sme.data_schema}.OF_NOTHING")
    assert statement.col_names[:2] == ["PATIENT_ID", "PREDICTIONS"]
    assert statement.fetchall() == []


def test_a_transform_job_that_fails_says_why_and_leaves_nothing(sme, batch, s3, sagemaker):
    started = batch.start(max_payload_in_mb=1, max_concurrent_transforms=2)
    name = started["TRANSFORM_JOB_NAME"]
    prefix = batch.row(name)["S3_PREFIX"]
    for entry in s3.list_objects_v2(Bucket=sme.account.bucket, Prefix=prefix)["Contents"]:
        s3.put_object(Bucket=sme.account.bucket, Key=entry["Key"], Body=b"1,too,few\n")
    ended = batch.wait(name)
    assert ended["STATUS"] == "Failed"
    assert ended["FAILURE_REASON"].startswith("ClientError: ")
    assert batch.leftovers(name, s3, sagemaker) == []
    error = sme.error(FETCH, f'{{"transform_job_name": "{name}"}}')
    assert f"E-SME-93: Batch prediction {name} is Failed: ClientError" in error


def test_answers_that_are_not_one_for_each_row_are_not_used(sme, batch, s3):
    name = batch.start(result_table_name="NOT_USED")["TRANSFORM_JOB_NAME"]
    batch.wait(name)
    output = batch.row(name)["S3_PREFIX"] + "output/"
    first = s3.list_objects_v2(Bucket=sme.account.bucket, Prefix=output)["Contents"][0]["Key"]
    s3.delete_object(Bucket=sme.account.bucket, Key=first)
    error = sme.error(FETCH, f'{{"transform_job_name": "{name}"}}')
    assert "E-SME-94" in error and "of its 69 rows" in error
    tables = sme.connection.execute(
        "SELECT TABLE_NAME FROM EXA_ALL_TABLES WHERE TABLE_NAME = 'NOT_USED'"
    )
    assert tables.fetchall() == []
    assert batch.call(STOP, name)["STATUS"] == "Discarded"


def test_a_batch_prediction_is_stopped_and_leaves_nothing(batch, s3, sagemaker):
    name = batch.start()["TRANSFORM_JOB_NAME"]
    batch.call(STOP, name)
    ended = batch.wait(name)
    assert ended["STATUS"] in ("Stopped", "Discarded")
    assert batch.leftovers(name, s3, sagemaker) == []
    job = sagemaker.describe_transform_job(TransformJobName=name)
    assert job["TransformJobStatus"] in ("Stopped", "Completed")


def test_the_next_one_for_a_table_replaces_what_an_ended_session_has_left(
    sme, stack, batch, s3, sagemaker
):
    with stack.connect() as other:
        ended = Batch(dataclasses.replace(sme, connection=other), batch.job_name)
        first = ended.start(result_table_name="REPLACED")["TRANSFORM_JOB_NAME"]
        error = batch.error(result_table_name="REPLACED")
        assert f"E-SME-92: Batch prediction {first} " in error
    _, rows = batch.predict(result_table_name="REPLACED")
    assert len(rows) == 69
    assert batch.wait(first)["STATUS"] in ("Stopped", "Discarded")
    assert batch.leftovers(first, s3, sagemaker) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"job_name": "NoSuchJob"}, "E-SME-8"),
        ({"job_name": None, "model_name": "NoSuchModel"}, "E-SME-57"),
        ({"model_name": "Both"}, "E-SME-54"),
        ({"key_columns": ["NO_SUCH_KEY"]}, "E-SME-3"),
        ({"input_table_or_view_name": "NO_SUCH_TABLE"}, "E-SME-2"),
        ({"result_schema_name": "NO_SUCH_SCHEMA"}, "E-SME-14"),
        ({"result_table_name": "HELD_OUT"}, "E-SME-95"),
        ({"instance_count": 0}, "E-SME-29"),
        ({"max_payload_in_mb": 50, "max_concurrent_transforms": 3}, "E-SME-54"),
        ({"nonsense": 1}, "E-SME-60"),
        ({"aws_region": None}, "E-SME-6"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(sme, batch, changes, code):
    before = sme.connection.execute(
        f"SELECT COUNT(*) FROM {sme.schema}.SME_METADATA_AUTOPILOT_TRANSFORM_JOBS"
    ).fetchval()
    assert f"{code}: " in batch.error(**changes)
    after = sme.connection.execute(
        f"SELECT COUNT(*) FROM {sme.schema}.SME_METADATA_AUTOPILOT_TRANSFORM_JOBS"
    ).fetchval()
    assert before == after


def test_a_relation_without_a_column_of_the_training_is_refused(batch, relation):
    narrow = relation("PATIENT_ID, MEAN_RADIUS, WORST_AREA")
    error = batch.error(input_table_or_view_name=narrow)
    assert "E-SME-91" in error and "WORST_TEXTURE, WORST_CONCAVE_POINTS" in error


def test_a_key_with_the_name_of_a_prediction_column_is_refused(batch, relation):
    clash = relation(f"PATIENT_ID AS PROBABILITY, {FEATURE_LIST}")
    assert "E-SME-30: Key PROBABILITY" in batch.error(
        input_table_or_view_name=clash, key_columns=["PROBABILITY"]
    )


def test_an_instance_type_that_aws_refuses_leaves_nothing(sme, batch, s3, sagemaker):
    error = batch.error(instance_type="ml.nonsense", result_table_name="REFUSED")
    assert "E-SME-16: AWS refused CreateTransformJob: ValidationException" in error
    row = sme.row("SME_METADATA_AUTOPILOT_TRANSFORM_JOBS WHERE RESULT_TABLE = 'REFUSED'")
    assert row["STATUS"] == "NotStarted"
    assert "CreateTransformJob" in row["FAILURE_REASON"]
    assert batch.leftovers(row["TRANSFORM_JOB_NAME"], s3, sagemaker) == []


def test_an_unknown_batch_prediction_is_named(sme):
    for script in (WAIT, FETCH, STOP):
        error = sme.error(script, '{"transform_job_name": "never"}')
        assert "E-SME-96: There is no batch prediction never" in error
