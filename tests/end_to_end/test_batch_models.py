"""sme.predict_batch as dbt runs it: in a model and as an operation."""

import pytest

from .conftest import SHARED_ENDPOINT, SHARED_JOB

MODEL = """
select * from {{ sme.predict_batch(job_name='SHARED_JOB', relation=ref('many_patients'),
    keys=['id'], parallelism=3) }}
""".replace("SHARED_JOB", SHARED_JOB)
MANY = """
{{ config(materialized='table') }}
select rownum as id, t.mean_radius + mod(rownum, 97) / 50 as mean_radius, t.worst_texture,
    t.worst_concave_points + mod(rownum, 89) / 1000 as worst_concave_points,
    case when mod(rownum, 11) > 0 then t.worst_area + mod(rownum, 83) end as worst_area
from (select * from {{ target.schema }}.training limit 500) t
cross join (select 1 as one from {{ target.schema }}.training limit 200) copies
"""
ENDPOINT = """
select * from {{ sme.predict('SHARED_ENDPOINT', ref('many_patients'), keys=['id']) }}
""".replace("SHARED_ENDPOINT", SHARED_ENDPOINT)


@pytest.fixture(scope="module")
def models(project, sme, endpoint):
    """A project with 100,000 patients, predicted in batch and by the endpoint."""
    names = {"many_patients": MANY, "in_batch": MODEL, "by_endpoint": ENDPOINT}
    for name, text in names.items():
        project.write(f"models/batch/{name}.sql", text)
    yield project
    for name in names:
        (project.path / "models" / "batch" / f"{name}.sql").unlink()


@pytest.fixture
def tables(sme):
    """The names of all tables of batch predictions."""
    return lambda: sme.connection.execute(
        "SELECT TABLE_NAME FROM EXA_ALL_TABLES WHERE TABLE_SCHEMA IN "
        f"('{sme.data_schema}', '{sme.schema}') AND TABLE_NAME LIKE '%SME!_BATCH%' ESCAPE '!' "
        "ORDER BY TABLE_NAME"
    ).fetchcol()


def test_100_000_rows_in_batch_are_those_of_the_endpoint(models, sme, tables):
    printed = models.run("build", "-s", "batch")
    assert "100000 rows in" in printed
    schema = sme.data_schema
    columns = {
        table: list(sme.connection.execute(f"SELECT * FROM {schema}.{table}").columns().items())
        for table in ("IN_BATCH", "BY_ENDPOINT")
    }
    assert columns["IN_BATCH"] == columns["BY_ENDPOINT"]
    count = "SELECT COUNT(*), COUNT(DISTINCT ID), COUNT(DISTINCT PROBABILITY) FROM "
    rows, ids, probabilities = sme.connection.execute(f"{count}{schema}.IN_BATCH").fetchone()
    assert (rows, ids) == (100_000, 100_000)
    assert probabilities > 1_000
    for one, other in (("IN_BATCH", "BY_ENDPOINT"), ("BY_ENDPOINT", "IN_BATCH")):
        different = f"SELECT * FROM {schema}.{one} MINUS SELECT * FROM {schema}.{other}"
        assert sme.connection.execute(different).fetchall() == []
    # what stays is the one table that the model reads
    (kept,) = [name for name in tables() if "IN_BATCH" in name or name.startswith("SME_BATCH_")]
    assert kept.startswith("IN_BATCH__SME_BATCH_")


def test_what_does_not_build_starts_nothing_and_has_the_columns(models, sme, sagemaker, tables):
    def started():
        jobs = sagemaker.list_transform_jobs(NameContains=SHARED_JOB)["TransformJobSummaries"]
        return [job["TransformJobName"] for job in jobs]

    before = started(), tables()
    compiled = models.run("compile", "-s", "in_batch")
    assert "PROBABILITIES" in compiled
    printed = models.run("run", "--empty", "-s", "many_patients", "in_batch")
    assert "batch prediction" not in printed
    assert (started(), tables()) == before
    statement = sme.connection.execute(f"SELECT * FROM {sme.data_schema}.IN_BATCH")
    assert statement.col_names == ["ID", "PREDICTIONS", "PROBABILITY", "PROBABILITIES", "LABELS"]
    assert statement.fetchall() == []


def test_as_an_operation_it_makes_a_table_and_says_so(project, sme, completed_job, tables):
    before = tables()
    printed = project.operation(
        "predict_batch",
        job_name=completed_job,
        relation=f"{sme.data_schema}.HELD_OUT",
        keys=["patient_id"],
        into=f"{sme.data_schema}.OPERATED",
    )
    assert f"is Fetched: 69 rows in {sme.data_schema}.OPERATED" in printed
    assert (
        sme.connection.execute(f"SELECT COUNT(*) FROM {sme.data_schema}.OPERATED").fetchval() == 69
    )
    assert tables() == before


@pytest.mark.parametrize(
    "option", [{"new_keys_only": True}, {"positive": "malignant", "threshold": 0.5}]
)
def test_what_is_for_models_is_refused_as_an_operation(project, sme, completed_job, option):
    count = f"SELECT COUNT(*) FROM {sme.schema}.SME_METADATA_AUTOPILOT_TRANSFORM_JOBS"
    before = sme.connection.execute(count).fetchval()
    printed = project.operation(
        "predict_batch",
        exit_code=1,
        job_name=completed_job,
        relation=f"{sme.data_schema}.HELD_OUT",
        keys=["patient_id"],
        into=f"{sme.data_schema}.FOR_MODELS",
        **option,
    )
    assert "E-SME-105: As an operation sme.predict_batch makes a table" in printed
    assert sme.connection.execute(count).fetchval() == before


def test_where_the_time_is_over_it_is_stopped(project, sme, completed_job):
    printed = project.operation(
        "predict_batch",
        exit_code=1,
        job_name=completed_job,
        relation=f"{sme.data_schema}.HELD_OUT",
        into=f"{sme.data_schema}.TOO_LATE",
        timeout=0,
    )
    assert "E-SME-24: Batch prediction" in printed and "has been stopped" in printed
    row = sme.row("SME_METADATA_AUTOPILOT_TRANSFORM_JOBS WHERE RESULT_TABLE = 'TOO_LATE'")
    # it may have ended by itself at the same moment, and then nobody fetches it
    assert row["STATUS"] in ("Stopping", "Stopped", "Discarded")
