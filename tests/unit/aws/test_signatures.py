"""Who may call: signatures, tokens and clocks are checked, and refused in AWS's own words."""

import time
from datetime import UTC, datetime, timedelta
from unittest import mock

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/team/sme"
KEYS = f"""
[key AKIDLOCAL]
secret = secret
user = trainer

[key AKIDOTHER]
secret = geheim
account = 210987654321

[key ASIDGIVEN]
secret = secret
session_token = token/with+signs==

[role {ROLE}]
external_id = exasol-1

[role arn:aws:iam::123456789012:role/shared]
trusts = 210987654321
max_session_seconds = 900
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The address of a stand-in that knows the keys above, and a file to change them."""
    from .conftest import Aws

    folder = tmp_path_factory.mktemp("checked")
    file = folder / "keys.ini"
    file.write_text(KEYS)
    running = Aws(folder / "data", "--credentials", str(file))
    yield Checked(running.ready["url"], file)
    running.close()


class Checked:
    def __init__(self, url, file):
        self.url = url
        self.file = file

    def client(self, service, key="AKIDLOCAL", secret="secret", token=None, region=REGION):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"max_attempts": 0}),
        )

    def session_client(self, service, keys, **changes):
        given = {"secret": keys["SecretAccessKey"], "token": keys["SessionToken"], **changes}
        return self.client(service, keys["AccessKeyId"], **given)

    def call(self, service, **keys):
        """The code that AWS answers a small request with, or None for an answer."""
        return code_of(CALLS[service], self.client(service, **keys))

    def assume(self, key="AKIDLOCAL", secret="secret", role=ROLE, **request):
        request = {"ExternalId": "exasol-1", **request} if role == ROLE else request
        return self.client("sts", key, secret).assume_role(
            RoleArn=role, RoleSessionName="test", **request
        )["Credentials"]

    def rewrite(self, text):
        written = self.file.with_suffix(".new")
        written.write_text(text)
        written.replace(self.file)


CALLS = {
    "sagemaker": lambda client: client.list_endpoints(),
    "sagemaker-runtime": lambda client: client.invoke_endpoint(EndpointName="e", Body=b"1,2"),
    "s3": lambda client: client.list_buckets(),
    "sts": lambda client: client.get_caller_identity(),
    "iam": lambda client: client.list_roles(),
}


def code_of(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


# What each service answers to a known key with the right signature: the runtime has no endpoint.
GOOD = {
    "sagemaker": None,
    "sagemaker-runtime": "ValidationError",
    "s3": None,
    "sts": None,
    "iam": None,
}
REFUSED = {
    "unknown key": (
        {"key": "AKIDSTRANGER"},
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
    ),
    "wrong secret": (
        {"secret": "Secret"},
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "SignatureDoesNotMatch",
    ),
    "token that nobody gave": (
        {"token": "made/up"},
        "UnrecognizedClientException",
        "InvalidToken",
        "InvalidClientTokenId",
    ),
    "temporary key without its token": (
        {"key": "ASIDGIVEN"},
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
    ),
}


@pytest.mark.parametrize("service", CALLS)
def test_a_right_signature_is_let_through(checked, service):
    assert checked.call(service) == GOOD[service]
    token = "token/with+signs=="
    assert checked.call(service, key="ASIDGIVEN", token=token) == GOOD[service]


@pytest.mark.parametrize("reason", REFUSED)
def test_a_wrong_one_is_refused_in_the_words_of_the_service(checked, reason):
    keys, sagemaker, s3, sts = REFUSED[reason]
    assert checked.call("sagemaker", **keys) == sagemaker
    assert checked.call("sagemaker-runtime", **keys) == sagemaker
    assert checked.call("s3", **keys) == s3
    assert checked.call("sts", **keys) == sts
    assert checked.call("iam", **keys) == sts


def test_a_clock_that_is_wrong_is_told(checked):
    with mock.patch("botocore.auth.datetime.datetime", wraps=datetime) as clock:
        clock.utcnow.side_effect = lambda: (
            datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=20)
        )
        for service, code in (
            ("sagemaker", "InvalidSignatureException"),
            ("s3", "RequestTimeTooSkewed"),
            ("sts", "SignatureDoesNotMatch"),
            ("iam", "SignatureDoesNotMatch"),
        ):
            with pytest.raises(ClientError, match=r"expired|difference") as raised:
                CALLS[service](checked.client(service))
            assert raised.value.response["Error"]["Code"] == code


def test_every_form_of_an_s3_request_is_checked(checked):
    s3 = checked.client("s3")
    s3.create_bucket(
        Bucket="signed-forms", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    odd_key = "a b/ü+%~=&'.csv"
    s3.put_object(Bucket="signed-forms", Key=odd_key, Body=b"x" * 100_000, Metadata={"a": "b  c"})
    unsigned_body = boto3.client(
        "s3",
        endpoint_url=checked.url,
        region_name=REGION,
        aws_access_key_id="AKIDLOCAL",
        aws_secret_access_key="secret",
        config=Config(s3={"payload_signing_enabled": False}),
    )
    unsigned_body.put_object(Bucket="signed-forms", Key="unsigned", Body=b"one")
    assert s3.get_object(Bucket="signed-forms", Key=odd_key)["Body"].read() == b"x" * 100_000
    listed = s3.list_objects_v2(Bucket="signed-forms", Prefix="a b/", Delimiter="/")
    assert [one["Key"] for one in listed["Contents"]] == [odd_key]


def test_a_presigned_address_works_until_it_ends_and_for_what_it_was_signed(checked):
    s3 = checked.client("s3")
    s3.create_bucket(Bucket="presigned", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="presigned", Key="k", Body=b"found")
    s3.put_object(Bucket="presigned", Key="other", Body=b"hidden")
    asked = {"Bucket": "presigned", "Key": "k"}
    signed = s3.generate_presigned_url("get_object", Params=asked)
    assert requests.get(signed, timeout=10).content == b"found"
    elsewhere = requests.get(signed.replace("/k?", "/other?"), timeout=10)
    assert (elsewhere.status_code, "SignatureDoesNotMatch" in elsewhere.text) == (403, True)
    ended = s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=0)
    time.sleep(1.1)
    assert "Request has expired" in requests.get(ended, timeout=10).text


def test_a_body_that_is_not_the_signed_one_is_refused(checked):
    runtime = checked.client("sagemaker-runtime")
    s3 = checked.client("s3")
    s3.create_bucket(Bucket="forged", CreateBucketConfiguration={"LocationConstraint": REGION})

    def forge(request, **_):
        request.body = b"other"

    for client in (runtime, s3):
        client.meta.events.register("before-send", forge)
    call = {"EndpointName": "e", "Body": b"1,2,3"}
    assert code_of(runtime.invoke_endpoint, **call) == "InvalidSignatureException"
    put = {"Bucket": "forged", "Key": "k", "Body": b"right"}
    assert code_of(s3.put_object, **put) == "XAmzContentSHA256Mismatch"


def test_a_role_is_assumed_by_whom_it_trusts_with_its_external_id(checked):
    keys = checked.assume()
    identity = checked.session_client("sts", keys).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/sme/test"
    assert checked.session_client("sagemaker", keys).list_endpoints()["Endpoints"] == []
    for wrong in (
        {"ExternalId": "exasol-2"},
        {"role": "arn:aws:iam::123456789012:role/none"},
        {"key": "AKIDOTHER", "secret": "geheim"},
        {"role": "arn:aws:iam::123456789012:role/shared"},
    ):
        with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole") as r:
            checked.assume(**wrong)
        assert r.value.response["Error"]["Code"] == "AccessDenied"


def test_a_role_of_another_account_works_in_that_account(checked):
    keys = checked.assume("AKIDOTHER", "geheim", "arn:aws:iam::123456789012:role/shared",
                          DurationSeconds=900)  # fmt: skip
    assert checked.session_client("sts", keys).get_caller_identity()["Account"] == "123456789012"
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role"):
        checked.assume("AKIDOTHER", "geheim", "arn:aws:iam::123456789012:role/shared")


def test_keys_that_have_ended_are_refused_and_new_ones_are_told_apart(checked):
    session = checked.client("sts").get_session_token()["Credentials"]
    assert code_of(checked.session_client("s3", session).list_buckets) is None
    other = checked.client("sts").get_session_token()["Credentials"]
    mixed = checked.session_client("sagemaker", session, token=other["SessionToken"])
    assert code_of(mixed.list_endpoints) == "UnrecognizedClientException"

    ended = KEYS.replace("token/with+signs==", "token\nexpires = 2020-01-01T00:00:00+00:00")
    checked.rewrite(ended)
    keys = {"key": "ASIDGIVEN", "token": "token"}
    assert checked.call("sagemaker", **keys) == "ExpiredTokenException"
    assert checked.call("sagemaker-runtime", **keys) == "ExpiredTokenException"
    assert checked.call("s3", **keys) == "ExpiredToken"
    assert checked.call("sts", **keys) == "ExpiredToken"
    checked.rewrite(
        KEYS.replace("external_id = exasol-1", "external_id = exasol-1\nsession_seconds = 1")
    )
    short = checked.session_client("sagemaker", checked.assume())
    time.sleep(1.1)
    assert code_of(short.list_endpoints) == "ExpiredTokenException"
    checked.rewrite(KEYS)


def test_accounts_and_regions_have_models_of_their_own_and_buckets_have_one_owner(checked):
    s3, other = checked.client("s3"), checked.client("s3", "AKIDOTHER", "geheim")
    location = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    s3.create_bucket(Bucket="owned", **location)
    s3.put_object(Bucket="owned", Key="model", Body=b"v")
    assert code_of(other.create_bucket, Bucket="owned", **location) == "AccessDenied"
    assert code_of(other.get_object, Bucket="owned", Key="model") == "AccessDenied"
    assert s3.get_bucket_location(Bucket="owned")["LocationConstraint"] == REGION
    assert "owned" not in [bucket["Name"] for bucket in other.list_buckets()["Buckets"]]

    model = {
        "ModelName": "mine",
        "PrimaryContainer": {"Image": "i", "ModelDataUrl": "s3://owned/model"},
        "ExecutionRoleArn": ROLE,
    }
    here, there = checked.client("sagemaker"), checked.client("sagemaker", region="us-east-1")
    theirs = checked.client("sagemaker", "AKIDOTHER", "geheim")
    here.create_model(**model)
    assert [one["ModelName"] for one in here.list_models()["Models"]] == ["mine"]
    assert there.list_models()["Models"] == theirs.list_models()["Models"] == []
    assert ":us-east-1:123456789012:model/mine" in there.create_model(**model)["ModelArn"]
    with pytest.raises(ClientError, match="Cross-account pass role is not allowed"):
        theirs.create_model(**model)
    with pytest.raises(ClientError, match="Could not find model data"):
        theirs.create_model(
            **model | {"ExecutionRoleArn": ROLE.replace("123456789012", "210987654321")}
        )
