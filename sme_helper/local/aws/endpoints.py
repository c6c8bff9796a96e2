"""Endpoints: their life from Creating to Deleting, and the models that they hold."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import tags
from .account import Account, now
from .endpoint_configs import find_config
from .errors import unsupported, validation
from .listing import matching, page
from .models import containers_of, find_model
from .state import Record

if TYPE_CHECKING:
    from .inference import Model

SERVING = ("InService", "Updating")
_IN_PROGRESS = ("Creating", "Updating", "Deleting")


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
    _later(account.settings.endpoint_delay, _finish_creation, account, record)
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


def _later(delay: float, work: Callable[..., None], *arguments: Any) -> None:
    timer = threading.Timer(delay, work, arguments)
    timer.daemon = True
    timer.start()


def _finish_creation(account: Account, record: Record) -> None:
    from .inference import UnusableModel

    try:
        account.served[record["Name"].lower()] = _load(account, record["Variants"])
    except UnusableModel as error:
        _change(account, record, Status="Failed", FailureReason=str(error)[:1024])
    else:
        _change(account, record, Status="InService")


def _finish_update(account: Account, record: Record) -> None:
    """Takes the new configuration into service; if that fails, the old one stays."""
    from .inference import UnusableModel

    changes = record["Update"]
    try:
        account.served[record["Name"].lower()] = _load(account, changes["Variants"])
    except UnusableModel as error:
        changes = {"FailureReason": str(error)[:1024]}
    _change(account, record, Status="InService", Update=None, **changes)


def _load(account: Account, variants: list[dict[str, Any]]) -> dict[str, Model]:
    from .inference import ServedModel  # loads pandas, which takes a while

    return {
        variant["VariantName"]: ServedModel.load(
            variant["Containers"], account.objects, account.signing_key
        )
        for variant in variants
    }


def _change(account: Account, record: Record, **changes: Any) -> None:
    account.state.endpoints.update(record["Name"], LastModifiedTime=now(), **changes)


def served_models(account: Account, record: Record) -> dict[str, Model]:
    """The models of an endpoint in service, by variant; loaded once."""
    key = record["Name"].lower()
    if key not in account.served:
        account.served[key] = _load(account, record["Variants"])
    return account.served[key]


def resume(account: Account) -> None:
    """After a restart: what was under way goes on, what was in service is loaded again."""
    for record in account.state.endpoints:
        if record["Status"] in ("Creating", "InService"):
            _later(0, _finish_creation, account, record)
        elif record["Status"] == "Updating":
            _later(0, _finish_update, account, record)
        elif record["Status"] == "Deleting":
            account.state.endpoints.delete(record["Name"])


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
    for member in ("DeploymentConfig", "RetainAllVariantProperties"):
        if request.get(member):
            raise unsupported(member)
    record = find_endpoint(account, request["EndpointName"])
    _refuse_in_progress(record)
    if record["Status"] != "InService":
        raise validation(f'Cannot update endpoint "{record["Arn"]}" in status {record["Status"]}.')
    config_name = request["EndpointConfigName"]
    update = {
        "EndpointConfigName": config_name,
        "Variants": _variants(account, config_name),
        "FailureReason": None,
    }
    _change(account, record, Status="Updating", Update=update)
    _later(account.settings.endpoint_delay, _finish_update, account, {**record, "Update": update})
    return {"EndpointArn": record["Arn"]}


def delete_endpoint(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = find_endpoint(account, request["EndpointName"])
    _refuse_in_progress(record)
    _change(account, record, Status="Deleting")
    account.served.pop(record["Name"].lower(), None)
    _later(account.settings.endpoint_delay / 2, account.state.endpoints.delete, record["Name"])
    return {}


def _refuse_in_progress(record: Record) -> None:
    if record["Status"] in _IN_PROGRESS:
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
