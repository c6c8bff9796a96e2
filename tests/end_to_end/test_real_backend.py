"""The suite of `--backend=exasol`, shown on a stack that it knows by its addresses only."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sme_helper.local import environment as env
from sme_helper.local.stack import Stack

from ..backends import OUTPUT_PATH, REQUIRED, run_mark
from ..conftest import ROOT

TESTS = "test_keys_in_front_come_back or test_an_unknown_job_cannot_be_deployed"


def run_suite(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pytest", "--backend=exasol", "-p", "no:cacheprovider"]
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "AWS_", "EXASOL_"))
    }
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={**inherited, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def elsewhere() -> Iterator[Stack]:
    """A stack that only its addresses lead to."""
    with Stack.start() as stack:
        yield stack


def names(stack: Stack) -> list[set]:
    """What a run could leave behind: in the database, of AWS and in the bucket."""
    sagemaker, s3 = stack.aws_client("sagemaker"), stack.aws_client("s3")
    with stack.connect() as connection:
        found = [
            {*connection.execute(f"SELECT {column} FROM {view}").fetchcol()}
            for column, view in (
                ("SCHEMA_NAME", "EXA_SCHEMAS"),
                ("CONNECTION_NAME", "EXA_DBA_CONNECTIONS"),
                ("USER_NAME", "EXA_DBA_USERS"),
            )
        ]
    configs = sagemaker.list_endpoint_configs()["EndpointConfigs"]
    objects = s3.list_objects_v2(Bucket=env.BUCKET, Prefix=OUTPUT_PATH).get("Contents", [])
    return [
        *found,
        {endpoint["EndpointName"] for endpoint in sagemaker.list_endpoints()["Endpoints"]},
        {model["ModelName"] for model in sagemaker.list_models()["Models"]},
        {config["EndpointConfigName"] for config in configs},
        {entry["Key"] for entry in objects},
    ]


def test_a_run_on_services_that_run_elsewhere_leaves_nothing_behind(elsewhere):
    before = names(elsewhere)
    services = {
        **elsewhere.environment,
        "SME_BUCKET": f"s3://{env.BUCKET}",
        "SME_ROLE": "arn:aws:iam::123456789012:role/SmeLocalExecution",
        "SME_TEST_RUN": "proof",
    }
    ended = run_suite(services, "tests/end_to_end/test_serving.py", "-k", TESTS)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "backend exasol: " in ended.stdout
    # It was there, and is gone.
    mark = run_mark("proof")
    assert f"cleaned up after {mark}" in ended.stdout
    assert re.search(r"[1-9]\d* objects, 2 schemas, 1 connections", ended.stdout), ended.stdout
    jobs = elsewhere.aws_client("sagemaker").list_auto_ml_jobs(NameContains=mark)
    assert {job["AutoMLJobStatus"] for job in jobs["AutoMLJobSummaries"]} == {"Completed"}
    assert names(elsewhere) == before


def test_every_variable_that_is_missing_is_named_before_any_test_starts(tmp_path):
    nothing = {name: "" for names in REQUIRED for name in names}
    keys = {"AWS_ACCESS_KEY_ID": "", "HOME": str(tmp_path)}
    keys |= {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null"}
    ended = run_suite({**nothing, **keys}, "tests/end_to_end")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    for name in ("AWS_ACCESS_KEY_ID", *(name for names in REQUIRED for name in names)):
        assert name in ended.stderr
    assert "passed" not in ended.stdout
