"""SQL written for Exasol's SageMaker Extension keeps working: scripts and UDFs as they were."""

import time
from pathlib import Path

import pyexasol
import pytest

from sme_helper.local import environment as env
from sme_helper.local import provision

from .conftest import FEATURES, fresh_name


@pytest.mark.embedded("the extension knows no temporary keys")
def test_the_extensions_own_calls_train_poll_deploy_predict_and_delete(sme, stack):
    job, endpoint = fresh_name("Ext"), fresh_name("ExtPredictor")
    connection = fresh_name("EXT_AWS_")
    key_id, secret = provision.read_credentials(
        Path(stack.environment["AWS_SHARED_CREDENTIALS_FILE"])
    )
    sme.connection.execute(f"""CREATE OR REPLACE  CONNECTION {connection}
        TO 'https://{env.BUCKET}.s3.{sme.region}.amazonaws.com/'
        USER '{key_id}'
        IDENTIFIED BY '{secret}'""")
    sme.connection.execute(f"OPEN SCHEMA {sme.schema}")
    sme.connection.execute(f"""EXECUTE SCRIPT SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT('{{
        "job_name"                                  : "{job}",
        "aws_credentials_connection_name"           : "{connection}",
        "aws_region"                                : "{sme.region}",
        "iam_sagemaker_role"                        : "{sme.account.role}",
        "s3_bucket_uri"                             : "s3://{env.BUCKET}",
        "s3_output_path"                            : "extension",
        "input_schema_name"                         : "{sme.data_schema}",
        "input_table_or_view_name"                  : "TRAINING",
        "target_attribute_name"                     : "DIAGNOSIS",
        "problem_type"                              : "BinaryClassification",
        "objective"                                 : "{{\\"MetricName\\": \\"Accuracy\\"}}",
        "max_runtime_for_automl_job_in_seconds"     : 600,
        "max_candidates"                            : 1,
        "max_runtime_per_training_job_in_seconds"   : 300
    }}')""")
    status = "InProgress"
    while status == "InProgress":
        time.sleep(0.3)
        status, _ = sme.connection.execute(
            "EXECUTE SCRIPT SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS("
            f"'{job}', '{connection}', '{sme.region}')"
        ).fetchone()[:2]
    assert status == "Completed"
    sme.connection.execute(
        "EXECUTE SCRIPT SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT("
        f"'{job}', '{endpoint}', '{sme.data_schema}', 'ml.m5.large', 1, "
        f"'{connection}', '{sme.region}')"
    )
    sme.wait_for_endpoint(endpoint)
    columns = ", ".join(f"t.{name}" for name in FEATURES)
    predicted = sme.connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"({columns}) FROM {sme.data_schema}.HELD_OUT AS t'
    )
    assert list(predicted.col_names) == [*FEATURES, "PROBABILITY", "PREDICTIONS"]
    assert len(predicted.fetchall()) == 69
    sme.connection.execute(
        "EXECUTE SCRIPT SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT("
        f"'{endpoint}', '{connection}', '{sme.region}')"
    )
    assert sme.endpoint_row(endpoint)["STATUS"] in ("Deleting", "Deleted")
    with pytest.raises(pyexasol.ExaQueryError, match=endpoint):
        sme.connection.execute(
            f'SELECT {sme.data_schema}."{endpoint}"({columns}) FROM {sme.data_schema}.HELD_OUT AS t'
        )
    sme.connection.execute(f"DROP CONNECTION {connection}")
    sme.connection.execute(f"OPEN SCHEMA {sme.data_schema}")


def test_the_registry_has_the_extensions_columns_first_and_in_order(sme):
    columns = sme.connection.execute(
        "SELECT COLUMN_NAME FROM EXA_ALL_COLUMNS "
        "WHERE COLUMN_TABLE = 'SME_METADATA_AUTOPILOT_JOBS' "
        f"AND COLUMN_SCHEMA = '{sme.schema}' ORDER BY COLUMN_ORDINAL_POSITION"
    ).fetchcol()
    assert columns[:16] == [
        "DATETIME",
        "JOB_NAME",
        "AWS_CREDENTIALS_CONNECTION_NAME",
        "IAM_SAGEMAKER_ROLE",
        "S3_BUCKET_URI",
        "S3_OUTPUT_PATH",
        "TARGET_ATTRIBUTE_NAME",
        "PROBLEM_TYPE",
        "OBJECTIVE",
        "MAX_RUNTIME_FOR_AUTOML_JOB_IN_SECONDS",
        "MAX_CANDIDATES",
        "MAX_RUNTIME_PER_TRAINING_JOB_IN_SECONDS",
        "SESSION_ID",
        "SCRIPT_USER",
        "COLUMN_NAMES",
        "COLUMN_TYPES",
    ]


def test_the_four_udfs_work_by_themselves_under_their_old_signatures(sme, sagemaker, completed_job):
    row = sme.job_row(completed_job)
    udfs = f"{sme.schema}.SME_AUTOPILOT"
    job, endpoint, role = fresh_name("Udf"), fresh_name("UdfEndpoint"), sme.account.role
    path = row["S3_PREFIX"] + "training"
    assert (
        sme.connection.execute(
            f"SELECT {udfs}_TRAINING_UDF('{job}', '{sme.aws_connection}', '{sme.region}', "
            f"'{role}', 's3://{sme.account.bucket}', '{path}', 'DIAGNOSIS', "
            "NULL, NULL, NULL, 1, NULL)"
        ).fetchval()
        == job
    )
    polled = ("InProgress", "")
    while polled[0] == "InProgress":
        time.sleep(sme.account.interval)
        polled = sme.connection.execute(
            f"SELECT {udfs}_JOB_STATUS_POLLING_UDF('{job}', '{sme.aws_connection}', '{sme.region}')"
        ).fetchone()
    assert polled == ("Completed", "Completed")
    assert (
        sme.connection.execute(
            f"SELECT {udfs}_ENDPOINT_DEPLOYMENT_UDF('{job}', '{endpoint}', 'ml.m5.large', 1, "
            f"'{sme.aws_connection}', '{sme.region}')"
        ).fetchval()
        == "BinaryClassification"
    )
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=endpoint, WaiterConfig=sme.account.waiting
    )
    sme.connection.execute(
        f"SELECT {udfs}_ENDPOINT_DELETION_UDF('{endpoint}', '{sme.aws_connection}', '{sme.region}')"
    )
    assert sagemaker.list_models(NameContains=endpoint)["Models"] == []


def test_a_registry_of_the_extension_is_brought_up_to_date_with_its_rows(sme, stack, project):
    schema = fresh_name("OLD_SME_")
    with stack.connect() as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(
            """CREATE TABLE "SME_METADATA_AUTOPILOT_JOBS" (
            datetime TIMESTAMP NOT NULL, job_name VARCHAR(32) PRIMARY KEY,
            aws_credentials_connection_name VARCHAR(200) NOT NULL,
            iam_sagemaker_role VARCHAR(200) NOT NULL, s3_bucket_uri VARCHAR(200) NOT NULL,
            s3_output_path VARCHAR(100) NOT NULL, target_attribute_name VARCHAR(100) NOT NULL,
            problem_type VARCHAR(100), objective VARCHAR(100),
            max_runtime_for_automl_job_in_seconds INT, max_candidates INT,
            max_runtime_per_training_job_in_seconds INT, session_id DECIMAL(20,0) NOT NULL,
            script_user VARCHAR(100) NOT NULL, column_names VARCHAR(2000000) NOT NULL,
            column_types VARCHAR(2000000) NOT NULL)"""
        )
        connection.execute(
            "INSERT INTO SME_METADATA_AUTOPILOT_JOBS VALUES (SYSTIMESTAMP, 'OldJob', 'C', 'R', "
            "'s3://b', 'p', 'T', NULL, NULL, NULL, NULL, NULL, 1, 'SYS', 'A;T', 'DOUBLE;DOUBLE')"
        )
        project.operation("install", schema=schema)
        row = connection.execute(
            f"SELECT JOB_NAME, COLUMN_NAMES, STATUS FROM {schema}.SME_METADATA_AUTOPILOT_JOBS"
        ).fetchone()
    assert row == ("OldJob", "A;T", None)
