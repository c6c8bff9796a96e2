"""Autopilot jobs: what to ask for, starting one, describing one."""

import json
import time

from botocore.exceptions import ClientError

from .aws import bucket_in, connection_of, error_code, error_text, is_missing
from .errors import SmeError

CSV_WITH_HEADER = "text/csv" + chr(59) + "header=present"
POLL_SECONDS = 1


def job_request(spec):
    """The CreateAutoMLJobV2 request of a tabular training.

    Args:
        spec: job_name, role, s3_input_uri, s3_output_uri and target, and where given
            problem_type, objective, max_candidates, max_runtime_for_automl_job_in_seconds,
            max_runtime_per_training_job_in_seconds and tags (name to value).

    Returns:
        The keyword arguments of boto3 create_auto_ml_job_v2.
    """
    limits = {
        "MaxCandidates": spec.get("max_candidates"),
        "MaxAutoMLJobRuntimeInSeconds": spec.get("max_runtime_for_automl_job_in_seconds"),
        "MaxRuntimePerTrainingJobInSeconds": spec.get("max_runtime_per_training_job_in_seconds"),
    }
    limits = {name: int(value) for name, value in limits.items() if value is not None}
    tabular = {"TargetAttributeName": spec["target"]}
    if limits:
        tabular["CompletionCriteria"] = limits
    if spec.get("problem_type"):
        tabular["ProblemType"] = spec["problem_type"]
    source = {"S3DataType": "S3Prefix", "S3Uri": spec["s3_input_uri"]}
    request = {
        "AutoMLJobName": spec["job_name"],
        "AutoMLJobInputDataConfig": [
            {
                "ChannelType": "training",
                "ContentType": CSV_WITH_HEADER,
                "DataSource": {"S3DataSource": source},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": spec["s3_output_uri"]},
        "AutoMLProblemTypeConfig": {"TabularJobConfig": tabular},
        "RoleArn": spec["role"],
        "Tags": tag_list(spec.get("tags")),
    }
    if spec.get("objective"):
        request["AutoMLJobObjective"] = {"MetricName": metric_name(spec["objective"])}
    return request


def metric_name(objective):
    """The metric of an objective given by name, or in the JSON form of the predecessor."""
    if objective.lstrip().startswith("{"):
        return json.loads(objective)["MetricName"]
    return objective


def tag_list(tags):
    """AWS tags of a plain dictionary."""
    return [{"Key": key, "Value": str(value)} for key, value in sorted((tags or {}).items())]


def job_summary(description, now):
    """The parts of a DescribeAutoMLJobV2 answer that a user asks for.

    Args:
        description: the answer of boto3.
        now: seconds since the epoch, for a job that has not ended.

    Returns:
        A flat dictionary, with None for what the job does not know yet.
    """
    best = description.get("BestCandidate") or {}
    metric = best.get("FinalAutoMLJobObjectiveMetric") or {}
    resolved = description.get("ResolvedAttributes") or {}
    attributes = resolved.get("AutoMLProblemTypeResolvedAttributes") or {}
    tabular = attributes.get("TabularResolvedAttributes") or {}
    started = description["CreationTime"].timestamp()
    ended = description["EndTime"].timestamp() if description.get("EndTime") else now
    return {
        "job_name": description["AutoMLJobName"],
        "status": description["AutoMLJobStatus"],
        "secondary_status": description["AutoMLJobSecondaryStatus"],
        "failure_reason": description.get("FailureReason"),
        "elapsed_seconds": max(0, round(ended - started)),
        "best_candidate": best.get("CandidateName"),
        "metric_name": metric.get("MetricName"),
        "metric_value": metric.get("Value"),
        "problem_type": tabular.get("ProblemType"),
    }


def check_training(exa, client, spec):
    """What can be known before anything is exported or started.

    Returns:
        known_job: the summary of a job that already has this name, or None.

    Raises:
        SmeError: E-SME-18 (boto3 too old) or E-SME-19 (another bucket than the CONNECTION).
    """
    if not hasattr(client, "create_auto_ml_job_v2"):
        raise SmeError(
            "E-SME-18",
            "The boto3 of this script language does not know CreateAutoMLJobV2. Use Exasol 7.1.30 "
            "or newer, or set script_language to a language container that has boto3 1.34.",
        )
    address = connection_of(exa, spec["connection"]).address
    exported_to, read_from = bucket_in(address), bucket_in(spec["s3_bucket_uri"])
    if exported_to and read_from and exported_to != read_from:
        raise SmeError(
            "E-SME-19",
            f"CONNECTION {spec['connection']} exports to bucket {exported_to}, but the job would "
            f"read from bucket {read_from}. Give the bucket that the CONNECTION names.",
        )
    return {"known_job": find_job(client, spec["job_name"])}


def start_job(client, spec):
    """Starts the job. Raises E-SME-12 where AWS has seen the name before."""
    try:
        answer = client.create_auto_ml_job_v2(**job_request(spec))
    except ClientError as error:
        if error_code(error) == "ResourceInUse":
            raise SmeError(
                "E-SME-12",
                f"Job name {spec['job_name']} was used before, and AWS never frees the name of a "
                f"job: choose another one. ({error_text(error)})",
            ) from None
        raise
    return {"job_arn": answer["AutoMLJobArn"]}


def find_job(client, job_name):
    """The summary of a job, or None where AWS does not know the name."""
    try:
        description = client.describe_auto_ml_job_v2(AutoMLJobName=job_name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return job_summary(description, time.time())


def describe_job(client, job_name):
    """The summary of a job. Raises E-SME-8 where AWS does not know the name."""
    summary = find_job(client, job_name)
    if summary is None:
        raise SmeError(
            "E-SME-8",
            f"Job {job_name} does not exist in this AWS account and region. Check the name in "
            "SME_METADATA_AUTOPILOT_JOBS, and the region.",
        )
    return summary


def wait_for_job(client, job_name, known, seconds):
    """The summary of a job as soon as it differs from `known`, or after `seconds`.

    Args:
        known: [status, secondary_status] that the caller has already seen.
        seconds: how long to wait at the most. Kept short, so that a session can be stopped.
    """
    deadline = time.monotonic() + seconds
    while True:
        summary = describe_job(client, job_name)
        if [summary["status"], summary["secondary_status"]] != list(known):
            return summary
        if time.monotonic() >= deadline:
            return summary
        time.sleep(min(POLL_SECONDS, max(0.1, deadline - time.monotonic())))
