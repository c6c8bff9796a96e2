"""The one HTTP address of the stand-in: S3 and IAM by moto, all other services here."""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import json
import re
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from . import (
    autopilot,
    endpoint_configs,
    endpoints,
    iam,
    models,
    quotas,
    scaling,
    sts,
    tags,
    transform_jobs,
)
from .account import Account
from .cloud import Cloud
from .credentials import Credentials, Identity
from .errors import AwsError, unknown_operation
from .faults import UNDONE, Call, Rules, with_other_rows
from .request_log import RequestLog
from .runtime import invoke_endpoint
from .signatures import Signature, check_signature, read_signature
from .validation import check_request, service_model, shape_response

OPERATIONS: dict[str, dict[str, Callable[[Account, dict[str, Any]], dict[str, Any]]]] = {
    "sagemaker": {
        **autopilot.OPERATIONS,
        **models.OPERATIONS,
        **endpoint_configs.OPERATIONS,
        **endpoints.OPERATIONS,
        **tags.OPERATIONS,
        **transform_jobs.OPERATIONS,
    },
    "application-autoscaling": scaling.OPERATIONS,
    "servicequotas": quotas.OPERATIONS,
}
MOTO_SERVICES = ("s3", "iam")
ENDING = "sme.ending"
_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")
_READING = ("GET", "HEAD", "OPTIONS")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


@dataclass
class Response:
    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)


class App:
    """A WSGI application for all accounts and regions.

    How the connection is to fail it leaves in the environ, under ENDING.
    """

    def __init__(self, cloud: Cloud, credentials: Credentials, log: RequestLog, rules: Rules):
        self._cloud = cloud
        self._credentials = credentials
        self._log = log
        self._rules = rules

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            signature = read_signature(environ)
        except AwsError as error:
            return _started(_error_response("s3", error), start_response)
        call = _call_of(signature, environ, body)
        delay, fault = self._rules.decide(call)
        time.sleep(delay)
        environ[ENDING] = fault.effect if fault else None
        if fault and fault.effect in UNDONE:
            self._log.write(call, 0, fault.effect)
            return []
        error = fault.error(call) if fault else None
        try:
            if error is None:
                response = self._response(call, signature, environ, body)
        except AwsError as failure:
            error = failure
        except Exception as failure:
            traceback.print_exc(file=sys.stderr)
            error = AwsError("InternalFailure", f"{type(failure).__name__}: {failure}", 500)
        if error:
            response = _error_response(call.service, error)
        elif fault:
            response.body = with_other_rows(fault.effect, response.body)
        self._log.write(call, response.status, error.code if error else None)
        return _started(response, start_response)

    def _response(
        self, call: Call, signature: Signature | None, environ: Environ, body: bytes
    ) -> Response:
        caller = check_signature(signature, call.service, environ, body, self._credentials)
        if call.service == "iam":
            roles = self._cloud.iam(caller.account)
            return Response(
                *roles.answer(body, functools.partial(_by_moto, "iam", caller, environ))
            )
        if call.service == "s3":
            return self._answer_by_s3(caller, environ, body)
        if call.service == "sts":
            answer = sts.answer(body, caller, self._credentials)
            return Response(200, answer.encode(), [("Content-Type", "text/xml")])
        if call.service not in OPERATIONS:
            operation = call.operation or environ["PATH_INFO"]
            raise unknown_operation(operation, call.service)
        account = self._cloud.account(caller.account, signature.region)
        if _INVOCATION.fullmatch(environ["PATH_INFO"]):
            return self._invoke(account, call.name, environ, body)
        return self._operate(account, call.service, call.operation, _parse(body))

    def _operate(
        self, account: Account, service: str, operation: str, request: dict[str, Any]
    ) -> Response:
        handler = OPERATIONS[service].get(operation)
        if handler is None:
            raise unknown_operation(operation or "(none)", service)
        described = service_model(service).operation_model(operation)
        check_request(described, request)
        answer = shape_response(described.output_shape, handler(account, request))
        headers = [("Content-Type", "application/x-amz-json-1.1")]
        return Response(200, json.dumps(answer).encode(), headers)

    def _invoke(self, account: Account, name: str, environ: Environ, body: bytes) -> Response:
        headers = {
            key[5:].replace("_", "-").lower(): value
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        answer, variant = invoke_endpoint(account, name, headers, body)
        return Response(
            200,
            answer,
            [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("x-Amzn-Invoked-Production-Variant", variant),
            ],
        )

    def _answer_by_s3(self, caller: Identity, environ: Environ, body: bytes) -> Response:
        is_change = environ["REQUEST_METHOD"] not in _READING
        changing = self._cloud.objects(caller.account).changing
        with changing() if is_change else contextlib.nullcontext():
            return Response(*_by_moto("s3", caller, environ, body))


def _by_moto(service: str, caller: Identity, environ: Environ, body: bytes) -> iam.Answer:
    """Status, body and headers of moto's answer to a request with this body."""
    captured: list[Any] = []

    def capture(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        captured[:] = [status, headers]

    request = {
        **environ,
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_MOTO_ACCOUNT_ID": caller.account,
    }
    answer = b"".join(_moto(service)(request, capture))
    status, headers = captured
    return int(status[:3]), answer, headers


@functools.cache
def _moto(service: str) -> Callable[..., Iterable[bytes]]:
    """The application of one service alone: moto's dispatcher would also find its own paths, one
    of which forgets all objects."""
    from moto.server import create_backend_app

    return create_backend_app(service)


def _started(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    headers = list(response.headers)
    names = {name.lower() for name, _ in headers}
    if not names & {"content-length", "transfer-encoding"}:
        headers.append(("Content-Length", str(len(response.body))))
    if not any(name.startswith("x-amz") for name in names):
        headers.append(("x-amzn-RequestId", str(uuid.uuid4())))
    start_response(f"{response.status} {http.client.responses[response.status]}", headers)
    return [response.body]


def _call_of(signature: Signature | None, environ: Environ, body: bytes) -> Call:
    """What a request is about, so far as it can be read."""
    service = signature.service if signature else _guess_service(environ)
    invocation = _INVOCATION.fullmatch(environ["PATH_INFO"])
    if service in MOTO_SERVICES:
        operation, name = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    elif service == "sts":
        operation, name = sts.operation_of(body), ""
    elif invocation:
        operation, name = "InvokeEndpoint", invocation[1]
    else:
        operation = _target_operation(environ)
        name = _resource_name(service, operation, body)
    return Call(service, operation, name, len(body))


def _guess_service(environ: Environ) -> str:
    """An unsigned request: SageMaker's are known by their form, all others are S3's."""
    is_sagemaker = _target_operation(environ) or _INVOCATION.fullmatch(environ["PATH_INFO"])
    return "sagemaker" if is_sagemaker else "s3"


def _target_operation(environ: Environ) -> str:
    return environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]


def _parse(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", "The request is not valid JSON.") from error
    if not isinstance(request, dict):
        raise AwsError("SerializationException", "The request is not a JSON object.")
    return request


def _resource_name(service: str, operation: str, body: bytes) -> str:
    """The request's first required member, which names what it is about."""
    if operation not in OPERATIONS.get(service, {}):
        return ""
    required = service_model(service).operation_model(operation).input_shape.required_members
    try:
        return str(_parse(body).get(required[0], "")) if required else ""
    except AwsError:
        return ""


def _error_response(service: str, error: AwsError) -> Response:
    """An error in the form in which clients of the service read it."""
    if service in (*MOTO_SERVICES, "sts"):
        return Response(error.status, _xml(service, error), [("Content-Type", "text/xml")])
    body = {"__type": error.code, "message": error.message, "Message": error.message}
    return Response(
        error.status,
        json.dumps({**body, **error.members}).encode(),
        [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", error.code)],
    )


def _xml(service: str, error: AwsError) -> bytes:
    told = f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    if service != "s3":
        told = f"<ErrorResponse>{told}</ErrorResponse>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{told}'.encode()
