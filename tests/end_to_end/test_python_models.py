"""materialized='python_table': Python models of dbt that run inside the database, those of the
package among them."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from .. import pages
from ..conftest import ROOT, make_dbt_project
from .conftest import fresh_name

MODELS = Path(__file__).parent / "python_models"
GUIDE = "docs/python-models.md"
# Those of the model every_type_again.
TYPES = {
    "ID": "DECIMAL(18,0)",
    "WIDE": "DECIMAL(36,0)",
    "AMOUNT": "DECIMAL(18,2)",
    "SCORE": "DOUBLE",
    "PAID": "BOOLEAN",
    "BORN": "DATE",
    "MOMENT": "TIMESTAMP(6)",
    "TITLE": "VARCHAR(2000000) UTF8",
    "mixed Case": "VARCHAR(2000000) UTF8",
}


@pytest.fixture(scope="module")
def models(stack, sme, completed_job, endpoint, tmp_path_factory):
    """A project of its own, with the models of the folder python_models, on the shared package."""
    project = make_dbt_project(stack, tmp_path_factory.mktemp("python") / "project")
    settings = yaml.safe_load((project.path / "dbt_project.yml").read_text())
    settings["vars"]["sme"] |= {"schema": sme.schema, "models": "aws"}
    del settings["on-run-start"], settings["on-run-end"]
    (project.path / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    shutil.rmtree(project.path / "models")
    shutil.rmtree(project.path / "tests")
    shutil.copytree(MODELS, project.path / "models")
    for name, text in pages.files(GUIDE).items():
        project.write(name, text)
    return project


@pytest.fixture(scope="module")
def lost(sme):
    """A job and an endpoint in the registry, by a CONNECTION that has been dropped since."""
    job_name, endpoint_name = sme.train(), fresh_name("Lost")
    jobs = f"{sme.schema}.SME_METADATA_AUTOPILOT_JOBS"
    endpoints = f"{sme.schema}.SME_METADATA_AUTOPILOT_ENDPOINTS"
    sme.connection.execute(
        f"UPDATE {jobs} SET AWS_CREDENTIALS_CONNECTION_NAME = 'LOST_AWS' "
        f"WHERE JOB_NAME = '{job_name}'"
    )
    sme.connection.execute(
        f"INSERT INTO {endpoints} (ENDPOINT_NAME, STATUS, AWS_CREDENTIALS_CONNECTION_NAME, "
        f"AWS_REGION) VALUES ('{endpoint_name}', 'InService', 'LOST_AWS', '{sme.region}')"
    )
    yield job_name, endpoint_name
    sme.connection.execute(f"DELETE FROM {endpoints} WHERE ENDPOINT_NAME = '{endpoint_name}'")


@pytest.fixture(scope="module")
def first_run(models, lost):
    """What `dbt build` printed: all models once, those in the folder broken fail."""
    return models.run("--warn-error", "build", "--exclude-resource-type", "seed", exit_code=1)


@pytest.fixture
def rows(models, first_run, connection):
    """The rows of a table, or of any query about the schema of the models as {schema}."""

    def rows_of(query):
        if " " not in query:
            query = f"SELECT * FROM {{schema}}.{query} ORDER BY 1"
        return connection.execute(query.format(schema=models.schema)).fetchall()

    return rows_of


def columns(rows, table):
    query = (
        "SELECT COLUMN_NAME, COLUMN_TYPE FROM SYS.EXA_ALL_COLUMNS WHERE COLUMN_SCHEMA = '{schema}' "
    )
    return dict(rows(f"{query}AND COLUMN_TABLE = '{table}' ORDER BY COLUMN_ORDINAL_POSITION"))


def test_values_of_every_type_pass_through_a_model_unchanged(rows):
    assert rows("every_type_again") == rows("every_type")
    assert columns(rows, "EVERY_TYPE_AGAIN") == TYPES


def test_a_model_sees_its_refs_sources_config_and_its_own_name(rows, models):
    ((names, threshold, materialized, this, incremental, kinds),) = rows("what_it_sees")
    assert names == "ann, ben"
    assert (threshold, materialized) == (0.5, "python_table")
    assert this == f"{models.schema}.what_it_sees {models.schema} what_it_sees"
    assert incremental is False
    assert kinds == "ID:int64, NAME:object"


def test_the_examples_of_the_guide_run(rows):
    assert rows("new_events") == [(1,), (2,)]
    assert rows("customer_value") == [(1, "ann", 112.5, 2, "much"), (2, "ben", None, None, "none")]


def test_a_model_without_refs_and_one_whose_inputs_are_empty_are_run(rows):
    assert rows("no_refs") == [(1, "x"), (2, None)]
    assert rows("empty_input") == [(0, "ID")]


def test_types_come_from_the_properties_and_a_contract_sets_order_and_constraints(rows):
    assert columns(rows, "WITH_CONTRACT") == {
        "ID": "DECIMAL(9,0)",
        "NAME": "VARCHAR(20) UTF8",
        "BORN": "DATE",
        "MOMENT": "TIMESTAMP(6)",
    }
    assert rows("with_contract") == [(1, "ann", "2024-02-29", "2024-02-29 01:02:03.004005")]
    query = "SELECT COLUMN_NAME, COLUMN_IS_NULLABLE, COLUMN_COMMENT, COLUMN_IS_DISTRIBUTION_KEY "
    described = rows(
        f"{query} FROM SYS.EXA_ALL_COLUMNS WHERE COLUMN_SCHEMA = '{{schema}}' "
        "AND COLUMN_TABLE = 'WITH_CONTRACT' ORDER BY COLUMN_ORDINAL_POSITION"
    )
    assert described[0] == ("ID", False, "Its key", True)
    assert described[1][1:] == (True, None, False)


def test_hooks_run_before_and_after(rows):
    assert rows("hooks_done") == [("after",), ("before",)]


@pytest.mark.parametrize(
    "message",
    [
        "E-SME-110: Python model raises failed: KeyError: 'NOPE'",
        "E-SME-110: Python model raises_early failed: ZeroDivisionError: division by zero",
        "E-SME-111: Python model no_frame returned list, but must return a pandas DataFrame",
        "E-SME-111: Python model same_names returned a DataFrame with two columns named A",
        "E-SME-112: The DataFrame of Python model breaks_contract lacks BORN and has besides EXTRA",
        "E-SME-113: Package no-such-package cannot be used: script language PYTHON3",
        "E-SME-114: Column B holds values of type list",
        "E-SME-115: The rows of Python model UNFIT_TYPE do not fit its table: ",
        "E-SME-116: incremental_strategy of Python model unknown_strategy is overwrite",
    ],
)
def test_a_failing_model_says_why(first_run, message):
    assert message in " ".join(first_run.split())


def test_a_traceback_points_at_the_line_of_the_users_file(first_run):
    printed = " ".join(first_run.split())
    assert (
        'File "models/broken/raises.py", line 8, in model return total_of(dbt.ref("people")) '
        'File "models/broken/raises.py", line 2, in total_of return frame["NOPE"].sum()'
    ) in printed


def test_no_run_leaves_a_script_or_a_half_made_table(rows, models):
    scripts = "SELECT SCRIPT_NAME FROM SYS.EXA_ALL_SCRIPTS WHERE SCRIPT_SCHEMA = '{schema}'"
    assert rows(scripts) == []
    made = rows("SELECT TABLE_NAME FROM SYS.EXA_ALL_TABLES WHERE TABLE_SCHEMA = '{schema}'")
    files = [
        *models.path.glob("models/*.py"),
        *models.path.glob("models/*.sql"),
        *(ROOT / "models" / "aws").glob("*.py"),
    ]
    assert {name for (name,) in made} == {path.stem.upper() for path in files} | {"HOOKS_DONE"}


def test_later_runs_add_to_what_is_there_and_a_failing_one_leaves_it(models, rows):
    assert rows("appended") == [(1, False, None)]
    assert rows("replaced") == [(1, "run 1"), (2, "run 1")]
    assert rows("merged") == [(1, "run 1"), (2, "run 1")]
    models.write("models/no_refs.py", (MODELS / "broken" / "raises.py").read_text())
    models.write("models/events.sql", "select 2 as id union all select 3")
    selected = ("appended", "replaced", "merged", "events", "new_events", "no_refs")
    models.run("run", "-s", *selected, exit_code=1)
    assert rows("new_events") == [(1,), (2,), (3,)]
    assert rows("appended") == [(1, False, None), (2, True, 1)]
    assert rows("replaced") == [(1, "run 1"), (2, "run 2"), (3, "run 2")]
    assert rows("merged") == [(1, "run 1"), (2, "run 2"), (3, "run 2")]
    assert rows("no_refs") == [(1, "x"), (2, None)]


def test_the_models_of_the_package_show_what_lives_in_aws(rows, completed_job, endpoint):
    (job,) = [row for row in rows("sme_job_status") if row[0] == completed_job]
    assert job[1:3] == (True, "Completed")
    candidates = [row for row in rows("sme_candidates") if row[0] == completed_job]
    assert [row[4] for row in candidates] == [True]
    (served,) = [row for row in rows("sme_endpoints") if row[0] == endpoint]
    assert served[3:5] == (completed_job, "InService")
    assert served[6:8] == ("ml.m5.large", 1)
    assert served[-2:] == (None, True)


def test_what_a_dropped_connection_hides_is_told_beside_all_that_is_seen(rows, lost):
    job_name, endpoint_name = lost
    (job,) = [row for row in rows("sme_job_status") if row[0] == job_name]
    assert job[1:3] == (None, None)
    (listed,) = [row for row in rows("sme_endpoints") if row[0] == endpoint_name]
    assert listed[4] is None
    for message in (job[-1], listed[-2]):
        assert message.startswith("E-SME-4: CONNECTION LOST_AWS cannot be used")
    assert [row for row in rows("sme_candidates") if row[0] == job_name] == []


def test_the_models_of_the_package_show_the_registry(rows, completed_job, endpoint):
    jobs = "SELECT JOB_STATUS, TARGET_NAME, INPUT_ROWS FROM {schema}.SME_JOBS WHERE JOB_NAME = "
    assert rows(f"{jobs}'{completed_job}'") == [("Completed", "DIAGNOSIS", 500)]
    endpoints = "SELECT JOB_NAME FROM {schema}.SME_REGISTERED_ENDPOINTS WHERE ENDPOINT_NAME = "
    assert rows(f"{endpoints}'{endpoint}'") == [(completed_job,)]


def test_every_column_of_the_models_of_the_package_is_described(rows):
    described = [
        model
        for path in (ROOT / "models").rglob("_*.yml")
        for model in yaml.safe_load(path.read_text()).get("models", [])
    ]
    assert len(described) == 8
    for model in described:
        names = [column["name"].upper() for column in model["columns"]]
        assert list(columns(rows, model["name"].upper())) == names
        assert all(len(column["description"]) > 5 for column in model["columns"])


def test_a_project_that_does_not_ask_for_them_has_no_models_of_the_package(project):
    manifest = json.loads((project.path / "target" / "manifest.json").read_text())
    nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
    enabled = [node for node in nodes if node["config"]["enabled"]]
    assert enabled
    assert [node["unique_id"] for node in enabled if node["package_name"] == "sme"] == []


@pytest.fixture(scope="module")
def quiet_commands(models, first_run, request_log):
    """AWS requests of the commands that have nothing to ask, beside the models that would ask."""
    before = len(request_log.read_text().splitlines())
    models.run_together(
        "ls",
        "parse",
        "compile",
        "docs generate",
        "ls -s state:modified --state target",
        "build --resource-type seed",
        "run --full-refresh -s appended replaced",
        "run --empty -s every_type_again package:sme",
    )
    return request_log.read_text().splitlines()[before:]


def test_commands_that_build_no_model_of_the_package_and_an_empty_run_ask_aws_nothing(
    quiet_commands,
):
    assert quiet_commands == []


def test_a_full_refresh_makes_an_incremental_model_anew(rows, quiet_commands):
    assert rows("appended") == [(1, False, None)]
    assert rows("replaced") == [(1, "run 1"), (2, "run 1")]


def test_an_empty_run_hands_in_no_rows_and_keeps_the_types_that_dtypes_tell(rows, quiet_commands):
    assert rows("every_type_again") == []
    assert rows("sme_endpoints") == []
    # Decimals are objects: without a declared type, an empty column of them does not tell.
    untold = {"WIDE": TYPES["TITLE"], "AMOUNT": TYPES["TITLE"]}
    assert columns(rows, "EVERY_TYPE_AGAIN") == TYPES | untold
