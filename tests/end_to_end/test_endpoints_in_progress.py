"""What can be done with an endpoint while AWS is still creating it."""

import json

import pyexasol
import pytest

from sme_helper.local.stack import Stack

from ..conftest import make_dbt_project
from .conftest import FEATURES, with_patients

NAME = "Slow"


@pytest.fixture(scope="module")
def stack():
    """A stack of its own, in which an endpoint is Creating for longer than all tests take."""
    with Stack.start(endpoint_delay=3600) as stack:
        yield stack


@pytest.fixture(scope="module")
def slow(stack, tmp_path_factory):
    """The installed package with an endpoint that is Creating."""
    project = make_dbt_project(stack, tmp_path_factory.mktemp("slow") / "project")
    project.operation("install")
    with stack.connect() as connection:
        sme = with_patients(connection, project)
        job_name = sme.train(job_name="SlowJob")
        assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
        assert sme.deploy(job_name, NAME)["STATUS"] == "Creating"
        yield sme


def test_predicting_too_early_says_so(slow):
    with pytest.raises(pyexasol.ExaQueryError, match=f"E-SME-20: Endpoint {NAME} is not in serv"):
        slow.connection.execute(
            f'SELECT {slow.data_schema}."{NAME}"({", ".join(FEATURES)}) '
            f"FROM {slow.data_schema}.HELD_OUT"
        )


def test_it_is_not_deleted_and_stays_on_record_and_dbt_waits_for_the_moment_to_delete_it(slow):
    name = "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT"
    error = slow.error(name, NAME, slow.aws_connection, slow.region)
    assert f"E-SME-39: Endpoint {NAME} is Creating" in error
    printed = slow.dbt.operation("delete_endpoint", exit_code=1, endpoint_name=NAME, timeout=1)
    assert f"E-SME-24: Endpoint {NAME} is still Creating after 1 s" in printed
    assert slow.endpoint_row(NAME)["STATUS"] == "Creating"


def test_the_same_deployment_changes_nothing_and_another_one_has_to_wait(slow, stack):
    before = slow.endpoint_row(NAME)
    assert slow.deploy("SlowJob", NAME)["STATUS"] == "Creating"
    error = slow.deployment_error(NAME, job_name="SlowJob", instance_count=2)
    assert f"E-SME-80: Endpoint {NAME} is Creating" in error
    after = slow.endpoint_row(NAME)
    assert (after["STATUS"], after["INSTANCE_COUNT"]) == ("Creating", before["INSTANCE_COUNT"])
    assert len(stack.aws_client("sagemaker").list_endpoint_configs()["EndpointConfigs"]) == 1


def test_waiting_for_it_ends_when_its_time_is_over(slow):
    arguments = {
        "endpoint_name": NAME,
        "aws_credentials_connection_name": slow.aws_connection,
        "aws_region": slow.region,
        "timeout": 1,
    }
    error = slow.error("SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT", json.dumps(arguments))
    assert f"E-SME-24: Endpoint {NAME} is still Creating after 1 s" in error
