"""A real server process with real boto3 clients, and the requests that the tests vary."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from botocore.config import Config
from sklearn.datasets import load_breast_cancer

ROLE = "arn:aws:iam::123456789012:role/sme"
REGION = "eu-central-1"
PATIENCE = 60  # seconds until a test gives up waiting


class Aws:
    """A running stand-in, its clients, and what most tests do with it."""

    def __init__(self, data: Path, *options: str):
        self.data = data
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sme_helper.local.aws", "--data", str(data)),
                *("--exit-with-stdin", "--pace", "0.02", "--endpoint-delay", "0.1", *options),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        self.ready = json.loads(self.process.stdout.readline())
        self.s3 = self.client("s3")
        self.sagemaker = self.client("sagemaker")
        self.runtime = self.client("sagemaker-runtime")

    def client(self, service: str, key: str = "AKIDLOCAL", **config: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.ready["url"],
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            config=Config(**{"retries": {"max_attempts": 1}, **config}),
        )

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def create_bucket(self, name: str) -> str:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return name

    def put_csv(self, bucket: str, key: str, frame: pd.DataFrame) -> None:
        body = frame.to_csv(index=False).encode()
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def train(self, name: str, uri: str, target: str, **tabular: Any) -> None:
        self.sagemaker.create_auto_ml_job_v2(**job_request(name, uri, target, **tabular))

    def describe(self, name: str) -> dict[str, Any]:
        return self.sagemaker.describe_auto_ml_job_v2(AutoMLJobName=name)

    def wait_for_job(self, name: str) -> dict[str, Any]:
        return wait(
            lambda: self.describe(name),
            lambda job: job["AutoMLJobStatus"] in ("Completed", "Failed", "Stopped"),
        )

    def wait_for_endpoint(self, name: str) -> dict[str, Any]:
        return wait(
            lambda: self.sagemaker.describe_endpoint(EndpointName=name),
            lambda endpoint: endpoint["EndpointStatus"] in ("InService", "Failed"),
        )

    def create_config(self, name: str, containers: list[dict[str, Any]]) -> None:
        """A model and an endpoint configuration of the same name."""
        self.sagemaker.create_model(ModelName=name, Containers=containers, ExecutionRoleArn=ROLE)
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant(name)]
        )

    def deploy(self, name: str, containers: list[dict[str, Any]]) -> dict[str, Any]:
        self.create_config(name, containers)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return self.wait_for_endpoint(name)

    def invoke(self, endpoint: str, rows: str) -> str:
        answer = self.runtime.invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=rows.encode()
        )
        return answer["Body"].read().decode()


def wait(look: Callable[[], Any], is_done: Callable[[Any], bool]) -> Any:
    give_up = time.monotonic() + PATIENCE
    while not is_done(found := look()):
        if time.monotonic() > give_up:
            pytest.fail(f"waited {PATIENCE} s in vain; last seen: {found}")
        time.sleep(0.02)
    return found


def variant(model: str) -> dict[str, Any]:
    return {
        "VariantName": "all",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }


def job_request(name: str, uri: str, target: str, **tabular: Any) -> dict[str, Any]:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    return {
        "AutoMLJobName": name,
        "AutoMLJobInputDataConfig": [{"ChannelType": "training", "DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{uri.split('/')[2]}/output"},
        "AutoMLProblemTypeConfig": {
            "TabularJobConfig": {
                "TargetAttributeName": target,
                "CompletionCriteria": {"MaxCandidates": 1},
                **tabular,
            }
        },
        "RoleArn": ROLE,
    }


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """One stand-in for all tests that do not stop it; each uses names of its own."""
    running = Aws(tmp_path_factory.mktemp("aws"), "--control")
    yield running
    running.close()


@pytest.fixture
def start_aws() -> Iterator[Callable[..., Aws]]:
    """Starts stand-ins that the test may stop; whatever still runs is stopped after it."""
    started: list[Aws] = []

    def start(data: Path, *options: str) -> Aws:
        started.append(Aws(data, *options))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.close()


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., Any]:
    return wait


@pytest.fixture(scope="session")
def new_job() -> Callable[..., dict[str, Any]]:
    """Builds a CreateAutoMLJobV2 request: (name, S3 URI, target, **TabularJobConfig)."""
    return job_request


@pytest.fixture(scope="session")
def patients() -> pd.DataFrame:
    """569 rows: 30 numbers and `diagnosis`, which is malignant (the rarer one) or benign."""
    frame = load_breast_cancer(as_frame=True).frame
    frame["diagnosis"] = frame.pop("target").map({0: "malignant", 1: "benign"})
    return frame


@pytest.fixture(scope="session")
def mixed_rows() -> pd.DataFrame:
    """600 rows with numbers, texts, gaps; targets: `price` (number) and `size` (3 texts)."""
    random = np.random.default_rng(7)
    area = random.uniform(20, 200, 600).round(1)
    town = random.choice(["Fürth", "Bad, Homburg", 'the "Hague"'], 600)
    extra = pd.Series({"Fürth": 10, "Bad, Homburg": 60, 'the "Hague"': 120})
    frame = pd.DataFrame({"area": area, "town": town, "floors": random.integers(1, 4, 600)})
    frame["price"] = (area * 3 + extra[town].to_numpy()).round(2)
    frame["size"] = pd.cut(area, [0, 60, 120, 300], labels=["small", "medium", "large"])
    frame.loc[frame.index % 10 == 0, "area"] = np.nan
    frame.loc[frame.index % 14 == 0, "town"] = None
    return frame


@pytest.fixture(scope="session")
def trained(aws: Aws, patients: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Completed jobs on the patients, by training mode: what DescribeAutoMLJobV2 says."""
    bucket = aws.create_bucket("trained")
    aws.put_csv(bucket, "patients/part1.csv", patients[:300])
    aws.put_csv(bucket, "patients/part2.csv", patients[300:500])
    jobs = {"ENSEMBLING": "trained-ensembling", "HYPERPARAMETER_TUNING": "trained-tuning"}
    for mode, name in jobs.items():
        aws.train(
            name,
            "s3://trained/patients/",
            "diagnosis",
            Mode=mode,
            CompletionCriteria={"MaxCandidates": 2},
        )
    return {mode: aws.wait_for_job(name) for mode, name in jobs.items()}
