"""A language container from the file to a UDF that runs in it, as docs/language-container.md."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from sme_helper.cli import main
from sme_helper.container import bucketfs, build
from sme_helper.errors import USAGE
from sme_helper.local.stack import Stack

from .. import pages
from ..conftest import DbtProject

pytestmark = pytest.mark.embedded("its containers are environments of Python")

ALIAS = "PYTHON3_SME"
LANGUAGES = "SELECT {}_VALUE FROM EXA_PARAMETERS WHERE PARAMETER_NAME = 'SCRIPT_LANGUAGES'"


@pytest.fixture(scope="module")
def container(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A local container in BucketFS: its folder there."""
    file = tmp_path_factory.mktemp("container") / "tests.tar.gz"
    build.build_local(file, Path(sys.executable))
    certificate = Path(stack.environment["BUCKETFS_CA_BUNDLE"])
    place = bucketfs.OnPremises(
        stack.environment["BUCKETFS_URL"], "w", "write", ca_file=certificate
    )
    with file.open("rb") as content:
        path = bucketfs.upload(place, "container", file.name, content)
    return bucketfs.container_of(place, path)


@pytest.fixture
def project(dbt: DbtProject, container: str) -> DbtProject:
    """A project whose operations work in the container."""
    file = dbt.path / "dbt_project.yml"
    settings = yaml.safe_load(file.read_text())
    settings["vars"]["sme"].update(container=container, script_language=ALIAS)
    file.write_text(yaml.safe_dump(settings))
    return dbt


def test_every_session_that_dbt_opens_has_the_container_of_the_settings(
    project: DbtProject, stack: Stack
) -> None:
    """An operation in its own session, and a model in the session of its thread."""
    project.write("models/in_container.sql", IN_CONTAINER)
    project.write("macros/in_container_udf.sql", UDF)
    printed = project.run_together(
        "run-operation sme.install",
        "run-operation in_container_udf",
        "run -s in_container",
    )
    assert f"{ALIAS} is Python {sys.version_info[0]}.{sys.version_info[1]}" in printed
    with stack.connect() as connection:
        found = connection.execute(f"SELECT * FROM {project.schema}.IN_CONTAINER").fetchall()
        assert found == [(sys.executable,)]
        assert ALIAS not in connection.execute(LANGUAGES.format("SYSTEM")).fetchval()


IN_CONTAINER = """
{{ config(materialized='table', pre_hook="{{ sme.activate_container() }}") }}
select {{ target.schema }}.in_container() as interpreter
"""


UDF = """
{% macro in_container_udf() %}
  {% do sme.activate_container() %}
  {% do run_query('create schema if not exists ' ~ target.schema) %}
  {% set body = 'import sys\\ndef run(ctx): return sys.executable\\n/' %}
  {% do run_query('create or replace python3_sme scalar script ' ~ target.schema
    ~ '.in_container() returns varchar(2000) as\\n' ~ body) %}
{% endmacro %}
"""


def test_a_language_that_is_not_there_is_refused_before_anything_is_made(
    stack: Stack, tmp_path: Path
) -> None:
    arguments = ["deploy", "--schema", "NO_LANGUAGE", "--script-language", "PYTHON3_NONE"]
    command = [*arguments, "--project-dir", str(tmp_path)]
    result = CliRunner().invoke(main, command, env=stack.environment)
    assert result.exit_code == 1
    assert "E-SME-172: script_language is PYTHON3_NONE, but this session has only" in result.output
    with stack.connect() as connection:
        assert not connection.execute(
            "SELECT * FROM EXA_SCHEMAS WHERE SCHEMA_NAME = 'NO_LANGUAGE'"
        ).fetchall()


def test_the_commands_of_the_page_bring_a_container_to_the_database(
    dbt: DbtProject, stack: Stack, system_languages: str
) -> None:
    said = {}
    for command in pages.commands("docs/language-container.md"):
        finished = subprocess.run(
            command, shell=True, cwd=dbt.path, env=dbt.environment, text=True, capture_output=True
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        said[command] = finished.stdout
    version = "{}.{}.{}".format(*sys.version_info[:3])
    assert f"{ALIAS} runs UDFs: Python {version} with boto3" in said["sme container status"]
    [installed] = [text for command, text in said.items() if "sme.install" in command]
    assert f"{ALIAS} is Python {version}" in installed
    [session] = [text for text in said.values() if "ALTER SESSION" in text]
    assert session.startswith(f"ALTER SESSION SET SCRIPT_LANGUAGES = '{system_languages} {ALIAS}=")
    with stack.connect() as connection:
        languages = connection.execute(LANGUAGES.format("SESSION")).fetchval()
    folder = "bfsdefault/default/container/sme-container"
    assert languages == (
        f"{system_languages} {ALIAS}=localzmq+protobuf:///{folder}?lang=python"
        f"#buckets/{folder}/exaudf/exaudfclient"
    )


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("activate --container bfsdefault/default/none --level system --timeout 0", "E-SME-177"),
        ("activate --container nowhere", "E-SME-171"),
        ("activate --container a/b/c --level all", "E-SME-170"),
        ("activate --container a/b/c --script-language PYTHON3", "E-SME-29"),
        ("status", "PYTHON3_SME is no language of the system"),
    ],
)
def test_what_is_not_there_is_not_activated(stack: Stack, tmp_path, command: str, words: str):
    arguments = ["container", *command.split(), "--project-dir", str(tmp_path)]
    result = CliRunner().invoke(main, arguments, env=stack.environment)
    assert result.exit_code == 1
    assert words in result.output
    with stack.connect() as connection:
        assert ALIAS not in connection.execute(LANGUAGES.format("SYSTEM")).fetchval()
        assert not connection.execute(
            "SELECT * FROM EXA_SCHEMAS WHERE SCHEMA_NAME LIKE 'SME_PROBE%'"
        ).fetchall()


def test_a_bucket_must_be_named_and_its_password_is_no_option(stack: Stack, tmp_path) -> None:
    file = tmp_path / "own.tar.gz"
    file.touch()
    for missing in ("BUCKETFS_URL", "BUCKETFS_PASSWORD"):
        environment = {**stack.environment, missing: None}
        result = CliRunner().invoke(main, ["container", "upload", str(file)], env=environment)
        assert result.exit_code == USAGE
        assert "E-SME-174" in result.output and missing in result.output
    options = CliRunner().invoke(main, ["container", "upload", "--help"]).output
    assert not re.search(r"--\S*(password|token|pat)\b", options)
