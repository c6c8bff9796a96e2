"""Endpoints as AWS has them: finding, describing, watching one, and whose it is."""

import time

from botocore.exceptions import ClientError

from .accounts import check_account
from .aws import is_missing
from .errors import SmeError
from .hosting import OWNER_TAG
from .training import POLL_SECONDS

GONE = "Deleted"
IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack")


def find_endpoint(client, endpoint_name):
    """An endpoint as `endpoint_summary` gives it, or None where AWS has none."""
    try:
        answer = client.describe_endpoint(EndpointName=endpoint_name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return endpoint_summary(answer)


def endpoint_summary(answer):
    """The parts of a DescribeEndpoint answer that sme asks for."""
    pending = answer.get("PendingDeploymentSummary") or {}
    return {
        "endpoint_name": answer["EndpointName"],
        "status": answer["EndpointStatus"],
        "failure_reason": answer.get("FailureReason"),
        "config_name": answer.get("EndpointConfigName"),
        "pending_config_name": pending.get("EndpointConfigName"),
        "arn": answer["EndpointArn"],
        "variants": [variant_summary(v) for v in answer.get("ProductionVariants") or []],
    }


def variant_summary(variant):
    """How large a production variant is, and is to be."""
    serverless = variant.get("CurrentServerlessConfig") or {}
    return {
        "name": variant["VariantName"],
        "current_instances": variant.get("CurrentInstanceCount"),
        "desired_instances": variant.get("DesiredInstanceCount"),
        "serverless_memory_mb": serverless.get("MemorySizeInMB"),
        "serverless_max_concurrency": serverless.get("MaxConcurrency"),
    }


def describe_endpoint(client, endpoint_name, account=None):
    """As find_endpoint, with the status Deleted for an endpoint that AWS does not have.

    account: the AWS account in which it was made, where that is known. See check_account.
    """
    missing = {"endpoint_name": endpoint_name, "status": GONE, "failure_reason": None}
    existing = find_endpoint(client, endpoint_name)
    arn = existing["arn"] if existing else None
    check_account(client, f"Endpoint {endpoint_name}", arn, account)
    return existing or missing


def wait_for_endpoint(client, endpoint_name, known, seconds, account=None):
    """As describe_endpoint as soon as the status differs from `known`, or after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        summary = describe_endpoint(client, endpoint_name, account)
        if summary["status"] != known or time.monotonic() >= deadline:
            return summary
        time.sleep(min(POLL_SECONDS, max(0.1, deadline - time.monotonic())))


def tags_of(client, arn):
    """The tags of a resource as a dictionary."""
    return {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}


def owner_of(client, arn):
    """The endpoint for which sme has made a resource, by its tag, or None where it did not."""
    return tags_of(client, arn).get(OWNER_TAG)


def check_ownership(client, endpoint):
    """Raises E-SME-13 for an endpoint that sme has not made."""
    if owner_of(client, endpoint["arn"]) is None:
        raise SmeError(
            "E-SME-13",
            f"Endpoint {endpoint['endpoint_name']} exists in AWS and was not made by sme, which "
            "therefore leaves it alone: choose another endpoint_name.",
        )
