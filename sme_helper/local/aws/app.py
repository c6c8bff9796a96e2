"""The one HTTP address of the stand-in: S3 and IAM by moto, all other services here."""

from __future__ import annotations

import http.client
import io
import json
import re
import sys
import traceback
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from moto.server import DomainDispatcherApplication, create_backend_app

from . import (
    autopilot,
    endpoint_configs,
    endpoints,
    models,
    quotas,
    scaling,
    sts,
    tags,
    transform_jobs,
)
from .account import Account
from .cloud import Cloud
from .credentials import Credentials
from .errors import AwsError, unknown_operation
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
    """A WSGI application for all accounts and regions."""

    def __init__(self, cloud: Cloud, credentials: Credentials, log: RequestLog):
        self._cloud = cloud
        self._credentials = credentials
        self._log = log
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            signature = read_signature(environ)
        except AwsError as error:
            return _start_xml_error("s3", error, start_response)
        service = signature.service if signature else _guess_service(environ)
        if service in MOTO_SERVICES:
            return self._answer_by_moto(service, signature, environ, body, start_response)
        if service == "sts":
            response = self._answer_by_sts(signature, environ, body)
        else:
            response = self._answer_here(service, signature, environ, body)
        length = ("Content-Length", str(len(response.body)))
        request_id = ("x-amzn-RequestId", str(uuid.uuid4()))
        start_response(_status_line(response.status), [*response.headers, length, request_id])
        return [response.body]

    def _answer_here(
        self, service: str, signature: Signature | None, environ: Environ, body: bytes
    ) -> Response:
        invocation = _INVOCATION.fullmatch(environ["PATH_INFO"])
        operation = "InvokeEndpoint" if invocation else _target_operation(environ)
        name, error = "", None
        try:
            caller = check_signature(signature, service, environ, body, self._credentials)
            if service not in OPERATIONS:
                raise unknown_operation(operation or environ["PATH_INFO"], service)
            account = self._cloud.account(caller.account, signature.region)
            if invocation:
                name = invocation[1]
                response = self._invoke(account, name, environ, body)
            else:
                request = _parse(body)
                name = _resource_name(service, operation, request)
                response = self._operate(account, service, operation, request)
        except AwsError as failure:
            error = failure
        except Exception as failure:
            traceback.print_exc(file=sys.stderr)
            error = AwsError("InternalFailure", f"{type(failure).__name__}: {failure}", 500)
        if error:
            response = _error_response(error)
        code = error.code if error else None
        self._log.write(service, operation, response.status, name, code)
        return response

    def _answer_by_sts(
        self, signature: Signature | None, environ: Environ, body: bytes
    ) -> Response:
        operation, error = sts.operation_of(body), None
        try:
            caller = check_signature(signature, "sts", environ, body, self._credentials)
            answer = sts.answer(body, caller, self._credentials)
            response = Response(200, answer.encode(), [("Content-Type", "text/xml")])
        except AwsError as failure:
            error = failure.code
            headers = [("Content-Type", "text/xml")]
            response = Response(failure.status, _xml_error("sts", failure), headers)
        self._log.write("sts", operation, response.status, "", error)
        return response

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

    def _answer_by_moto(
        self,
        service: str,
        signature: Signature | None,
        environ: Environ,
        body: bytes,
        start: StartResponse,
    ) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        try:
            caller = check_signature(signature, service, environ, body, self._credentials)
        except AwsError as error:
            self._log.write(service, method, error.status, path, error.code)
            return _start_xml_error(service, error, start)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = caller.account
        captured: list[Any] = []

        def capture(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            captured[:] = [status, headers]

        if service == "s3" and method not in _READING:
            with self._cloud.objects(caller.account).changing():
                body = b"".join(self._moto(environ, capture))
        else:
            body = b"".join(self._moto(environ, capture))
        self._log.write(service, method, int(captured[0][:3]), path, None)
        start(*captured)
        return [body]


def _status_line(status: int) -> str:
    return f"{status} {http.client.responses[status]}"


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


def _resource_name(service: str, operation: str, request: dict[str, Any]) -> str:
    """The request's first required member, which names what it is about."""
    if operation not in OPERATIONS[service]:
        return ""
    required = service_model(service).operation_model(operation).input_shape.required_members
    return str(request.get(required[0], "")) if required else ""


def _error_response(error: AwsError) -> Response:
    body = {"__type": error.code, "message": error.message, "Message": error.message}
    return Response(
        error.status,
        json.dumps({**body, **error.members}).encode(),
        [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", error.code)],
    )


def _start_xml_error(
    service: str, error: AwsError, start_response: StartResponse
) -> Iterable[bytes]:
    body = _xml_error(service, error)
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
    start_response(_status_line(error.status), headers)
    return [body]


def _xml_error(service: str, error: AwsError) -> bytes:
    told = f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    if service != "s3":
        told = f"<ErrorResponse>{told}</ErrorResponse>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{told}'.encode()
