"""Endpoints: what to ask for, deploying the best candidate of a job, deleting everything again."""

import hashlib
import time

from botocore.exceptions import ClientError

from .aws import error_code, error_text, is_missing
from .errors import SmeError
from .job_request import tag_list
from .training import POLL_SECONDS, describe_job

RESPONSE_KEYS = ("predicted_label", "probability", "probabilities", "labels")
OWNER_TAG = "sme:endpoint"
GONE = "Deleted"
IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack")


def containers_with_response_keys(containers):
    """The inference containers, asked for every response key that they support.

    Autopilot answers with predicted_label only unless SAGEMAKER_INFERENCE_OUTPUT names
    more, and each container of a pipeline reads what the one before it wrote.

    Returns:
        (containers for CreateModel, the keys of the response in their order)
    """
    prepared, previous = [], []
    for container in containers:
        environment = dict(container.get("Environment") or {})
        supported = environment.get("SAGEMAKER_INFERENCE_SUPPORTED", "")
        offered = [key.strip() for key in supported.split(",")]
        keys = [key for key in RESPONSE_KEYS if key in offered]
        if keys:
            environment["SAGEMAKER_INFERENCE_OUTPUT"] = ",".join(keys)
            if previous:
                environment["SAGEMAKER_INFERENCE_INPUT"] = ",".join(previous)
            previous = keys
        prepared.append(
            {
                "Image": container["Image"],
                "ModelDataUrl": container["ModelDataUrl"],
                "Environment": environment,
            }
        )
    return prepared, previous or ["predicted_label"]


def resource_name(endpoint_name, *parts):
    """A name for a model or a configuration: the same for the same parts, at most 63 long."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:10]
    return f"{name_stem(endpoint_name)}-{digest}"


def name_stem(endpoint_name):
    """What the names of all models and configurations of an endpoint begin with."""
    return endpoint_name[:52].rstrip("-")


def deployment_requests(spec, candidate):
    """The three requests that serve a candidate, in the order in which they are sent.

    Args:
        spec: endpoint_name, job_name, role, instance_type, instance_count.
        candidate: a candidate as DescribeAutoMLJobV2 gives it.

    Returns:
        model, config, endpoint (keyword arguments of boto3) and response_keys. Model and
        configuration names follow from what they hold, so that a repeated deployment
        finds what an interrupted one has made.
    """
    containers, response_keys = containers_with_response_keys(candidate["InferenceContainers"])
    endpoint_name = spec["endpoint_name"]
    model_name = resource_name(endpoint_name, spec["job_name"], candidate["CandidateName"])
    size = (spec["instance_type"], int(spec["instance_count"]))
    config_name = resource_name(endpoint_name, model_name, *size)
    tags = tag_list({OWNER_TAG: endpoint_name, "sme:job": spec["job_name"]})
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model_name,
        "InstanceType": size[0],
        "InitialInstanceCount": size[1],
    }
    return {
        "model": {
            "ModelName": model_name,
            "ExecutionRoleArn": spec["role"],
            "Containers": containers,
            "Tags": tags,
        },
        "config": {
            "EndpointConfigName": config_name,
            "ProductionVariants": [variant],
            "Tags": tags,
        },
        "endpoint": {
            "EndpointName": endpoint_name,
            "EndpointConfigName": config_name,
            "Tags": tags,
        },
        "response_keys": response_keys,
    }


def check_deployment(client, spec):
    """What can be known before anything is created: the job is done, the name is ours.

    Returns:
        problem_type, candidate and the names of the model and the configuration to come.

    Raises:
        SmeError: E-SME-8, E-SME-10 (job not deployable) or E-SME-13 (foreign endpoint).
    """
    job = describe_job(client, spec["job_name"])
    if job["status"] != "Completed" or not job["best_candidate"]:
        raise SmeError("E-SME-10", not_deployable(job))
    existing = find_endpoint(client, spec["endpoint_name"])
    if existing and existing["status"] != "Deleting":
        check_ownership(client, existing)
    requests = deployment_requests(spec, best_candidate(client, spec["job_name"]))
    return {
        "problem_type": job["problem_type"],
        "candidate": job["best_candidate"],
        "model_name": requests["model"]["ModelName"],
        "config_name": requests["config"]["EndpointConfigName"],
        "response_keys": requests["response_keys"],
        "endpoint_exists": existing is not None,
    }


def not_deployable(job):
    """Why a job cannot be deployed, and what helps."""
    name, status = job["job_name"], job["status"]
    if status == "InProgress":
        return (
            f"Job {name} is still InProgress ({job['secondary_status']}). Wait until it is "
            "Completed (sme.wait), then deploy it."
        )
    reason = f": {job['failure_reason']}" if job["failure_reason"] else ""
    return f"Job {name} is {status}{reason} Only a Completed job can be deployed: train again."


def best_candidate(client, job_name):
    """The best candidate of a job, as boto3 gives it."""
    return client.describe_auto_ml_job_v2(AutoMLJobName=job_name)["BestCandidate"]


def deploy_endpoint(client, spec):
    """Makes the endpoint serve the best candidate of the job. Repeating it does no harm.

    Returns:
        The status of the endpoint, and what was created for it.
    """
    requests = deployment_requests(spec, best_candidate(client, spec["job_name"]))
    create_once(client.create_model, requests["model"])
    create_once(client.create_endpoint_config, requests["config"])
    existing = find_endpoint(client, spec["endpoint_name"])
    if existing is None:
        client.create_endpoint(**requests["endpoint"])
    elif existing["config_name"] != requests["config"]["EndpointConfigName"]:
        client.update_endpoint(
            EndpointName=spec["endpoint_name"],
            EndpointConfigName=requests["config"]["EndpointConfigName"],
        )
    return describe_endpoint(client, spec["endpoint_name"])


def create_once(create, request):
    """Calls a create operation, content when an earlier call has made the thing."""
    try:
        create(**request)
    except ClientError as error:
        exists = "already existing" in error_text(error) or error_code(error) == "ResourceInUse"
        if not exists:
            raise


def owner_of(client, arn):
    """The endpoint for which sme has made a resource, by its tag, or None where it did not."""
    tags = client.list_tags(ResourceArn=arn)["Tags"]
    return next((tag["Value"] for tag in tags if tag["Key"] == OWNER_TAG), None)


def check_ownership(client, endpoint):
    """Raises E-SME-13 for an endpoint that sme has not made."""
    if owner_of(client, endpoint["arn"]) is None:
        raise SmeError(
            "E-SME-13",
            f"Endpoint {endpoint['endpoint_name']} exists in AWS and was not made by sme, which "
            "therefore leaves it alone: choose another endpoint_name.",
        )


def find_endpoint(client, endpoint_name):
    """Status, reason, configuration and address of an endpoint, or None where AWS has none."""
    try:
        answer = client.describe_endpoint(EndpointName=endpoint_name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return {
        "endpoint_name": answer["EndpointName"],
        "status": answer["EndpointStatus"],
        "failure_reason": answer.get("FailureReason"),
        "config_name": answer.get("EndpointConfigName"),
        "arn": answer["EndpointArn"],
    }


def describe_endpoint(client, endpoint_name):
    """As find_endpoint, with the status Deleted for an endpoint that AWS does not have."""
    missing = {"endpoint_name": endpoint_name, "status": GONE, "failure_reason": None}
    return find_endpoint(client, endpoint_name) or missing


def wait_for_endpoint(client, endpoint_name, known, seconds):
    """The endpoint as soon as its status differs from `known`, or after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        summary = describe_endpoint(client, endpoint_name)
        if summary["status"] != known or time.monotonic() >= deadline:
            return summary
        time.sleep(min(POLL_SECONDS, max(0.1, deadline - time.monotonic())))


def delete_endpoint(client, spec):
    """Deletes the endpoint, and all configurations and models that were ever made for it.

    Args:
        spec: endpoint_name, and is_known: whether the registry or the database know the
            endpoint as one of ours even if it carries no tag (those of the predecessor).

    Returns:
        deleted: what this call has deleted, such as `endpoint APSPredictor`.

    Raises:
        SmeError: E-SME-13, sme has not made it, or E-SME-39, AWS is still working on it.
    """
    endpoint_name = spec["endpoint_name"]
    existing = find_endpoint(client, endpoint_name)
    if existing and not spec.get("is_known"):
        check_ownership(client, existing)
    if existing and existing["status"] in IN_PROGRESS:
        raise SmeError(
            "E-SME-39",
            f"Endpoint {endpoint_name} is {existing['status']}, and AWS deletes no endpoint that "
            "it is still working on. Delete it when it is InService or Failed (sme.wait_endpoint).",
        )
    deleted = []
    if existing and existing["status"] != "Deleting":
        client.delete_endpoint(EndpointName=endpoint_name)
        deleted.append(f"endpoint {endpoint_name}")
    for name in configs_of(client, endpoint_name):
        if delete_once(client.delete_endpoint_config, {"EndpointConfigName": name}):
            deleted.append(f"configuration {name}")
    for name in models_of(client, endpoint_name):
        if delete_once(client.delete_model, {"ModelName": name}):
            deleted.append(f"model {name}")
    return {"deleted": deleted, **describe_endpoint(client, endpoint_name)}


def configs_of(client, endpoint_name):
    """The names of the configurations that sme has made for an endpoint."""
    pages = client.get_paginator("list_endpoint_configs").paginate(
        NameContains=name_stem(endpoint_name)
    )
    found = [
        (c["EndpointConfigName"], c["EndpointConfigArn"])
        for p in pages
        for c in p["EndpointConfigs"]
    ]
    return [name for name, arn in found if owner_of(client, arn) == endpoint_name]


def models_of(client, endpoint_name):
    """The names of the models that sme has made for an endpoint."""
    pages = client.get_paginator("list_models").paginate(NameContains=name_stem(endpoint_name))
    found = [(m["ModelName"], m["ModelArn"]) for p in pages for m in p["Models"]]
    return [name for name, arn in found if owner_of(client, arn) == endpoint_name]


def delete_once(delete, request):
    """Calls a delete operation: True if it deleted, False if there was nothing to delete."""
    try:
        delete(**request)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True
