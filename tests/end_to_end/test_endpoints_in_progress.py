"""What can be done with an endpoint while AWS is still creating it."""

import json

import pyexasol
import pytest

from .conftest import FEATURES

pytestmark = pytest.mark.embedded("holds an endpoint at Creating")

NAME = "Slow"


@pytest.fixture(scope="module")
def slow(sme, stack, completed_job):
    """The installed package with an endpoint that is Creating for as long as the tests take."""
    with stack.control as control:
        control.hold("endpoint", NAME, "Creating")
        assert sme.deploy(completed_job, NAME)["STATUS"] == "Creating"
        yield sme
    assert sme.wait_for_endpoint(NAME)["STATUS"] == "InService"
    sme.delete(NAME)


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


def test_the_same_deployment_changes_nothing_and_another_one_has_to_wait(
    slow, completed_job, sagemaker
):
    configs = sagemaker.list_endpoint_configs()["EndpointConfigs"]
    before = slow.endpoint_row(NAME)
    assert slow.deploy(completed_job, NAME)["STATUS"] == "Creating"
    error = slow.deployment_error(NAME, job_name=completed_job, instance_count=2)
    assert f"E-SME-80: Endpoint {NAME} is Creating" in error
    after = slow.endpoint_row(NAME)
    assert (after["STATUS"], after["INSTANCE_COUNT"]) == ("Creating", before["INSTANCE_COUNT"])
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == configs


def test_waiting_for_it_ends_when_its_time_is_over(slow):
    arguments = {
        "endpoint_name": NAME,
        "aws_credentials_connection_name": slow.aws_connection,
        "aws_region": slow.region,
        "timeout": 1,
    }
    error = slow.error("SME_WAIT_SAGEMAKER_AUTOPILOT_ENDPOINT", json.dumps(arguments))
    assert f"E-SME-24: Endpoint {NAME} is still Creating after 1 s" in error
