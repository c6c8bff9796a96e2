"""Batch transform's operations: create, describe, list and stop transform jobs."""

from __future__ import annotations

from typing import Any

from . import tags
from .account import Account
from .clock import now
from .errors import AwsError, unsupported, validation
from .listing import matching, page
from .models import find_model
from .record_filter import compile_filter
from .state import Record

DEFAULT_PAYLOAD = 6  # MB
MOST_PAYLOAD = 100  # MB, of all requests at a time together
_FOREIGN_MEMBERS = ("DataCaptureConfig", "ExperimentConfig", "Environment")


def create_job(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    name = request["TransformJobName"]
    _check(request)
    find_model(account, request["ModelName"])
    created = now()
    record = {
        "Name": name,
        "Arn": account.arn("transform-job", name),
        "Request": {key: value for key, value in request.items() if key != "Tags"},
        "Tags": tags.from_request(request),
        "Status": "InProgress",
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    with account.state.transform_jobs.lock:
        if not account.state.transform_jobs.add(record):
            raise AwsError(
                "ResourceInUse",
                f"Job name must be unique within an AWS account and region, and a job with this "
                f"name already exists ({record['Arn']}).",
            )
        _start(account, record)
    return {"TransformJobArn": record["Arn"]}


def _check(request: dict[str, Any]) -> None:
    """Refuses what AWS refuses, and what the stand-in does not know."""
    for member in _FOREIGN_MEMBERS:
        if request.get(member):
            raise unsupported(f"{member} of a transform job")
    source, output = request["TransformInput"], request["TransformOutput"]
    if source["DataSource"]["S3DataSource"]["S3DataType"] != "S3Prefix":
        raise unsupported("transform input other than S3Prefix")
    for title, media_type in (
        ("ContentType", source.get("ContentType")),
        ("Accept", output.get("Accept")),
    ):
        if (media_type or "text/csv").partition(";")[0].strip().lower() != "text/csv":
            raise unsupported(f"{title} {media_type} of a transform job")
    split = source.get("SplitType", "None")
    if split not in ("None", "Line"):
        raise unsupported(f"SplitType {split}")
    if request.get("BatchStrategy") == "MultiRecord" and split == "None":
        raise validation("BatchStrategy MultiRecord requires a SplitType other than None.")
    _check_payload(request)
    _check_processing(request.get("DataProcessing") or {}, split, output)


def _check_payload(request: dict[str, Any]) -> None:
    payload = request.get("MaxPayloadInMB", DEFAULT_PAYLOAD)
    if payload == 0:
        raise unsupported("MaxPayloadInMB 0, which is for chunked transfer")
    at_a_time = request.get("MaxConcurrentTransforms") or 1
    if payload * at_a_time > MOST_PAYLOAD:
        raise validation(
            f"MaxConcurrentTransforms * MaxPayloadInMB is {payload * at_a_time}, but must not "
            f"exceed {MOST_PAYLOAD}."
        )


def _check_processing(processing: dict[str, Any], split: str, output: dict[str, Any]) -> None:
    for member in ("InputFilter", "OutputFilter"):
        compile_filter(member, processing.get(member))
    if not any(value not in ("None", "$") for value in processing.values()):
        return
    if split != "Line" or output.get("AssembleWith") != "Line":
        raise validation("DataProcessing requires SplitType Line and AssembleWith Line.")


def _start(account: Account, record: Record) -> None:
    from .transforming import TransformRun  # loads pandas, which takes a while

    run = TransformRun(account, record["Name"], record["Request"])
    account.transforms[record["Name"].lower()] = run
    run.start()


def resume(account: Account) -> None:
    """After a restart: unfinished jobs start anew, and stopping ones are stopped."""
    for record in account.state.transform_jobs:
        if record["Status"] == "InProgress":
            _start(account, record)
        elif record["Status"] == "Stopping":
            account.state.transform_jobs.update(
                record["Name"], Status="Stopped", TransformEndTime=now()
            )


def describe_job(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = _job(account, request)
    return {
        **record["Request"],
        **_summary(record),
        "TransformStartTime": record.get("TransformStartTime"),
    }


def list_jobs(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    keys = {
        "Name": lambda record: record["Name"].lower(),
        "CreationTime": lambda record: record["CreationTime"],
        "Status": lambda record: record["Status"],
    }
    records, token = page(matching(account.state.transform_jobs, request), request, keys)
    return {"TransformJobSummaries": [_summary(record) for record in records], "NextToken": token}


def _summary(record: Record) -> dict[str, Any]:
    return {
        "TransformJobName": record["Name"],
        "TransformJobArn": record["Arn"],
        "TransformJobStatus": record["Status"],
        "CreationTime": record["CreationTime"],
        "LastModifiedTime": record["LastModifiedTime"],
        "TransformEndTime": record.get("TransformEndTime"),
        "FailureReason": record.get("FailureReason"),
    }


def stop_job(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    with account.state.transform_jobs.lock:
        record = _job(account, request)
        if record["Status"] not in ("InProgress", "Stopping"):
            raise validation(
                "The request was rejected because the transform job is in status "
                f"{record['Status']}."
            )
        account.transforms[record["Name"].lower()].stop()
    return {}


def _job(account: Account, request: dict[str, Any]) -> Record:
    name = request["TransformJobName"]
    record = account.state.transform_jobs.get(name)
    if record is None:
        raise validation(f"Could not find requested job with name: {name}")
    return record


OPERATIONS = {
    "CreateTransformJob": create_job,
    "DescribeTransformJob": describe_job,
    "ListTransformJobs": list_jobs,
    "StopTransformJob": stop_job,
}
