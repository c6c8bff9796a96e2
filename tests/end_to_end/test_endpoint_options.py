"""What an endpoint can be asked to be: candidate, size, scaling, serverless, time to live, tags."""

import json
import re

import pyexasol
import pytest

from .conftest import fresh_name

LIST = "SME_LIST_SAGEMAKER_AUTOPILOT_ENDPOINTS"
FEATURES = "PATIENT_ID, MEAN_RADIUS, WORST_TEXTURE, WORST_CONCAVE_POINTS, WORST_AREA"


@pytest.fixture(scope="module")
def model(sme):
    """A model with one version of two candidates: {name, job, best, other}."""
    name = fresh_name("Model with options ")
    job_name = sme.train(job_name=None, model_name=name, max_candidates=2)
    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    arguments = {
        "job_name": job_name,
        "aws_credentials_connection_name": sme.aws_connection,
        "aws_region": sme.region,
    }
    listed = sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_CANDIDATES", json.dumps(arguments))
    best, other = (row["CANDIDATE_NAME"] for row in listed)
    return {"name": name, "job": job_name, "best": best, "other": other}


@pytest.fixture
def scaling(stack):
    return stack.aws_client("application-autoscaling")


def until_in_service(sme, name):
    row, seen = None, ""
    while row is None or row["STATUS"] in ("Creating", "Updating", "RollingBack"):
        row = sme.wait_for_endpoint(name, known=seen)
        seen = row["STATUS"]
    assert row["STATUS"] == "InService", row
    return row


def tags_of(sagemaker, arn):
    return {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def predictions(sme, name):
    return sme.connection.execute(
        f'SELECT {sme.data_schema}."{name}"({FEATURES}) FROM {sme.data_schema}.HELD_OUT'
    ).fetchall()


def most_bytes_of(sme, name):
    """The limit of a request in the definition of an endpoint's UDF, if it has one."""
    text = sme.connection.execute(
        f"SELECT SCRIPT_TEXT FROM EXA_ALL_SCRIPTS WHERE SCRIPT_NAME = '{name}'"
    ).fetchval()
    found = re.search(r'"most_bytes"\W+(\d+)', text)
    return int(found[1]) if found else None


def listed_endpoints(sme):
    arguments = {"aws_credentials_connection_name": sme.aws_connection, "aws_region": sme.region}
    return {row["ENDPOINT_NAME"]: row for row in sme.script(LIST, json.dumps(arguments))}


def test_any_candidate_of_a_version_is_served_and_tagged_with_what_asked_for_it(
    sme, model, sagemaker
):
    name = fresh_name("Other")
    error = sme.deployment_error(name, model_name=model["name"], candidate_name="nobody")
    assert f"E-SME-70: Job {model['job']} has no candidate nobody" in error
    assert model["other"] in error
    assert sme.endpoint_row(name) is None

    sme.deploy_with(
        name,
        model_name=model["name"],
        version=1,
        candidate_name=model["other"],
        tags={"team": "diagnosis"},
    )
    until_in_service(sme, name)
    row = sme.endpoint_row(name)
    assert (row["MODEL_NAME"], row["VERSION"]) == (model["name"], 1)
    assert row["CANDIDATE_NAME"] == model["other"]
    candidates = sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName=model["job"], CandidateNameEquals=model["other"]
    )["Candidates"]
    served = sagemaker.describe_model(ModelName=row["SAGEMAKER_MODEL_NAME"])
    assert [c["ModelDataUrl"] for c in served["Containers"]] == [
        c["ModelDataUrl"] for c in candidates[0]["InferenceContainers"]
    ]
    endpoint = sagemaker.describe_endpoint(EndpointName=name)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=row["ENDPOINT_CONFIG_NAME"])
    arns = (endpoint["EndpointArn"], config["EndpointConfigArn"], served["ModelArn"])
    for arn in arns:
        assert tags_of(sagemaker, arn) == {
            "team": "diagnosis",
            "sme:endpoint": name,
            "sme:job": model["job"],
            "sme:model": model["name"],
            "sme:version": "1",
            "sme:schema": sme.schema,
        }
    sme.delete(name)


def test_an_endpoint_scales_between_bounds_that_an_update_keeps_or_changes(
    sme, model, sagemaker, scaling
):
    name = fresh_name("Scaled")
    job = {"job_name": model["job"]}
    bounds = {"max_instance_count": 3, "target_invocations_per_instance": 100}

    def registered():
        targets = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")
        mine = [t for t in targets["ScalableTargets"] if f"/{name}/" in t["ResourceId"]]
        return [(t["ResourceId"], t["MinCapacity"], t["MaxCapacity"]) for t in mine]

    def resource():
        return f"endpoint/{name}/variant/{sme.endpoint_row(name)['SAGEMAKER_MODEL_NAME']}"

    deployed = sme.deploy_with(name, **job, **bounds)
    assert deployed["SERVED_ON"] == "1 to 3 x ml.m5.large"
    until_in_service(sme, name)
    assert registered() == [(resource(), 1, 3)]
    (policy,) = scaling.describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=resource()
    )["ScalingPolicies"]
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["TargetValue"] == 100
    metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
    assert metric == "SageMakerVariantInvocationsPerInstance"

    # other bounds need no other instances, so nothing is updated
    changed = sme.deploy_with(name, **job, **{**bounds, "max_instance_count": 5})
    assert changed["STATUS"] == "InService"
    assert registered() == [(resource(), 1, 5)]

    # another candidate, without a word of size
    sme.deploy_with(name, **job, candidate_name=model["other"])
    until_in_service(sme, name)
    assert sme.endpoint_row(name)["CANDIDATE_NAME"] == model["other"]
    assert registered() == [(resource(), 1, 5)]

    # a fixed size ends it
    sme.deploy_with(name, **job, instance_count=2)
    until_in_service(sme, name)
    assert registered() == []
    (variant,) = sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 2

    sme.deploy_with(name, **job, **bounds)
    until_in_service(sme, name)
    assert len(registered()) == 1
    sme.delete(name)
    assert registered() == []


def test_a_serverless_endpoint_predicts_and_what_cannot_be_serverless_is_refused_first(
    sme, model, sagemaker, endpoint
):
    serverless = {"serverless_memory_mb": 2048, "serverless_max_concurrency": 5}
    name = fresh_name("Serverless")
    job_name = sme.train(mode="HYPERPARAMETER_TUNING")
    sme.deploy_with(name, job_name=model["job"], **serverless)
    until_in_service(sme, name)
    (variant,) = sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    config = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert variant["CurrentServerlessConfig"] == config
    assert len(predictions(sme, name)) == 69
    # It takes 4 MB a request, one on instances 6 MB, and its UDF knows.
    assert [most_bytes_of(sme, n) for n in (name, endpoint)] == [4128768, None]
    listed = listed_endpoints(sme)
    assert [listed[n]["IS_CHARGED"] for n in (name, endpoint)] == ["FALSE", "TRUE"]
    sme.delete(name)

    error = sme.deployment_error(endpoint, job_name=model["job"], **serverless)
    assert f"E-SME-83: Endpoint {endpoint} runs on instances" in error

    assert sme.wait_for_job(job_name)["JOB_STATUS"] == "Completed"
    pipeline = fresh_name("Pipeline")
    error = sme.deployment_error(pipeline, job_name=job_name, **serverless)
    assert "is a pipeline of 3 containers, and AWS serves no pipeline serverless" in error
    assert sme.endpoint_row(pipeline) is None
    assert sagemaker.list_models(NameContains=pipeline)["Models"] == []


def test_what_serves_goes_on_answering_and_is_on_record_until_aws_has_taken_an_update(
    sme, model, sagemaker
):
    name, serving, wanted = fresh_name("InPlace"), model["best"], model["other"]
    sme.deploy_with(name, job_name=model["job"], candidate_name=serving)
    answers = 0
    for _ in range(10):  # on a busy machine AWS may be done before the first answer
        until_in_service(sme, name)
        before = predictions(sme, name)
        sme.deploy_with(name, job_name=model["job"], candidate_name=wanted)
        while True:
            row, answered = sme.endpoint_row(name), None
            try:
                answered = predictions(sme, name)
            except pyexasol.ExaQueryError as error:
                # AWS has moved on to the new model, and nobody has waited for it yet.
                assert "E-SME-36" in error.message or "E-SME-35" in error.message
            if sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] != "Updating":
                break
            assert (row["STATUS"], row["CANDIDATE_NAME"]) == ("Updating", serving)
            assert answered == before
            answers += 1
        until_in_service(sme, name)
        assert sme.endpoint_row(name)["CANDIDATE_NAME"] == wanted
        assert len(predictions(sme, name)) == 69
        if answers:
            break
        serving, wanted = wanted, serving
    assert answers > 0
    sme.delete(name)


def test_a_failed_update_is_rolled_back_and_said_to_be_with_the_reason_of_aws(
    sme, model, sagemaker, s3
):
    name = fresh_name("Rolled")
    sme.deploy_with(name, job_name=model["job"])
    until_in_service(sme, name)
    before, row = predictions(sme, name), sme.endpoint_row(name)
    (candidate,) = sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName=model["job"], CandidateNameEquals=model["other"]
    )["Candidates"]
    address = candidate["InferenceContainers"][0]["ModelDataUrl"]
    bucket, key = address.removeprefix("s3://").split("/", 1)
    artifact = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=b"no model")

    printed = sme.dbt.operation(
        "deploy_endpoint",
        exit_code=1,
        endpoint_name=name,
        job_name=model["job"],
        candidate_name=model["other"],
        udf_schema=sme.data_schema,
    )
    reason = sagemaker.describe_endpoint(EndpointName=name)["FailureReason"]
    assert f"E-SME-84: Endpoint {name} serves what it served before." in printed
    assert f"candidate {model['other']} of job {model['job']} was rolled back: {reason}" in (
        " ".join(printed.split())
    )
    now = sme.endpoint_row(name)
    assert now["FAILURE_REASON"].endswith(reason)
    changing = {"FAILURE_REASON", "UPDATED_AT", "EXPIRES_AT"}
    assert {k: v for k, v in now.items() if k not in changing} == {
        k: v for k, v in row.items() if k not in changing
    }
    assert predictions(sme, name) == before

    s3.put_object(Bucket=bucket, Key=key, Body=artifact)
    sme.deploy_with(name, job_name=model["job"], candidate_name=model["other"])
    assert until_in_service(sme, name)["FAILURE_REASON"] is None
    assert sme.endpoint_row(name)["CANDIDATE_NAME"] == model["other"]
    sme.delete(name)


def test_what_has_outlived_its_time_is_listed_and_deleted_when_dbt_is_told_to(
    sme, model, sagemaker
):
    name, staying = fresh_name("Expiring"), fresh_name("Staying")
    sme.deploy_with(name, job_name=model["job"], time_to_live_hours=1)
    sme.deploy_with(staying, job_name=model["job"], time_to_live_hours=1)
    sme.deploy_with(staying, job_name=model["job"], time_to_live_hours=2)
    until_in_service(sme, name)
    until_in_service(sme, staying)
    arn = sagemaker.describe_endpoint(EndpointName=name)["EndpointArn"]
    assert "sme:expires-at" in tags_of(sagemaker, arn)
    hours = sme.connection.execute(
        "SELECT HOURS_BETWEEN(EXPIRES_AT, CREATED_AT) FROM "
        f"{sme.schema}.SME_METADATA_AUTOPILOT_ENDPOINTS WHERE ENDPOINT_NAME = '{staying}'"
    ).fetchval()
    assert 1.9 < float(hours) < 2.5
    assert listed_endpoints(sme)[name]["IS_EXPIRED"] == "FALSE"

    # Time passes: in the registry, which decides, and in the tag, which the list shows.
    sme.connection.execute(
        f"UPDATE {sme.schema}.SME_METADATA_AUTOPILOT_ENDPOINTS "
        f"SET EXPIRES_AT = ADD_HOURS(EXPIRES_AT, -2) WHERE ENDPOINT_NAME = '{name}'"
    )
    past = [{"Key": "sme:expires-at", "Value": "2024-02-29T01:02:03Z"}]
    sagemaker.add_tags(ResourceArn=arn, Tags=past)
    assert listed_endpoints(sme)[name]["IS_EXPIRED"] == "TRUE"

    settings = sme.dbt.path / "dbt_project.yml"
    kept = settings.read_text()
    settings.write_text(kept + "\non-run-end: '{{ sme.delete_expired_endpoints() }}'\n")
    sme.dbt.write("models/one_row.sql", "select 1 as a from dual")
    printed = sme.dbt.run("run", "-s", "one_row")
    settings.write_text(kept)
    (sme.dbt.path / "models" / "one_row.sql").unlink()
    assert f"expired endpoint {name} is Deleting: endpoint {name}, configuration" in printed
    assert staying not in printed
    assert sme.endpoint_row(name)["STATUS"] in ("Deleting", "Deleted")
    sme.deploy_with(staying, job_name=model["job"], time_to_live_hours=0)
    assert sme.endpoint_row(staying)["EXPIRES_AT"] is None
    assert "sme:expires-at" not in tags_of(
        sagemaker, sagemaker.describe_endpoint(EndpointName=staying)["EndpointArn"]
    )
    sme.delete(staying)


def test_all_that_runs_is_listed_with_what_asked_for_it_also_what_sme_did_not_make(
    sme, endpoint, completed_job, sagemaker
):
    foreign, elsewhere, gone = fresh_name("Foreign"), fresh_name("Elsewhere"), fresh_name("Gone")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    sagemaker.create_endpoint(EndpointName=foreign, EndpointConfigName=config)
    tags = [{"Key": "sme:endpoint", "Value": elsewhere}, {"Key": "sme:schema", "Value": "OTHER"}]
    sagemaker.create_endpoint(EndpointName=elsewhere, EndpointConfigName=config, Tags=tags)
    sme.deploy(completed_job, gone)
    until_in_service(sme, gone)
    for name in (foreign, elsewhere):
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=name, WaiterConfig=sme.account.waiting
        )
    sagemaker.delete_endpoint(EndpointName=gone)
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=gone, WaiterConfig=sme.account.waiting
    )

    printed = sme.dbt.operation("endpoints")
    assert f"endpoint {foreign} is InService since " in printed
    assert "unknown: sme did not make it" in printed
    assert "known to another registry (schema OTHER)" in printed
    rows = listed_endpoints(sme)
    running = {e["EndpointName"] for e in sagemaker.list_endpoints(MaxResults=100)["Endpoints"]}
    assert rows.keys() == running
    assert gone not in rows
    assert sme.endpoint_row(gone)["STATUS"] == "Deleted"
    known = {name: rows[name]["KNOWN_TO"] for name in (endpoint, foreign, elsewhere)}
    assert known == {
        endpoint: "this registry",
        foreign: "unknown",
        elsewhere: "another registry",
    }
    row = rows[endpoint]
    told = [row[n] for n in ("JOB_NAME", "ASKED_BY", "INSTANCE_TYPE", "CURRENT_INSTANCES")]
    assert told == [completed_job, "SYS", "ml.m5.large", "1"]
    assert (row["IS_CHARGED"], row["REGISTRY_SCHEMA"]) == ("TRUE", sme.schema)
    kept = sme.connection.execute(
        "SELECT ENDPOINT_NAME, IS_CHARGED, CURRENT_INSTANCES FROM "
        f"{sme.schema}.SME_METADATA_AUTOPILOT_RUNNING_ENDPOINTS"
    ).fetchall()
    assert {r[0] for r in kept} == running
    assert (endpoint, True, 1) in kept
    for name in (foreign, elsewhere):
        sagemaker.delete_endpoint(EndpointName=name)
