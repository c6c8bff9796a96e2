"""Run-operations that lack something end with exit code 1 and say what."""

import pytest


@pytest.mark.parametrize(
    ("operation", "arguments", "missing"),
    [
        ("train", {"job_name": "J", "relation": "breast_cancer_training"}, "target (argument)"),
        ("poll", {}, "job_name (argument)"),
        ("deploy_endpoint", {"job_name": "J"}, "endpoint_name (argument)"),
        ("delete_endpoint", {}, "endpoint_name (argument)"),
    ],
)
def test_a_missing_argument_is_an_error_and_not_nothing(project, operation, arguments, missing):
    printed = project.operation(operation, exit_code=1, **arguments)
    assert f"E-SME-1: sme.{operation} needs" in printed
    assert missing in printed


def test_a_missing_setting_is_named_with_the_place_where_it_goes(project):
    printed = project.operation("poll", exit_code=1, job_name="J", region="")
    # An empty value falls back to the setting, so only without one is it missing.
    assert "E-SME-8" in printed
    printed = project.run(
        "run-operation",
        "sme.poll",
        "--args",
        "{job_name: J}",
        "--vars",
        "{sme: {schema: " + project.sme_schema + "}}",
        exit_code=1,
    )
    assert "region (argument, or vars: sme: region)" in printed


def test_operations_before_install_say_how_to_install(project):
    printed = project.operation("poll", exit_code=1, job_name="J", schema="NOT_INSTALLED")
    assert "E-SME-27" in printed
    assert "dbt run-operation sme.install" in printed


def test_waiting_for_a_job_that_fails_gives_the_reason_of_aws(project, sme):
    sme.connection.execute(
        f"CREATE OR REPLACE TABLE {sme.data_schema}.NO_FEATURES AS "
        f"SELECT CAST(NULL AS DOUBLE) AS MEAN_RADIUS, DIAGNOSIS "
        f"FROM {sme.data_schema}.TRAINING"
    )
    job_name = sme.train(input_table_or_view_name="NO_FEATURES")
    printed = project.operation("wait", exit_code=1, job_name=job_name)
    reason = sme.job_row(job_name)["FAILURE_REASON"]
    assert f"E-SME-25: Job {job_name} ended as Failed" in printed
    assert reason.split(".")[0] in printed


def test_waiting_for_an_endpoint_that_does_not_exist_says_so(project):
    printed = project.operation("wait_endpoint", exit_code=1, endpoint_name="NoSuchEndpoint")
    assert "E-SME-9: Endpoint NoSuchEndpoint does not exist" in printed


def test_install_refuses_an_alias_that_is_none(project):
    printed = project.operation("install", exit_code=1, script_language="PYTHON3; DROP")
    assert "E-SME-29: script_language is PYTHON3; DROP" in printed


def test_parsing_and_compiling_start_nothing(project, sme, sagemaker):
    before = len(sagemaker.list_auto_ml_jobs(MaxResults=100)["AutoMLJobSummaries"])
    project.run("parse")
    project.run("ls")
    project.run("compile", "-s", "breast_cancer_endpoint", "breast_cancer_predictions")
    after = len(sagemaker.list_auto_ml_jobs(MaxResults=100)["AutoMLJobSummaries"])
    assert before == after
