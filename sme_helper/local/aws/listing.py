"""Filters, sorting and paging, as every List operation has them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

from .errors import validation
from .state import Record

Key = Callable[[Record], Any]


def matching(records: Iterable[Record], request: dict[str, Any]) -> list[Record]:
    """Keeps the records that the request's NameContains, StatusEquals and times ask for."""
    return [record for record in records if _matches(record, request)]


def _matches(record: Record, request: dict[str, Any]) -> bool:
    wanted_text = request.get("NameContains", "").lower()
    wanted_status = request.get("StatusEquals")
    created = record["CreationTime"]
    modified = record.get("LastModifiedTime", created)
    return (
        wanted_text in record["Name"].lower()
        and wanted_status in (None, record.get("Status"))
        and request.get("CreationTimeAfter", created) <= created
        and created <= request.get("CreationTimeBefore", created)
        and request.get("LastModifiedTimeAfter", modified) <= modified
        and modified <= request.get("LastModifiedTimeBefore", modified)
    )


def page(
    records: list[Record],
    request: dict[str, Any],
    keys: dict[str, Key],
    *,
    default_key: str = "CreationTime",
    default_order: str = "Descending",
    default_size: int = 10,
) -> tuple[list[Record], str | None]:
    """Sorts, and cuts one page out.

    Returns:
        The page, and the NextToken to get the next one with (None on the last page).
    """
    sort_key = keys[request.get("SortBy", default_key)]
    order = request.get("SortOrder", default_order)
    ordered = sorted(records, key=sort_key, reverse=order == "Descending")
    start = _position(request.get("NextToken"))
    end = start + request.get("MaxResults", default_size)
    next_token = _token(end) if end < len(ordered) else None
    return ordered[start:end], next_token


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"position": position}).encode()).decode()


def _position(token: str | None) -> int:
    if token is None:
        return 0
    try:
        position = json.loads(base64.urlsafe_b64decode(token))["position"]
    except (ValueError, KeyError, TypeError) as error:
        raise validation("Invalid pagination token") from error
    return int(position)
