import pandas as pd

COLUMNS = [
    "job_name",
    "candidate_name",
    "status",
    "failure_reason",
    "is_best",
    "metric_name",
    "metric_type",
    "metric_value",
    "training_seconds",
    "created_at",
    "ended_at",
]


def model(dbt, session):
    dbt.config(materialized="python_table")
    jobs = dbt.ref("sme_jobs")
    rows = []
    for (connection, region), group in jobs.groupby(["CONNECTION_NAME", "AWS_REGION"]):
        rows += session.aws.candidates_at(session.exa, connection, region, group["JOB_NAME"])
    candidates = pd.DataFrame(rows, columns=COLUMNS)
    candidates["created_at"] = pd.to_datetime(candidates["created_at"])
    candidates["ended_at"] = pd.to_datetime(candidates["ended_at"])
    return candidates
