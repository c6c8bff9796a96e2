"""Candidates of a job: all of them, with all their metrics and the addresses of what they left."""

from .errors import SmeError
from .training import describe_job, finite, moment

# The largest page that ListCandidatesForAutoMLJob gives.
PAGE_SIZE = 300
MINIMIZE = "Minimize"


def list_candidates(client, job_name):
    """Every candidate of a job, the best one first, then by their objective.

    Returns:
        candidates: a list of what `candidate_summary` gives.

    Raises:
        SmeError: E-SME-8, AWS does not know the job.
    """
    job = describe_job(client, job_name)
    found = ranked(described_candidates(client, job["job_name"]))
    best = job["best_candidate"]
    if best is None and found and objective_of(found[0]) is not None:
        best = found[0]["CandidateName"]
    summaries = [
        candidate_summary(candidate, candidate["CandidateName"] == best) for candidate in found
    ]
    return {
        "job_name": job["job_name"],
        "candidates": sorted(summaries, key=lambda summary: not summary["is_best"]),
    }


def described_candidates(client, job_name):
    """All candidates as AWS describes them, page by page."""
    found, token = [], None
    while True:
        request = {"AutoMLJobName": job_name, "MaxResults": PAGE_SIZE}
        if token:
            request["NextToken"] = token
        answer = client.list_candidates_for_auto_ml_job(**request)
        found += answer["Candidates"]
        token = answer.get("NextToken")
        if not token:
            return found


def unknown_candidate(job_name, wanted, names):
    """The error for a name that no candidate of the job has, or for no candidate at all."""
    what = f"no candidate {wanted}" if wanted else "no best candidate yet"
    return SmeError(
        "E-SME-70",
        f"Job {job_name} has {what}. Its candidates are: {', '.join(names) or 'none yet'}. Wait "
        "for the job with sme.wait, or name one of these.",
    )


def objective_of(candidate):
    """The value of the objective metric, or None while there is none."""
    return finite((candidate.get("FinalAutoMLJobObjectiveMetric") or {}).get("Value"))


def ranked(candidates):
    """Candidates by their objective, the best first and those without one last."""

    def key(candidate):
        value = objective_of(candidate)
        if value is None:
            return (1, 0.0)
        metric = candidate["FinalAutoMLJobObjectiveMetric"]
        return (0, value if metric.get("Type") == MINIMIZE else -value)

    return sorted(candidates, key=key)


def candidate_summary(candidate, is_best):
    """The parts of one candidate that a user asks for, with None for what it lacks."""
    metric = candidate.get("FinalAutoMLJobObjectiveMetric") or {}
    properties = candidate.get("CandidateProperties") or {}
    artifacts = properties.get("CandidateArtifactLocations") or {}
    containers = candidate.get("InferenceContainers") or []
    started, ended = candidate["CreationTime"], candidate.get("EndTime")
    return {
        "candidate_name": candidate["CandidateName"],
        "status": candidate["CandidateStatus"],
        "failure_reason": candidate.get("FailureReason"),
        "is_best": is_best,
        "metric_name": metric.get("MetricName"),
        "metric_type": metric.get("Type"),
        "metric_value": objective_of(candidate),
        "metrics": metric_values(properties.get("CandidateMetrics") or []),
        "explainability_uri": artifacts.get("Explainability"),
        "model_insights_uri": artifacts.get("ModelInsights"),
        "backtest_results_uri": artifacts.get("BacktestResults"),
        "model_uris": [container.get("ModelDataUrl") for container in containers],
        "created_at": moment(started),
        "ended_at": moment(ended),
        "training_seconds": round((ended - started).total_seconds()) if ended else None,
    }


def metric_values(metrics):
    """The metrics of a candidate, each with the set of rows that it was measured on.

    AWS leaves MetricName out where a metric is no possible objective, such as LogLoss.
    """
    return [
        {
            "name": metric.get("StandardMetricName") or metric.get("MetricName"),
            "data_set": metric.get("Set"),
            "value": finite(metric.get("Value")),
        }
        for metric in metrics
    ]


def with_best_so_far(client, summary):
    """The summary of a job, where AWS names no best candidate yet with the best one so far.

    DescribeAutoMLJobV2 may leave BestCandidate out until the job has ended.
    """
    if summary["best_candidate"] is not None or summary["status"] != "InProgress":
        return summary
    for candidate in ranked(described_candidates(client, summary["job_name"]))[:1]:
        value = objective_of(candidate)
        if value is not None:
            return {
                **summary,
                "best_candidate": candidate["CandidateName"],
                "metric_name": candidate["FinalAutoMLJobObjectiveMetric"].get("MetricName"),
                "metric_value": value,
            }
    return summary
