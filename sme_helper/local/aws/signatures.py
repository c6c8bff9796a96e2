"""Signature version 4, checked as AWS does: by computing it again, with botocore's own signer."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import urllib.parse
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.credentials import Credentials as Keys

from .clock import now
from .credentials import Credentials, Identity
from .errors import AwsError

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
# The body of these has a checksum of its own behind it, which moto reads.
UNSIGNED_PAYLOADS = (UNSIGNED_PAYLOAD, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
_TIME = "%Y%m%dT%H%M%SZ"
_UNKNOWN = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
_WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your "
)
_WRONG_LONG = (
    f"{_WRONG}AWS Secret Access Key and signing method. Consult the service documentation for "
    "details."
)
# What a service answers: code, text ({} is a detail), HTTP status. Here those with AWS's query
# protocol.
_QUERY_REFUSALS = {
    "missing": ("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
    "unknown": ("InvalidClientTokenId", _UNKNOWN, 403),
    "token": ("InvalidClientTokenId", _UNKNOWN, 403),
    "expired": ("ExpiredToken", _EXPIRED, 403),
    "wrong": ("SignatureDoesNotMatch", _WRONG_LONG, 403),
    "late": ("SignatureDoesNotMatch", "{}", 403),
    "malformed": ("IncompleteSignature", "{}", 400),
}
_REFUSALS = {
    "s3": {
        "missing": ("AccessDenied", "Access Denied", 403),
        "unknown": (
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
        ),
        "token": (
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
            400,
        ),
        "expired": ("ExpiredToken", "The provided token has expired.", 400),
        "wrong": ("SignatureDoesNotMatch", f"{_WRONG}key and signing method.", 403),
        "late": (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
        ),
        "malformed": (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed; {}",
            400,
        ),
    },
    "sts": _QUERY_REFUSALS,
    "iam": _QUERY_REFUSALS,
    "sagemaker": {
        "missing": ("MissingAuthenticationToken", "Missing Authentication Token", 403),
        "unknown": ("UnrecognizedClientException", _UNKNOWN, 400),
        "token": ("UnrecognizedClientException", _UNKNOWN, 400),
        "expired": ("ExpiredTokenException", _EXPIRED, 400),
        "wrong": ("InvalidSignatureException", _WRONG_LONG, 400),
        "late": ("InvalidSignatureException", "{}", 400),
        "malformed": ("IncompleteSignatureException", "{}", 400),
    },
}
# How far the clock of who calls may be off.
_MINUTES = {"s3": 15, "sts": 15, "iam": 15}


@dataclass(frozen=True)
class Signature:
    """What a request says about its signature.

    `lifetime` (seconds) is that of a presigned address, which has everything in its query.
    """

    key_id: str
    day: str
    region: str
    service: str
    headers: tuple[str, ...]
    value: str
    time: str
    token: str | None = field(repr=False)
    lifetime: int | None = None


def read_signature(environ: dict[str, Any]) -> Signature | None:
    """The signature of a request, in its header or its query; None if it has none.

    Raises:
        AwsError: it is one of another version.
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    query = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", "")))
    if header.startswith("AWS ") or "AWSAccessKeyId" in query:
        raise AwsError(
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. "
            "Please use AWS4-HMAC-SHA256.",
        )
    if header:
        given = dict(re.findall(r"(Credential|SignedHeaders|Signature)=([^,\s]+)", header))
        time, token = environ.get("HTTP_X_AMZ_DATE", ""), environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        lifetime = None
    elif "X-Amz-Credential" in query:
        given = {
            name: query.get(f"X-Amz-{name}", "")
            for name in ("Credential", "SignedHeaders", "Signature")
        }
        time, token = query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token")
        lifetime = int(query.get("X-Amz-Expires") or 0)
    else:
        return None
    scope = [*given.get("Credential", "").split("/"), "", "", "", ""]
    return Signature(
        key_id=scope[0],
        day=scope[1],
        region=scope[2],
        service=scope[3].lower(),
        headers=tuple(given.get("SignedHeaders", "").lower().split(";")),
        value=given.get("Signature", ""),
        time=time,
        token=token,
        lifetime=lifetime,
    )


def check_signature(
    signature: Signature | None,
    service: str,
    environ: dict[str, Any],
    body: bytes,
    credentials: Credentials,
) -> Identity:
    """Whose request it is.

    Raises:
        AwsError: nobody's, or not one that may be answered now.
    """
    if signature is None:
        raise _refusal(service, "missing")
    is_whole = all((signature.key_id, signature.value, *signature.headers))
    has_scope = signature.service and re.fullmatch(r"[a-z0-9-]+", signature.region)
    if not is_whole or not has_scope or not re.fullmatch(r"\d{8}T\d{6}Z", signature.time):
        raise _refusal(
            service,
            "malformed",
            "Credential, SignedHeaders, Signature and X-Amz-Date are needed.",
        )
    identity = credentials.identity(signature.key_id, signature.token)
    if identity is None:
        is_temporary = signature.token is not None
        raise _refusal(service, "token" if is_temporary else "unknown")
    if identity.token != signature.token and identity.secret is not None:
        # S3 does not find a temporary key that comes without its token.
        raise _refusal(service, "unknown" if signature.token is None else "token")
    if identity.expires is not None and identity.expires <= now():
        raise _refusal(service, "expired")
    _check_time(signature, service, now())
    if identity.secret is not None:
        body_hash = _checked_body_hash(signature, environ, body)
        wanted = _computed(signature, environ, body_hash, identity.secret)
        if not hmac.compare_digest(wanted, signature.value):
            raise _refusal(service, "wrong")
    return identity


def _refusal(service: str, kind: str, detail: str = "") -> AwsError:
    code, text, status = _REFUSALS.get(service, _REFUSALS["sagemaker"])[kind]
    return AwsError(code, text.replace("{}", detail), status)


def _check_time(signature: Signature, service: str, now: float) -> None:
    signed = datetime.strptime(signature.time, _TIME).replace(tzinfo=UTC).timestamp()
    if signature.time[:8] != signature.day:
        raise _refusal(service, "malformed", "Date in Credential scope does not match X-Amz-Date.")
    if signature.lifetime is not None:
        if signed + signature.lifetime < now:
            raise AwsError("AccessDenied", "Request has expired", 403)
        return
    minutes = _MINUTES.get(service, 5)
    earliest, latest = now - minutes * 60, now + minutes * 60
    if signed < earliest:
        told = f"Signature expired: {signature.time} is now earlier than {_stamp(earliest)}"
        raise _refusal(service, "late", f"{told} ({_stamp(now)} - {minutes} min.)")
    if signed > latest:
        told = f"Signature not yet current: {signature.time} is still later than {_stamp(latest)}"
        raise _refusal(service, "late", f"{told} ({_stamp(now)} + {minutes} min.)")


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_TIME)


def _checked_body_hash(signature: Signature, environ: dict[str, Any], body: bytes) -> str:
    """What stands for the body in the signature. S3 has it in a header, which must be true."""
    if signature.service != "s3":
        return hashlib.sha256(body).hexdigest()
    if signature.lifetime is not None:
        return UNSIGNED_PAYLOAD
    told = environ.get("HTTP_X_AMZ_CONTENT_SHA256")
    if told is None:
        raise AwsError(
            "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"
        )
    if told.startswith("STREAMING-AWS4-"):
        raise AwsError(
            "NotImplemented",
            "Not available in the embedded stack: bodies with a signature for each chunk",
            501,
        )
    if told not in UNSIGNED_PAYLOADS and told != hashlib.sha256(body).hexdigest():
        raise AwsError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    return told


def _computed(signature: Signature, environ: dict[str, Any], body_hash: str, secret: str) -> str:
    """The signature that the request should have."""
    signer_class = _S3Signer if signature.service == "s3" else _Signer
    signer = signer_class(Keys(signature.key_id, secret), signature.service, signature.region)
    request = AWSRequest(
        method=environ["REQUEST_METHOD"],
        url=_signed_url(environ),
        headers={name: _header(environ, name) for name in signature.headers},
    )
    request.context.update(timestamp=signature.time, body_hash=body_hash)
    canonical = signer.canonical_request(request)
    return signer.signature(signer.string_to_sign(request, canonical), request)


def _signed_url(environ: dict[str, Any]) -> str:
    """The address as it was sent, without the signature that a presigned one holds."""
    path, _, query = environ["REQUEST_URI"].partition("?")
    parts = [part for part in query.split("&") if not part.startswith("X-Amz-Signature=")]
    return f"http://{environ.get('HTTP_HOST', '')}{path}?{'&'.join(parts)}"


def _header(environ: dict[str, Any], name: str) -> str:
    variable = name.upper().replace("-", "_")
    if variable in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        return environ.get(variable, "")
    return environ.get(f"HTTP_{variable}", "")


@functools.lru_cache(maxsize=1000)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """It is the same for a whole day."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class _Checks:
    """What differs where a signature is checked: headers and hash are those of the request."""

    credentials: Keys

    def headers_to_sign(self, request: AWSRequest) -> HeadersDict:
        return request.headers

    def payload(self, request: AWSRequest) -> str:
        return request.context["body_hash"]

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        day = request.context["timestamp"][:8]
        key = _signing_key(self.credentials.secret_key, day, self._region_name, self._service_name)
        return hmac.digest(key, string_to_sign.encode(), "sha256").hex()


class _Signer(_Checks, SigV4Auth):
    pass


class _S3Signer(_Checks, S3SigV4Auth):
    pass
