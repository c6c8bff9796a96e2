"""Batch transform: predictions for files in S3 that need no endpoint."""

import time

from botocore.exceptions import ClientError

from .accounts import check_account
from .aws import is_missing
from .deployment import chosen, create_once, not_deployable
from .errors import SmeError
from .hosting import containers_with_response_keys
from .job_request import tag_list, without_empty
from .removal import delete_once
from .storage import delete_prefix, keys_below
from .training import POLL_SECONDS, check_export_connection, describe_job

INPUT_FOLDER, OUTPUT_FOLDER = "input/", "output/"
TRANSFORM_TAG = "sme:transform"
RUNNING_TRANSFORM = ("InProgress", "Stopping")


def transform_requests(spec, candidate):
    """What makes a model and starts a transform job that reads lines of CSV.

    The first field of each line is the number of its row. The model does not see it, and it
    comes back in front of the answer, so that nothing depends on the order of the lines.

    Args:
        spec: transform_job_name, role, bucket, prefix, field_count (of a line without
            the number in front), instance_type, instance_count, tags and, where given,
            max_payload_in_mb and max_concurrent_transforms.
        candidate: a candidate as DescribeAutoMLJobV2 gives it.

    Returns:
        model and job (keyword arguments of boto3) and response_keys. The model has the name of
        the transform job, for which alone it is made.
    """
    containers, response_keys = containers_with_response_keys(candidate["InferenceContainers"])
    name, fields = spec["transform_job_name"], int(spec["field_count"])
    answers = range(fields + 1, fields + 1 + len(response_keys))
    tags = tag_list({**spec["tags"], TRANSFORM_TAG: name})
    folder = f"s3://{spec['bucket']}/{spec['prefix']}"
    source = {"S3DataType": "S3Prefix", "S3Uri": folder + INPUT_FOLDER}
    job = {
        "TransformJobName": name,
        "ModelName": name,
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": whole(spec.get("max_payload_in_mb")),
        "MaxConcurrentTransforms": whole(spec.get("max_concurrent_transforms")),
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": folder + OUTPUT_FOLDER,
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {
            "InstanceType": spec["instance_type"],
            "InstanceCount": int(spec["instance_count"]),
        },
        "DataProcessing": {
            "InputFilter": "$[1:]",
            "JoinSource": "Input",
            "OutputFilter": f"$[{','.join(map(str, [0, *answers]))}]",
        },
        "Tags": tags,
    }
    model = {
        "ModelName": name,
        "ExecutionRoleArn": spec["role"],
        "Containers": containers,
        "Tags": tags,
    }
    return {"model": model, "job": without_empty(job), "response_keys": response_keys}


def whole(number):
    """An optional whole number, which JSON may have made a float."""
    return None if number is None else int(number)


def check_transform(exa, client, spec):
    """What can be known before anything is exported: the job is done, and what it answers.

    Raises:
        SmeError: E-SME-8, E-SME-10 where the job has no model that could predict, E-SME-19 where
            the CONNECTION exports to another bucket, or E-SME-70 for an unknown candidate.
    """
    knows_bucket = check_export_connection(exa, spec)
    job = describe_job(client, spec["job_name"])
    if job["status"] != "Completed" or not job["best_candidate"]:
        raise SmeError("E-SME-10", not_deployable(job))
    candidate = chosen(client, spec)
    _, response_keys = containers_with_response_keys(candidate["InferenceContainers"])
    return {
        "problem_type": job["problem_type"],
        "candidate": candidate["CandidateName"],
        "response_keys": response_keys,
        "knows_bucket": knows_bucket,
    }


def start_transform(client, s3, spec):
    """Makes the model and starts the transform job. Repeating it does no harm."""
    delete_empty(s3, spec["bucket"], spec["prefix"] + INPUT_FOLDER)
    requests = transform_requests(spec, chosen(client, spec))
    create_once(client.create_model, requests["model"])
    create_once(client.create_transform_job, requests["job"])
    return describe_transform(client, spec["transform_job_name"])


def delete_empty(s3, bucket, prefix):
    """Deletes the files without rows, which a database with few rows may have exported, too."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            if entry["Size"] == 0:
                s3.delete_object(Bucket=bucket, Key=entry["Key"])


def describe_transform(client, name, account=None):
    """Status and reason of a transform job, with the status NotStarted where AWS has none.

    account: the AWS account that it is in, where that is known. See check_account.
    """
    try:
        answer = client.describe_transform_job(TransformJobName=name)
    except ClientError as error:
        if is_missing(error):
            check_account(client, f"Batch prediction {name}", None, account)
            return {"status": "NotStarted", "failure_reason": None}
        raise
    return {"status": answer["TransformJobStatus"], "failure_reason": answer.get("FailureReason")}


def wait_for_transform(client, name, known, seconds, account=None):
    """The transform job as soon as its status differs from `known`, or after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        summary = describe_transform(client, name, account)
        if summary["status"] != known or time.monotonic() >= deadline:
            return summary
        time.sleep(min(POLL_SECONDS, max(0.1, deadline - time.monotonic())))


def stop_transform(client, name, account=None):
    """Asks AWS to stop a transform job. One that has ended stays as it is."""
    if describe_transform(client, name, account)["status"] == "InProgress":
        try:
            client.stop_transform_job(TransformJobName=name)
        except ClientError:
            if describe_transform(client, name)["status"] in RUNNING_TRANSFORM:
                raise
            # it ended between the two calls
    return describe_transform(client, name)


def transform_output(s3, spec):
    """The keys of the files that a transform job has written."""
    return {"keys": keys_below(s3, spec["bucket"], spec["prefix"] + OUTPUT_FOLDER)}


def clean_transform(client, s3, spec):
    """Deletes the model of a transform job and all that lies under its prefix in S3.

    A transform job that runs is stopped first, and cleaned up after when it has stopped.

    Returns:
        status and failure_reason of the transform job, and whether it is_clean.
    """
    name = spec["transform_job_name"]
    job = stop_transform(client, name, spec.get("account"))
    if job["status"] in RUNNING_TRANSFORM:
        return {**job, "is_clean": False}
    delete_prefix(s3, spec["bucket"], spec["prefix"])
    delete_once(client.delete_model, {"ModelName": name})
    return {**job, "is_clean": True}
