"""Application Auto Scaling of endpoint variants: what is registered, and what that forbids.

Bounds have effect: a variant outside of them is brought inside. No metric is watched, so
within its bounds a variant stays as large as it is.
"""

from __future__ import annotations

import re
from typing import Any

from .account import Account
from .clock import now
from .endpoint_life import SERVING, begin_update
from .errors import AwsError, unsupported, validation
from .listing import page
from .state import Record

_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_METRIC = "SageMakerVariantInvocationsPerInstance"
_RESOURCE = re.compile(r"endpoint/(?P<endpoint>[\w-]+)/variant/(?P<variant>[\w-]+)")
_BURSTABLE = re.compile(r"ml\.t\d")


def register_target(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """Registers a variant, or changes the bounds of one that is registered."""
    _check_kind(request)
    for member in ("RoleARN", "SuspendedState", "Tags"):
        if request.get(member):
            raise unsupported(member)
    endpoint, variant = _variant_of(account, request["ResourceId"])
    existing = _find(account, request) or {}
    smallest = request.get("MinCapacity", existing.get("MinCapacity"))
    largest = request.get("MaxCapacity", existing.get("MaxCapacity"))
    if smallest is None or largest is None:
        raise validation(
            "MinCapacity and MaxCapacity are required to register a new scalable target."
        )
    if smallest > largest:
        raise validation("Maximum capacity cannot be less than minimum capacity.")
    if smallest < 1:
        raise unsupported("MinCapacity 0")
    record = {
        "CreationTime": now(),
        "Policies": {},
        **existing,
        "Name": _key(request["ResourceId"]),
        "ResourceId": request["ResourceId"],
        "MinCapacity": smallest,
        "MaxCapacity": largest,
    }
    account.state.scalable_targets.put(record)
    _bring_inside(account, endpoint, variant, smallest, largest)
    return {"ScalableTargetARN": _arn(account, record)}


def _check_kind(request: dict[str, Any]) -> None:
    if request["ServiceNamespace"] != "sagemaker":
        raise unsupported(f"ServiceNamespace {request['ServiceNamespace']}")
    if request.get("ScalableDimension", _DIMENSION) != _DIMENSION:
        raise unsupported(f"ScalableDimension {request['ScalableDimension']}")


def _variant_of(account: Account, resource: str) -> tuple[Record, dict[str, Any]]:
    """The endpoint and the variant that a resource id names, if it can be scaled."""
    match = _RESOURCE.fullmatch(resource)
    if match is None:
        raise validation(f"Unsupported resource ID: {resource}")
    endpoint = account.record("endpoint", "endpoint", match["endpoint"])
    if endpoint["Status"] not in SERVING:
        raise validation(f'Endpoint "{endpoint["Arn"]}" is {endpoint["Status"]}.')
    for variant in endpoint["Variants"]:
        if variant["VariantName"] == match["variant"]:
            break
    else:
        raise validation(f"Could not find production variant {match['variant']} of {resource}.")
    if variant.get("ServerlessConfig"):
        raise validation("Serverless variants have no instances to scale.")
    if _BURSTABLE.match(variant["InstanceType"]):
        raise validation(f"Automatic scaling does not support {variant['InstanceType']}.")
    return endpoint, variant


def _bring_inside(
    account: Account, endpoint: Record, variant: dict[str, Any], smallest: int, largest: int
) -> None:
    count = min(max(variant["InitialInstanceCount"], smallest), largest)
    if count == variant["InitialInstanceCount"] or endpoint["Status"] != "InService":
        return
    variants = [
        {**one, "InitialInstanceCount": count} if one is variant else one
        for one in endpoint["Variants"]
    ]
    config = endpoint["EndpointConfigName"]
    begin_update(account, endpoint, {"EndpointConfigName": config, "Variants": variants})


def describe_targets(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    _check_kind(request)
    wanted = request.get("ResourceIds")
    records = [
        record
        for record in account.state.scalable_targets
        if not wanted or record["ResourceId"] in wanted
    ]
    found, token = _page(records, request)
    targets = [
        {
            **_place(record),
            "MinCapacity": record["MinCapacity"],
            "MaxCapacity": record["MaxCapacity"],
            "RoleARN": f"arn:aws:iam::{account.id}:role/aws-service-role/"
            "sagemaker.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
            "CreationTime": record["CreationTime"],
            "ScalableTargetARN": _arn(account, record),
        }
        for record in found
    ]
    return {"ScalableTargets": targets, "NextToken": token}


def deregister_target(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """Its policies go with it."""
    account.state.scalable_targets.delete(_registered(account, request)["Name"])
    return {}


def put_policy(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = _registered(account, request)
    if request.get("PolicyType") != "TargetTrackingScaling":
        raise unsupported(f"PolicyType {request.get('PolicyType')}")
    tracking = request.get("TargetTrackingScalingPolicyConfiguration")
    if not tracking:
        raise validation("TargetTrackingScalingPolicyConfiguration is required.")
    metric = tracking.get("PredefinedMetricSpecification") or {}
    if metric.get("PredefinedMetricType") != _METRIC:
        raise unsupported("metrics other than " + _METRIC)
    policy = {
        "CreationTime": now(),
        "Configuration": tracking,
    }
    policies = {**record["Policies"], request["PolicyName"]: policy}
    account.state.scalable_targets.update(record["Name"], Policies=policies)
    return {"PolicyARN": _policy_arn(account, record, request["PolicyName"]), "Alarms": []}


def describe_policies(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    _check_kind(request)
    policies = [
        {
            "PolicyARN": _policy_arn(account, record, name),
            "PolicyName": name,
            **_place(record),
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": policy["Configuration"],
            "Alarms": [],
            "CreationTime": policy["CreationTime"],
        }
        for record in account.state.scalable_targets
        if request.get("ResourceId", record["ResourceId"]) == record["ResourceId"]
        for name, policy in record["Policies"].items()
        if not request.get("PolicyNames") or name in request["PolicyNames"]
    ]
    found, token = _page(policies, request)
    return {"ScalingPolicies": found, "NextToken": token}


def delete_policy(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    record = _registered(account, request)
    if request["PolicyName"] not in record["Policies"]:
        raise _not_found("scaling policy", request)
    kept = {name: p for name, p in record["Policies"].items() if name != request["PolicyName"]}
    account.state.scalable_targets.update(record["Name"], Policies=kept)
    return {}


def check_update(account: Account, endpoint: Record, variants: list[dict[str, Any]]) -> None:
    """An update neither takes a registered variant away nor changes its instance type."""
    types = {variant["VariantName"]: variant.get("InstanceType") for variant in variants}
    for variant in endpoint["Variants"]:
        name = variant["VariantName"]
        resource = f"endpoint/{endpoint['Name']}/variant/{name}"
        if account.state.scalable_targets.get(_key(resource)) is None:
            continue
        if types.get(name) != variant.get("InstanceType"):
            raise validation(
                f'Cannot update endpoint "{endpoint["Arn"]}": variant {name} is registered for '
                "automatic scaling. Deregister it before you change its instance type or remove it."
            )


def deregister_all(account: Account, endpoint: Record) -> None:
    """AWS does so without being asked when an endpoint is deleted."""
    for variant in endpoint["Variants"]:
        resource = f"endpoint/{endpoint['Name']}/variant/{variant['VariantName']}"
        account.state.scalable_targets.delete(_key(resource))


def _registered(account: Account, request: dict[str, Any]) -> Record:
    _check_kind(request)
    record = _find(account, request)
    if record is None:
        raise _not_found("scalable target", request)
    return record


def _find(account: Account, request: dict[str, Any]) -> Record | None:
    return account.state.scalable_targets.get(_key(request["ResourceId"]))


def _not_found(what: str, request: dict[str, Any]) -> AwsError:
    return AwsError(
        "ObjectNotFoundException",
        f"No {what} found for service namespace: {request['ServiceNamespace']}, resource ID: "
        f"{request['ResourceId']}, scalable dimension: {request['ScalableDimension']}",
    )


def _page(records: list[Record], request: dict[str, Any]) -> tuple[list[Record], str | None]:
    keys = {"Name": lambda record: record["ResourceId"]}
    return page(
        records, request, keys, default_key="Name", default_order="Ascending", default_size=50
    )


def _place(record: Record) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": record["ResourceId"],
        "ScalableDimension": _DIMENSION,
    }


def _key(resource: str) -> str:
    """The name of a target's record, which is also that of a file."""
    return resource.replace("/", ".")


def _arn(account: Account, record: Record) -> str:
    base = f"arn:aws:application-autoscaling:{account.region}:{account.id}"
    return f"{base}:scalable-target/{record['Name']}"


def _policy_arn(account: Account, record: Record, name: str) -> str:
    base = f"arn:aws:autoscaling:{account.region}:{account.id}:scalingPolicy"
    return f"{base}:resource/sagemaker/{record['ResourceId']}:policyName/{name}"


OPERATIONS = {
    "RegisterScalableTarget": register_target,
    "DescribeScalableTargets": describe_targets,
    "DeregisterScalableTarget": deregister_target,
    "PutScalingPolicy": put_policy,
    "DescribeScalingPolicies": describe_policies,
    "DeleteScalingPolicy": delete_policy,
}
