"""Models and their versions: training again, promoting, rolling back, deploying by name."""

import json
import threading
import time

import pyexasol
import pytest

from .conftest import fresh_name


@pytest.fixture(scope="module")
def model(sme):
    """A model with two completed versions, both trained by model name only."""
    name = fresh_name("Model of mine ")
    for _ in range(2):
        sme.wait_for_job(sme.train(job_name=None, model_name=name))
    return name


def versions(sme, model_name):
    """The versions of a model, oldest first."""
    statement = sme.connection.execute(
        "SELECT VERSION, JOB_NAME, STATUS, S3_PREFIX FROM "
        f"{sme.schema}.SME_METADATA_AUTOPILOT_JOBS "
        f"WHERE MODEL_NAME = '{model_name}' ORDER BY VERSION"
    )
    return [dict(zip(statement.col_names, row, strict=True)) for row in statement.fetchall()]


def newest_job(sme, model_name):
    return versions(sme, model_name)[-1]


def call(sme, verb, **arguments):
    arguments = {
        "aws_credentials_connection_name": sme.aws_connection,
        "aws_region": sme.region,
        **arguments,
    }
    return sme.script(f"SME_{verb}_SAGEMAKER_AUTOPILOT_MODEL", json.dumps(arguments))[0]


def roll_back(sme, model_name):
    arguments = json.dumps({"model_name": model_name})
    return sme.script("SME_ROLLBACK_SAGEMAKER_AUTOPILOT_MODEL", arguments)[0]


def call_error(sme, verb, **arguments):
    with pytest.raises(pyexasol.ExaQueryError) as raised:
        call(sme, verb, **arguments)
    return raised.value.message


def in_service(sme, endpoint_name):
    """Waits for an endpoint through all changes."""
    while sme.wait_for_endpoint(endpoint_name)["STATUS"] in ("Creating", "Updating"):
        time.sleep(0.2)


def test_training_again_makes_the_next_version_under_a_job_name_that_aws_takes(sme, model):
    first, second = versions(sme, model)
    assert (first["VERSION"], second["VERSION"]) == (1, 2)
    slug = model.replace(" ", "-")[:20]
    assert first["JOB_NAME"].startswith(slug[:15])
    assert "-v1-" in first["JOB_NAME"]
    assert "-v2-" in second["JOB_NAME"]
    assert len(first["JOB_NAME"]) <= 32
    assert first["S3_PREFIX"] != second["S3_PREFIX"]


def test_a_version_that_exists_or_is_not_the_next_is_refused(sme, model):
    training = {"job_name": None, "model_name": model}
    exists = sme.training_error(**training, version=1)
    assert f"E-SME-51: Version 1 of model {model} exists already" in exists
    assert "The next version is 3" in exists
    assert "is 3, not 7" in sme.training_error(**training, version=7)
    assert len(versions(sme, model)) == 2


def test_a_job_of_one_model_cannot_become_a_version_of_another(sme, model):
    job_name = newest_job(sme, model)["JOB_NAME"]
    error = sme.training_error(job_name=job_name.upper(), model_name="Other")
    assert "E-SME-51" in error
    assert model in error


def test_the_next_version_can_have_a_job_name_of_the_users(sme):
    name, job_name = fresh_name("Named"), fresh_name("NamedJob")
    sme.train(job_name=None, model_name=name)
    sme.train(job_name=job_name, model_name=name)
    assert newest_job(sme, name)["JOB_NAME"] == job_name
    assert newest_job(sme, name)["VERSION"] == 2


def test_a_job_without_a_model_name_is_the_first_version_of_a_model_of_its_own(sme):
    job_name = sme.train()
    assert [row["JOB_NAME"] for row in versions(sme, job_name)] == [job_name]
    sme.train(job_name=None, model_name=job_name)
    assert newest_job(sme, job_name)["VERSION"] == 2


def test_promoting_and_rolling_back_decide_what_is_deployed_by_name(sme, model):
    first, second = (row["JOB_NAME"] for row in versions(sme, model))
    endpoint = fresh_name("ByName")

    def deployed(**choice):
        return call(
            sme,
            "DEPLOY",
            model_name=model.upper(),
            endpoint_name=endpoint,
            schema_name=sme.data_schema,
            instance_type="ml.m5.large",
            instance_count=1,
            **choice,
        )["JOB_NAME"]

    with pytest.raises(pyexasol.ExaQueryError, match="E-SME-59"):
        roll_back(sme, model)
    assert deployed() == second
    in_service(sme, endpoint)
    assert call(sme, "PROMOTE", model_name=model, version=1)["PROMOTED_VERSION"] == "1"
    assert deployed() == first
    in_service(sme, endpoint)
    promoted = call(sme, "PROMOTE", model_name=model)
    assert (promoted["PROMOTED_VERSION"], promoted["PREVIOUS_VERSION"]) == ("2", "1")
    assert call(sme, "PROMOTE", model_name=model, version=2)["PREVIOUS_VERSION"] == "1"
    assert roll_back(sme, model)["PROMOTED_VERSION"] == "1"
    row = sme.row(f"SME_METADATA_AUTOPILOT_MODELS WHERE MODEL_NAME = '{model}'")
    assert (row["PROMOTED_VERSION"], row["PROMOTED_BY"]) == (1, "SYS")
    assert deployed(version=2) == second
    in_service(sme, endpoint)
    sme.delete(endpoint)


def test_what_is_not_completed_is_neither_promoted_nor_deployed(sme):
    assert "E-SME-57: There is no model NoSuch" in call_error(sme, "PROMOTE", model_name="NoSuch")
    job_name = sme.train()
    sme.script(
        "SME_STOP_SAGEMAKER_AUTOPILOT_JOB",
        json.dumps(
            {
                "job_name": job_name,
                "aws_credentials_connection_name": sme.aws_connection,
                "aws_region": sme.region,
            }
        ),
    )
    status = sme.wait_for_job(job_name)["JOB_STATUS"]
    assert status == "Stopped"
    refusal = f"E-SME-58: Version 1 of model {job_name} is Stopped"
    assert refusal in call_error(sme, "PROMOTE", model_name=job_name, version=1)
    options = {"model_name": job_name, "version": 1}
    assert refusal in sme.deployment_error(fresh_name("Never"), **options)
    missing = call_error(sme, "PROMOTE", model_name=job_name, version=2)
    assert f"E-SME-57: Model {job_name} has no version 2. It has: 1 ({status})" in missing


def test_of_two_trainings_at_the_same_moment_one_starts_and_the_other_says_so(
    sme, stack, sagemaker
):
    """Both go through all checks before either of them claims the version."""
    # Without a version, a session that comes late rightly makes the next.
    for version in (1, None):
        name = fresh_name("Race")
        arguments = json.dumps(
            sme.training_arguments(job_name=None, model_name=name, version=version)
        )
        barrier, outcomes = threading.Barrier(2), []

        def train(arguments=arguments, barrier=barrier, outcomes=outcomes):
            with stack.connect() as connection:
                barrier.wait(20)
                try:
                    connection.execute(
                        f"EXECUTE SCRIPT {sme.schema}.SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT"
                        f"('{arguments}')"
                    )
                    outcomes.append("started")
                except pyexasol.ExaQueryError as error:
                    outcomes.append(error.message)

        threads = [threading.Thread(target=train) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = [outcome for outcome in outcomes if outcome != "started"]
        made = versions(sme, name)
        assert len(refused) == 1 or (version is None and not refused), (outcomes, made)
        # the one that comes later meets the other in the middle of its start, or behind it
        assert all(
            f"E-SME-50: Version 1 of model {name} is being started by another" in message
            or f"E-SME-51: Version 1 of model {name} exists already" in message
            for message in refused
        )
        assert [row["VERSION"] for row in made] == [1, 2][: 2 - len(refused)]
        assert len({row["S3_PREFIX"] for row in made}) == len(made)
        listed = sagemaker.list_auto_ml_jobs(NameContains=name)["AutoMLJobSummaries"]
        assert {job["AutoMLJobName"] for job in listed} == {row["JOB_NAME"] for row in made}


def test_dbt_promotes_rolls_back_and_deploys_by_name(sme, project, model):
    call(sme, "PROMOTE", model_name=model, version=2)
    printed = project.operation("promote", model_name=model, version=1)
    assert f"version 1 of model {model} is promoted" in printed
    printed = project.operation("rollback", model_name=model)
    assert f"version 2 of model {model} is promoted" in printed
    endpoint = fresh_name("DbtByName")
    printed = project.operation(
        "deploy_endpoint", model_name=model, version=1, endpoint_name=endpoint
    )
    assert f"of job {versions(sme, model)[0]['JOB_NAME']}" in printed
    sme.delete(endpoint)
