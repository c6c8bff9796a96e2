"""The control interface: what it does to unmodified boto3, to jobs and to the clock."""

import json
import socket
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from sme_helper.local.aws.server import Server
from sme_helper.local.control import Control, ControlError

from ...pages import blocks

ENDPOINT = {"EndpointName": "nobody"}


BUCKET = "controlled"


@pytest.fixture(scope="module")
def controlled(aws):
    """The stand-in with a bucket that holds one object."""
    aws.create_bucket(BUCKET)
    aws.s3.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")
    return aws


@pytest.fixture
def control(controlled):
    with Control(controlled.ready["control_url"]) as control:
        yield control


def refusal(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response


def test_there_is_none_unless_asked_for(tmp_path):
    assert Server(tmp_path).control_url is None


@pytest.mark.parametrize("service", ["sagemaker", "s3", "sts", "iam"])
def test_a_fault_comes_through_boto3_as_an_error_of_aws(controlled, control, service):
    calls = {
        "sagemaker": lambda: controlled.sagemaker.list_endpoints(),
        "s3": lambda: controlled.s3.list_objects_v2(Bucket=BUCKET),
        "sts": lambda: controlled.client("sts").get_caller_identity(),
        "iam": lambda: controlled.client("iam").list_users(),
    }
    control.fail("AccessDeniedException", "Not <today>.", 403, service=service, count=1)
    error = refusal(calls[service])
    assert error["Error"]["Code"] == "AccessDeniedException"
    assert error["Error"]["Message"] == "Not <today>."
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    calls[service]()


def test_an_error_has_further_members(controlled, control):
    members = {"OriginalStatusCode": 500, "OriginalMessage": "worker died"}
    control.fail("ModelError", "Received server error", 424, members, operation="InvokeEndpoint")
    error = refusal(controlled.runtime.invoke_endpoint, EndpointName="e", Body=b"1")
    assert error["OriginalStatusCode"] == 500
    assert error["OriginalMessage"] == "worker died"


def test_clients_that_try_again_get_through_what_is_throttled(controlled, control):
    rule = control.throttle(1, operation="ListEndpoints")
    patient = controlled.client("sagemaker", retries={"mode": "standard", "max_attempts": 9})
    for _ in range(3):
        patient.list_endpoints()
    assert control.met()[rule] >= 1
    asked = control.requests(operation="ListEndpoints")[-3 - control.met()[rule] :]
    assert [request.error for request in asked].count("ThrottlingException") == control.met()[rule]


def test_requests_wait_as_long_as_they_are_delayed(controlled, control):
    control.delay(0.3, service="s3", name=f"/{BUCKET}*")
    before = time.monotonic()
    controlled.s3.get_object(Bucket=BUCKET, Key="k")
    assert time.monotonic() - before >= 0.3


@pytest.mark.parametrize(("fault", "is_done"), [("reset", False), ("lost", True)])
def test_a_connection_breaks_before_or_after_the_work(controlled, control, fault, is_done):
    control.break_connection(fault, service="s3", operation="PUT")
    impatient = controlled.client("s3", retries={"max_attempts": 0})
    with pytest.raises(ConnectionClosedError):
        impatient.put_object(Bucket=BUCKET, Key=fault, Body=b"v")
    found = controlled.s3.list_objects_v2(Bucket=BUCKET, Prefix=fault)
    assert found["KeyCount"] == is_done
    (request,) = [one for one in control.requests(name=f"/{BUCKET}/{fault}")]
    assert request.status == (200 if is_done else 0)


def test_half_an_answer_is_seen_as_such(controlled, control):
    control.break_connection("half", name=f"/{BUCKET}/k")
    body = controlled.s3.get_object(Bucket=BUCKET, Key="k")["Body"]
    with pytest.raises(ResponseStreamingError, match="5 bytes read, 5 more expected"):
        body.read()


def test_silence_lasts_until_the_client_gives_up(controlled, control):
    control.break_connection("silence", operation="ListEndpoints")
    impatient = controlled.client("sagemaker", read_timeout=0.2, retries={"max_attempts": 0})
    with pytest.raises(ReadTimeoutError):
        impatient.list_endpoints()


def test_the_clock_can_be_wrong_and_stand_still(controlled, control):
    control.shift_clock(3600)
    error = refusal(controlled.sagemaker.list_endpoints)
    assert error["Error"]["Code"] == "InvalidSignatureException"
    assert "Signature expired" in error["Error"]["Message"]
    answer = requests.get(controlled.ready["url"], timeout=10)
    told = datetime.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")
    ahead = told.replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)

    moment = time.time() + 60
    control.freeze_clock(moment)
    containers = {"PrimaryContainer": {"Image": "i", "ModelDataUrl": f"s3://{BUCKET}/k"}}
    role = "arn:aws:iam::123456789012:role/sme"
    controlled.sagemaker.create_model(ModelName="frozen", ExecutionRoleArn=role, **containers)
    made = controlled.sagemaker.describe_model(ModelName="frozen")["CreationTime"]
    assert made.timestamp() == pytest.approx(moment, abs=0.002)


def test_keys_for_a_time_end_when_the_clock_says_so(controlled, control):
    keys = controlled.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    address = controlled.client("s3", signature_version="s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "k"}, ExpiresIn=100
    )
    assert requests.get(address, timeout=10).content == b"0123456789"
    control.freeze_clock(keys["Expiration"].timestamp() - 1)
    assert "Request has expired" in requests.get(address, timeout=10).text
    session = boto3.client(
        "s3",
        endpoint_url=controlled.ready["url"],
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    session.list_buckets()
    control.freeze_clock(keys["Expiration"].timestamp() + 1)
    assert refusal(session.list_buckets)["Error"]["Code"] == "ExpiredToken"


def test_jobs_stay_at_a_status_until_they_may_go_on(controlled, control, patients):
    controlled.put_csv(BUCKET, "p.csv", patients)
    control.hold("automl-job", "held*", "PreTraining")
    control.hold("automl-job", "held*", "TrainingModels")
    controlled.train("held-1", f"s3://{BUCKET}/p.csv", "diagnosis")
    assert control.wait_until_held("automl-job", "held-1") == "PreTraining"
    assert controlled.describe("held-1")["AutoMLJobSecondaryStatus"] == "PreTraining"
    with pytest.raises(ControlError, match="No automl-job named other is held"):
        control.step("automl-job", "other")
    control.step("automl-job", "held-1")
    while controlled.describe("held-1")["AutoMLJobSecondaryStatus"] == "PreTraining":
        time.sleep(0.02)
    assert control.wait_until_held("automl-job", "held-1") == "TrainingModels"
    controlled.sagemaker.stop_auto_ml_job(AutoMLJobName="held-1")
    assert controlled.wait_for_job("held-1")["AutoMLJobStatus"] == "Stopped"
    assert control.held() == {}


def test_endpoints_stay_at_each_status_until_nothing_holds_them(controlled, control, patients):
    controlled.put_csv(BUCKET, "p.csv", patients)
    controlled.train("served", f"s3://{BUCKET}/p.csv", "diagnosis")
    best = controlled.wait_for_job("served")["BestCandidate"]
    controlled.create_config("served", best["InferenceContainers"])
    control.hold("endpoint", "served")
    named = {"EndpointName": "served"}
    controlled.sagemaker.create_endpoint(EndpointConfigName="served", **named)
    assert control.wait_until_held("endpoint", "served") == "Creating"
    control.step("endpoint", "served")
    assert controlled.wait_for_endpoint("served")["EndpointStatus"] == "InService"
    controlled.sagemaker.delete_endpoint(**named)
    assert control.wait_until_held("endpoint", "served") == "Deleting"
    control.release()
    while controlled.sagemaker.list_endpoints(NameContains="served")["Endpoints"]:
        time.sleep(0.02)


def test_an_endpoint_takes_as_long_as_the_pace_says(controlled, control):
    control.pace(endpoint_delay=3600, pace=0.0)
    with pytest.raises(ControlError, match="pace cannot be negative"):
        control.pace(pace=-1)
    control.reset()
    told = requests.get(f"{control.url}/progress", timeout=10).json()
    assert told == {"pace": 0.02, "endpoint_delay": 0.1}


def test_requests_are_told_without_bodies_and_keys(controlled, control):
    before = control.requests()[-1].number
    controlled.s3.put_object(Bucket=BUCKET, Key="secret", Body=b"bodytext")
    refusal(controlled.sagemaker.describe_endpoint, **ENDPOINT)
    put, described = control.requests(after=before)
    assert (put.service, put.operation, put.name, put.status) == (
        *("s3", "PUT", f"/{BUCKET}/secret"),
        200,
    )
    assert (described.operation, described.name) == ("DescribeEndpoint", "nobody")
    assert described.error == "ValidationException"
    assert control.requests(operation="DescribeEndpoint", after=before) == [described]


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("GET", "/nothing", None, "no GET /nothing"),
        ("DELETE", "/clock", None, "no DELETE /clock"),
        ("DELETE", "/rules/77", None, "no rule 77"),
        ("POST", "/rules", {"effect": "explode"}, "effect must be one of"),
        ("POST", "/rules", [], "JSON objects only"),
        ("PUT", "/clock", {"hour": 3}, "hour is not known here"),
        ("PUT", "/clock", {"ahead_seconds": "3"}, "must be a number"),
        ("POST", "/holds", {"kind": "model", "name": "*"}, "kind must be one of"),
        ("POST", "/holds", {"kind": "endpoint", "name": "*", "status": "Asleep"}, "is ever Asleep"),
        ("POST", "/holds", {"kind": "endpoint"}, "A hold has"),
    ],
)
def test_what_it_does_not_know_is_refused(control, method, path, body, told):
    answer = requests.request(method, f"{control.url}{path}", json=body, timeout=10)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "text/plain"}, {"Host": "attacker.example"}], ids=["type", "host"]
)
def test_a_web_page_cannot_use_it(control, headers):
    given = {"Content-Type": "application/json", **headers}
    rule = json.dumps({"effect": "reset"})
    answer = requests.post(f"{control.url}/rules", data=rule, headers=given, timeout=10)
    assert answer.status_code == 400
    assert control.met() == {}


def test_it_listens_on_this_machine_only(control):
    port = int(control.url.rpartition(":")[2])
    with socket.socket() as taken:  # the port is free on every other address
        taken.bind(("127.0.0.2", port))
    assert control.url.startswith("http://127.0.0.1:")


def test_no_request_reaches_the_ways_in_which_moto_is_reset(controlled):
    answer = controlled.client("s3")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        answer.put_object(Bucket="moto-api", Key="reset", Body=b"")
    assert controlled.s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"0123456789"


def test_the_example_of_the_page_works_and_is_undone_at_its_end(control, monkeypatch):
    monkeypatch.setenv("SME_LOCAL_CONTROL_URL", control.url)
    (example,) = [one for one in blocks("docs/embedded-stack.md", "python") if "hold(" in one]
    exec(example, {})
    assert control.met() == control.held() == {}
