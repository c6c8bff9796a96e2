"""Endpoint configurations: which models run on which instances."""

from __future__ import annotations

from typing import Any

from . import tags
from .account import Account
from .clock import now
from .errors import unsupported, validation
from .listing import matching, page
from .models import containers_of, find_model
from .state import Record

_UNSUPPORTED = ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants")


def create_config(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    for member in _UNSUPPORTED:
        if request.get(member):
            raise unsupported(member)
    if (request.get("DataCaptureConfig") or {}).get("EnableCapture"):
        raise unsupported("DataCaptureConfig")
    variants = request["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise validation("Production variant names must be unique.")
    for variant in variants:
        _check_variant(account, variant)
    name = request["EndpointConfigName"]
    record = {
        "Name": name,
        "Arn": account.arn("endpoint-config", name),
        "Request": {key: value for key, value in request.items() if key != "Tags"},
        "Tags": tags.from_request(request),
        "CreationTime": now(),
    }
    if not account.state.endpoint_configs.add(record):
        raise validation(
            f'Cannot create already existing endpoint configuration "{record["Arn"]}".'
        )
    return {"EndpointConfigArn": record["Arn"]}


def _check_variant(account: Account, variant: dict[str, Any]) -> None:
    if not variant.get("ModelName"):
        raise unsupported("production variants without ModelName (inference components)")
    if variant.get("ManagedInstanceScaling"):
        raise unsupported("ManagedInstanceScaling")
    model = find_model(account, variant["ModelName"])
    on_instances = "InstanceType" in variant or "InitialInstanceCount" in variant
    serverless = variant.get("ServerlessConfig")
    if serverless and on_instances:
        raise validation(
            "ServerlessConfig cannot be combined with InstanceType or InitialInstanceCount."
        )
    if serverless:
        if serverless["MemorySizeInMB"] % 1024:
            raise validation("MemorySizeInMB must be one of [1024, 2048, 3072, 4096, 5120, 6144].")
        if len(containers_of(model)) > 1:
            raise validation("Serverless endpoints do not support inference pipelines.")
    elif "InstanceType" not in variant or "InitialInstanceCount" not in variant:
        raise validation(
            "InstanceType and InitialInstanceCount must be provided for production variant "
            f"{variant['VariantName']}."
        )


def describe_config(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = find_config(account, request["EndpointConfigName"])
    variants = [
        {"InitialVariantWeight": 1.0, **variant}
        for variant in record["Request"]["ProductionVariants"]
    ]
    return {
        **record["Request"],
        "ProductionVariants": variants,
        "EndpointConfigArn": record["Arn"],
        "CreationTime": record["CreationTime"],
        "EnableNetworkIsolation": record["Request"].get("EnableNetworkIsolation", False),
    }


def list_configs(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    keys = {
        "Name": lambda record: record["Name"].lower(),
        "CreationTime": lambda record: record["CreationTime"],
    }
    records, token = page(matching(account.state.endpoint_configs, request), request, keys)
    summaries = [
        {
            "EndpointConfigName": record["Name"],
            "EndpointConfigArn": record["Arn"],
            "CreationTime": record["CreationTime"],
        }
        for record in records
    ]
    return {"EndpointConfigs": summaries, "NextToken": token}


def delete_config(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """AWS deletes a configuration that a live endpoint uses, too; the endpoint goes on."""
    record = find_config(account, request["EndpointConfigName"])
    account.state.endpoint_configs.delete(record["Name"])
    return {}


def find_config(account: Account, name: str) -> Record:
    return account.record("endpoint-config", "endpoint configuration", name)


OPERATIONS = {
    "CreateEndpointConfig": create_config,
    "DescribeEndpointConfig": describe_config,
    "ListEndpointConfigs": list_configs,
    "DeleteEndpointConfig": delete_config,
}
