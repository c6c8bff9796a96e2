"""Files in S3: addresses, credentials, and errors in Exasol's wrapping."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import SqlError, unsupported
from .tunnel import transfer_error

_HTTPS = re.compile(
    r"https?://(?P<bucket>[^/]+)\.s3(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.com"
    r"(?P<path>/.*)?",
    re.IGNORECASE,
)
_S3 = re.compile(r"s3://(?P<bucket>[^/]+)(?P<path>/.*)?", re.IGNORECASE)
_DEFAULT_REGION = "us-east-1"
_SPOOLED_BYTES = 8 << 20


@dataclass(frozen=True)
class S3Address:
    """A bucket, its region and the prefix of its keys ('' or with a closing slash)."""

    bucket: str
    region: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> S3Address:
        match = _HTTPS.fullmatch(text) or _S3.fullmatch(text)
        if match is None:
            raise unsupported(f"EXPORT and IMPORT with files at {text}")
        path = (match["path"] or "").strip("/")
        region = match.groupdict().get("region") or _DEFAULT_REGION
        return cls(match["bucket"], region, f"{path}/" if path else "")


@dataclass(frozen=True)
class Credentials:
    """Keys of a CONNECTION, and the encryption that rides in its password."""

    access_key: str
    secret_key: str
    upload_options: dict[str, str]
    session_token: str | None = None

    def __repr__(self) -> str:
        return "Credentials(...)"

    @classmethod
    def parse(
        cls, user: str | None, password: str | None, session_token: str | None = None
    ) -> Credentials:
        """Reads 'secret;sse_type=aws:kms;kms_key_id=...'.

        Raises:
            SqlError: an option behind the secret that Exasol does not know.
        """
        secret, *options = (password or "").split(";")
        upload_options = {}
        for option in filter(None, options):
            name, _, value = option.partition("=")
            if name == "sse_type":
                upload_options["ServerSideEncryption"] = value
            elif name == "kms_key_id":
                upload_options["SSEKMSKeyId"] = value
            else:
                raise SqlError(f"ETL-5201: unknown S3 option {name!r} in the connection", "42636")
        return cls(user or "", secret, upload_options, session_token or None)


def is_s3(address: str) -> bool:
    return bool(_HTTPS.fullmatch(address) or _S3.fullmatch(address))


class S3Bucket:
    """The bucket that an address names.

    Args:
        address: https://bucket.s3[.region].amazonaws.com[/path] or s3://bucket[/path].
        credentials: without an access key requests are not signed.
        endpoint_url: where requests to AWS go.

    Raises:
        SqlError: no endpoint is set, so that there is no way to AWS.
    """

    def __init__(self, address: str, credentials: Credentials, endpoint_url: str | None):
        if not endpoint_url:
            raise transfer_error(
                "connecting to", address, "no route to AWS; the database was started without one"
            )
        self._name = address
        self._address = S3Address.parse(address)
        self._credentials = credentials
        self._client = _client(self._address.region, self._credentials, endpoint_url)

    def open_writer(self, file: str) -> _Upload:
        return _Upload(self, file)

    def open_reader(self, file: str) -> BinaryIO:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.get_object(Bucket=self._address.bucket, Key=self._key(file))
        except (BotoCoreError, ClientError) as error:
            raise self._error("reading data from", file, error) from error
        return answer["Body"]

    def upload(self, file: str, data: BinaryIO) -> None:
        from boto3.exceptions import S3UploadFailedError
        from boto3.s3.transfer import TransferConfig
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.upload_fileobj(
                data,
                self._address.bucket,
                self._key(file),
                ExtraArgs=self._credentials.upload_options,
                # Each thread would keep the memory of its part.
                Config=TransferConfig(use_threads=False),
            )
        except (BotoCoreError, ClientError, S3UploadFailedError) as error:
            raise self._error("writing data to", file, error) from error

    def close(self) -> None:
        self._client.close()

    def _key(self, file: str) -> str:
        return self._address.prefix + file.lstrip("/")

    def _error(self, doing: str, file: str, error: Exception) -> SqlError:
        return transfer_error(doing, f"{self._name.rstrip('/')}/{file}", _describe(error))


def _describe(error: Exception) -> str:
    """AWS's own code and message, where it gave any."""
    cause: BaseException | None = error
    while cause is not None:
        response = getattr(cause, "response", None)
        if isinstance(response, dict) and "Error" in response:
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
            details = response["Error"]
            return f"HTTP {status} {details.get('Code', '')}: {details.get('Message', '')}"
        cause = cause.__cause__ or cause.__context__
    return str(error)


def _client(region: str, credentials: Credentials, endpoint_url: str):
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    unsigned = {} if credentials.access_key else {"signature_version": UNSIGNED}
    return boto3.session.Session().client(
        "s3",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=credentials.access_key or None,
        aws_secret_access_key=credentials.secret_key or None,
        aws_session_token=credentials.session_token,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}, **unsigned),
    )


class _Upload:
    """A file on its way to S3: collected first, sent when it is whole."""

    def __init__(self, bucket: S3Bucket, file: str):
        self._bucket = bucket
        self._file = file
        self._data = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115 - see finish

    def write(self, data: bytes) -> None:
        self._data.write(data)

    def finish(self) -> None:
        with self._data:
            self._data.seek(0)
            self._bucket.upload(self._file, self._data)
