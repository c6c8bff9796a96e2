import pandas as pd

COLUMNS = [
    "endpoint_name",
    "connection_name",
    "aws_region",
    "job_name",
    "status",
    "failure_reason",
    "instance_type",
    "instance_count",
    "created_at",
    "updated_at",
    "error_message",
]


def model(dbt, session):
    dbt.config(materialized="python_table")
    registered = dbt.ref("sme_registered_endpoints")
    known = {
        place: list(group.loc[group["ENDPOINT_STATUS"] != "Deleted", "ENDPOINT_NAME"])
        for place, group in registered.groupby(["CONNECTION_NAME", "AWS_REGION"])
    }
    if not session.is_empty:
        # Also where nothing is registered: what is charged is to be seen here. This one place
        # has to be there, so its CONNECTION is tried first.
        session.client("sagemaker")
        known.setdefault((session.connection, session.region), [])
    rows = []
    for (connection, region), names in known.items():
        rows += session.aws.endpoints_at(session.exa, connection, region, names)
    endpoints = pd.DataFrame(rows, columns=COLUMNS)
    endpoints["created_at"] = pd.to_datetime(endpoints["created_at"])
    endpoints["updated_at"] = pd.to_datetime(endpoints["updated_at"])
    live = registered[registered["ENDPOINT_STATUS"] != "Deleted"]
    endpoints["is_registered"] = endpoints["endpoint_name"].isin(live["ENDPOINT_NAME"])
    return endpoints
