"""Every endpoint that AWS has, and is paid for, whoever made it."""

import datetime

from botocore.exceptions import ClientError

from .accounts import account_of
from .aws import is_missing
from .endpoints import endpoint_summary, tags_of
from .training import moment

CHARGED = ("InService", "Updating", "SystemUpdating", "RollingBack", "Creating")


def list_endpoints(client):
    """All endpoints of the account and region, each with its size, its age and its tags.

    Returns:
        endpoints: a list of `listed_endpoint`, oldest first. account: see account_of.
        now: the moment, in UTC.
    """
    pages = client.get_paginator("list_endpoints").paginate(
        SortBy="CreationTime", SortOrder="Ascending"
    )
    names = [endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]]
    endpoints = [listed_endpoint(client, name) for name in names]
    return {
        "endpoints": [endpoint for endpoint in endpoints if endpoint is not None],
        "account": account_of(client),
        "now": moment(datetime.datetime.now(datetime.timezone.utc)),
    }


def listed_endpoint(client, name):
    """One endpoint, or None where it was deleted meanwhile."""
    try:
        answer = client.describe_endpoint(EndpointName=name)
        tags = tags_of(client, answer["EndpointArn"])
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return {
        **endpoint_summary(answer),
        "is_charged": answer["EndpointStatus"] in CHARGED and holds_capacity(answer),
        "instance_types": instance_types(client, answer.get("EndpointConfigName")),
        "created_at": moment(answer["CreationTime"]),
        "modified_at": moment(answer["LastModifiedTime"]),
        "tags": tags,
    }


def holds_capacity(answer):
    """Whether an endpoint costs while nobody asks it: not if it is serverless, unless it keeps
    some of that provisioned."""
    serverless = [v.get("CurrentServerlessConfig") for v in answer.get("ProductionVariants") or []]
    return any(config is None or config.get("ProvisionedConcurrency") for config in serverless)


def instance_types(client, config_name):
    """The types of instances of a configuration: none for serverless, or where it is gone."""
    try:
        config = client.describe_endpoint_config(EndpointConfigName=config_name)
    except ClientError as error:
        if is_missing(error):
            return []
        raise
    return [v["InstanceType"] for v in config["ProductionVariants"] if v.get("InstanceType")]
