"""Clients killed by SIGKILL after any step of a deployment, an update and a deletion."""

import json

import pytest

from .conftest import fresh_name
from .interruption import kill_after, wait_until

pytestmark = pytest.mark.embedded("kills clients by its log of statements")

DEPLOY = "SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL"
WAIT = "SME_POLL_SAGEMAKER_AUTOPILOT_ENDPOINT"
DELETE = "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT"

# What is not committed goes with its client, so the steps are commits and what AWS is asked for.
DEPLOY_STEPS = ("^COMMIT$", "'prepare_deployment'", "'start_deployment'")
WAIT_STEPS = ("^COMMIT$", "'settle_endpoint'")
DELETE_STEPS = ("^COMMIT$", "'delete_endpoint'")


@pytest.fixture(scope="module")
def candidates(sme):
    """A completed job and the names of its two candidates, the best one first."""
    job_name = sme.train(job_name=fresh_name("Two"), max_candidates=2)
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    arguments = {"job_name": job_name, "aws_region": sme.region}
    arguments["aws_credentials_connection_name"] = sme.aws_connection
    listed = sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES", json.dumps(arguments))
    return job_name, [row["CANDIDATE_NAME"] for row in listed]


@pytest.fixture
def check(sme, sagemaker):
    """What must be true of an endpoint in service, whatever went before."""

    def check(name, candidate, step):
        row = sme.endpoint_row(name)
        assert (row["STATUS"], row["CANDIDATE_NAME"]) == ("InService", candidate), step
        assert (row["PENDING"], row["FAILURE_REASON"]) == (None, None), step
        endpoint = sagemaker.describe_endpoint(EndpointName=name)
        assert endpoint["EndpointConfigName"] == row["ENDPOINT_CONFIG_NAME"], step
        configs = sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"]
        assert [c["EndpointConfigName"] for c in configs] == [row["ENDPOINT_CONFIG_NAME"]], step
        models = sagemaker.list_models(NameContains=name)["Models"]
        assert [m["ModelName"] for m in models] == [row["SAGEMAKER_MODEL_NAME"]], step
        rows = sme.connection.execute(
            f'SELECT {sme.data_schema}."{name}"(PATIENT_ID, MEAN_RADIUS, WORST_TEXTURE, '
            f"WORST_CONCAVE_POINTS, WORST_AREA) FROM {sme.data_schema}.HELD_OUT"
        ).fetchall()
        assert len(rows) == 69, step

    return check


def is_listed(sme, sagemaker, name):
    """Whether what AWS runs under the name, if anything, is in the registry as live."""
    running = sagemaker.list_endpoints(NameContains=name)["Endpoints"]
    row = sme.endpoint_row(name)
    return not running or (row is not None and row["STATUS"] not in ("Deleted", "NotDeployed"))


def is_in_service(sagemaker, name):
    return sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


@pytest.fixture
def until_settled(sme, sagemaker):
    """Waits as sme.wait_endpoint does, once AWS is done; gives the status."""

    def is_done(name):
        found = sagemaker.list_endpoints(NameContains=name)["Endpoints"]
        return not found or found[0]["EndpointStatus"] in ("InService", "Failed")

    def until_settled(name):
        wait_until(lambda: is_done(name))
        return sme.wait_for_endpoint(name, known="")["STATUS"]

    return until_settled


def test_killed_after_any_step_of_a_deployment_there_is_one_endpoint_and_a_truthful_registry(
    sme, clients, sagemaker, statement_log, standing_still, candidates, check, until_settled
):
    job_name, (best, _) = candidates
    step = 1
    while True:
        name = fresh_name("KilledDeploy")
        arguments = sme.deployment_arguments(name, job_name=job_name)
        if not kill_after(sme, clients, statement_log, DEPLOY, DEPLOY_STEPS, step, arguments):
            break
        assert is_listed(sme, sagemaker, name), step
        sme.script(DEPLOY, arguments)
        until_settled(name)
        check(name, best, step)
        sme.delete(name)
        step += 1
    assert step > 5
    until_settled(name)
    sme.delete(name)


def test_killed_after_any_step_of_an_update_and_of_waiting_for_it_the_new_model_serves(
    sme, clients, sagemaker, statement_log, standing_still, candidates, check, until_settled
):
    job_name, names = candidates
    name = fresh_name("KilledUpdate")
    sme.deploy_with(name, job_name=job_name, candidate_name=names[0])
    until_settled(name)
    waiting = json.dumps(
        {
            "endpoint_name": name,
            "aws_credentials_connection_name": sme.aws_connection,
            "aws_region": sme.region,
        }
    )
    counts = {}
    for script, steps in ((DEPLOY, DEPLOY_STEPS), (WAIT, WAIT_STEPS)):
        step, hung = 1, True
        while hung:
            names.reverse()
            arguments = sme.deployment_arguments(name, job_name=job_name, candidate_name=names[0])
            if script == WAIT:
                sme.script(DEPLOY, arguments)
                # AWS is done, and nobody has told the registry yet.
                wait_until(lambda: is_in_service(sagemaker, name))
            given = arguments if script == DEPLOY else waiting
            hung = kill_after(sme, clients, statement_log, script, steps, step, given)
            assert is_listed(sme, sagemaker, name), (script, step)
            sme.script(DEPLOY, arguments)
            assert until_settled(name) == "InService"
            check(name, names[0], (script, step))
            counts[script] = step
            step += 1
    assert counts[DEPLOY] > 5
    assert counts[WAIT] > 2
    sme.delete(name)


def test_killed_after_any_step_of_a_deletion_and_deleted_again_nothing_is_left(
    sme, clients, sagemaker, statement_log, standing_still, candidates, until_settled
):
    job_name, _ = candidates
    step, hung = 1, True
    while hung:
        name = fresh_name("KilledDelete")
        sme.deploy_with(name, job_name=job_name)
        until_settled(name)
        given = (name, sme.aws_connection, sme.region)
        hung = kill_after(sme, clients, statement_log, DELETE, DELETE_STEPS, step, *given)
        assert is_listed(sme, sagemaker, name), step
        sme.delete(name)
        assert until_settled(name) == "Deleted"
        assert sme.endpoint_row(name)["STATUS"] == "Deleted", step
        assert sagemaker.list_endpoints(NameContains=name)["Endpoints"] == [], step
        assert sagemaker.list_models(NameContains=name)["Models"] == [], step
        assert sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"] == [], step
        for view, column in (("SCRIPTS", "SCRIPT_NAME"), ("CONNECTIONS", "CONNECTION_NAME")):
            left = sme.connection.execute(
                f"SELECT COUNT(*) FROM EXA_ALL_{view} WHERE UPPER({column}) LIKE '%{name.upper()}'"
            ).fetchval()
            assert left == 0, (view, step)
        step += 1
    assert step > 4
