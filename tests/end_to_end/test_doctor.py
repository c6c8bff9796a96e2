"""`sme doctor` on a set-up that is in order, and on twelve that are broken, each in one way."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import boto3
import botocore
import pytest
import requests
import yaml
from click.testing import CliRunner

from sme_helper.cli import main
from sme_helper.container import build
from sme_helper.doctor import FAILED, OK, SKIPPED
from sme_helper.local import provision
from sme_helper.settings import SETTINGS

from ..backends import MARK
from ..conftest import sme_settings
from .access_keys import GIVEN_SECRET, GIVEN_TOKEN
from .conftest import Sme, fresh_name

# Variables go before a project, and those of --backend=exasol are settings as well.
NO_SETTINGS = {f"SME_{name.upper()}": None for name in SETTINGS}
# A name of S3 for nobody: others may have any that is shorter.
NO_BUCKET = f"sme-nobody-has-this-{MARK.lower()}"


@pytest.fixture
def doctor(stack, sme, tmp_path):
    """Runs `sme doctor`; gives results and messages by check. `settings` are those of a project."""

    def doctor(*options: str, variables: dict | None = None, **settings: str) -> dict:
        project = write_project(tmp_path, sme, **settings)
        result = CliRunner().invoke(
            main,
            ["doctor", "--json", "--project-dir", str(project), *options],
            env={**NO_SETTINGS, **stack.environment, **(variables or {})},
        )
        checks = {check["name"]: check for check in json.loads(result.stdout)}
        failed = [name for name, check in checks.items() if check["result"] == FAILED]
        assert result.exit_code == (1 if failed else 0), result.output
        return checks

    return doctor


def write_project(folder: Path, sme: Sme, **changes: str) -> Path:
    settings = {**sme_settings(sme.account, sme.schema), **changes}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump({"vars": {"sme": settings}}))
    return folder


def only_failure(checks: dict) -> tuple[str, str]:
    """The one check that failed, and what it says."""
    failed = {name: c["message"] for name, c in checks.items() if c["result"] == FAILED}
    assert len(failed) == 1, checks
    return next(iter(failed.items()))


def test_what_is_in_order_is_seen_and_nothing_is_left_of_the_check(doctor, sme, endpoint, s3):
    path = f"{sme.account.output_path}/doctor"
    checks = doctor("--endpoint-name", endpoint, output_path=path)
    assert {check["result"] for check in checks.values()} == {OK}, checks
    assert f"endpoint {endpoint} answers" in checks["endpoint"]["message"]
    assert "x ml.m5.large for endpoint usage" in checks["quota"]["message"]
    left = s3.list_objects_v2(Bucket=sme.account.bucket, Prefix=f"{path}/")
    assert left["KeyCount"] == 0


def test_a_wrong_password(doctor):
    checks = doctor(variables={"EXASOL_PASSWORD": "wr0ng-one"})
    name, message = only_failure(checks)
    assert name == "database" and list(checks) == ["database"]
    assert "E-SME-153" in message and "Check user and password" in message
    assert "wr0ng-one" not in message


@pytest.fixture
def user(sme):
    """A user who may do nothing with CONNECTIONs, nor export."""
    name = fresh_name("PATIENT_OF_DOCTOR")
    run = sme.connection.execute
    run(f'CREATE USER {name} IDENTIFIED BY "pw"')
    run(f"GRANT CREATE SESSION TO {name}")
    run(f"GRANT USAGE, EXECUTE, SELECT ON SCHEMA {sme.schema} TO {name}")
    yield name
    run(f"DROP USER {name}")


def test_no_privilege_to_export(doctor, sme, user):
    exports = sme.account.s3_connection or sme.aws_connection
    sme.connection.execute(f"GRANT CONNECTION {exports} TO {user}")
    sme.connection.execute(f"GRANT ACCESS ON CONNECTION {sme.aws_connection} TO {user}")
    checks = doctor(variables={"EXASOL_USER": user, "EXASOL_PASSWORD": "pw"})
    assert f"GRANT EXPORT TO {user}" in checks["privileges"]["message"]
    assert checks["privileges"]["result"] == checks["S3 write and read"]["result"] == FAILED
    assert "E-SME-15" in checks["S3 write and read"]["message"]
    assert checks["connection"]["result"] == checks["bucket"]["result"] == OK


def test_no_grant_on_the_connection(doctor, sme, user):
    sme.connection.execute(f"GRANT EXPORT TO {user}")
    checks = doctor(variables={"EXASOL_USER": user, "EXASOL_PASSWORD": "pw"})
    name, message = only_failure(checks)
    assert name == "connection"
    assert f"E-SME-4: CONNECTION {sme.aws_connection} cannot be used" in message
    assert f"GRANT ACCESS ON CONNECTION {sme.aws_connection} TO {user}" in message
    assert checks["bucket"]["result"] == checks["role"]["result"] == SKIPPED


def test_a_wrong_region(doctor, sme):
    bucket = sme.account.bucket
    name, message = only_failure(doctor(region="us-west-2"))
    assert name == "bucket"
    assert f"E-SME-161: Bucket {bucket} is in {sme.region}, but region is us-west-2" in message


def test_a_bucket_that_is_not_there(doctor, endpoint):
    checks = doctor("--endpoint-name", endpoint, bucket=f"s3://{NO_BUCKET}")
    name, message = only_failure(checks)
    assert name == "bucket"
    assert f"E-SME-160: Bucket {NO_BUCKET} does not exist. Create it" in message


def test_a_role_that_is_not_there(doctor, sme, endpoint):
    role = sme.account.role + "Gone"
    name, message = only_failure(doctor("--endpoint-name", endpoint, role=role))
    assert name == "role"
    assert f"E-SME-166: Role {role} does not exist. Create it" in message


@pytest.mark.embedded("makes a role")
def test_a_role_that_does_not_trust_sagemaker(doctor, endpoint, stack):
    trusted = json.dumps(provision.TRUST).replace("sagemaker", "ec2")
    created = stack.aws_client("iam").create_role(
        RoleName=fresh_name("Distrustful"), AssumeRolePolicyDocument=trusted
    )
    settings = {"role": created["Role"]["Arn"]}
    name, message = only_failure(doctor("--endpoint-name", endpoint, **settings))
    assert name == "role"
    assert "E-SME-167" in message and "does not trust sagemaker.amazonaws.com" in message


def test_a_token_that_has_expired(doctor, sme, connect_to, access_keys):
    access_keys.add_temporary_key(expires="2020-01-01T00:00:00+00:00")
    given = connect_to("aws", "ASIAGIVEN", f"{GIVEN_SECRET};session_token={GIVEN_TOKEN}")
    name, message = only_failure(doctor(connection=given, s3_connection=sme.aws_connection))
    assert name == "connection"
    assert "E-SME-76" in message and "Renew the CONNECTION" in message
    assert GIVEN_SECRET not in message and GIVEN_TOKEN not in message


def test_clocks_that_differ(doctor, control):
    control.shift_clock(3600)
    name, message = only_failure(doctor())
    assert name == "connection"
    assert "Signature expired" in message and "set the clocks of the database nodes" in message


def test_an_endpoint_that_is_gone(doctor, sme, sagemaker, completed_job):
    gone = fresh_name("Gone")
    sme.deploy(completed_job, gone)
    sme.wait_for_endpoint(gone)
    sagemaker.delete_endpoint(EndpointName=gone)
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=gone, WaiterConfig=sme.account.waiting
    )
    name, message = only_failure(doctor())
    sme.delete(gone)
    assert name == "endpoint"
    assert f"E-SME-20: Endpoint {gone} is gone from AWS" in message
    assert "Deploy it again with sme deploy-endpoint" in message


def test_the_operation_of_dbt_says_the_same_and_fails_where_something_is_wrong(project, endpoint):
    wrong = {"bucket": f"s3://{NO_BUCKET}"}
    printed = project.operation("doctor", exit_code=1, endpoint_name=endpoint, **wrong)
    assert "sme: ok  connection: SageMaker in" in printed
    assert f"sme: failed  bucket: E-SME-160: Bucket {NO_BUCKET} does not exist" in printed
    assert "sme: skipped  S3 write and read: needs the check bucket" in printed
    assert "E-SME-159: The set-up is not in order: bucket." in printed


@pytest.fixture(scope="module")
def old_boto3(stack, sme, tmp_path_factory) -> tuple[dict, str]:
    """Settings with a container whose boto3 does not know CreateAutoMLJobV2, and what
    `sme deploy` says of it."""
    folder = tmp_path_factory.mktemp("old_boto3")
    bring_to_bucketfs(stack, old_environment(folder), folder / "old.tar.gz")
    settings = {
        "schema": "WITH_OLD_BOTO3",
        "script_language": "PYTHON3_SME",
        "container": "bfsdefault/default/container/old",
    }
    project = write_project(folder, sme, **settings)
    command = ["deploy", "--project-dir", str(project)]
    installed = CliRunner().invoke(main, command, env=stack.environment)
    assert installed.exit_code == 1
    return settings, installed.stderr


def old_environment(folder: Path) -> Path:
    """A Python with the packages of this one, but an older description of SageMaker."""
    models = folder / "models" / "sagemaker" / "2017-07-24"
    models.mkdir(parents=True)
    (model,) = Path(botocore.__file__).parent.glob("data/sagemaker/*/service-2.json*")
    text = gzip.decompress(model.read_bytes()) if model.suffix == ".gz" else model.read_bytes()
    described = json.loads(text)
    del described["operations"]["CreateAutoMLJobV2"]
    (models / "service-2.json").write_text(json.dumps(described))
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    models_first = f"import os; os.environ['AWS_DATA_PATH'] = {str(folder / 'models')!r}"
    (packages / "these.pth").write_text(f"{Path(boto3.__file__).parents[1]}\n{models_first}\n")
    return environment / "bin" / "python"


def bring_to_bucketfs(stack, python: Path, file: Path) -> None:
    build.build_local(file, python)
    requests.put(
        f"{stack.environment['BUCKETFS_URL']}/default/container/{file.name}",
        data=file.read_bytes(),
        auth=("w", "write"),
        verify=stack.environment["BUCKETFS_CA_BUNDLE"],
    ).raise_for_status()


WAYS = ("Exasol 7.1.30 or newer", "language container")


@pytest.mark.embedded("its containers are environments of Python")
def test_an_old_boto3(doctor, old_boto3):
    settings, told_at_deployment = old_boto3
    name, message = only_failure(doctor(**settings))
    assert name == "language"
    for told in (message, told_at_deployment):
        assert f"E-SME-18: boto3 {boto3.__version__}" in told
        assert all(way in told for way in WAYS)


@pytest.mark.embedded("its containers are environments of Python")
def test_a_container_that_is_not_active(doctor, old_boto3):
    settings, _ = old_boto3
    name, message = only_failure(doctor(**{**settings, "container": ""}))
    assert name == "language"
    assert "E-SME-157" in message and "its container has to be active" in message
    assert all(way in message for way in WAYS)
