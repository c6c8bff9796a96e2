"""No key in what a user sees or keeps: messages of every operation that AWS refuses, and all
that dbt and the servers wrote during the whole suite.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sme_helper.local import provision
from sme_helper.local.aws.credentials import Credentials

from .conftest import FEATURES, SHARED_JOB, fresh_name

pytestmark = pytest.mark.embedded("reads the key that it has made, and its logs")

WRONG_SECRET = "WrongSecretThatMustNotBeSeen"
ADDRESS = "https://sme-local.s3.eu-central-1.amazonaws.com"


def create_connection(sme, name: str, key_id: str, secret: str) -> None:
    sme.connection.execute(
        f"CREATE OR REPLACE CONNECTION {name} TO '{ADDRESS}' "
        f"USER '{key_id}' IDENTIFIED BY '{secret}'"
    )


@pytest.fixture
def wrong_key(sme) -> Iterator[str]:
    """A CONNECTION with a key that AWS does not know."""
    name = fresh_name("WRONG_KEY_")
    create_connection(sme, name, "AKIAUNKNOWN", WRONG_SECRET)
    yield name
    sme.connection.execute(f"DROP CONNECTION {name}")


@pytest.fixture
def own_key(sme, stack) -> Iterator[str]:
    """A CONNECTION with the key of the stack, which a test may spoil."""
    name = fresh_name("OWN_KEY_")
    credentials = Path(stack.environment["AWS_SHARED_CREDENTIALS_FILE"])
    create_connection(sme, name, *provision.read_credentials(credentials))
    yield name
    sme.connection.execute(f"DROP CONNECTION {name}")


@pytest.fixture
def session_key(sme, stack) -> Iterator[tuple[str, dict[str, str]]]:
    """A CONNECTION for UDFs with temporary keys, and these."""
    name = fresh_name("SESSION_KEY_")
    keys = stack.aws_client("sts").get_session_token()["Credentials"]
    password = f"{keys['SecretAccessKey']};session_token={keys['SessionToken']}"
    sme.connection.execute(
        f"CREATE CONNECTION {name} TO 'aws' USER '{keys['AccessKeyId']}' IDENTIFIED BY '{password}'"
    )
    yield name, keys
    sme.connection.execute(f"DROP CONNECTION {name}")


def token_beginning() -> bytes:
    """What every session token of the stack begins with: it names the account first."""
    credentials = Credentials("123456789012", b"")
    identity = credentials.identity("any", None)
    return credentials.new_session(identity, 0).token[:32].encode()


def assert_refused_without_key(message: str, code: str = "E-SME-16") -> None:
    assert code in message
    assert WRONG_SECRET not in message


def test_no_operation_of_dbt_that_aws_refuses_shows_the_key(project, sme, endpoint, wrong_key):
    job = {"job_name": SHARED_JOB, "connection": wrong_key}
    relation = f"{sme.data_schema}.TRAINING"
    training = {**job, "job_name": fresh_name("Refused"), "relation": relation}
    told = [
        project.operation("train", exit_code=1, target="DIAGNOSIS", **training),
        project.operation(
            "deploy_endpoint",
            exit_code=1,
            endpoint_name=fresh_name("Refused"),
            instance_type="ml.m5.large",
            instance_count=1,
            **job,
        ),
        project.operation("poll", exit_code=1, **job),
        project.operation(
            "delete_endpoint", exit_code=1, endpoint_name=endpoint, connection=wrong_key
        ),
    ]
    for output in told:
        assert_refused_without_key(output)


def test_no_operation_with_temporary_keys_shows_them(project, sme, completed_job, session_key):
    name, keys = session_key
    assert keys["SessionToken"].encode().startswith(token_beginning())
    told = project.operation("poll", job_name=completed_job, connection=name)
    told += sme.training_error(aws_credentials_connection_name=name)  # it cannot export
    rows = sme.connection.execute("SELECT * FROM EXA_DBA_CONNECTIONS").fetchall()
    assert "is Completed" in told and "E-SME-78" in told
    for secret in (keys["SecretAccessKey"], keys["SessionToken"]):
        assert secret not in told + project.log + json.dumps(rows, default=str)


def test_no_export_that_s3_refuses_shows_the_key(sme, wrong_key):
    with pytest.raises(Exception, match="ETL") as raised:
        sme.connection.execute(
            f"EXPORT {sme.data_schema}.HELD_OUT INTO CSV AT {wrong_key} FILE 'secrets/rows.csv'"
        )
    assert WRONG_SECRET not in raised.value.message


def test_no_prediction_that_aws_refuses_shows_the_key(sme, completed_job, own_key):
    name = fresh_name("Spoiled")
    arguments = sme.deployment(completed_job, name)
    sme.script(*arguments[:-2], own_key, sme.region)
    try:
        assert sme.wait_for_endpoint(name)["STATUS"] == "InService"
        create_connection(sme, own_key, "AKIAUNKNOWN", WRONG_SECRET)
        with pytest.raises(Exception, match="E-SME-") as raised:
            sme.connection.execute(
                f'SELECT {sme.data_schema}."{name}"({", ".join(FEATURES)}) '
                f"FROM {sme.data_schema}.HELD_OUT"
            ).fetchall()
        assert_refused_without_key(raised.value.message)
    finally:
        sme.delete(name)


def written_by_programs(base: Path) -> list[Path]:
    """All that lies in a folder `logs` or `target`: of dbt projects and of stacks."""
    return [
        Path(folder, name)
        for folder, _, names in os.walk(base)
        if {"logs", "target"} & {*Path(folder).relative_to(base).parts}
        for name in names
    ]


@pytest.mark.last
def test_nothing_that_dbt_or_a_server_wrote_holds_a_key(stack, project, endpoint, session_folders):
    project.operation("poll", job_name=SHARED_JOB)
    files = [file for folder in session_folders for file in written_by_programs(folder)]
    assert {"dbt.log", "manifest.json", "aws.log"} <= {file.name for file in files}

    # A stack has both files; a test of the AWS stand-in alone may have one of another format.
    credentials = [
        keys.parent / "credentials"
        for folder in session_folders
        for keys in folder.rglob("access_keys")
    ]
    secrets = {provision.read_credentials(file)[1] for file in credentials if file.is_file()}
    # The tests give all wrong secrets and tokens such a name; tokens of AWS begin all alike.
    wanted = [secret.encode() for secret in secrets] + [b"ThatMustNotBeSeen", token_beginning()]
    contents = {str(file): file.read_bytes() for file in files}
    assert [file for file in contents if any(one in contents[file] for one in wanted)] == []
