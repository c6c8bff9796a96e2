"""Deleting models: all that was made for them goes, and nothing else."""

import json

import pytest

from .batch_calls import Batch
from .conftest import fresh_name

DELETE = "SME_DELETE_SAGEMAKER_AUTOPILOT_MODEL"


@pytest.fixture
def delete_model(sme):
    """Deletes a model; gives (status, what was deleted) by version."""

    def delete(name, **options):
        rows = sme.script(DELETE, deletion(sme, name, **options))
        return {row["VERSION"]: (row["STATUS"], row["DELETED"]) for row in rows}

    return delete


def deletion(sme, name, **options):
    place = {"aws_credentials_connection_name": sme.aws_connection, "aws_region": sme.region}
    return json.dumps({"model_name": name, **place, **options})


@pytest.fixture(scope="module")
def trained(sme):
    """Two versions of a model, and another model with a name that begins with the same letters."""
    name = fresh_name("Doomed")
    jobs = [sme.train(job_name=None, model_name=model) for model in (name, name, f"{name}0")]
    assert {sme.wait_for_job(job)["JOB_STATUS"] for job in jobs} == {"Completed"}
    return name, jobs


def objects_of(s3, sme, job):
    listed = s3.list_objects_v2(
        Bucket=sme.account.bucket, Prefix=f"{sme.account.output_path}/{job}/"
    )
    return [o["Key"] for o in listed.get("Contents", [])]


def count(sme, table, job):
    statement = (
        f"SELECT COUNT(*) FROM {sme.schema}.SME_METADATA_AUTOPILOT_{table} WHERE JOB_NAME = "
    )
    return sme.connection.execute(f"{statement}'{job}'").fetchval()


def test_a_version_goes_with_its_data_and_its_promotion(sme, trained, delete_model, s3):
    name, (first, second, other) = trained
    place = {"aws_credentials_connection_name": sme.aws_connection, "aws_region": sme.region}
    for version in (1, 2):
        request = json.dumps({"model_name": name, "version": version, **place})
        sme.script("SME_PROMOTE_SAGEMAKER_AUTOPILOT_MODEL", request)
    request = json.dumps({"job_name": second, **place})
    sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES", request)
    kept = len(objects_of(s3, sme, first))
    gone = len(objects_of(s3, sme, second))
    status, deleted = delete_model(name, version=2)["2"]
    assert status == "Deleted"
    bucket, path = sme.account.bucket, sme.account.output_path
    assert deleted.startswith(f"{gone} objects in s3://{bucket} below {path}/{second}/")
    assert objects_of(s3, sme, second) == []
    assert len(objects_of(s3, sme, first)) == kept > 4
    assert sme.job_row(second) is None
    assert count(sme, "CANDIDATES", second) == 0
    model = sme.row(f"SME_METADATA_AUTOPILOT_MODELS WHERE MODEL_NAME = '{name}'")
    assert (model["PROMOTED_VERSION"], model["PROMOTIONS"]) == (1, "[1]")
    assert sme.job_row(other) is not None


def test_an_interrupted_deletion_stays_one_until_it_is_finished(sme, trained):
    _, (first, _, _) = trained
    status = (
        f"UPDATE {sme.schema}.SME_METADATA_AUTOPILOT_JOBS SET STATUS = '{{}}' WHERE JOB_NAME = "
    )
    sme.connection.execute(f"{status.format('Deleting')}'{first}'")
    assert sme.poll(first)["JOB_STATUS"] == "Completed"
    assert sme.job_row(first)["STATUS"] == "Deleting"
    assert f"E-SME-104: Job {first} is being deleted" in Batch(sme, first).error()
    sme.connection.execute(f"{status.format('Completed')}'{first}'")


def test_after_endpoint_and_model_are_deleted_nothing_is_left_and_again_is_no_error(
    sme, trained, delete_model, s3, sagemaker
):
    name, (first, _, other) = trained
    endpoint = fresh_name("Serves")
    sme.deploy(first, endpoint)
    error = sme.error(DELETE, deletion(sme, name))
    assert f"E-SME-97: Version 1 of model {name} is served by endpoint {endpoint}" in error
    assert sme.wait_for_endpoint(endpoint)["STATUS"] == "InService"
    assert sme.deploy(other, endpoint)["STATUS"] == "Updating"
    for served, model in ((first, name), (other, f"{name}0")):
        error = sme.error(DELETE, deletion(sme, model))
        assert f"E-SME-97: Version 1 of model {model} is served by endpoint {endpoint}" in error
        assert sme.job_row(served) is not None
    assert sme.wait_for_endpoint(endpoint, known="Updating")["STATUS"] == "InService"
    for _ in range(2):
        sme.delete(endpoint)
    sme.wait_for_endpoint(endpoint, known="Deleting")
    assert delete_model(name)["1"][0] == "Deleted"
    assert list(delete_model(name).values()) == [
        ("Deleted", "unknown to the registry, so nothing to delete")
    ]
    assert objects_of(s3, sme, first) == []
    assert len(objects_of(s3, sme, other)) > 4
    assert sme.row(f"SME_METADATA_AUTOPILOT_MODELS WHERE MODEL_NAME = '{name}'") is None
    assert sme.row(f"SME_METADATA_AUTOPILOT_JOBS WHERE MODEL_NAME = '{name}'") is None
    for listed in (
        sagemaker.list_endpoints(NameContains=endpoint)["Endpoints"],
        sagemaker.list_endpoint_configs(NameContains=endpoint)["EndpointConfigs"],
        sagemaker.list_models(NameContains=endpoint)["Models"],
    ):
        assert listed == []
    for view, column in (
        ("EXA_ALL_SCRIPTS", "SCRIPT_NAME"),
        ("EXA_ALL_CONNECTIONS", "CONNECTION_NAME"),
    ):
        found = sme.connection.execute(
            f"SELECT {column} FROM {view} WHERE UPPER({column}) LIKE '%{endpoint.upper()}%'"
        )
        assert found.fetchall() == []


def test_what_runs_is_not_deleted_before_it_is_stopped(sme, trained, delete_model, s3, sagemaker):
    name = f"{trained[0]}0"
    completed = trained[1][2]
    batch = Batch(sme, completed)
    prediction = batch.start()["TRANSFORM_JOB_NAME"]
    error = sme.error(DELETE, deletion(sme, name))
    assert f"E-SME-98: Version 1 of model {name} is still at work: {prediction}" in error
    running = sme.train(job_name=None, model_name=name, max_candidates=3)
    assert f"is still at work: {running}" in sme.error(DELETE, deletion(sme, name, version=2))
    assert len(objects_of(s3, sme, completed)) > 4
    printed = sme.dbt.operation("delete_model", model_name=name, stop_jobs=True)
    assert f"version 1 of model {name} is Deleted" in printed
    assert f"version 2 of model {name} is Deleted" in printed
    job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=running)
    assert job["AutoMLJobStatus"] in ("Stopped", "Completed")
    assert objects_of(s3, sme, completed) + objects_of(s3, sme, running) == []
    assert sme.row(f"SME_METADATA_AUTOPILOT_JOBS WHERE MODEL_NAME = '{name}'") is None
