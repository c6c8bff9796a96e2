"""A language container from the file to a UDF that runs in it, as docs/language-container.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sme_helper.container import bucketfs, build
from sme_helper.local.stack import Stack

from ..conftest import DbtProject

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
def system_languages(stack: Stack) -> Iterator[str]:
    """What all sessions start with; as it was, afterwards."""
    with stack.connect() as connection:
        before = connection.execute(LANGUAGES.format("SYSTEM")).fetchval()
        yield before
        connection.execute(f"ALTER SYSTEM SET SCRIPT_LANGUAGES = '{before}'")


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


def test_for_the_system_it_is_there_for_all_and_keeps_what_was_there(
    dbt: DbtProject, stack: Stack, container: str, system_languages: str
) -> None:
    printed = dbt.operation("activate_container", container=container, level="system")
    assert f"sme: {ALIAS} runs in container {container} now, for the system" in printed
    with stack.connect() as connection:
        languages = connection.execute(LANGUAGES.format("SESSION")).fetchval()
    assert languages == (
        f"{system_languages} {ALIAS}=localzmq+protobuf:///{container}?lang=python"
        f"#buckets/{container}/exaudf/exaudfclient"
    )
    assert "now, for the system" not in dbt.operation(
        "activate_container", container=container, level="system"
    )


def test_a_language_that_is_not_there_is_refused_before_anything_is_made(
    dbt: DbtProject, stack: Stack
) -> None:
    printed = dbt.operation("install", exit_code=1, script_language="PYTHON3_NONE")
    assert (
        "E-SME-172: script_language is PYTHON3_NONE, but this session has only PYTHON3" in printed
    )
    with stack.connect() as connection:
        assert not connection.execute(
            f"SELECT * FROM EXA_SCHEMAS WHERE SCHEMA_NAME = '{dbt.sme_schema}'"
        ).fetchall()
