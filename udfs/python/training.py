"""Autopilot jobs: what to ask for, starting one, describing one."""

import datetime
import math
import time

from botocore.exceptions import ClientError

from .aws import bucket_in, connection_of, error_code, error_text, is_missing
from .credentials import check_can_export
from .errors import SmeError
from .job_request import job_request
from .request_limits import check_limits

POLL_SECONDS = 1


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
    channels = description.get("AutoMLJobInputDataConfig") or []
    sources = [channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in channels]
    started = description["CreationTime"].timestamp()
    ended = description["EndTime"].timestamp() if description.get("EndTime") else now
    return {
        "job_name": description["AutoMLJobName"],
        "status": description["AutoMLJobStatus"],
        "secondary_status": description["AutoMLJobSecondaryStatus"],
        "failure_reason": description.get("FailureReason"),
        "elapsed_seconds": max(0, round(ended - started)),
        "max_runtime_seconds": runtime_limit(description),
        "ended_at": moment(description.get("EndTime")),
        "best_candidate": best.get("CandidateName"),
        "metric_name": metric.get("MetricName"),
        "metric_value": finite(metric.get("Value")),
        "problem_type": tabular.get("ProblemType") or untold_problem_type(description),
        "input_uri": sources[0] if sources else "",
    }


def moment(time):
    """A time of AWS as text in UTC with microseconds, or None."""
    if time is None:
        return None
    # boto3 gives the time zone of the machine.
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def finite(value):
    """The number, or None where a metric is NaN or infinite: JSON and SQL know no such numbers."""
    return value if value is not None and math.isfinite(value) else None


def runtime_limit(description):
    """The seconds after which AWS ends the job, or None where it was given no limit."""
    configs = description.get("AutoMLProblemTypeConfig") or {}
    config = next(iter(configs.values()), {})  # the only one, under the name of its type
    return (config.get("CompletionCriteria") or {}).get("MaxAutoMLJobRuntimeInSeconds")


def untold_problem_type(description):
    """The problem type of a job on something else than tabular data, which AWS does not repeat."""
    config = description.get("AutoMLProblemTypeConfig") or {}
    names = {
        "TimeSeriesForecastingJobConfig": "TimeSeriesForecasting",
        "TextClassificationJobConfig": "TextClassification",
    }
    return next((name for member, name in names.items() if member in config), None)


def check_training(exa, client, spec):
    """What can be known before anything is exported or started.

    Args:
        spec: job_name where it is given, s3_connection, s3_bucket_uri and the request to come,
            as `start_job` takes it.

    Returns:
        known_job: the summary of a job that already has this name, or None.
        knows_bucket: whether the export is known to go where the job reads from.

    Raises:
        SmeError: E-SME-18 (boto3 too old), E-SME-19 (another bucket than the CONNECTION),
            E-SME-64 (a value that AWS would refuse) or E-SME-78 (a CONNECTION that cannot export).
    """
    if not hasattr(client, "create_auto_ml_job_v2"):
        raise SmeError(
            "E-SME-18",
            "The boto3 of this script language does not know CreateAutoMLJobV2. Use Exasol 7.1.30 "
            "or newer, or set script_language to a language container that has boto3 1.34.",
        )
    check_members(client, spec["request"])
    check_limits(client, "CreateAutoMLJobV2", job_request(spec["request"]))
    job_name = spec.get("job_name")
    return {
        "knows_bucket": check_export_connection(exa, spec),
        "known_job": find_job(client, job_name) if job_name else None,
    }


def check_export_connection(exa, spec):
    """Whether the CONNECTION that exports is known to lead to the bucket that the job reads from.

    The right to export with it is enough, and then it cannot be read here.
    """
    name = spec["s3_connection"]
    try:
        connection = connection_of(exa, name)
    except SmeError:
        return False
    check_can_export(name, connection.address, connection.password)
    exported_to, read_from = bucket_in(connection.address), bucket_in(spec["s3_bucket_uri"])
    if exported_to and read_from and exported_to != read_from:
        raise SmeError(
            "E-SME-19",
            f"CONNECTION {name} exports to bucket {exported_to}, but the job would read from "
            f"bucket {read_from}. Give the bucket that the CONNECTION names, or "
            "a CONNECTION that leads there.",
        )
    return bool(exported_to and read_from)


def check_export(client, spec):
    """Raises E-SME-19 where nothing was exported to the bucket that the job reads from."""
    found = client.list_objects_v2(Bucket=spec["bucket"], Prefix=spec["prefix"], MaxKeys=1)
    if not found.get("KeyCount"):
        raise SmeError(
            "E-SME-19",
            f"CONNECTION {spec['s3_connection']} exports to another bucket than {spec['bucket']}, "
            "from which the job would read. Give the bucket that the CONNECTION names, or a "
            f"CONNECTION that leads there, and delete what was exported below {spec['prefix']}.",
        )
    return {}


def check_members(client, spec):
    """Raises E-SME-18 where this boto3 is older than an option that is asked for."""
    if spec.get("kind") == "forecasting" and spec.get("algorithms"):
        model = client.meta.service_model.shape_for("TimeSeriesForecastingJobConfig")
        if "CandidateGenerationConfig" not in model.members:
            raise SmeError(
                "E-SME-18",
                "The boto3 of this script language does not know algorithms of forecasts: leave "
                "algorithms out, or use a language container with boto3 1.35 or newer.",
            )


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
