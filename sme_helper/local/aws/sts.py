"""The Security Token Service: who am I, and keys for a time."""

from __future__ import annotations

import re
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from .clock import now
from .credentials import LONGEST_SESSION_SECONDS, Credentials, Identity, Session
from .errors import AwsError
from .validation import check_request, service_model

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_TWELVE_HOURS = 43200


def answer(body: bytes, identity: Identity, credentials: Credentials) -> str:
    """The answer to a request, as XML.

    Raises:
        AwsError: a request that AWS would refuse, or one that the stand-in does not know.
    """
    operation = operation_of(body)
    handler = OPERATIONS.get(operation)
    if handler is None:
        raise AwsError(
            "InvalidAction", f"The operation {operation} is not available in the embedded stack."
        )
    result = handler(_read_request(operation, body), identity, credentials)
    return (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{_xml(result)}'
        f"</{operation}Result><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId>"
        f"</ResponseMetadata></{operation}Response>"
    )


def operation_of(body: bytes) -> str:
    return _form(body).get("Action", "")


def _form(body: bytes) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _read_request(operation: str, body: bytes) -> dict[str, Any]:
    """The parameters of a request, checked by botocore's description of the service."""
    request: dict[str, Any] = _form(body)
    del request["Action"]
    request.pop("Version", None)
    if re.fullmatch(r"-?\d+", request.get("DurationSeconds", "")):
        request["DurationSeconds"] = int(request["DurationSeconds"])
    try:
        check_request(service_model("sts").operation_model(operation), request)
    except AwsError as error:
        raise AwsError("ValidationError", error.message) from error
    return request


def _assume_role(
    request: dict[str, Any], identity: Identity, credentials: Credentials
) -> dict[str, Any]:
    arn, name = request["RoleArn"], request["RoleSessionName"]
    role = credentials.role(arn)
    is_trusted = role is not None and identity.account in role.trusts
    if not is_trusted or role.external_id not in (None, request.get("ExternalId")):
        raise AwsError(
            "AccessDenied",
            f"User: {identity.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            403,
        )
    seconds = request.get("DurationSeconds", LONGEST_SESSION_SECONDS)
    if seconds > role.max_session_seconds:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    path = arn.partition(":role/")[2].rpartition("/")[2]
    assumed = replace(
        identity,
        account=role.account,
        arn=f"arn:aws:sts::{role.account}:assumed-role/{path}/{name}",
        user_id=f"AROA{uuid.uuid5(uuid.NAMESPACE_URL, arn).hex[:16].upper()}:{name}",
    )
    session = credentials.new_session(assumed, now() + (role.session_seconds or seconds))
    return {
        "Credentials": _told(session),
        "AssumedRoleUser": {"AssumedRoleId": assumed.user_id, "Arn": assumed.arn},
    }


def _get_session_token(
    request: dict[str, Any], identity: Identity, credentials: Credentials
) -> dict[str, Any]:
    if identity.token is not None:
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    seconds = request.get("DurationSeconds", _TWELVE_HOURS)
    return {"Credentials": _told(credentials.new_session(identity, now() + seconds))}


def _get_caller_identity(
    request: dict[str, Any], identity: Identity, credentials: Credentials
) -> dict[str, Any]:
    return {"UserId": identity.user_id, "Account": identity.account, "Arn": identity.arn}


OPERATIONS: dict[str, Callable[[dict[str, Any], Identity, Credentials], dict[str, Any]]] = {
    "AssumeRole": _assume_role,
    "GetSessionToken": _get_session_token,
    "GetCallerIdentity": _get_caller_identity,
}


def _told(session: Session) -> dict[str, str]:
    expires = datetime.fromtimestamp(session.expires, UTC)
    return {
        "AccessKeyId": session.key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _xml(value: dict[str, Any] | str) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(inner)}</{name}>" for name, inner in value.items())
    return escape(value)
