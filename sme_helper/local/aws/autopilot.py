"""Autopilot's operations: create, describe, list and stop jobs."""

from __future__ import annotations

from typing import Any

from . import job_spec, tags
from .account import Account
from .clock import now
from .errors import AwsError, validation
from .job_spec import JobSpec
from .listing import matching, page
from .state import Record

_V1, _V2 = "CreateAutoMLJob", "CreateAutoMLJobV2"
_V1_CHANNEL_ONLY = ("TargetAttributeName", "SampleWeightAttributeName")


def create_job_v2(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    return _create(account, request, _V2, job_spec.from_v2(request))


def create_job(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    return _create(account, request, _V1, job_spec.from_v1(request))


def _create(
    account: Account, request: dict[str, Any], operation: str, spec: JobSpec
) -> dict[str, Any]:
    account.check_role(request["RoleArn"])
    name = request["AutoMLJobName"]
    arn = account.arn("automl-job", name)
    created = now()
    record = {
        "Name": name,
        "Arn": arn,
        "CreatedBy": operation,
        "Request": {key: value for key, value in request.items() if key != "Tags"},
        "Tags": tags.from_request(request),
        "Status": "InProgress",
        "SecondaryStatus": "Starting",
        "CreationTime": created,
        "LastModifiedTime": created,
        "Candidates": [],
    }
    with account.state.jobs.lock:
        if not account.state.jobs.add(record):
            raise AwsError(
                "ResourceInUse",
                f"An AutoML job with the name, {name}, already exists. Choose a different name.",
            )
        _start(account, name, spec)
    return {"AutoMLJobArn": arn}


def _start(account: Account, name: str, spec: JobSpec) -> None:
    from .training import JobRun  # loads scikit-learn, which takes a while

    run = JobRun(account, name, spec)
    account.runs[name.lower()] = run
    run.start()


def resume(account: Account) -> None:
    """After a restart: unfinished jobs train anew, and stopping ones are stopped."""
    for record in account.state.jobs:
        if record["Status"] == "InProgress":
            account.state.jobs.update(
                record["Name"], SecondaryStatus="Starting", Candidates=[], BestCandidateName=None
            )
            read = job_spec.from_v2 if record["CreatedBy"] == _V2 else job_spec.from_v1
            _start(account, record["Name"], read(record["Request"]))
        elif record["Status"] == "Stopping":
            account.state.jobs.update(
                record["Name"], Status="Stopped", SecondaryStatus="Stopped", EndTime=now()
            )


def describe_job_v2(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    return _description(_job(account, request))


def describe_job(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = _job(account, request)
    if record["CreatedBy"] == _V2:
        raise validation(
            "AutoML jobs created by calling CreateAutoMLJobV2 cannot be described by "
            "DescribeAutoMLJob. Use DescribeAutoMLJobV2."
        )
    return _description(record)


def _description(record: Record) -> dict[str, Any]:
    """All members of both Describe operations; the service model keeps each one's own."""
    described = {
        **_as_v2(record),
        **_summary(record),
        "ResolvedAttributes": record.get("ResolvedAttributes"),
        "AutoMLJobArtifacts": record.get("Artifacts"),
    }
    for candidate in record["Candidates"]:
        if candidate["CandidateName"] == record.get("BestCandidateName"):
            described["BestCandidate"] = candidate
    return described


def _as_v2(record: Record) -> dict[str, Any]:
    """The request's members; those of a V1 job also under their V2 names."""
    request = record["Request"]
    if record["CreatedBy"] == _V2:
        (config_name,) = request["AutoMLProblemTypeConfig"]
        return {
            **request,
            "AutoMLProblemTypeConfigName": config_name.removesuffix("JobConfig"),
        }
    config = request.get("AutoMLJobConfig") or {}
    channels = request["InputDataConfig"]
    return {
        **request,
        "AutoMLJobInputDataConfig": [
            {key: value for key, value in channel.items() if key not in _V1_CHANNEL_ONLY}
            for channel in channels
        ],
        "AutoMLProblemTypeConfig": {
            "TabularJobConfig": {
                "TargetAttributeName": channels[0]["TargetAttributeName"],
                "ProblemType": request.get("ProblemType"),
                "Mode": config.get("Mode"),
                "CompletionCriteria": config.get("CompletionCriteria"),
                "SampleWeightAttributeName": channels[0].get("SampleWeightAttributeName"),
            }
        },
        "AutoMLProblemTypeConfigName": "Tabular",
        "DataSplitConfig": config.get("DataSplitConfig"),
        "SecurityConfig": config.get("SecurityConfig"),
    }


def _summary(record: Record) -> dict[str, Any]:
    return {
        "AutoMLJobName": record["Name"],
        "AutoMLJobArn": record["Arn"],
        "AutoMLJobStatus": record["Status"],
        "AutoMLJobSecondaryStatus": record["SecondaryStatus"],
        "CreationTime": record["CreationTime"],
        "LastModifiedTime": record["LastModifiedTime"],
        "EndTime": record.get("EndTime"),
        "FailureReason": record.get("FailureReason"),
    }


def list_jobs(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    keys = {
        "Name": lambda record: record["Name"].lower(),
        "CreationTime": lambda record: record["CreationTime"],
        "Status": lambda record: record["Status"],
    }
    found = matching(account.state.jobs, request)
    records, token = page(found, request, keys, default_key="Name")
    return {"AutoMLJobSummaries": [_summary(record) for record in records], "NextToken": token}


def list_candidates(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    job = _job(account, request)
    keys = {
        "CreationTime": lambda candidate: candidate["CreationTime"],
        "Status": lambda candidate: candidate["CandidateStatus"],
        "FinalObjectiveMetricValue": _objective_value,
    }
    wanted_status = request.get("StatusEquals")
    wanted_name = request.get("CandidateNameEquals")
    found = [
        candidate
        for candidate in job["Candidates"]
        if wanted_status in (None, candidate["CandidateStatus"])
        and wanted_name in (None, candidate["CandidateName"])
    ]
    candidates, token = page(found, request, keys, default_order="Ascending")
    return {"Candidates": candidates, "NextToken": token}


def _objective_value(candidate: Record) -> float:
    metric = candidate.get("FinalAutoMLJobObjectiveMetric")
    return metric["Value"] if metric else float("-inf")


def stop_job(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    with account.state.jobs.lock:
        record = _job(account, request)
        if record["Status"] not in ("InProgress", "Stopping"):
            raise validation(
                f"The request was rejected because the AutoML job is in status {record['Status']}."
            )
        account.runs[record["Name"].lower()].stop()
    return {}


def _job(account: Account, request: dict[str, Any]) -> Record:
    name = request["AutoMLJobName"]
    record = account.state.jobs.get(name)
    if record is None:
        raise AwsError(
            "ResourceNotFound", f"Amazon SageMaker can't find an AutoML job called {name}."
        )
    return record


OPERATIONS = {
    "CreateAutoMLJob": create_job,
    "CreateAutoMLJobV2": create_job_v2,
    "DescribeAutoMLJob": describe_job,
    "DescribeAutoMLJobV2": describe_job_v2,
    "ListAutoMLJobs": list_jobs,
    "ListCandidatesForAutoMLJob": list_candidates,
    "StopAutoMLJob": stop_job,
}
