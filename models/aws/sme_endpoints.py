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
]


def model(dbt, session):
    dbt.config(materialized="python_table")
    registered = dbt.ref("sme_registered_endpoints")
    places = set(registered[["CONNECTION_NAME", "AWS_REGION"]].itertuples(index=False, name=None))
    if not session.is_empty:
        # Also where nothing is registered any more: what is charged is to be seen here.
        places.add((session.connection, session.region))
    rows = []
    for connection, region in sorted(places, key=str):
        client = session.client("sagemaker", connection, region)
        for endpoint in session.aws.listed_endpoints(client):
            rows.append({**endpoint, "connection_name": connection, "aws_region": region})
    endpoints = pd.DataFrame(rows, columns=COLUMNS)
    endpoints["created_at"] = pd.to_datetime(endpoints["created_at"])
    endpoints["updated_at"] = pd.to_datetime(endpoints["updated_at"])
    live = registered[registered["ENDPOINT_STATUS"] != "Deleted"]
    endpoints["is_registered"] = endpoints["endpoint_name"].isin(live["ENDPOINT_NAME"])
    return endpoints
