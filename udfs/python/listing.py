"""Jobs, candidates and endpoints as AWS has them now, a dictionary each, for Python models."""

from botocore.exceptions import BotoCoreError, ClientError

from .aws import explained
from .candidates import list_candidates
from .hosting import OWNER_TAG
from .inventory import list_endpoints
from .training import find_job


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
    """All endpoints that sme has made, with what they run on: a serverless one on no instances."""
    return [
        {
            "endpoint_name": endpoint["endpoint_name"],
            "job_name": endpoint["tags"].get("sme:job"),
            "status": endpoint["status"],
            "failure_reason": endpoint["failure_reason"],
            "instance_type": next(iter(endpoint["instance_types"]), None),
            "instance_count": endpoint["variants"][0]["current_instances"],
            "created_at": endpoint["created_at"],
            "updated_at": endpoint["modified_at"],
        }
        for endpoint in list_endpoints(client)["endpoints"]
        if OWNER_TAG in endpoint["tags"]
    ]
