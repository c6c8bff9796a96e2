"""The suite of `--backend=exasol`, shown on a stack that it knows by its addresses only."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from sme_helper.local.stack import Stack

from ..backends import OUTPUT_PATH, REQUIRED, run_mark
from ..conftest import ROOT
from ..elsewhere import BUCKET, ROLE, elsewhere, variables
from .ends_badly import deploy, train

TESTS = "test_keys_in_front_come_back or test_an_unknown_job_cannot_be_deployed"
SOMEBODYS = "Somebodys"
ENDS_BADLY = "tests/end_to_end/ends_badly.py"


def start_suite(environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "pytest", "--backend=exasol", "-p", "no:cacheprovider"]
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "AWS_", "EXASOL_"))
    }
    return subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        env={**inherited, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Ctrl-C is ignored in what a shell runs in the background, and in all that this starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def run_suite(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Its exit code, and what it printed."""
    suite = start_suite(environment, *arguments)
    printed, _ = suite.communicate()
    return suite.returncode, printed


@pytest.fixture(scope="module")
def services() -> Iterator[Stack]:
    """Services that only their addresses lead to, with a model and an endpoint of somebody's."""
    with elsewhere() as stack:
        train(stack, SOMEBODYS, BUCKET, "theirs", ROLE, max_candidates=1)
        deploy(stack, SOMEBODYS, containers(stack), ROLE)
        yield stack


def containers(stack: Stack) -> list[dict]:
    """What somebody's endpoint serves."""
    sagemaker = stack.aws_client("sagemaker")
    job = {"AutoMLJobStatus": "InProgress"}
    while job["AutoMLJobStatus"] == "InProgress":
        time.sleep(0.2)
        job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=SOMEBODYS)
    return job["BestCandidate"]["InferenceContainers"]


@pytest.fixture
def environment(services) -> dict[str, str]:
    return {**variables(services), "CONTAINERS": json.dumps(containers(services))}


def left(stack: Stack) -> list[set]:
    """What a run could leave behind: in the database, of AWS and in the bucket."""
    sagemaker, s3 = stack.aws_client("sagemaker"), stack.aws_client("s3")
    scaling = stack.aws_client("application-autoscaling")
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
    jobs = sagemaker.list_auto_ml_jobs(StatusEquals="InProgress")["AutoMLJobSummaries"]
    transforms = sagemaker.list_transform_jobs(StatusEquals="InProgress")["TransformJobSummaries"]
    targets = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    objects = s3.list_objects_v2(Bucket=BUCKET, Prefix=OUTPUT_PATH).get("Contents", [])
    return [
        *found,
        {endpoint["EndpointName"] for endpoint in sagemaker.list_endpoints()["Endpoints"]},
        {model["ModelName"] for model in sagemaker.list_models()["Models"]},
        {config["EndpointConfigName"] for config in configs},
        {job["AutoMLJobName"] for job in jobs},
        {job["TransformJobName"] for job in transforms},
        {target["ResourceId"] for target in targets},
        {entry["Key"] for entry in objects},
    ]


def test_a_run_on_services_that_run_elsewhere_leaves_nothing_behind(services, environment):
    before = left(services)
    named = {**environment, "SME_TEST_RUN": "proof"}
    code, printed = run_suite(named, "tests/end_to_end/test_serving.py", "-k", TESTS)
    assert code == 0, printed
    assert "backend exasol: " in printed
    # It was there, and is gone.
    mark = run_mark("proof")
    assert f"cleaned up after {mark}X: made 1 endpoints, 1 Autopilot jobs; deleted " in printed
    assert re.search(r"[1-9]\d* objects, 2 schemas, 2 connections", printed), printed
    jobs = services.aws_client("sagemaker").list_auto_ml_jobs(NameContains=mark)
    assert {job["AutoMLJobStatus"] for job in jobs["AutoMLJobSummaries"]} == {"Completed"}
    assert left(services) == before


def assert_all_is_gone(services, before, printed):
    made = "made 2 endpoints, 1 Autopilot jobs, 1 transform jobs; "
    first = "deleted 1 scalable targets, 1 endpoints, 1 running jobs, "
    then = "1 endpoint configurations, 1 models, "
    last = "1 schemas, 2 connections, 1 users"
    assert made + first in printed and then in printed and last in printed, printed
    assert left(services) == before


def test_tests_that_fail_or_cannot_begin_leave_nothing_behind(services, environment):
    before = left(services)
    code, printed = run_suite(environment, ENDS_BADLY, "-k", "fails or set_up")
    assert code == pytest.ExitCode.TESTS_FAILED and "1 failed, 1 deselected, 1 error" in printed
    assert_all_is_gone(services, before, printed)


def test_a_run_that_is_interrupted_leaves_nothing_behind(services, environment):
    before = left(services)
    suite = start_suite(environment, "-s", f"{ENDS_BADLY}::test_it_takes_its_time")
    printed = ""
    for line in suite.stdout:
        printed += line
        if "everything is there" in line:
            suite.send_signal(signal.SIGINT)
            break
    printed += suite.communicate()[0]
    assert suite.returncode == pytest.ExitCode.INTERRUPTED, printed
    assert_all_is_gone(services, before, printed)


def test_every_variable_that_is_missing_is_named_before_any_test_starts(tmp_path):
    nothing = {name: "" for names in REQUIRED for name in names}
    keys = {"AWS_ACCESS_KEY_ID": "", "HOME": str(tmp_path)}
    keys |= {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null"}
    code, printed = run_suite({**nothing, **keys}, "tests/end_to_end")
    assert code == pytest.ExitCode.USAGE_ERROR
    for name in ("AWS_ACCESS_KEY_ID", *(name for names in REQUIRED for name in names)):
        assert name in printed
    assert "passed" not in printed
