"""Models: named lists of containers."""

from __future__ import annotations

from typing import Any

from . import tags
from .account import Account
from .clock import now
from .errors import unsupported, validation
from .listing import matching, page
from .state import Record


def containers_of(model: Record) -> list[dict[str, Any]]:
    """A model's containers, in order of execution."""
    request = model["Request"]
    return request.get("Containers") or [request["PrimaryContainer"]]


def create_model(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    if bool(request.get("PrimaryContainer")) == bool(request.get("Containers")):
        raise validation("Exactly one of PrimaryContainer and Containers must be provided.")
    account.check_role(request["ExecutionRoleArn"])
    record = {
        "Name": request["ModelName"],
        "Arn": account.arn("model", request["ModelName"]),
        "Request": {key: value for key, value in request.items() if key != "Tags"},
        "Tags": tags.from_request(request),
        "CreationTime": now(),
    }
    for container in containers_of(record):
        _check_container(account, container)
    if not account.state.models.add(record):
        raise validation(f'Cannot create already existing model "{record["Arn"]}".')
    return {"ModelArn": record["Arn"]}


def _check_container(account: Account, container: dict[str, Any]) -> None:
    for member in ("ModelPackageName", "ModelDataSource", "MultiModelConfig"):
        if container.get(member):
            raise unsupported(f"{member} of a container")
    if container.get("Mode", "SingleModel") != "SingleModel":
        raise unsupported("containers of mode MultiModel")
    if not container.get("Image"):
        raise validation("Image must be provided for each container.")
    url = container.get("ModelDataUrl")
    if url and account.objects.find(url) is None:
        raise validation(f"Could not find model data at {url}.")


def describe_model(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = find_model(account, request["ModelName"])
    return {
        **record["Request"],
        "ModelArn": record["Arn"],
        "CreationTime": record["CreationTime"],
        "EnableNetworkIsolation": record["Request"].get("EnableNetworkIsolation", False),
    }


def list_models(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    keys = {
        "Name": lambda record: record["Name"].lower(),
        "CreationTime": lambda record: record["CreationTime"],
    }
    records, token = page(matching(account.state.models, request), request, keys)
    summaries = [
        {
            "ModelName": record["Name"],
            "ModelArn": record["Arn"],
            "CreationTime": record["CreationTime"],
        }
        for record in records
    ]
    return {"Models": summaries, "NextToken": token}


def delete_model(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """A model may be deleted while an endpoint serves it; the endpoint goes on, as in AWS."""
    record = find_model(account, request["ModelName"])
    account.state.models.delete(record["Name"])
    return {}


def find_model(account: Account, name: str) -> Record:
    return account.record("model", "model", name)


OPERATIONS = {
    "CreateModel": create_model,
    "DescribeModel": describe_model,
    "ListModels": list_models,
    "DeleteModel": delete_model,
}
