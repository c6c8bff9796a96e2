"""Tests that make one of everything and do not end well: test_real_backend.py runs them, and looks
at what is left. (Its name does not begin with test_, so that no other run collects it.)
"""

import json
import os
import time

import pytest

from ..backends import MARK

NAME = f"Bad{MARK}"


def train(stack, name: str, bucket: str, path: str, role: str, max_candidates: int) -> None:
    """A job without the package."""
    rows = "number,label\n" + "1,x\n2,y\n" * 300
    key = f"{path}/training/rows.csv"
    stack.aws_client("s3").put_object(Bucket=bucket, Key=key, Body=rows.encode())
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{path}/training/"}
    channel = {"ChannelType": "training", "ContentType": "text/csv;header=present"}
    limits = {"CompletionCriteria": {"MaxCandidates": max_candidates}}
    stack.aws_client("sagemaker").create_auto_ml_job_v2(
        AutoMLJobName=name,
        AutoMLJobInputDataConfig=[{**channel, "DataSource": {"S3DataSource": source}}],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/{path}/output"},
        AutoMLProblemTypeConfig={"TabularJobConfig": {"TargetAttributeName": "label", **limits}},
        RoleArn=role,
    )


def deploy(stack, name: str, containers: list[dict], role: str) -> None:
    """An endpoint without the package."""
    sagemaker = stack.aws_client("sagemaker")
    sagemaker.create_model(ModelName=name, Containers=containers, ExecutionRoleArn=role)
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


@pytest.fixture(scope="session")
def everything(stack):
    """Made by the clients of the services, as if the package had not come to its end either."""
    account = stack.account
    bucket, path, role = account.bucket, account.output_path, account.role
    deploy(stack, NAME, json.loads(os.environ["CONTAINERS"]), role)
    stack.aws_client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{NAME}/variant/all",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    with stack.connect() as connection:
        connection.execute(f"CREATE SCHEMA BAD_{MARK}")
        # Somebody else's name in a registry of this run, which is no reason to delete what has it.
        connection.execute(
            "CREATE TABLE SME_METADATA_AUTOPILOT_ENDPOINTS AS "
            "SELECT 'Somebodys' AS ENDPOINT_NAME, 'InService' AS STATUS"
        )
        connection.execute(f'CREATE USER BAD_{MARK} IDENTIFIED BY "pw"')
    train(stack, NAME, bucket, path, role, max_candidates=100)
    data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{path}/training/"}
    stack.aws_client("sagemaker").create_transform_job(
        TransformJobName=NAME,
        ModelName=NAME,
        TransformInput={"ContentType": "text/csv", "DataSource": {"S3DataSource": data}},
        TransformOutput={"S3OutputPath": f"s3://{bucket}/{path}/output"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )


def test_it_fails(everything):
    pytest.fail("on purpose")


@pytest.fixture
def broken(everything):
    raise RuntimeError("on purpose")


def test_its_set_up_ends_with_an_error(broken):
    pytest.fail("never reached")


def test_it_takes_its_time(everything):
    print("everything is there", flush=True)
    time.sleep(600)
