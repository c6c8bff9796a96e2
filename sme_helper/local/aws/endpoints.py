"""Endpoints: what their operations take, refuse and answer."""

from __future__ import annotations

from typing import Any

from . import tags
from .account import Account
from .clock import now
from .endpoint_configs import find_config
from .endpoint_life import IN_PROGRESS, SERVING, begin_creation, begin_deletion, begin_update
from .errors import unsupported, validation
from .listing import matching, page
from .models import containers_of, find_model
from .scaling import check_update, deregister_all
from .state import Record


def create_endpoint(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    if request.get("DeploymentConfig"):
        raise unsupported("DeploymentConfig")
    name = request["EndpointName"]
    created = now()
    record = {
        "Name": name,
        "Arn": account.arn("endpoint", name),
        "EndpointConfigName": request["EndpointConfigName"],
        "Variants": _variants(account, request["EndpointConfigName"]),
        "Tags": tags.from_request(request),
        "Status": "Creating",
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    if not account.state.endpoints.add(record):
        raise validation(f'Cannot create already existing endpoint "{record["Arn"]}".')
    begin_creation(account, record)
    return {"EndpointArn": record["Arn"]}


def _variants(account: Account, config_name: str) -> list[dict[str, Any]]:
    """The configuration's variants with their models' containers.

    The endpoint keeps this copy, because the configuration and the models may be deleted
    while it is in service.
    """
    config = find_config(account, config_name)
    return [
        {**variant, "Containers": containers_of(find_model(account, variant["ModelName"]))}
        for variant in config["Request"]["ProductionVariants"]
    ]


def describe_endpoint(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = find_endpoint(account, request["EndpointName"])
    described = {
        **_summary(record),
        "EndpointConfigName": record["EndpointConfigName"],
        "FailureReason": record.get("FailureReason"),
    }
    if record["Status"] in SERVING:
        described["ProductionVariants"] = [
            _variant_summary(variant, record) for variant in record["Variants"]
        ]
    if record["Status"] == "Updating":
        described["PendingDeploymentSummary"] = {
            "EndpointConfigName": record["Update"]["EndpointConfigName"],
            "ProductionVariants": [
                {"VariantName": variant["VariantName"]} for variant in record["Update"]["Variants"]
            ],
            "StartTime": record["LastModifiedTime"],
        }
    return described


def _variant_summary(variant: dict[str, Any], record: Record) -> dict[str, Any]:
    weight = variant.get("InitialVariantWeight", 1.0)
    serverless = variant.get("ServerlessConfig")
    count = 0 if serverless else variant["InitialInstanceCount"]
    return {
        "VariantName": variant["VariantName"],
        "DeployedImages": [
            {
                "SpecifiedImage": container["Image"],
                "ResolvedImage": container["Image"],
                "ResolutionTime": record["LastModifiedTime"],
            }
            for container in variant["Containers"]
        ],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
        "CurrentServerlessConfig": serverless,
    }


def list_endpoints(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    keys = {
        "Name": lambda record: record["Name"].lower(),
        "CreationTime": lambda record: record["CreationTime"],
        "Status": lambda record: record["Status"],
    }
    records, token = page(matching(account.state.endpoints, request), request, keys)
    return {"Endpoints": [_summary(record) for record in records], "NextToken": token}


def _summary(record: Record) -> dict[str, Any]:
    return {
        "EndpointName": record["Name"],
        "EndpointArn": record["Arn"],
        "EndpointStatus": record["Status"],
        "CreationTime": record["CreationTime"],
        "LastModifiedTime": record["LastModifiedTime"],
    }


def update_endpoint(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    for member in ("DeploymentConfig", "RetainAllVariantProperties", "RetainDeploymentConfig"):
        if request.get(member):
            raise unsupported(member)
    record = find_endpoint(account, request["EndpointName"])
    _refuse_in_progress(record)
    if record["Status"] != "InService":
        raise validation(f'Cannot update endpoint "{record["Arn"]}" in status {record["Status"]}.')
    config_name = request["EndpointConfigName"]
    variants = _variants(account, config_name)
    _refuse_serverless(record, variants)
    check_update(account, record, variants)
    begin_update(account, record, {"EndpointConfigName": config_name, "Variants": variants})
    return {"EndpointArn": record["Arn"]}


def _refuse_serverless(record: Record, variants: list[dict[str, Any]]) -> None:
    """AWS makes no serverless endpoint of one on instances, only the other way round."""
    on_instances = not any(variant.get("ServerlessConfig") for variant in record["Variants"])
    if on_instances and any(variant.get("ServerlessConfig") for variant in variants):
        raise validation(
            f'Cannot update endpoint "{record["Arn"]}" from instances to a serverless variant.'
        )


def delete_endpoint(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = find_endpoint(account, request["EndpointName"])
    _refuse_in_progress(record)
    deregister_all(account, record)
    begin_deletion(account, record)
    return {}


def _refuse_in_progress(record: Record) -> None:
    if record["Status"] in IN_PROGRESS:
        raise validation(f'Cannot update in-progress endpoint "{record["Arn"]}".')


def find_endpoint(account: Account, name: str) -> Record:
    return account.record("endpoint", "endpoint", name)


OPERATIONS = {
    "CreateEndpoint": create_endpoint,
    "DescribeEndpoint": describe_endpoint,
    "ListEndpoints": list_endpoints,
    "UpdateEndpoint": update_endpoint,
    "DeleteEndpoint": delete_endpoint,
}
