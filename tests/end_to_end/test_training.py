"""Training by EXECUTE SCRIPT: what it leaves behind, and what it refuses before it starts."""

import json

import pyexasol
import pytest

from ..backends import MARK
from .conftest import fresh_name


def exported_keys(s3, sme, prefix):
    listed = s3.list_objects_v2(Bucket=sme.account.bucket, Prefix=prefix).get("Contents", [])
    return [entry["Key"] for entry in listed]


def everything_of(s3, sme, job_name):
    """What a job has in the bucket, of whatever start."""
    return exported_keys(s3, sme, f"{sme.account.output_path}/{job_name}/")


def jobs(sagemaker, name):
    """The jobs of AWS with that in their names."""
    listed = sagemaker.list_auto_ml_jobs(NameContains=name)["AutoMLJobSummaries"]
    return {job["AutoMLJobName"] for job in listed}


def test_training_exports_several_files_with_headers_to_a_prefix_of_its_own(sme, s3):
    job_name = sme.train()
    row = sme.job_row(job_name)
    assert row["S3_PREFIX"].startswith(f"{sme.account.output_path}/{job_name}/")
    keys = exported_keys(s3, sme, row["S3_PREFIX"] + "training/")
    assert len(keys) == 4
    lines = []
    for key in keys:
        text = s3.get_object(Bucket=sme.account.bucket, Key=key)["Body"].read().decode()
        header, *rows = text.splitlines()
        assert header == "MEAN_RADIUS,WORST_TEXTURE,WORST_CONCAVE_POINTS,WORST_AREA,DIAGNOSIS"
        lines += rows
    assert len(lines) == 500


def test_the_registry_row_tells_what_the_job_was_trained_on(sme):
    job_name = sme.train(
        problem_type="BinaryClassification",
        objective="F1",
        max_runtime_for_automl_job_in_seconds=600,
    )
    row = sme.job_row(job_name)
    assert row["STATUS"] == "InProgress"
    assert row["INPUT_RELATION"] == "TRAINING"
    assert row["ROW_COUNT"] == 500
    assert row["PROBLEM_TYPE"] == "BinaryClassification"
    assert row["OBJECTIVE"] == "F1"
    assert row["MAX_CANDIDATES"] == 1
    assert row["MAX_RUNTIME_FOR_AUTOML_JOB_IN_SECONDS"] == 600
    assert row["COLUMN_NAMES"].split(";")[-1] == "DIAGNOSIS"
    columns = json.loads(row["COLUMNS"])
    assert [column["name"] for column in columns][:2] == ["MEAN_RADIUS", "WORST_TEXTURE"]
    assert columns[3]["type"] == "DECIMAL(9,0)"


def test_the_request_to_aws_is_what_was_asked_for(sme, sagemaker):
    job_name = sme.train(problem_type="BinaryClassification", objective="AUC", max_candidates=2)
    job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job_name)
    tabular = job["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular["TargetAttributeName"] == "DIAGNOSIS"
    assert tabular["ProblemType"] == "BinaryClassification"
    assert tabular["CompletionCriteria"]["MaxCandidates"] == 2
    assert job["AutoMLJobObjective"] == {"MetricName": "AUC"}
    source = job["AutoMLJobInputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert source["S3Uri"].endswith("/training/")


def test_poll_gives_the_predecessors_two_columns_first(sme, completed_job):
    job = sme.poll(completed_job)
    assert list(job)[:2] == ["JOB_STATUS", "JOB_SECONDARY_STATUS"]
    assert job["JOB_STATUS"] == "Completed"
    assert job["BEST_CANDIDATE"].startswith(completed_job)


@pytest.mark.parametrize("missing", ["job_name", "aws_region", "iam_sagemaker_role"])
def test_a_missing_argument_is_named(sme, missing):
    error = sme.training_error(**{missing: None})
    assert f"E-SME-6: Required arguments are missing: {missing}." in error


def test_text_that_is_no_json_is_refused(sme):
    assert "E-SME-5" in sme.error("SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT", "{job_name: x}")


def test_a_region_that_is_none_is_refused_before_anything_is_asked(sme):
    error = sme.training_error(aws_region="Frankfurt")
    assert "E-SME-29: aws_region is Frankfurt" in error


def test_an_unknown_relation_is_named(sme):
    error = sme.training_error(input_table_or_view_name="NO_SUCH_TABLE")
    assert f"E-SME-2: Table or view {sme.data_schema}.NO_SUCH_TABLE does not exist" in error


def test_an_unknown_target_is_named_with_the_columns_that_there_are(sme):
    error = sme.training_error(target_attribute_name="NO_SUCH_COLUMN")
    assert "E-SME-3: Column NO_SUCH_COLUMN" in error
    assert "MEAN_RADIUS" in error


def test_an_unknown_connection_is_named_with_its_cure(sme):
    error = sme.training_error(aws_credentials_connection_name="NO_SUCH_CONNECTION")
    assert "E-SME-4: CONNECTION NO_SUCH_CONNECTION cannot be used" in error


@pytest.mark.parametrize("job_name", ["has_underscore", "x" * 33, "-x", "ü"])
def test_a_job_name_that_aws_would_refuse_is_refused(sme, job_name):
    assert f"E-SME-11: Invalid job name {job_name}" in sme.training_error(job_name=job_name)


@pytest.mark.parametrize("spelling", [str, str.upper])
def test_a_job_name_that_was_used_before_is_refused_in_any_case(sme, completed_job, spelling):
    error = sme.training_error(job_name=spelling(completed_job))
    assert "E-SME-12" in error
    assert "choose another" in error


def test_fewer_than_500_rows_are_refused(sme):
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.TOO_FEW AS "
        f"SELECT * FROM {sme.data_schema}.TRAINING LIMIT 499"
    )
    error = sme.training_error(input_table_or_view_name="TOO_FEW")
    assert "E-SME-7" in error
    assert "499 rows" in error


def test_rows_without_a_target_do_not_count_towards_500(sme):
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.HALF_KNOWN AS "
        f"SELECT * FROM {sme.data_schema}.TRAINING UNION ALL "
        "SELECT MEAN_RADIUS, WORST_TEXTURE, WORST_CONCAVE_POINTS, WORST_AREA, NULL "
        f"FROM (SELECT * FROM {sme.data_schema}.TRAINING LIMIT 200)"
    )
    half_known = {"input_table_or_view_name": "HALF_KNOWN"}
    error = sme.training_error(**half_known, row_limit=600)
    assert "E-SME-7" in error
    assert "428 rows with a target, of 600 to export" in error
    assert sme.job_row(sme.train(**half_known))["ROW_COUNT"] == 700


def test_a_bucket_that_the_connection_does_not_name_is_refused(sme):
    error = sme.training_error(s3_bucket_uri="s3://another-bucket")
    assert "E-SME-19" in error
    assert sme.account.bucket in error


def test_what_is_refused_leaves_no_job_no_row_and_no_object(sme, s3, sagemaker):
    job_name = fresh_name("Refused")
    for changes in (
        {"input_table_or_view_name": "NO_SUCH_TABLE"},
        {"target_attribute_name": "NO_SUCH_COLUMN"},
        {"aws_credentials_connection_name": "NO_SUCH_CONNECTION"},
        {"s3_bucket_uri": "s3://another-bucket"},
        {"iam_sagemaker_role": "a-role-of-no-account-at-all"},
        {"vpc_subnets": ["a subnet"], "vpc_security_group_ids": ["sg-1"]},
    ):
        sme.training_error(job_name=job_name, **changes)
    assert jobs(sagemaker, job_name) == set()
    assert sme.job_row(job_name) is None
    assert everything_of(s3, sme, job_name) == []


def test_a_failed_export_is_on_record_leaves_nothing_and_can_be_repeated(sme, s3, sagemaker):
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.BREAKS AS "
        f"SELECT t.*, 1 / (MEAN_RADIUS - MEAN_RADIUS) AS RATIO FROM {sme.data_schema}.TRAINING t"
    )
    job_name = fresh_name("Repeated")
    error = sme.training_error(job_name=job_name, input_table_or_view_name="BREAKS")
    assert "E-SME-15" in error
    row = sme.job_row(job_name)
    assert row["STATUS"] == "NotStarted"
    assert "E-SME-15" in row["FAILURE_REASON"]
    assert jobs(sagemaker, job_name) == set()
    assert everything_of(s3, sme, job_name) == []

    sme.train(job_name=job_name)
    row = sme.job_row(job_name)
    assert (row["STATUS"], row["FAILURE_REASON"]) == ("InProgress", None)


def test_what_aws_refuses_is_on_record_and_the_exported_files_are_gone(sme, s3):
    # What AWS alone knows: which account the keys belong to.
    foreign = "arn:aws:iam::999999999999:role/Foreign"
    job_name = fresh_name("RefusedByAws")
    error = sme.training_error(job_name=job_name, iam_sagemaker_role=foreign)
    assert "E-SME-16: AWS refused CreateAutoMLJobV2: AccessDeniedException: Cross-account" in error
    assert sme.job_row(job_name)["STATUS"] == "NotStarted"
    assert everything_of(s3, sme, job_name) == []


def test_a_start_whose_registry_update_was_lost_is_taken_up_and_reported_as_it_was(sme, sagemaker):
    job_name = sme.train()
    sme.connection.execute(
        f"UPDATE {sme.schema}.SME_METADATA_AUTOPILOT_JOBS SET STATUS = 'Starting' "
        f"WHERE JOB_NAME = '{job_name}'"
    )
    other = {
        "input_schema_name": None,
        "input_table_or_view_name": None,
        "input_query": f"SELECT MEAN_RADIUS, DIAGNOSIS FROM {sme.data_schema}.TRAINING t "
        "UNION ALL SELECT 1, 'benign'",
    }
    arguments = sme.training_arguments(job_name=job_name, **other)
    (told,) = sme.script("SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT", json.dumps(arguments))
    row = sme.job_row(job_name)
    assert row["STATUS"] in ("InProgress", "Completed")
    assert told["STARTED"] == "before"
    assert told["S3_URI"] == f"s3://{sme.account.bucket}/{row['S3_PREFIX']}training/"
    assert told["TRAINED_ON"] == f"{sme.data_schema}.TRAINING"
    assert (told["ROW_COUNT"], told["FEATURE_COUNT"]) == ("500", "4")
    assert row["ROW_COUNT"] == 500


def test_polling_an_unknown_job_says_so(sme):
    error = sme.error(
        "SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS", "NoSuchJob", sme.aws_connection, sme.region
    )
    assert "E-SME-8: Job NoSuchJob does not exist" in error


def test_identifiers_with_blanks_quotes_case_and_reserved_words_work(sme, stack):
    schema, table = f'My "odd" schema {MARK}', "select from; where"
    quoted_schema = f'"My ""odd"" schema {MARK}"'
    quoted = f'{quoted_schema}."select from; where"'
    with stack.connect() as connection:
        connection.execute(f"CREATE SCHEMA {quoted_schema}")
        connection.execute(
            f'CREATE OR REPLACE TABLE {quoted} AS SELECT MEAN_RADIUS AS "mean radius", '
            f'WORST_TEXTURE AS "Worst ""texture""", WORST_AREA AS "ORDER", DIAGNOSIS AS "group" '
            f"FROM {sme.data_schema}.TRAINING"
        )
    job_name = sme.train(
        input_schema_name=schema, input_table_or_view_name=table, target_attribute_name="group"
    )
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    endpoint_name = fresh_name("Odd-Names-")
    sme.deploy(job_name, endpoint_name, schema_name=schema)
    assert sme.wait_for_endpoint(endpoint_name)["STATUS"] == "InService"
    statement = sme.connection.execute(
        f'SELECT {quoted_schema}."{endpoint_name}"("mean radius", "Worst ""texture""", "ORDER") '
        f"FROM {quoted}"
    )
    assert statement.col_names == [
        "mean radius",
        'Worst "texture"',
        "ORDER",
        "PROBABILITY",
        "PREDICTIONS",
    ]
    assert {row[-1] for row in statement.fetchall()} == {"malignant", "benign"}
    sme.delete(endpoint_name)


def test_lower_case_names_are_found_in_upper_case_as_the_predecessor_did(sme):
    job_name = sme.train(
        input_schema_name=sme.data_schema.lower(),
        input_table_or_view_name="training",
        target_attribute_name="diagnosis",
    )
    assert sme.job_row(job_name)["TARGET_ATTRIBUTE_NAME"] == "DIAGNOSIS"


def test_a_user_without_rights_on_the_connection_gets_the_grant_to_ask_for(sme, stack):
    user, job_name, connection = fresh_name("ANALYST_"), fresh_name("ByAnalyst"), sme.aws_connection
    sme.connection.execute(f'CREATE USER {user} IDENTIFIED BY "analyst-password"')
    sme.connection.execute(f"GRANT CREATE SESSION TO {user}")
    sme.connection.execute(f"GRANT EXPORT TO {user}")
    for schema in (sme.schema, sme.data_schema):
        sme.connection.execute(
            f"GRANT SELECT, INSERT, UPDATE, EXECUTE ON SCHEMA {schema} TO {user}"
        )
    arguments = json.dumps(sme.training_arguments(job_name=job_name))
    call = f"EXECUTE SCRIPT {sme.schema}.SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT('{arguments}')"
    with stack.connect(user=user, password="analyst-password") as analyst:
        with pytest.raises(pyexasol.ExaQueryError) as raised:
            analyst.execute(call)
        assert "E-SME-4" in raised.value.message
        assert f"GRANT ACCESS ON CONNECTION {connection} TO {user}" in raised.value.message

        sme.connection.execute(
            f"GRANT ACCESS ON CONNECTION {connection} FOR SCHEMA {sme.schema} TO {user}"
        )
        with pytest.raises(pyexasol.ExaQueryError) as raised:
            analyst.execute(call)
        assert "E-SME-15" in raised.value.message

        exports = sme.account.s3_connection or connection
        sme.connection.execute(f"GRANT CONNECTION {exports} TO {user}")
        analyst.execute(call)
    assert sme.job_row(job_name)["SCRIPT_USER"] == user
