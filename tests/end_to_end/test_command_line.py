"""The life of a model by the command line alone, on the embedded stack."""

from __future__ import annotations

import io
import json
import re
import shlex

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from sme_helper.cli import main
from sme_helper.commands import models
from sme_helper.errors import ENDED_BADLY, GOES_ON, NO_DATABASE, USAGE

from .. import pages
from ..conftest import sme_settings
from .conftest import fresh_name


@pytest.fixture(scope="module")
def run(stack, sme, tmp_path_factory):
    """Runs `sme ARGUMENTS` as a user who has set the variables, in a folder without a project."""
    folder = tmp_path_factory.mktemp("nowhere")
    settings = sme_settings(sme.account, sme.schema).items()
    given = {f"SME_{name.upper()}": value for name, value in settings if value}
    variables = {**stack.environment, **given}

    def run(*arguments: str, exit_code: int = 0, **changes: str | None) -> Result:
        command = [*arguments, "--project-dir", str(folder)]
        result = CliRunner().invoke(main, command, env={**variables, **changes})
        assert result.exit_code == exit_code, result.output
        return result

    return run


def scripts_of(connection, schema: str) -> dict[str, str]:
    """The scripts of sme in a schema, with the schema's name taken out."""
    found = connection.execute(
        "SELECT SCRIPT_NAME, SCRIPT_TEXT FROM SYS.EXA_ALL_SCRIPTS "
        f"WHERE SCRIPT_SCHEMA = '{schema}' AND SCRIPT_NAME LIKE 'SME\\_%' ESCAPE '\\'"
    )
    return {name: text.replace(f'"{schema}"', "") for name, text in found.fetchall()}


def as_a_client_splits(text: str) -> list[str]:
    """Statements as EXAplus cuts them: a script goes on to a line with nothing but a slash."""
    statements, lines = [], []
    for line in text.splitlines():
        if lines or not (line == "" or line.startswith("--")):
            lines.append(line)
        is_script = bool(lines) and " SCRIPT " in lines[0]
        if lines and (line == "/" if is_script else line.endswith(";")):
            statements.append("\n".join(lines).removesuffix("/" if is_script else ";"))
            lines = []
    assert not lines
    return statements


def test_deploy_installs_what_sme_install_does(run, sme):
    schema = fresh_name("BY_COMMAND_")
    result = run("deploy", "--schema", schema)
    assert f"installed in schema {schema}" in result.stdout
    installed = scripts_of(sme.connection, schema)
    assert installed and installed == scripts_of(sme.connection, sme.schema)


def test_deploy_prints_sql_that_installs_the_same(run, sme, connection):
    schema = fresh_name("BY_DBA_")
    printed = run("deploy", "--schema", schema, "--print", EXASOL_DSN="").stdout
    for statement in as_a_client_splits(printed):
        connection.execute(statement)  # which opens the schema
    assert scripts_of(sme.connection, schema) == scripts_of(sme.connection, sme.schema)


@pytest.mark.embedded("a profile of the AWS tools that it has written")
def test_the_commands_of_the_page_go_through_the_life_of_a_model(run, sme, stack):
    job, endpoint = fresh_name("Diagnosis"), fresh_name("Predictor")
    sme.connection.execute(
        f"CREATE OR REPLACE VIEW {sme.data_schema}.PATIENTS AS SELECT * FROM "
        f"{sme.data_schema}.HELD_OUT UNION ALL SELECT 0, t.* FROM {sme.data_schema}.TRAINING t"
    )
    names = {
        "db.example.com:8563": stack.dsn,
        "analyst": "SYS",
        "my-bucket": sme.account.bucket,
        "--schema SME": "--schema OF_THE_PAGE",
        "connection create": "connection create --connection OF_THE_PAGE",
        "CLINIC.PATIENTS": f"{sme.data_schema}.PATIENTS",
        "CLINIC.DIAGNOSES": f"{sme.data_schema}.DIAGNOSES",
        "arn:aws:iam::123456789012:role/sagemaker-execution": sme.account.role,
        "--job-name Diagnosis": f"--job-name {job}",
        "Predictor": endpoint,
    }
    variables, told = {}, {}
    for line in pages.commands("docs/command-line.md"):
        for name, replacement in names.items():
            line = line.replace(name, replacement)
        program, *arguments = shlex.split(line)
        if program == "export":
            variables.update(dict(argument.split("=", 1) for argument in arguments))
        else:
            told[arguments[0]] = run(*arguments, **variables).stdout
    assert list(told) == [
        *("deploy", "connection", "doctor", "train", "wait", "poll", "candidates"),
        *("deploy-endpoint", "predict", "endpoints", "delete-endpoint"),
    ]
    assert "Everything is in order" in told["doctor"]
    assert "is Completed" in told["wait"]
    assert [row["is_best"] for row in json.loads(told["candidates"])] == ["TRUE", "FALSE", "FALSE"]
    assert "569 rows" in told["predict"]
    assert f"endpoint {endpoint} is Deleted" in told["delete-endpoint"]
    sme.connection.execute("DROP CONNECTION OF_THE_PAGE")


def test_in_a_terminal_a_wait_shows_the_job_with_its_candidates(run, completed_job, monkeypatch):
    terminal = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=100)
    monkeypatch.setattr(models, "results", terminal)
    run("wait", "--job-name", completed_job)
    shown = terminal.file.getvalue()
    assert re.search(r"status +Completed", shown)
    assert "1 candidate" in shown and "★" in shown


def test_candidates_and_endpoints_are_shown_as_tables(run, completed_job, endpoint, monkeypatch):
    wide = Console(file=io.StringIO(), color_system=None, width=160)
    monkeypatch.setattr(models, "results", wide)
    run("candidates", "--job-name", completed_job)
    run("endpoints")
    shown = wide.file.getvalue()
    assert "1 candidate\n" in re.sub(" +\n", "\n", shown) and "★" in shown
    assert "1 x ml.m5.large" in shown


def test_predict_makes_a_table_and_replaces_one_only_when_told_to(run, sme, endpoint):
    table, held_out = f"{sme.data_schema}.TYPED", f"{sme.data_schema}.HELD_OUT"
    command = ("predict", "--endpoint", endpoint, "--relation", held_out, "--into", table)
    made = run(*command, "--keys", "patient_id", "--json")
    assert json.loads(made.stdout)["row_count"] == 69
    right = sme.connection.execute(
        f"SELECT COUNT(*) FROM {table} p JOIN {held_out} h ON p.PATIENT_ID = h.PATIENT_ID "
        "WHERE p.PREDICTIONS = h.DIAGNOSIS"
    ).fetchval()
    assert right > 55
    assert "E-SME-156" in run(*command, exit_code=1).stderr
    run(*command, "--replace")


def test_a_wait_that_ends_before_the_job_says_so_by_its_exit_code(run, sme):
    job = sme.train(max_candidates=100)
    running = run("poll", "--job-name", job, "--json", exit_code=GOES_ON)
    assert json.loads(running.stdout)[0]["job_status"] == "InProgress"
    late = run("wait", "--job-name", job, "--timeout", "0", exit_code=GOES_ON)
    assert "E-SME-24" in late.stderr
    run("stop", "--job-name", job)
    assert "E-SME-25" in run("wait", "--job-name", job, exit_code=ENDED_BADLY).stderr


def test_an_error_names_the_command_that_cures_it(run):
    result = run("endpoints", "--schema", "NOWHERE", exit_code=1)
    assert "Run: sme deploy --schema NOWHERE" in result.stderr


def test_a_wrong_password_ends_without_a_trace(run):
    result = run("endpoints", exit_code=NO_DATABASE, EXASOL_PASSWORD="wr0ng-one")
    assert "E-SME-153" in result.stderr and "wr0ng-one" not in result.output


def test_a_database_that_is_not_there_is_named(run):
    result = run("endpoints", exit_code=NO_DATABASE, EXASOL_DSN="127.0.0.1:1")
    assert "E-SME-152: The database cannot be reached at 127.0.0.1:1" in result.stderr


@pytest.mark.embedded("the certificate of its database")
def test_a_certificate_is_checked_by_authority_and_by_fingerprint(run, stack):
    host, port = stack.exasol.ready["host"], str(stack.exasol.ready["port"])
    certificate = stack.exasol.ready["certificate"]
    way = ("--host", host, "--port", port)
    untrusted = run("endpoints", *way, exit_code=NO_DATABASE, WEBSOCKET_CLIENT_CA_BUNDLE=None)
    assert "E-SME-154" in untrusted.stderr
    run("endpoints", *way, "--ca-file", certificate, WEBSOCKET_CLIENT_CA_BUNDLE=None)
    run("endpoints", *way, "--fingerprint", stack.exasol.ready["fingerprint"])
    run("endpoints", *way, "--no-certificate-check")
    wrong = run("endpoints", *way, "--fingerprint", "AB12", exit_code=NO_DATABASE)
    assert "E-SME-154" in wrong.stderr


def test_a_password_in_the_argument_list_is_refused(run):
    result = run("deploy", "--pass", "exasol", exit_code=USAGE)
    assert "E-SME-150" in result.stderr and "'exasol'" not in result.output


def test_without_a_terminal_a_missing_password_is_an_error_and_no_prompt(run):
    result = run("endpoints", exit_code=NO_DATABASE, EXASOL_PASSWORD="")
    assert "E-SME-151: No password" in result.stderr
