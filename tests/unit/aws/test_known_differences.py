"""What docs/embedded-stack.md lists as different from AWS: a row without a test elsewhere has one
here. A difference that is mended fails its test, and leaves the list."""

import time

import boto3
import pandas as pd
import pyarrow as pa
import pytest
from botocore.exceptions import ClientError

from sme_helper.local.aws.fitting import _encode_target
from sme_helper.local.aws.objects import ObjectStore
from sme_helper.local.control import Control

BUCKET = "differences"


@pytest.fixture(scope="module")
def bucket(aws):
    aws.create_bucket(BUCKET)
    aws.s3.put_object(Bucket=BUCKET, Key="k", Body=b"v")
    return BUCKET


def test_quotas_are_told_and_not_enforced(aws, bucket):
    quotas = aws.client("service-quotas").list_service_quotas(ServiceCode="sagemaker")["Quotas"]
    assert {quota["Value"] for quota in quotas} == {4.0}
    aws.sagemaker.create_model(
        ModelName="many",
        PrimaryContainer={"Image": "i", "ModelDataUrl": f"s3://{bucket}/k"},
        ExecutionRoleArn="arn:aws:iam::123456789012:role/sme",
    )
    variant = {"VariantName": "all", "ModelName": "many", "InstanceType": "ml.m5.large"}
    aws.sagemaker.create_endpoint_config(
        EndpointConfigName="many", ProductionVariants=[{**variant, "InitialInstanceCount": 5}]
    )


def test_sts_has_three_operations(aws):
    with pytest.raises(ClientError, match="not available in the embedded stack"):
        aws.client("sts").get_federation_token(Name="somebody")


def test_every_key_may_do_everything_in_its_account(aws, bucket):
    aws.client("iam").create_user(UserName="guest")  # to whom nothing is allowed
    guest = "AKIDGUEST"
    assert aws.client("s3", guest).get_object(Bucket=bucket, Key="k")["Body"].read() == b"v"
    assert aws.client("sagemaker", guest).list_models(NameContains="none")["Models"] == []


def test_a_bucket_answers_in_every_region(aws, bucket):
    elsewhere = boto3.client(
        "s3",
        endpoint_url=aws.ready["url"],
        region_name="us-west-2",
        aws_access_key_id="AKIDLOCAL",
        aws_secret_access_key="secret",
    )
    assert elsewhere.get_object(Bucket=bucket, Key="k")["Body"].read() == b"v"


def test_tags_of_objects_are_gone_after_a_restart(tmp_path):
    account = "111111111111"
    store = ObjectStore(account, tmp_path)
    try:
        with store.changing():
            store._backend.create_bucket("tagged", "eu-central-1")
            key = store._backend.put_object("tagged", "k", b"v")
            store._backend.put_object_tagging(key, {"team": "risk"})
        store._backend.reset()
        again = ObjectStore(account, tmp_path)
        key = again._key("tagged", "k")
        assert (key.value, again._backend.tagger.list_tags_for_resource(key.arn)) == (
            b"v",
            {"Tags": []},
        )
    finally:
        store._backend.reset()


def test_the_clock_of_the_control_interface_is_not_that_of_objects(aws, bucket):
    with Control(aws.ready["control_url"]) as control:
        control.shift_clock(-600)
        aws.s3.put_object(Bucket=bucket, Key="late", Body=b"v")
        written = aws.s3.head_object(Bucket=bucket, Key="late")["LastModified"]
    assert abs(written.timestamp() - time.time()) < 300


def test_few_texts_are_enough_and_have_no_explainability(aws, bucket, new_job):
    frame = pd.DataFrame({"text": ["good day", "bad day"] * 6, "mood": ["up", "down"] * 6})
    aws.put_csv(bucket, "few.csv", frame)
    request = new_job("few", f"s3://{bucket}/few.csv", "mood")
    request["AutoMLProblemTypeConfig"] = {
        "TextClassificationJobConfig": {
            "ContentColumn": "text",
            "TargetLabelColumn": "mood",
            "CompletionCriteria": {"MaxCandidates": 1},
        }
    }
    aws.sagemaker.create_auto_ml_job_v2(**request)
    job = aws.wait_for_job("few")
    assert job["AutoMLJobStatus"] == "Completed"
    places = job["BestCandidate"]["CandidateProperties"]["CandidateArtifactLocations"]
    prefix = places["Explainability"].removeprefix(f"s3://{bucket}/")
    assert aws.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"] == 0


def test_the_rarer_class_is_the_positive_one():
    for texts in (["a", "a", "b"], ["b", "b", "a"]):
        target = pa.chunked_array([texts])
        labels, _ = _encode_target(target, "BinaryClassification", "target")
        assert labels == [texts[0], texts[-1]]


def test_automatic_deployment_is_refused(aws, bucket, new_job):
    request = new_job("deployed", f"s3://{bucket}/few.csv", "mood")
    request["ModelDeployConfig"] = {"AutoGenerateEndpointName": True}
    with pytest.raises(ClientError, match="Not available in the embedded stack: ModelDeployConfig"):
        aws.sagemaker.create_auto_ml_job_v2(**request)
