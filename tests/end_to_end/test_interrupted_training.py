"""A client killed by SIGKILL after any step of a training, and the training started again."""

import json

import pyexasol
import pytest

from .conftest import fresh_name
from .interruption import kill_after

pytestmark = pytest.mark.embedded("kills clients by its log of statements")

TRAIN = "SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT"

# What is not committed goes with its client, so the steps of a training are its commits and what
# it does outside of the database, as patterns of Lua.
STEPS = ("^COMMIT$", "^EXPORT", "'start_job'")


def everything_below(s3, prefix):
    objects = s3.list_objects_v2(Bucket="sme-local", Prefix=prefix).get("Contents", [])
    return {entry["Key"] for entry in objects}


def test_killed_after_any_step_and_started_again_there_is_one_job_and_a_truthful_registry(
    sme, clients, s3, sagemaker, statement_log, standing_still
):
    step, killed = 1, 0
    while True:
        model = fresh_name("Killed")
        arguments = json.dumps(
            sme.training_arguments(job_name=None, model_name=model, version=1, s3_output_path=model)
        )
        if not kill_after(sme, clients, statement_log, TRAIN, STEPS, step, arguments):
            break
        killed += 1
        unlisted = everything_below(s3, f"{model}/") and not sme.row(
            f"SME_METADATA_AUTOPILOT_JOBS WHERE MODEL_NAME = '{model}'"
        )
        assert not unlisted, f"after step {step}"

        try:
            sme.script(TRAIN, arguments)
        except pyexasol.ExaQueryError as error:
            # the first attempt had done everything but tell its client
            assert f"E-SME-51: Version 1 of model {model} exists already" in error.message, step
        row = sme.row(f"SME_METADATA_AUTOPILOT_JOBS WHERE MODEL_NAME = '{model}'")
        assert row["STATUS"] in ("InProgress", "Completed"), step
        assert (row["VERSION"], row["ROW_COUNT"]) == (1, 500), step
        count = sme.connection.execute(
            f"SELECT COUNT(*) FROM {sme.schema}.SME_METADATA_AUTOPILOT_JOBS "
            f"WHERE MODEL_NAME = '{model}'"
        ).fetchval()
        assert count == 1, step
        jobs = sagemaker.list_auto_ml_jobs(NameContains=model)["AutoMLJobSummaries"]
        assert [job["AutoMLJobName"] for job in jobs] == [row["JOB_NAME"]], step
        job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=row["JOB_NAME"])
        source = job["AutoMLJobInputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
        assert source == f"s3://sme-local/{row['S3_PREFIX']}training/", step
        others = {
            key for key in everything_below(s3, f"{model}/") if not key.startswith(row["S3_PREFIX"])
        }
        assert others == set(), step
        step += 1
    assert killed >= 8


def test_what_was_left_for_another_name_is_settled_by_the_next_training(
    sme, clients, s3, sagemaker, statement_log, standing_still
):
    exported, started = fresh_name("LeftExport"), fresh_name("LeftStart")
    for job_name, last_step in ((exported, "^EXPORT"), (started, "'start_job'")):
        arguments = json.dumps(sme.training_arguments(job_name=job_name, s3_output_path=job_name))
        assert kill_after(sme, clients, statement_log, TRAIN, (last_step,), 1, arguments)
        assert everything_below(s3, f"{job_name}/")
        assert sme.job_row(job_name)["STATUS"] in ("Exporting", "Starting")

    sme.train()

    row = sme.job_row(exported)
    assert row["STATUS"] == "NotStarted"
    assert row["FAILURE_REASON"].startswith("E-SME-63: ")
    assert everything_below(s3, f"{exported}/") == set()
    assert sme.job_row(started)["STATUS"] in ("InProgress", "Completed")
    assert sagemaker.describe_auto_ml_job_v2(AutoMLJobName=started)


def test_what_was_left_by_a_connection_that_is_gone_is_settled_with_the_garbage(
    sme, clients, s3, statement_log, standing_still, key
):
    job_name, gone = fresh_name("LeftGone"), fresh_name("GONE_")
    address = f"https://sme-local.s3.{sme.region}.amazonaws.com"
    sme.connection.execute(
        f"CREATE CONNECTION {gone} TO '{address}' USER '{key[0]}' IDENTIFIED BY '{key[1]}'"
    )
    training = sme.training_arguments(
        job_name=job_name, s3_output_path=job_name, aws_credentials_connection_name=gone
    )
    arguments = json.dumps(training)
    assert kill_after(sme, clients, statement_log, TRAIN, ("^EXPORT",), 1, arguments)
    sme.connection.execute(f"DROP CONNECTION {gone}")

    collection = {
        "aws_credentials_connection_name": sme.aws_connection,
        "aws_region": sme.region,
        "dry_run": False,
    }
    found = sme.script("SME_COLLECT_SAGEMAKER_AUTOPILOT_GARBAGE", json.dumps(collection))
    assert {row["NAME"]: row["DONE"] for row in found}[job_name] == "settled"
    assert sme.job_row(job_name)["STATUS"] == "NotStarted"
    assert everything_below(s3, f"{job_name}/") == set()
