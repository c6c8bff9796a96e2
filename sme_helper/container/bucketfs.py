"""BucketFS, on premises and of Exasol SaaS, with Exasol's own client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sme_helper.errors import HelperError
from sme_helper.libraries import library

ENDING = ".tar.gz"


@dataclass(frozen=True)
class OnPremises:
    """A bucket of a database of one's own.

    Attributes:
        url: of BucketFS, with its port.
        service, bucket: their names, as they stand in paths of UDFs.
        ca_file: certificate to trust, or None for those of the system.
    """

    url: str
    user: str
    password: str = field(repr=False)
    service: str = "bfsdefault"
    bucket: str = "default"
    ca_file: Path | None = None

    @property
    def place(self) -> str:
        return f"{self.service}/{self.bucket}"

    def open(self) -> Any:
        return library("exasol.bucketfs").Bucket(
            name=self.bucket,
            service=self.url,
            username=self.user,
            password=self.password,
            verify=str(self.ca_file) if self.ca_file else True,
            service_name=self.service,
        )


@dataclass(frozen=True)
class Saas:
    """The bucket of a database of Exasol SaaS."""

    url: str
    account_id: str
    database_id: str
    token: str = field(repr=False)

    @property
    def place(self) -> str:
        return "uploads/default"

    def open(self) -> Any:
        return library("exasol.bucketfs").SaaSBucket(
            url=self.url,
            account_id=self.account_id,
            database_id=self.database_id,
            pat=self.token,
        )


Place = OnPremises | Saas


def check_file(file: Path) -> None:
    """Raises HelperError, E-SME-176, for what cannot be uploaded as a container."""
    if not file.is_file():
        raise HelperError(f"E-SME-176: There is no file {file}. `sme container build` makes one.")
    if not file.name.endswith(ENDING):
        raise HelperError(
            f"E-SME-176: {file.name} does not end in {ENDING}, so BucketFS would not unpack it."
        )


def upload(place: Place, folder: str, name: str, content: BinaryIO) -> str:
    """Uploads a container. Returns its path in the bucket.

    Raises:
        HelperError: E-SME-173 (libraries), E-SME-175 (refused or not reached).
    """
    path = path_in_bucket(folder, name)
    with _clear_errors(place):
        place.open().upload(path, content)
    return path


def is_uploaded(place: Place, path: str) -> bool:
    """Whether the bucket has this file. Raises HelperError as `upload` does."""
    with _clear_errors(place):
        return path in {found.strip("/") for found in place.open().files}


def path_in_bucket(folder: str, name: str) -> str:
    return "/".join(part for part in (folder.strip("/"), name) if part)


def container_of(place: Place, path: str) -> str:
    """The folder that UDFs see once BucketFS has unpacked the file: service/bucket/path."""
    return f"{place.place}/{path.removesuffix(ENDING)}"


@contextmanager
def _clear_errors(place: Place) -> Iterator[None]:
    """Exasol's client has no one kind of error: it passes on those of what it uses."""
    requests = library("requests")
    httpx = library("httpx")
    client_error = library("exasol.bucketfs").BucketFsError
    try:
        yield
    except (client_error, requests.RequestException, httpx.HTTPError, OSError, RuntimeError) as e:
        raise HelperError(
            f"E-SME-175: BucketFS at {place.url}: {_words(e)}. Check address and certificate, and "
            "whether user and write password, or token, are right."
        ) from None


def _words(error: BaseException) -> str:
    """What the server or the network said, which the client's error has as its cause."""
    cause = error.__cause__ or error
    return str(cause).rstrip(". ") or type(cause).__name__
