"""Fixtures around one installed package: a trained job and an endpoint that many tests share."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyexasol
import pytest
from sklearn.datasets import load_breast_cancer

from ..backends import MARK, Account, keys_of
from ..conftest import DbtProject, assert_listed, make_dbt_project
from .access_keys import AccessKeys
from .clients import Clients

REGION = "eu-central-1"
_serial = itertools.count(1)
SHARED_JOB = f"SharedJob{MARK}"
SHARED_ENDPOINT = f"SharedEndpoint{MARK}"


def patients() -> pd.DataFrame:
    """569 patients of the data set that scikit-learn ships, with a key and mixed types."""
    frame = load_breast_cancer(as_frame=True).frame
    data = pd.DataFrame(
        {
            "PATIENT_ID": range(1, len(frame) + 1),
            "MEAN_RADIUS": frame["mean radius"],
            "WORST_TEXTURE": frame["worst texture"],
            "WORST_CONCAVE_POINTS": frame["worst concave points"],
            "WORST_AREA": frame["worst area"].round(0).astype(int),
            "DIAGNOSIS": frame["target"].map({0: "malignant", 1: "benign"}),
        }
    )
    return data.sample(frac=1, random_state=7).reset_index(drop=True)


FEATURES = ("MEAN_RADIUS", "WORST_TEXTURE", "WORST_CONCAVE_POINTS", "WORST_AREA")
COLUMNS = (
    "PATIENT_ID DECIMAL(18,0), MEAN_RADIUS DOUBLE, WORST_TEXTURE DOUBLE, "
    "WORST_CONCAVE_POINTS DOUBLE, WORST_AREA DECIMAL(9,0), DIAGNOSIS VARCHAR(20)"
)


@dataclass
class Sme:
    """An installed package as a SQL user calls it: by EXECUTE SCRIPT.

    `training_table` has 500 patients without their keys, `held_out` 69 with them.
    """

    connection: pyexasol.ExaConnection
    schema: str
    data_schema: str
    dbt: DbtProject
    aws_connection: str
    region: str

    @property
    def account(self) -> Account:
        return self.dbt.account

    def script(self, name: str, *arguments: Any) -> list[dict[str, Any]]:
        """The rows that a script returns, as dictionaries."""
        rendered = ", ".join(
            str(a) if isinstance(a, int) else "'" + a.replace("'", "''") + "'" for a in arguments
        )
        statement = self.connection.execute(f'EXECUTE SCRIPT "{self.schema}"."{name}"({rendered})')
        return [dict(zip(statement.col_names, row, strict=True)) for row in statement.fetchall()]

    def error(self, name: str, *arguments: Any) -> str:
        """The text of the error that a script ends with: one that docs/reference lists for it."""
        with pytest.raises(pyexasol.ExaQueryError) as raised:
            self.script(name, *arguments)
        assert_listed(f"script:{name}", raised.value.message)
        return raised.value.message

    def training_arguments(self, **changes: Any) -> dict[str, Any]:
        """Arguments that train; a change to None leaves an argument out."""
        arguments = {
            "job_name": fresh_name("Job"),
            "aws_credentials_connection_name": self.aws_connection,
            "aws_region": self.region,
            "iam_sagemaker_role": self.account.role,
            "s3_bucket_uri": f"s3://{self.account.bucket}",
            "s3_connection_name": self.account.s3_connection,
            "s3_output_path": self.account.output_path,
            "input_schema_name": self.data_schema,
            "input_table_or_view_name": "TRAINING",
            "target_attribute_name": "DIAGNOSIS",
            "max_candidates": 1,
            **changes,
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def train(self, **changes: Any) -> str:
        """Starts a job; returns its name."""
        arguments = json.dumps(self.training_arguments(**changes))
        return self.script("SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT", arguments)[0]["JOB_NAME"]

    def training_error(self, **changes: Any) -> str:
        arguments = json.dumps(self.training_arguments(**changes))
        return self.error("SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT", arguments)

    def poll(self, job_name: str) -> dict[str, Any]:
        name = "SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS"
        return self.script(name, job_name, self.aws_connection, self.region)[0]

    def wait_for_job(self, job_name: str) -> dict[str, Any]:
        job = self.poll(job_name)
        deadline = time.monotonic() + self.account.job_seconds
        while job["JOB_STATUS"] in ("InProgress", "Stopping") and time.monotonic() < deadline:
            time.sleep(self.account.interval)
            job = self.poll(job_name)
        return job

    def deploy(self, job_name: str, endpoint_name: str, **changes: Any) -> dict[str, Any]:
        return self.script(*self.deployment(job_name, endpoint_name, **changes))[0]

    def deployment(self, job_name: str, endpoint_name: str, **changes: Any) -> tuple:
        arguments = {
            "schema_name": self.data_schema,
            "instance_type": "ml.m5.large",
            "instance_count": 1,
            **changes,
        }
        return (
            "SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT",
            job_name,
            endpoint_name,
            *arguments.values(),
            self.aws_connection,
            self.region,
        )

    def deployment_arguments(self, endpoint_name: str, **options: Any) -> str:
        """The JSON argument that deploys with options."""
        arguments = {
            "endpoint_name": endpoint_name,
            "schema_name": self.data_schema,
            "aws_credentials_connection_name": self.aws_connection,
            "aws_region": self.region,
            **options,
        }
        return json.dumps(arguments)

    def deploy_with(self, endpoint_name: str, **options: Any) -> dict[str, Any]:
        arguments = self.deployment_arguments(endpoint_name, **options)
        return self.script("SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL", arguments)[0]

    def deployment_error(self, endpoint_name: str, **options: Any) -> str:
        arguments = self.deployment_arguments(endpoint_name, **options)
        return self.error("SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL", arguments)

    def wait_for_endpoint(self, endpoint_name: str, known: str = "Creating") -> dict[str, Any]:
        """The endpoint as soon as it has another status than `known`."""
        arguments = {
            "endpoint_name": endpoint_name,
            "aws_credentials_connection_name": self.aws_connection,
            "aws_region": self.region,
            "known_status": known,
            "seconds": self.account.endpoint_seconds,
        }
        return self.script("SME_POLL_SAGEMAKER_AUTOPILOT_ENDPOINT", json.dumps(arguments))[0]

    def delete(self, endpoint_name: str) -> dict[str, Any]:
        name = "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT"
        return self.script(name, endpoint_name, self.aws_connection, self.region)[0]

    def job_row(self, job_name: str) -> dict[str, Any] | None:
        return self.row(f"SME_METADATA_AUTOPILOT_JOBS WHERE JOB_NAME = '{job_name}'")

    def endpoint_row(self, endpoint_name: str) -> dict[str, Any] | None:
        return self.row(f"SME_METADATA_AUTOPILOT_ENDPOINTS WHERE ENDPOINT_NAME = '{endpoint_name}'")

    def row(self, source: str) -> dict[str, Any] | None:
        statement = self.connection.execute(f'SELECT * FROM "{self.schema}".{source}')
        row = statement.fetchone()
        return dict(zip(statement.col_names, row, strict=True)) if row else None


def fresh_name(prefix: str) -> str:
    """A name that no other test uses, of this run or of another one."""
    return f"{prefix}{next(_serial)}{MARK}"


@pytest.fixture(scope="session")
def project(stack, tmp_path_factory) -> DbtProject:
    """A dbt project of the session with the package installed in its sme_schema."""
    project = make_dbt_project(stack, tmp_path_factory.mktemp("session") / "project")
    project.operation("install")
    return project


@pytest.fixture(scope="session")
def sme(stack, project) -> Iterator[Sme]:
    """The installed package with a training table and held-out rows."""
    with stack.connect() as connection:
        yield with_patients(connection, project)


def with_patients(connection: pyexasol.ExaConnection, project: DbtProject) -> Sme:
    """The package that is installed in a project, with the tables that tests train on."""
    data_schema = project.schema
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{data_schema}"')
    columns_without_key = COLUMNS.split(", ", 1)[1]
    connection.execute(f"CREATE OR REPLACE TABLE TRAINING ({columns_without_key})")
    connection.execute(f"CREATE OR REPLACE TABLE HELD_OUT ({COLUMNS})")
    data = patients()
    connection.import_from_pandas(data[:500].drop(columns="PATIENT_ID"), "TRAINING")
    connection.import_from_pandas(data[500:], "HELD_OUT")
    account = project.account
    return Sme(
        connection,
        project.sme_schema,
        data_schema,
        project,
        account.connection,
        account.region,
    )


@pytest.fixture(scope="session")
def completed_job(sme) -> str:
    """A job that has completed."""
    job_name = sme.train(job_name=SHARED_JOB)
    job = sme.wait_for_job(job_name)
    assert job["JOB_STATUS"] == "Completed", job
    return job_name


@pytest.fixture(scope="session")
def endpoint(sme, completed_job) -> Iterator[str]:
    """An endpoint that is in service, for the best candidate of the completed job."""
    sme.deploy(completed_job, SHARED_ENDPOINT)
    assert sme.wait_for_endpoint(SHARED_ENDPOINT)["STATUS"] == "InService"
    yield SHARED_ENDPOINT
    sme.delete(SHARED_ENDPOINT)


@pytest.fixture
def standing_still(sme) -> Iterator[None]:
    """With the UDF that takes its time, for scripts that are interrupted."""
    sme.connection.execute(
        f'CREATE OR REPLACE PYTHON3 SCALAR SCRIPT "{sme.schema}".STANDS_STILL(name VARCHAR(100)) '
        "RETURNS INT AS\nimport time\ndef run(ctx):\n    time.sleep(600)\n"
    )
    yield
    sme.connection.execute(f'DROP SCRIPT "{sme.schema}".STANDS_STILL')


@pytest.fixture(scope="session")
def clients(stack) -> Iterator[Clients]:
    """Executes statements in processes that can be killed."""
    clients = Clients(stack.dsn)
    yield clients
    clients.end()


@pytest.fixture
def access_keys(stack) -> Iterator[AccessKeys]:
    keys = AccessKeys(stack.data / "access_keys")
    yield keys
    keys.add("")


@pytest.fixture
def key(stack) -> tuple[str, str]:
    """Id and secret of the long-lived key."""
    keys = keys_of(stack)
    return keys.key_id, keys.secret


@pytest.fixture
def connect_to(sme) -> Iterator:
    """Makes a CONNECTION; gives its name."""
    made = []

    def make(address: str, user: str, password: str, session_token: str | None = None) -> str:
        made.append(fresh_name("KEYS_"))
        statement = (
            f"CREATE CONNECTION {made[-1]} TO '{address}' USER '{user}' IDENTIFIED BY '{password}'"
        )
        if session_token:
            statement += f" SESSION TOKEN '{session_token}'"
        sme.connection.execute(statement)
        return made[-1]

    yield make
    for name in made:
        sme.connection.execute(f"DROP CONNECTION {name}")


@pytest.fixture
def system_languages(stack) -> Iterator[str]:
    """What all sessions start with; as it was, afterwards."""
    query = "SELECT SYSTEM_VALUE FROM EXA_PARAMETERS WHERE PARAMETER_NAME = 'SCRIPT_LANGUAGES'"
    with stack.connect() as connection:
        before = connection.execute(query).fetchval()
        yield before
        connection.execute(f"ALTER SYSTEM SET SCRIPT_LANGUAGES = '{before}'")


@pytest.fixture
def sagemaker(stack):
    """A boto3 client, to see what AWS really has."""
    return stack.aws_client("sagemaker")


@pytest.fixture
def s3(stack):
    return stack.aws_client("s3")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `last` look at what all others did."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)
