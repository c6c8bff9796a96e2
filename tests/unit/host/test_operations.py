"""What the command line makes of the package's messages."""

import pytest

from sme_helper.database import refusal
from sme_helper.errors import ENDED_BADLY, FAILED, GOES_ON
from sme_helper.operations import spoken


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        (
            "Deploy it: dbt run-operation sme.deploy_endpoint --args "
            "'{job_name: ..., endpoint_name: E1}'",
            "Deploy it: sme deploy-endpoint --job-name ... --endpoint-name E1",
        ),
        (
            "Run: dbt run-operation sme.install --args '{schema: SME}'",
            "Run: sme deploy --schema SME",
        ),
        (
            "sme.train needs target (argument), role (argument, or vars: sme: role). Give "
            "arguments as --args '{target: ...}'.",
            "sme train needs --target, --role.",
        ),
        ("Delete it with sme.delete_endpoint, then", "Delete it with sme delete-endpoint, then"),
        ("SME.SME_METADATA_AUTOPILOT_JOBS", "SME.SME_METADATA_AUTOPILOT_JOBS"),
    ],
)
def test_cures_name_commands_of_sme(message, heard):
    assert spoken(message) == heard


@pytest.mark.parametrize(
    ("message", "exit_code"),
    [
        ("E-SME-24: late", GOES_ON),
        ("E-SME-25: failed", ENDED_BADLY),
        ("E-SME-8: unknown", FAILED),
        ("syntax error", FAILED),
    ],
)
def test_exit_codes_tell_what_kind_of_failure_it_is(message, exit_code):
    assert refusal(message).exit_code == exit_code


def test_what_exasol_puts_behind_a_sentence_of_sme_is_left_out():
    message = (
        '"E-SME-5: The argument is no "JSON" object." caught in script "SME"."X" at line 8 '
        "(Session: 17)"
    )
    assert str(refusal(message)) == 'E-SME-5: The argument is no "JSON" object.'
    assert str(refusal("object X not found (Session: 17)")) == "object X not found (Session: 17)"
