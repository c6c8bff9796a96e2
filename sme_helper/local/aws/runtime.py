"""SageMaker Runtime: InvokeEndpoint."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from .account import Account
from .endpoint_life import SERVING, served_models
from .errors import AwsError
from .state import Record

REQUEST_LIMIT = 6 * 1024 * 1024  # bytes
SERVERLESS_REQUEST_LIMIT = 4 * 1024 * 1024  # bytes
_UNSUPPORTED_HEADERS = (
    "x-amzn-sagemaker-target-model",
    "x-amzn-sagemaker-target-container-hostname",
    "x-amzn-sagemaker-inference-component",
    "x-amzn-sagemaker-enable-explanations",
    "x-amzn-sagemaker-session-id",
)


def invoke_endpoint(
    account: Account, name: str, headers: Mapping[str, str], body: bytes
) -> tuple[bytes, str]:
    """The endpoint's answer, and the name of the variant that gave it.

    Args:
        headers: HTTP headers in lower case.

    Raises:
        AwsError: ValidationError (unknown or not in service, too large), ModelError.
    """
    from .inference import ContainerError, UnusableModel

    record = account.state.endpoints.get(name)
    if record is None or record["Name"] != name or record["Status"] not in SERVING:
        raise AwsError("ValidationError", f"Endpoint {name} of account {account.id} not found.")
    variant = _choose_variant(record, headers.get("x-amzn-sagemaker-target-variant"))
    _check_size(body, variant)
    _refuse_unknown_headers(headers)
    try:
        _check_media_types(headers)
        model = served_models(account, record)[variant["VariantName"]]
        return model.answer(body), variant["VariantName"]
    except ContainerError as error:
        raise _model_error(account, name, error) from error
    except UnusableModel as error:
        raise AwsError("ServiceUnavailable", str(error), status=503) from error


def _choose_variant(record: Record, target: str | None) -> dict[str, Any]:
    variants = record["Variants"]
    if target is not None:
        for variant in variants:
            if variant["VariantName"] == target:
                return variant
        raise AwsError(
            "ValidationError", f"Variant {target} of endpoint {record['Name']} not found."
        )
    weights = [variant.get("InitialVariantWeight", 1.0) for variant in variants]
    return random.choices(variants, weights)[0] if any(weights) else variants[0]


def _check_size(body: bytes, variant: dict[str, Any]) -> None:
    limit = SERVERLESS_REQUEST_LIMIT if variant.get("ServerlessConfig") else REQUEST_LIMIT
    if len(body) > limit:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}",
            status=413,
        )


def _refuse_unknown_headers(headers: Mapping[str, str]) -> None:
    for name in _UNSUPPORTED_HEADERS:
        if name in headers:
            raise AwsError("ValidationError", f"Not available in the embedded stack: {name}")


def _check_media_types(headers: Mapping[str, str]) -> None:
    from .inference import ContainerError

    sent = headers.get("content-type", "text/csv").partition(";")[0].strip().lower()
    if sent != "text/csv":
        raise ContainerError(f"Content type {sent} is not supported; send text/csv.", status=415)
    wanted = headers.get("accept", "*/*").partition(";")[0].strip().lower()
    if wanted not in ("*/*", "text/csv"):
        raise ContainerError(f"Accept type {wanted} is not supported; ask for text/csv.", 406)


def _model_error(account: Account, name: str, error: Any) -> AwsError:
    side = "client" if error.status < 500 else "server"
    source = f"container-{error.container}" if error.container else "primary"
    log_group = f"/aws/sagemaker/Endpoints/{name}"
    console = f"https://{account.region}.console.aws.amazon.com/cloudwatch/home"
    return AwsError(
        "ModelError",
        f'Received {side} error ({error.status}) from {source} with message "{error.message}". '
        f"See {console}?region={account.region}#logEventViewer:group={log_group} "
        f"in account {account.id} for more information.",
        status=424,
        ErrorCode=f"{side.upper()}_ERROR_FROM_MODEL",
        OriginalStatusCode=error.status,
        OriginalMessage=error.message,
        LogStreamArn=f"arn:aws:logs:{account.region}:{account.id}:log-group:{log_group}",
    )
