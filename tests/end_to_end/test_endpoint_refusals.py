"""Deployments and deletions that are refused, so that nothing runs without being on record."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sme_helper.local import provision

from .conftest import fresh_name


def test_an_endpoint_is_not_lost_sight_of_where_another_region_is_given(
    sme, endpoint, completed_job, sagemaker
):
    elsewhere, before = replace(sme, region="us-east-1"), sme.endpoint_row(endpoint)
    request = {"endpoint_name": endpoint, "aws_region": elsewhere.region}
    request["aws_credentials_connection_name"] = sme.aws_connection
    delete = "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT"
    for error in (
        elsewhere.error("SME_POLL_SAGEMAKER_AUTOPILOT_ENDPOINT", json.dumps(request)),
        elsewhere.error(delete, endpoint, sme.aws_connection, elsewhere.region),
        elsewhere.deployment_error(endpoint, job_name=completed_job),
    ):
        assert f"E-SME-85: Endpoint {endpoint} of this registry is in region {sme.region}" in error
    place = {name: request[name] for name in ("aws_region", "aws_credentials_connection_name")}
    assert sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_ENDPOINTS", json.dumps(place)) == []
    assert sme.endpoint_row(endpoint) == before
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"


@pytest.fixture
def refused_scaling(sme, stack):
    """A CONNECTION with keys that may do all but scale: AWS refuses it at this address."""

    class Refusal(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b'{"__type": "AccessDeniedException", "Message": "not authorized"}')

        def log_message(self, *_):
            pass

    key_id, secret = provision.read_credentials(
        Path(stack.environment["AWS_SHARED_CREDENTIALS_FILE"])
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as server:
        threading.Thread(target=server.serve_forever).start()
        sme.connection.execute(
            "CREATE OR REPLACE CONNECTION WITHOUT_SCALING TO "
            f"'aws;endpoint_url_application_autoscaling=http://127.0.0.1:{server.server_port}' "
            f"USER '{key_id}' IDENTIFIED BY '{secret}'"
        )
        yield "WITHOUT_SCALING"
        server.shutdown()
    sme.connection.execute("DROP CONNECTION WITHOUT_SCALING")


@pytest.mark.embedded("an address of AWS that refuses")
def test_without_the_right_to_scale_nothing_is_created_and_what_scales_is_deleted_all_the_same(
    sme, completed_job, sagemaker, refused_scaling
):
    name = fresh_name("Unscaled")
    scaled = {"max_instance_count": 3, "target_invocations_per_instance": 100}
    powerless = replace(sme, aws_connection=refused_scaling)
    error = powerless.deployment_error(name, job_name=completed_job, **scaled)
    assert "AWS refused DescribeScalableTargets: AccessDeniedException" in error
    assert sme.endpoint_row(name) is None
    assert sagemaker.list_models(NameContains=name)["Models"] == []

    sme.deploy_with(name, job_name=completed_job, **scaled)
    assert sme.wait_for_endpoint(name)["STATUS"] == "InService"
    deleted = powerless.delete(name)["DELETED"]
    assert f"endpoint {name}, but not its automatic scaling (E-SME-16: AWS refused" in deleted
    assert powerless.wait_for_endpoint(name, known="Deleting")["STATUS"] == "Deleted"
    assert sagemaker.list_endpoints(NameContains=name)["Endpoints"] == []


def test_a_tag_that_aws_would_refuse_is_refused_before_anything_is_created(sme, completed_job):
    name = fresh_name("Tagged")
    error = sme.deployment_error(name, job_name=completed_job, tags={"team": "ours!"})
    assert "E-SME-64: AWS would refuse this: Value is ours!, but must look like" in error
    assert sme.endpoint_row(name) is None
