"""Who calls: the access key id of a request, checked against a credentials file."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import AwsError


@dataclass(frozen=True)
class Caller:
    """What a request's signature names: the key's id and the service it was signed for."""

    access_key_id: str
    service: str


def caller_of(authorization: str, query: str) -> Caller | None:
    """Reads the Authorization header, or the query of a presigned URL; None if neither."""
    scope = re.search(r"Credential=([^,\s]+)", authorization)
    parameters = urllib.parse.parse_qs(query)
    credential = scope[1] if scope else parameters.get("X-Amz-Credential", [""])[0]
    parts = credential.split("/")
    if len(parts) >= 5:
        return Caller("/".join(parts[:-4]), parts[-2].lower())
    if authorization.startswith("AWS "):  # signature version 2, which only S3 has
        return Caller(authorization[4:].partition(":")[0], "s3")
    if "AWSAccessKeyId" in parameters:
        return Caller(parameters["AWSAccessKeyId"][0], "s3")
    return None


class Credentials:
    """The access keys that may call. Without a file, every key may."""

    def __init__(self, secrets: Mapping[str, str] | None = None):
        self._secrets = secrets

    @classmethod
    def read(cls, path: Path) -> Credentials:
        """Reads lines `access_key_id=secret`; blank lines and `#` comments are skipped."""
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
        return cls({key.strip(): secret.strip() for key, _, secret in pairs})

    def check(self, caller: Caller | None, service: str) -> Caller:
        """The seam for signature checks: now, the key's id must be known.

        Raises:
            AwsError: there is no signature, or nobody has that key.
        """
        if caller is None and service == "s3":
            raise AwsError("AccessDenied", "Access Denied", 403)
        if caller is None:
            raise AwsError("MissingAuthenticationToken", "Missing Authentication Token", 403)
        if self._secrets is None or caller.access_key_id in self._secrets:
            return caller
        if caller.service == "s3":
            raise AwsError(
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                403,
            )
        if caller.service == "sts":
            raise AwsError(
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                403,
            )
        raise AwsError(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            400,
        )
