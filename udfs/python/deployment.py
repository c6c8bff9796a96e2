"""Deploying: what has to hold before anything is created, and creating it."""

from botocore.exceptions import ClientError

from .aws import error_code, error_text
from .endpoints import check_ownership, describe_endpoint, find_endpoint
from .errors import SmeError
from .hosting import deployment_requests
from .training import describe_job


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
