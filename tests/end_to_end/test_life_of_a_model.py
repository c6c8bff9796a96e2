"""The main job through dbt: every operation once, in the order in which users call them."""

import re

import pytest

from sme_helper.local.stack import Stack

from ..backends import MARK
from ..conftest import make_dbt_project

JOB, ENDPOINT = f"LifeJob{MARK}", f"BreastCancer{MARK}"


@pytest.fixture(scope="module")
def stack(request):
    """Real services, or a stack of its own, in which jobs take long enough to be watched."""
    if request.config.getoption("--backend") == "exasol":
        yield request.getfixturevalue("stack")
        return
    log = request.getfixturevalue("statement_log")
    with Stack.start(pace=4.0, statement_log=log) as stack:
        yield stack


@pytest.fixture(scope="module")
def life(stack, tmp_path_factory):
    """A project of its own that goes through the whole life; what each step printed."""
    project = make_dbt_project(stack, tmp_path_factory.mktemp("life") / "project")
    project.rename("BreastCancer", ENDPOINT)
    printed = {
        "seed": project.run("seed"),
        "install": project.operation("install"),
        "install again": project.operation("install"),
        "training table": project.run("run", "-s", "breast_cancer_training"),
        "train": project.operation(
            "train",
            job_name=JOB,
            relation="breast_cancer_training",
            target="diagnosis",
            max_candidates=2,
        ),
        "wait too short": project.operation("wait", exit_code=1, job_name=JOB, timeout=0),
        "wait": project.operation("wait", job_name=JOB),
        "poll": project.operation("poll", job_name=JOB),
        "deploy": project.operation(
            "deploy_endpoint",
            job_name=JOB,
            endpoint_name=ENDPOINT,
            instance_type="ml.m5.large",
            instance_count=1,
        ),
        "uninstall too early": project.operation("uninstall", exit_code=1),
        "predict": project.run("run", "-s", "breast_cancer_predictions", "breast_cancer_accuracy"),
        "predicted rows": predicted_rows(stack, project),
        "test": project.run("test", "-s", "breast_cancer_predictions", "breast_cancer_accuracy"),
        "delete": project.operation("delete_endpoint", endpoint_name=ENDPOINT),
        "delete again": project.operation("delete_endpoint", endpoint_name=ENDPOINT),
        "predict from deleted": project.run("run", "-s", "breast_cancer_predictions", exit_code=1),
        "document": project.run("docs", "generate"),
        "empty": project.run("run", "--empty", "-s", "+breast_cancer_predictions"),
    }
    return project, printed


def predicted_rows(stack, project) -> list[tuple]:
    with stack.connect() as connection:
        return connection.execute(
            "SELECT PATIENT_ID, PREDICTED_DIAGNOSIS, PROBABILITY, DIAGNOSIS "
            f"FROM {project.schema}.BREAST_CANCER_PREDICTIONS"
        ).fetchall()


def said(printed: str) -> list[str]:
    """The lines that sme itself wrote."""
    return re.findall(r"sme: (.*)", printed)


def test_install_says_what_it_made_and_can_be_repeated(life):
    _, printed = life
    for step in ("install", "install again"):
        assert re.search(r"installed in schema SME_\w+: \d+ objects", said(printed[step])[-1])
        assert re.search(r"PYTHON3 is Python 3\.\d+\.\d+ with boto3 1\.", said(printed[step])[-1])


def test_train_says_in_one_line_what_was_exported_and_started(life):
    _, printed = life
    (line,) = said(printed["train"])
    assert line.startswith(f"job {JOB} is InProgress: 500 rows of ")
    assert line.endswith("target DIAGNOSIS, 30 features")


def test_wait_writes_a_line_for_each_change_and_ends_completed(life):
    _, printed = life
    lines = said(printed["wait"])
    assert len(lines) >= 2
    changes = [re.sub(r" after \d+ s|; waiting .*", "", line) for line in lines]
    assert len(set(changes)) == len(changes)
    assert f"job {JOB} is Completed after" in lines[-1]
    assert all(re.search(r"; waiting \d+ s more at the most$", line) for line in lines[:-1])
    assert "best F1 0.9" in lines[-1]


def test_a_wait_that_runs_out_of_time_says_that_the_job_goes_on(life):
    _, printed = life
    assert f"E-SME-24: Job {JOB} is still InProgress after 0 s" in printed["wait too short"]


def test_poll_brings_the_registry_up_to_date(life, connection):
    project, printed = life
    assert f"job {JOB} is Completed" in said(printed["poll"])[0]
    row = connection.execute(
        "SELECT STATUS, BEST_CANDIDATE, ROW_COUNT, TARGET_ATTRIBUTE_NAME, RESOLVED_PROBLEM_TYPE "
        f"FROM {project.sme_schema}.SME_METADATA_AUTOPILOT_JOBS WHERE JOB_NAME = '{JOB}'"
    ).fetchone()
    assert row[0] == "Completed"
    assert row[1].startswith(JOB)
    assert row[2:] == (500, "DIAGNOSIS", "BinaryClassification")


def test_deploy_waits_until_the_endpoint_is_in_service(life):
    _, printed = life
    assert f"endpoint {ENDPOINT} is InService" in said(printed["deploy"])[-1]


def test_every_held_out_patient_gets_one_prediction_and_most_are_right(life):
    _, printed = life
    rows = printed["predicted rows"]
    assert len(rows) == 69
    assert len({row[0] for row in rows}) == 69
    assert all(0.5 <= row[2] <= 1 for row in rows)
    assert sum(row[1] == row[3] for row in rows) / len(rows) >= 0.93
    assert "ERROR=0" in printed["test"]


def test_delete_leaves_nothing_and_a_second_one_is_a_friendly_no_op(life, connection, sagemaker):
    _, printed = life
    assert f"endpoint {ENDPOINT}, configuration {ENDPOINT}-" in said(printed["delete"])[0]
    assert f"UDF {ENDPOINT}" in said(printed["delete"])[0]
    assert said(printed["delete again"]) == [
        f"endpoint {ENDPOINT} is Deleted: nothing was left to delete"
    ]
    names = [
        e["EndpointName"] for e in sagemaker.list_endpoints(NameContains=ENDPOINT)["Endpoints"]
    ]
    assert names == []
    assert sagemaker.list_endpoint_configs(NameContains=ENDPOINT)["EndpointConfigs"] == []
    assert sagemaker.list_models(NameContains=ENDPOINT)["Models"] == []
    assert (
        connection.execute(
            f"SELECT COUNT(*) FROM EXA_ALL_SCRIPTS WHERE SCRIPT_NAME = '{ENDPOINT}'"
        ).fetchval()
        == 0
    )
    assert (
        connection.execute(
            "SELECT COUNT(*) FROM EXA_ALL_CONNECTIONS "
            f"WHERE CONNECTION_NAME LIKE '%{ENDPOINT.upper()}'"
        ).fetchval()
        == 0
    )


def test_predicting_from_a_deleted_endpoint_says_how_to_get_it_back(life):
    _, printed = life
    assert f"E-SME-20: Endpoint {ENDPOINT} is Deleted" in printed["predict from deleted"]


def test_documentation_needs_no_endpoint(life):
    _, printed = life
    assert "Catalog written" in printed["document"]


def test_empty_builds_the_tables_and_reaches_nothing_in_aws(life, connection, sagemaker):
    project, printed = life
    assert f"model {ENDPOINT} skipped: --empty reaches nothing in AWS" in printed["empty"]
    rows = connection.execute(f"SELECT COUNT(*) FROM {project.schema}.BREAST_CANCER_PREDICTIONS")
    assert rows.fetchval() == 0
    registered = f"SELECT JOB_NAME FROM {project.sme_schema}.SME_METADATA_AUTOPILOT_JOBS"
    assert connection.execute(registered).fetchcol() == [JOB]


def test_uninstalling_is_refused_while_an_endpoint_may_be_charged(life, connection):
    project, printed = life
    assert "E-SME-28" in printed["uninstall too early"]
    assert ENDPOINT in printed["uninstall too early"]
    assert "objects dropped" in said(project.operation("uninstall"))[-1]
    scripts, tables = (
        connection.execute(
            f"SELECT COUNT(*) FROM {view} WHERE {column} = '{project.sme_schema}'"
        ).fetchval()
        for view, column in (
            ("EXA_ALL_SCRIPTS", "SCRIPT_SCHEMA"),
            ("EXA_ALL_TABLES", "TABLE_SCHEMA"),
        )
    )
    assert scripts == 0
    assert tables >= 2
    project.operation("uninstall", drop_registry=True)
    assert (
        connection.execute(
            f"SELECT COUNT(*) FROM EXA_ALL_TABLES WHERE TABLE_SCHEMA = '{project.sme_schema}'"
        ).fetchval()
        == 0
    )
