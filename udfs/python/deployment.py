"""Deploying: what has to hold before anything is created, and creating or updating it."""

import datetime

from botocore.exceptions import ClientError

from .aws import error_code, error_text
from .candidates import described_candidates, unknown_candidate
from .endpoints import IN_PROGRESS, check_ownership, describe_endpoint, find_endpoint
from .errors import SmeError
from .hosting import deployment_requests, resource_tags
from .request_limits import check_limits
from .scaling import check_scaling, stop_scaling
from .training import describe_job

UPDATABLE = "InService"


def check_deployment(client, scaling, spec):
    """What can be known before anything is created: the job is done, the name is ours.

    Args:
        client, scaling: boto3 clients of sagemaker and, where the endpoint is to scale, of
            application-autoscaling.
        spec: as `deployment_requests` reads it, and what of candidate_name (default is the best
            one) and time_to_live_hours was given.

    Returns:
        problem_type, candidate, response_keys, the names of the model and the configuration
        to come, and tags. endpoint: what AWS has under the name, or None. And
        is_current: whether AWS serves exactly this already, or is about to.

    Raises:
        SmeError: E-SME-8, E-SME-10 (job not deployable), E-SME-13 (foreign endpoint), E-SME-64
            (a role or tag that AWS would refuse), E-SME-70 (no such candidate) or E-SME-80 to
            E-SME-83 (not possible with this endpoint).
    """
    job = describe_job(client, spec["job_name"])
    if job["status"] != "Completed" or not job["best_candidate"]:
        raise SmeError("E-SME-10", not_deployable(job))
    existing = find_endpoint(client, spec["endpoint_name"])
    if existing:
        check_ownership(client, existing)
    candidate = chosen(client, spec)
    expires_at = expiry(spec.get("time_to_live_hours")) or spec.get("expires_at")
    spec = {**spec, "expires_at": expires_at}
    requests = deployment_requests(spec, candidate)
    check_limits(client, "CreateModel", requests["model"])
    config_name = requests["config"]["EndpointConfigName"]
    is_current = existing is not None and config_name in (
        existing["config_name"],
        existing["pending_config_name"],
    )
    if existing:
        check_state(existing, is_current)
    if spec.get("serverless_memory_mb"):
        check_serverless(candidate, existing)
    if spec.get("max_instance_count"):
        check_scaling(scaling)
    return {
        "problem_type": job["problem_type"],
        "candidate": candidate["CandidateName"],
        "model_name": requests["model"]["ModelName"],
        "config_name": config_name,
        "response_keys": requests["response_keys"],
        "tags": resource_tags(spec),
        "endpoint": existing,
        "is_current": is_current,
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


def chosen(client, spec):
    """The candidate to serve: the one that is named, else the best one."""
    job_name, wanted = spec["job_name"], spec.get("candidate_name")
    if wanted is None:
        return best_candidate(client, job_name)
    candidates = described_candidates(client, job_name)
    for candidate in candidates:
        if candidate["CandidateName"] == wanted and candidate.get("InferenceContainers"):
            return candidate
    raise unknown_candidate(job_name, wanted, [c["CandidateName"] for c in candidates])


def check_state(endpoint, is_current):
    """Raises E-SME-80 or E-SME-81 where AWS would update the endpoint not now or never."""
    name, status = endpoint["endpoint_name"], endpoint["status"]
    if status == UPDATABLE or (is_current and status in IN_PROGRESS):
        return
    if status in (*IN_PROGRESS, "Deleting"):
        raise SmeError(
            "E-SME-80",
            f"Endpoint {name} is {status}, and AWS takes no other deployment before it is done. "
            "Wait for it (sme.wait_endpoint), then deploy again. Nothing was changed.",
        )
    reason = f" ({endpoint['failure_reason']})" if endpoint["failure_reason"] else ""
    raise SmeError(
        "E-SME-81",
        f"Endpoint {name} is {status}{reason}, and AWS can only delete it. Delete it with "
        "sme.delete_endpoint, mend the cause and deploy again.",
    )


def check_serverless(candidate, existing):
    """Raises E-SME-82 or E-SME-83 where the candidate cannot be served without instances."""
    count = len(candidate["InferenceContainers"])
    if count > 1:
        raise SmeError(
            "E-SME-82",
            f"Candidate {candidate['CandidateName']} is a pipeline of {count} containers, and AWS "
            "serves no pipeline serverless. Leave the serverless options out, or train with mode "
            "ENSEMBLING, whose models are one container.",
        )
    if existing and any(not variant["serverless_memory_mb"] for variant in existing["variants"]):
        raise SmeError(
            "E-SME-83",
            f"Endpoint {existing['endpoint_name']} runs on instances, and AWS makes no serverless "
            "one of it. Choose another endpoint_name, or delete it first (sme.delete_endpoint).",
        )


def expiry(hours):
    """The moment so many hours from now as a tag says it, or None without hours."""
    if not hours:
        return None
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=int(hours))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def prepare_deployment(client, spec):
    """Creates model and configuration, of which nothing is charged. Repeating it does no harm.

    Args:
        spec: as check_deployment takes it, with the tags that it has answered.
    """
    requests = deployment_requests(sized(client, spec), chosen(client, spec))
    create_once(client.create_model, requests["model"])
    create_once(client.create_endpoint_config, requests["config"])
    return {}


def sized(client, spec):
    """The spec, where an endpoint that scales is no smaller after an update than before it."""
    existing = find_endpoint(client, spec["endpoint_name"]) if spec.get("is_scaled") else None
    if not (existing and existing["variants"] and spec.get("max_instance_count")):
        return spec
    desired = existing["variants"][0]["desired_instances"] or 0
    bounds = (int(spec["min_instance_count"]), int(spec["max_instance_count"]))
    return {**spec, "instance_count": min(max(desired, bounds[0]), bounds[1])}


def start_deployment(client, scaling, spec):
    """Creates the endpoint or updates it in place. Repeating it does no harm.

    Args:
        client, scaling: boto3 clients of sagemaker and application-autoscaling.
        spec: as prepare_deployment takes it, and is_scaled: whether sme lets the endpoint scale
            now. AWS updates no endpoint whose scaling would be in the way, so it is stopped
            until the endpoint is in service again.

    Returns:
        The endpoint as describe_endpoint gives it.
    """
    endpoint_name = spec["endpoint_name"]
    requests = deployment_requests(spec, chosen(client, spec))
    config_name = requests["config"]["EndpointConfigName"]
    existing = find_endpoint(client, endpoint_name)
    if existing is None:
        client.create_endpoint(**requests["endpoint"])
    elif config_name not in (existing["config_name"], existing["pending_config_name"]):
        if spec.get("is_scaled"):
            stop_scaling(scaling, existing)
        client.update_endpoint(EndpointName=endpoint_name, EndpointConfigName=config_name)
    return describe_endpoint(client, endpoint_name)


def create_once(create, request):
    """Calls a create operation, content when an earlier call has made the thing."""
    try:
        create(**request)
    except ClientError as error:
        exists = "already existing" in error_text(error) or error_code(error) == "ResourceInUse"
        if not exists:
            raise
