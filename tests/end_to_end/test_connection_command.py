"""`sme connection create` on the embedded stack, and where its secrets do not go."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from sme_helper.cli import main

from .access_keys import GIVEN_SECRET, GIVEN_TOKEN
from .conftest import fresh_name

MADE, MADE_FOR_S3 = fresh_name("BY_COMMAND_"), fresh_name("BY_COMMAND_S3_")


@pytest.fixture
def create(stack, sme, tmp_path):
    """Runs `sme connection create`; the CONNECTIONs that it makes go afterwards."""

    def create(*options: str, exit_code: int = 0, **variables: str) -> Result:
        place = ("--bucket", f"s3://{sme.account.bucket}", "--region", sme.region)
        result = CliRunner().invoke(
            main,
            ["connection", "create", *place, "--project-dir", str(tmp_path), *options],
            env={**stack.environment, **variables},
        )
        assert result.exit_code == exit_code, result.output
        return result

    yield create
    for name in (MADE, MADE_FOR_S3):
        sme.connection.execute(f"DROP CONNECTION IF EXISTS {name}")


def checked(stack, sme, tmp_path, *options: str) -> Result:
    bucket = f"s3://{sme.account.bucket}"
    settings = ("--schema", sme.schema, "--bucket", bucket, "--region", sme.region)
    arguments = ["doctor", "--project-dir", str(tmp_path), *settings, *options]
    return CliRunner().invoke(main, arguments, env=stack.environment)


@pytest.mark.embedded("a profile of the AWS tools that it has written")
def test_keys_of_a_profile_of_the_aws_tools_are_enough_to_pass_the_doctor(
    create, stack, sme, tmp_path
):
    made = create("--connection", MADE.lower(), "--aws-profile", "default")
    assert f"CONNECTION {MADE} created" in made.stdout
    assert f"Check it:  sme doctor --connection {MADE.lower()} --bucket s3://" in made.stdout
    found = checked(stack, sme, tmp_path, "--connection", MADE)
    assert found.exit_code == 0, found.output


def test_temporary_keys_from_variables_make_two_connections(
    create, stack, sme, tmp_path, access_keys
):
    access_keys.add_temporary_key(expires="2100-01-01T00:00:00+00:00")
    names = ("--connection", MADE, "--s3-connection", MADE_FOR_S3)
    keys = {
        "AWS_ACCESS_KEY_ID": "ASIAGIVEN",
        "AWS_SECRET_ACCESS_KEY": GIVEN_SECRET,
        "AWS_SESSION_TOKEN": GIVEN_TOKEN,
    }
    made = create(*names, **keys)
    assert checked(stack, sme, tmp_path, *names).exit_code == 0
    for secret in (GIVEN_SECRET, GIVEN_TOKEN):
        assert secret not in made.output


def test_what_the_database_refuses_is_told_without_the_keys(create, sme, connection):
    user = fresh_name("WITHOUT_RIGHTS_")
    connection.execute(f'CREATE USER {user} IDENTIFIED BY "pw"')
    connection.execute(f"GRANT CREATE SESSION TO {user}")
    refused = create(
        *("--connection", MADE, "--user", user),
        exit_code=1,
        EXASOL_PASSWORD="pw",
        AWS_ACCESS_KEY_ID="AKIAGIVEN",
        AWS_SECRET_ACCESS_KEY=GIVEN_SECRET,
        AWS_SESSION_TOKEN="",
    )
    connection.execute(f"DROP USER {user}")
    assert "insufficient privileges" in refused.stderr
    assert GIVEN_SECRET not in refused.output


def test_printed_sql_holds_placeholders_and_needs_neither_keys_nor_database(create):
    printed = create("--connection", MADE, "--print", EXASOL_DSN="", EXASOL_PASSWORD="")
    assert "USER '<access key id>' IDENTIFIED BY '<secret access key>';" in printed.stdout


@pytest.mark.embedded("no keys in variables")
def test_without_keys_and_without_a_terminal_the_ways_to_give_them_are_told(create):
    refused = create("--connection", MADE, exit_code=1)
    assert "E-SME-165: No keys of AWS. Give --aws-profile" in refused.stderr
