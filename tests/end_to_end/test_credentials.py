"""Every kind of credentials trains, serves, predicts and deletes; what is wrong is named."""

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pyexasol
import pytest

from sme_helper.local import environment as env

from .access_keys import EXTERNAL_ID, GIVEN_SECRET, GIVEN_TOKEN, ROLE
from .batch_calls import STOP, Batch
from .conftest import FEATURES, REGION, Sme, fresh_name

BUCKET_ADDRESS = f"https://{env.BUCKET}.s3.{REGION}.amazonaws.com"


def assumed_roles(request_log: Path) -> int:
    return sum(
        entry["operation"] == "AssumeRole" and entry["status"] == 200
        for entry in map(json.loads, request_log.read_text().splitlines())
    )


def train_deploy_predict_and_delete(sme: Sme, job_name: str, s3_connection: str) -> str:
    """Does so with the connection of `sme`. Gives the name of the job that it trained."""
    trained = sme.train(s3_connection_name=s3_connection)
    sme.script(
        "SME_STOP_SAGEMAKER_AUTOPILOT_JOB",
        json.dumps(
            {
                "job_name": trained,
                "aws_credentials_connection_name": sme.aws_connection,
                "aws_region": sme.region,
            }
        ),
    )
    endpoint = fresh_name("Keys")
    sme.deploy(job_name, endpoint)
    assert sme.wait_for_endpoint(endpoint)["STATUS"] == "InService"
    assert len(predictions(sme.connection, sme, endpoint)) == 69
    assert sme.delete(endpoint)["STATUS"] in ("Deleted", "Deleting")
    return trained


def predictions(
    connection: pyexasol.ExaConnection, sme: Sme, endpoint: str, more: str = ""
) -> list:
    columns = ", ".join(f"t.{name}" for name in FEATURES)
    return connection.execute(
        f'SELECT {sme.data_schema}."{endpoint}"({columns}) FROM {sme.data_schema}.HELD_OUT t{more}'
    ).fetchall()


@pytest.mark.embedded("temporary keys from long-lived ones")
def test_temporary_keys_work_with_a_connection_for_udfs_and_one_for_the_export(
    sme, stack, completed_job, connect_to
):
    keys = stack.aws_client("sts").get_session_token()["Credentials"]
    key_id, secret, token = (
        keys[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
    )
    api = connect_to("aws", key_id, f"{secret};session_token={token}")
    s3 = connect_to(BUCKET_ADDRESS, key_id, secret, token)
    job_name = train_deploy_predict_and_delete(replace(sme, aws_connection=api), completed_job, s3)
    assert json.loads(sme.job_row(job_name)["SETTINGS"])["s3_connection_name"] == s3

    # The connection for one is not good for the other.
    assert "E-SME-78" in sme.training_error(aws_credentials_connection_name=api)
    assert "E-SME-75" in sme.training_error(aws_credentials_connection_name=s3)


def test_a_role_is_assumed_with_its_external_id(
    sme, completed_job, connect_to, key, access_keys, request_log
):
    access_keys.add_role()
    before = assumed_roles(request_log)
    api = connect_to(f"aws;role_arn={ROLE};external_id={EXTERNAL_ID}", *key)
    train_deploy_predict_and_delete(replace(sme, aws_connection=api), completed_job, env.CONNECTION)
    assert assumed_roles(request_log) > before

    wrong = connect_to(f"aws;role_arn={ROLE};external_id=exasol-2", *key)
    message = sme.training_error(aws_credentials_connection_name=wrong)
    assert f"E-SME-77: Role {ROLE} of CONNECTION {wrong} cannot be assumed: AccessDenied" in message
    assert key[1] not in message


def test_a_key_with_server_side_encryption_encrypts_the_export(
    sme, completed_job, connect_to, key, s3
):
    key_id, secret = key
    name = connect_to(BUCKET_ADDRESS, key_id, f"{secret};sse_type=AES256")
    encrypted = replace(sme, aws_connection=name)
    job_name = encrypted.train()
    prefix = sme.job_row(job_name)["S3_PREFIX"]
    (first, *_) = s3.list_objects_v2(Bucket=env.BUCKET, Prefix=f"{prefix}training/")["Contents"]
    head = s3.head_object(Bucket=env.BUCKET, Key=first["Key"])
    assert head["ServerSideEncryption"] == "AES256"
    train_deploy_predict_and_delete(encrypted, completed_job, name)


def test_services_are_reached_at_the_addresses_of_the_connection(
    sme, stack, completed_job, connect_to, key
):
    url = stack.environment["AWS_ENDPOINT_URL"]
    options = ("sagemaker", "sagemaker_runtime", "s3", "sts")
    all_here = ";".join(f"endpoint_url_{option}={url}" for option in options)
    here = replace(sme, aws_connection=connect_to(f"aws;{all_here}", *key))
    train_deploy_predict_and_delete(here, completed_job, env.CONNECTION)
    nowhere = connect_to("aws;endpoint_url_sagemaker=http://127.0.0.1:9", *key)
    message = sme.training_error(
        aws_credentials_connection_name=nowhere, s3_connection_name=env.CONNECTION
    )
    assert "E-SME-17" in message and "http://127.0.0.1:9" in message


@pytest.fixture
def other_keys(access_keys) -> tuple[str, str]:
    """Id and secret of a key of another account."""
    key_id, secret = "AKIAELSEWHERE", "SecretOfAnotherAccountThatMustNotBeSeen"
    access_keys.add(f"[key {key_id}]\nsecret = {secret}\naccount = 210987654321")
    return key_id, secret


def test_a_job_is_there_in_its_own_account_and_region_only(
    sme, completed_job, connect_to, other_keys
):
    other_account = connect_to("aws", *other_keys)
    for connection, region in ((sme.aws_connection, "us-east-1"), (other_account, REGION)):
        message = sme.error(
            "SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS", completed_job, connection, region
        )
        assert f"E-SME-8: Job {completed_job} does not exist in this AWS account" in message


def test_what_another_account_does_not_have_is_not_taken_for_gone(
    sme, endpoint, completed_job, connect_to, other_keys
):
    other = replace(sme, aws_connection=connect_to("aws", *other_keys))
    place = {"aws_credentials_connection_name": other.aws_connection, "aws_region": REGION}
    before = sme.endpoint_row(endpoint) | {"UPDATED_AT": None}
    poll = json.dumps({"endpoint_name": endpoint, **place})
    delete = "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT"
    for error in (
        sme.error("SME_POLL_SAGEMAKER_AUTOPILOT_ENDPOINT", poll),
        sme.error(delete, endpoint, other.aws_connection, REGION),
        other.deployment_error(endpoint, job_name=completed_job),
    ):
        assert f"E-SME-145: Endpoint {endpoint} of this registry is in AWS account 1234567" in error
    assert sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_ENDPOINTS", json.dumps(place)) == []
    everything = json.dumps({"dry_run": False, **place})
    assert sme.script("SME_COLLECT_SAGEMAKER_AUTOPILOT_GARBAGE", everything) == []
    assert sme.endpoint_row(endpoint) | {"UPDATED_AT": None} == before


def test_a_batch_prediction_is_not_taken_for_ended_where_its_connection_leads_elsewhere(
    sme, completed_job, connect_to, key, other_keys
):
    name = connect_to("aws", *key)
    batch = Batch(replace(sme, aws_connection=name), completed_job)
    started = batch.start(s3_connection_name=env.CONNECTION)["TRANSFORM_JOB_NAME"]
    stop = json.dumps({"transform_job_name": started})
    made_anew = f"CREATE OR REPLACE CONNECTION {name} TO 'aws' USER '%s' IDENTIFIED BY '%s'"
    sme.connection.execute(made_anew % other_keys)
    error = sme.error(STOP, stop)
    assert f"E-SME-145: Batch prediction {started} of this registry is in AWS account" in error
    assert batch.row(started)["CLEANED_AT"] is None
    sme.connection.execute(made_anew % key)
    sme.script(STOP, stop)
    assert batch.wait(started)["STATUS"] in ("Stopped", "Discarded")
    assert batch.row(started)["CLEANED_AT"] is not None


@pytest.fixture
def temporary(sme, connect_to, access_keys) -> Sme:
    """As `sme`, with a temporary key that a test may let end."""
    access_keys.add_temporary_key(expires="2100-01-01T00:00:00+00:00")
    api = connect_to("aws", "ASIAGIVEN", f"{GIVEN_SECRET};session_token={GIVEN_TOKEN}")
    return replace(sme, aws_connection=api)


MANY_ROWS = ", {0}.TRAINING b, (SELECT 1 FROM {0}.TRAINING LIMIT 10) c"


def test_a_token_that_ends_in_the_middle_of_a_prediction_is_named(
    temporary, stack, completed_job, access_keys, request_log
):
    endpoint = fresh_name("Ending")
    temporary.deploy(completed_job, endpoint)
    temporary.wait_for_endpoint(endpoint)
    raised: list[Exception] = []

    def predict() -> None:
        with stack.connect() as connection, pytest.raises(pyexasol.ExaQueryError) as caught:
            more = MANY_ROWS.format(temporary.data_schema)
            predictions(connection, temporary, endpoint, more)
        raised.append(caught.value)

    thread = threading.Thread(target=predict)
    thread.start()
    while not was_invoked(request_log, endpoint):
        time.sleep(0.05)
    access_keys.add_temporary_key(expires="2020-01-01T00:00:00+00:00")
    thread.join(120)
    (error,) = raised
    told = [error.message, temporary.training_error(s3_connection_name=env.CONNECTION)]
    access_keys.add_temporary_key(expires="2100-01-01T00:00:00+00:00")
    temporary.delete(endpoint)
    for message in told:
        assert "E-SME-76: The session token of the CONNECTION has expired" in message
        assert GIVEN_SECRET not in message and GIVEN_TOKEN not in message


def was_invoked(request_log: Path, endpoint: str) -> bool:
    return any(
        entry["operation"] == "InvokeEndpoint" and entry["name"] == endpoint
        for entry in map(json.loads, request_log.read_text().splitlines())
    )


def test_a_role_is_assumed_anew_while_a_prediction_goes_on(
    sme, completed_job, connect_to, key, access_keys, request_log
):
    access_keys.add_role(session_seconds=2)
    api = connect_to(f"aws;role_arn={ROLE};external_id={EXTERNAL_ID};duration_seconds=900", *key)
    short = replace(sme, aws_connection=api)
    endpoint = fresh_name("Renewed")
    short.deploy(completed_job, endpoint)
    short.wait_for_endpoint(endpoint)
    before = assumed_roles(request_log)
    more = MANY_ROWS.format(sme.data_schema)
    rows = predictions(sme.connection, sme, endpoint, more)
    assert len(rows) == 69 * 500 * 10
    assert assumed_roles(request_log) - before > 2
    short.delete(endpoint)
