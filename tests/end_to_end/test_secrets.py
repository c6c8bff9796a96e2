"""The AWS key stays in the CONNECTION: in no log, no table, no SQL of ours, no message."""

import json
import re
from pathlib import Path

import pytest

from sme_helper.local import provision

from .conftest import fresh_name

pytestmark = pytest.mark.embedded("reads the key that it has made, and its logs")


@pytest.fixture(scope="module")
def secret(stack) -> str:
    _, secret = provision.read_credentials(Path(stack.environment["AWS_SHARED_CREDENTIALS_FILE"]))
    assert len(secret) >= 20
    return secret


def test_no_dbt_log_holds_the_key(project, secret, completed_job):
    project.operation("poll", job_name=completed_job)
    project.operation("poll", exit_code=1, job_name="NoSuchJob")
    assert "SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS" in project.log
    assert secret not in project.log


def test_no_registry_row_holds_the_key(sme, secret, endpoint):
    for table in ("JOBS", "ENDPOINTS"):
        rows = sme.connection.execute(
            f"SELECT * FROM {sme.schema}.SME_METADATA_AUTOPILOT_{table}"
        ).fetchall()
        assert rows
        assert secret not in json.dumps(rows, default=str)


def test_only_statements_that_create_a_connection_hold_the_key(
    sme, secret, endpoint, statement_log
):
    with_key = [
        statement["sql"]
        for statement in map(json.loads, statement_log.read_text().splitlines())
        if secret in statement["sql"]
    ]
    assert with_key
    assert all(re.match(r"\s*CREATE\s+(OR\s+REPLACE\s+)?CONNECTION\s", sql) for sql in with_key)


def test_neither_dictionary_nor_servers_show_the_key(sme, stack, secret):
    for view in ("EXA_ALL_CONNECTIONS", "EXA_DBA_CONNECTIONS"):
        rows = sme.connection.execute(f"SELECT * FROM {view}").fetchall()
        assert "SME_AWS" in json.dumps(rows, default=str)
        assert secret not in json.dumps(rows, default=str)
    for log in stack.data.glob("logs/*"):
        assert secret not in log.read_text()


def test_no_error_message_holds_a_key_that_aws_refuses(sme):
    wrong = "WrongSecretThatMustNotBeSeen"
    name = fresh_name("WRONG_KEY_")
    sme.connection.execute(
        f"CREATE CONNECTION {name} TO 'https://sme-local.s3.eu-central-1.amazonaws.com' "
        f"USER 'AKIAUNKNOWN' IDENTIFIED BY '{wrong}'"
    )
    error = sme.training_error(aws_credentials_connection_name=name)
    assert "E-SME-16" in error
    assert "check USER and IDENTIFIED BY of the CONNECTION" in error
    assert wrong not in error
    sme.connection.execute(f"DROP CONNECTION {name}")


def test_a_key_with_options_for_server_side_encryption_behind_it_works(sme, stack, secret):
    key_id, _ = provision.read_credentials(Path(stack.environment["AWS_SHARED_CREDENTIALS_FILE"]))
    name = fresh_name("ENCRYPTED_")
    sme.connection.execute(
        f"CREATE OR REPLACE CONNECTION {name} "
        "TO 'https://sme-local.s3.eu-central-1.amazonaws.com' "
        f"USER '{key_id}' IDENTIFIED BY '{secret};sse_type=AES256'"
    )
    job_name = sme.train(aws_credentials_connection_name=name)
    assert sme.job_row(job_name)["STATUS"] == "InProgress"
    sme.connection.execute(f"DROP CONNECTION {name}")
