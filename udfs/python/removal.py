"""Deleting an endpoint and all that was ever made for it."""

from botocore.exceptions import BotoCoreError, ClientError

from .accounts import check_account
from .aws import explained, is_missing
from .endpoints import (
    IN_PROGRESS,
    check_ownership,
    describe_endpoint,
    find_endpoint,
    owner_of,
)
from .errors import SmeError
from .hosting import name_stem
from .scaling import stop_scaling


def delete_endpoint(client, scaling, spec):
    """Deletes the endpoint, and all configurations and models that were ever made for it.

    Args:
        client, scaling: boto3 clients of sagemaker and application-autoscaling.
        spec: endpoint_name, is_scaled: whether sme lets it scale, account: the one it is in,
            where that is known, and is_known: whether the registry or the database know the
            endpoint as one of ours even if it carries no tag (those of the predecessor).

    Returns:
        deleted: what this call has deleted, such as `endpoint APSPredictor`.

    Raises:
        SmeError: E-SME-13, sme has not made it, E-SME-39, AWS is still working on it, or
            E-SME-145, it is in another account.
    """
    endpoint_name = spec["endpoint_name"]
    existing = find_endpoint(client, endpoint_name)
    arn = existing["arn"] if existing else None
    check_account(client, f"Endpoint {endpoint_name}", arn, spec.get("account"))
    if existing and not spec.get("is_known"):
        check_ownership(client, existing)
    if existing and existing["status"] in IN_PROGRESS:
        raise SmeError(
            "E-SME-39",
            f"Endpoint {endpoint_name} is {existing['status']}, and AWS deletes no endpoint that "
            "it is still working on. Delete it when it is InService or Failed (sme.wait_endpoint).",
        )
    deleted = []
    if existing and existing["status"] != "Deleting":
        kept = unscaled(scaling, existing) if spec.get("is_scaled") else []
        client.delete_endpoint(EndpointName=endpoint_name)
        deleted += [f"endpoint {endpoint_name}", *kept]
    for name in configs_of(client, endpoint_name):
        if delete_once(client.delete_endpoint_config, {"EndpointConfigName": name}):
            deleted.append(f"configuration {name}")
    for name in models_of(client, endpoint_name):
        if delete_once(client.delete_model, {"ModelName": name}):
            deleted.append(f"model {name}")
    return {"deleted": deleted, **describe_endpoint(client, endpoint_name)}


def unscaled(scaling, endpoint):
    """Stops the scaling of an endpoint. Where that fails, what the user is told: the endpoint,
    which is what costs, goes all the same."""
    try:
        stop_scaling(scaling, endpoint)
    except (ClientError, BotoCoreError) as error:
        return [f"but not its automatic scaling ({explained(error)})"]
    return []


def configs_of(client, endpoint_name):
    """The names of the configurations that sme has made for an endpoint."""
    pages = client.get_paginator("list_endpoint_configs").paginate(
        NameContains=name_stem(endpoint_name)
    )
    found = [
        (c["EndpointConfigName"], c["EndpointConfigArn"])
        for p in pages
        for c in p["EndpointConfigs"]
    ]
    return [name for name, arn in found if owner_of(client, arn) == endpoint_name]


def models_of(client, endpoint_name):
    """The names of the models that sme has made for an endpoint."""
    pages = client.get_paginator("list_models").paginate(NameContains=name_stem(endpoint_name))
    found = [(m["ModelName"], m["ModelArn"]) for p in pages for m in p["Models"]]
    return [name for name, arn in found if owner_of(client, arn) == endpoint_name]


def delete_once(delete, request):
    """Calls a delete operation: True if it deleted, False if there was nothing to delete."""
    try:
        delete(**request)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True
