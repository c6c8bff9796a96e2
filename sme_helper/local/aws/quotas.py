"""Service Quotas: how many instances of each type endpoints may have. Nothing counts them."""

from __future__ import annotations

import functools
from typing import Any

from .account import Account
from .errors import unsupported
from .validation import service_model

_INSTANCES = 4
_LONGEST_PAGE = 100


def list_quotas(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    if request["ServiceCode"] != "sagemaker":
        raise unsupported(f"ServiceCode {request['ServiceCode']}")
    for member in ("QuotaCode", "QuotaAppliedAtLevel"):
        if request.get(member):
            raise unsupported(member)
    first = int(request.get("NextToken") or 0)
    end = first + request.get("MaxResults", _LONGEST_PAGE)
    quotas = [_quota(account, i, name) for i, name in enumerate(_instance_types())]
    answer: dict[str, Any] = {"Quotas": quotas[first:end]}
    return {**answer, "NextToken": str(end)} if end < len(quotas) else answer


@functools.cache
def _instance_types() -> list[str]:
    return list(service_model().shape_for("ProductionVariantInstanceType").enum)


def _quota(account: Account, number: int, instance_type: str) -> dict[str, Any]:
    code = f"L-{number:08X}"
    return {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"arn:aws:servicequotas:{account.region}:{account.id}:sagemaker/{code}",
        "QuotaCode": code,
        "QuotaName": f"{instance_type} for endpoint usage",
        "Value": float(_INSTANCES),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


OPERATIONS = {"ListServiceQuotas": list_quotas}
