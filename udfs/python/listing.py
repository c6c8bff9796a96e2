"""Jobs, candidates and endpoints as AWS has them now, a dictionary each, for Python models."""

from botocore.exceptions import BotoCoreError, ClientError

from .aws import client_of, explained
from .candidates import list_candidates
from .errors import SmeError
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


def job_statuses_at(exa, connection, region, job_names):
    """As job_statuses, of one place. One that cannot be asked, such as by a CONNECTION that is
    gone, hides no other: its jobs have their names and the reason as `error_message`."""
    try:
        return job_statuses(client_of(exa, connection, region, "sagemaker"), job_names)
    except SmeError as error:
        return [{"job_name": name, "error_message": str(error)} for name in job_names]


@explaining
def candidates_of_jobs(client, job_names):
    """All candidates of those jobs that AWS knows, the best one of each job first."""
    return [
        {"job_name": job_name, **candidate}
        for job_name in job_names
        if find_job(client, job_name)
        for candidate in list_candidates(client, job_name)["candidates"]
    ]


def candidates_at(exa, connection, region, job_names):
    """As candidates_of_jobs, of one place. One that cannot be asked has no candidates to show."""
    try:
        return candidates_of_jobs(client_of(exa, connection, region, "sagemaker"), job_names)
    except SmeError:
        return []


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


def endpoints_at(exa, connection, region, known_names):
    """As listed_endpoints, of one place. Of one that cannot be asked there are the endpoints that
    are known already, with the reason as `error_message`."""
    place = {"connection_name": connection, "aws_region": region}
    try:
        listed = listed_endpoints(client_of(exa, connection, region, "sagemaker"))
    except SmeError as error:
        listed = [{"endpoint_name": name, "error_message": str(error)} for name in known_names]
    return [{**endpoint, **place} for endpoint in listed]
