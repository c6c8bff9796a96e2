"""Tags of any resource, kept in the resource's own record."""

from __future__ import annotations

from typing import Any

from .account import Account
from .errors import validation
from .listing import page
from .state import Collection, Record

MOST_TAGS = 50
_DEFAULT_PAGE = 50


def from_request(request: dict[str, Any]) -> list[dict[str, str]]:
    """The Tags of a create request.

    Raises:
        AwsError: ValidationException for a key that occurs twice or is reserved.
    """
    tags = request.get("Tags") or []
    keys = [tag["Key"] for tag in tags]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise validation(f"Duplicate tag keys found: {', '.join(repeated)}")
    reserved = [key for key in keys if key.lower().startswith("aws:")]
    if reserved:
        raise validation(f"aws: prefixed tag key names are not allowed: {', '.join(reserved)}")
    return [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags]


def add_tags(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    collection, record = _resource(account, request["ResourceArn"])
    merged = {tag["Key"]: tag for tag in record["Tags"]}
    merged |= {tag["Key"]: tag for tag in from_request(request)}
    if len(merged) > MOST_TAGS:
        raise validation(f"A resource can have at most {MOST_TAGS} tags.")
    tags = list(merged.values())
    collection.update(record["Name"], Tags=tags)
    return {"Tags": tags}


def list_tags(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    _, record = _resource(account, request["ResourceArn"])
    tags, token = page(
        record["Tags"],
        request,
        {"Key": lambda tag: tag["Key"]},
        default_key="Key",
        default_order="Ascending",
        default_size=_DEFAULT_PAGE,
    )
    return {"Tags": tags, "NextToken": token}


def delete_tags(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    collection, record = _resource(account, request["ResourceArn"])
    kept = [tag for tag in record["Tags"] if tag["Key"] not in request["TagKeys"]]
    collection.update(record["Name"], Tags=kept)
    return {}


def _resource(account: Account, arn: str) -> tuple[Collection, Record]:
    kind, _, name = arn.rpartition(":")[2].partition("/")
    collection = account.state.collection(kind)
    record = collection.get(name) if collection and arn == account.arn(kind, name) else None
    if collection is None or record is None:
        raise validation(f'Could not find resource "{arn}".')
    return collection, record


OPERATIONS = {"AddTags": add_tags, "ListTags": list_tags, "DeleteTags": delete_tags}
