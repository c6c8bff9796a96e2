"""Jobs, candidates and endpoints as AWS has them now, a dictionary each, for Python models."""

from botocore.exceptions import BotoCoreError, ClientError

from .aws import explained
from .candidates import list_candidates
from .hosting import OWNER_TAG
from .training import find_job, moment


def explaining(function):
    """The function, with errors of AWS in plain words (SmeError)."""

    def call(*arguments):
        try:
            return function(*arguments)
        except (ClientError, BotoCoreError) as error:
            raise explained(error) from None

    return call


@explaining
def job_statuses(client, job_names):
    """What AWS says of jobs. One that it does not know has only its name and `is_in_aws`."""
    statuses = []
    for job_name in job_names:
        summary = find_job(client, job_name)
        statuses.append({"job_name": job_name, "is_in_aws": summary is not None, **(summary or {})})
    return statuses


@explaining
def candidates_of_jobs(client, job_names):
    """All candidates of those jobs that AWS knows, the best one of each job first."""
    return [
        {"job_name": job_name, **candidate}
        for job_name in job_names
        if find_job(client, job_name)
        for candidate in list_candidates(client, job_name)["candidates"]
    ]


@explaining
def listed_endpoints(client):
    """All endpoints that sme has made, with what they run on."""
    pages = client.get_paginator("list_endpoints").paginate()
    listed = [endpoint for page in pages for endpoint in page["Endpoints"]]
    described = [described_endpoint(client, endpoint) for endpoint in listed]
    return [endpoint for endpoint in described if endpoint]


def described_endpoint(client, listed):
    """One endpoint, or None where sme has not made it."""
    tags = client.list_tags(ResourceArn=listed["EndpointArn"])["Tags"]
    values = {tag["Key"]: tag["Value"] for tag in tags}
    if OWNER_TAG not in values:
        return None
    endpoint = client.describe_endpoint(EndpointName=listed["EndpointName"])
    config = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    variant = config["ProductionVariants"][0]
    running = (endpoint.get("ProductionVariants") or [{}])[0]
    return {
        "endpoint_name": endpoint["EndpointName"],
        "job_name": values.get("sme:job"),
        "status": endpoint["EndpointStatus"],
        "failure_reason": endpoint.get("FailureReason"),
        # A serverless one has neither.
        "instance_type": variant.get("InstanceType"),
        "instance_count": running.get("CurrentInstanceCount", variant.get("InitialInstanceCount")),
        "created_at": moment(endpoint["CreationTime"]),
        "updated_at": moment(endpoint["LastModifiedTime"]),
    }
