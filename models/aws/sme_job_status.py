import pandas as pd

COLUMNS = [
    "job_name",
    "is_in_aws",
    "status",
    "secondary_status",
    "failure_reason",
    "elapsed_seconds",
    "best_candidate",
    "metric_name",
    "metric_value",
    "problem_type",
    "error_message",
]


def model(dbt, session):
    dbt.config(materialized="python_table")
    jobs = dbt.ref("sme_jobs")
    rows = []
    for (connection, region), group in jobs.groupby(["CONNECTION_NAME", "AWS_REGION"]):
        rows += session.aws.job_statuses_at(session.exa, connection, region, group["JOB_NAME"])
    return pd.DataFrame(rows, columns=COLUMNS)
