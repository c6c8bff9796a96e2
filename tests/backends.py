"""Where the end-to-end tests run: on the embedded stack, or on a real Exasol and AWS account.

`pytest --backend=exasol` reads the addresses from the environment, and gives tests the same four
ways in as the embedded stack: `dsn`, `environment`, `connect` and `aws_client`.

    python -m tests.backends RUN     cleans up after a run with SME_TEST_RUN=RUN that was killed
"""

from __future__ import annotations

import os
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pyexasol
import pytest

from sme_helper.connections import Keys, connections
from sme_helper.local import environment as env
from sme_helper.local import provision
from sme_helper.local.stack import Stack

from .clean_up import CleanUpError, clean_up

# What a test of the embedded stack alone asks for, and why it runs there only.
EMBEDDED_FIXTURES = {
    "statement_log": "its log of statements",
    "request_log": "its log of requests",
    "session_folders": "its folders",
    "access_keys": "keys that it admits",
    "key": "its key",
    "control": "its control interface",
}
# Variables, and what they are for; one of those that stand together is enough.
REQUIRED = {
    ("EXASOL_DSN",): "address of the database, host:port or host/fingerprint:port",
    ("EXASOL_USER",): "a user with the role DBA",
    ("EXASOL_PASSWORD",): "its password",
    ("AWS_REGION", "AWS_DEFAULT_REGION"): "region of the bucket and of SageMaker",
    ("SME_BUCKET",): "a bucket in it, as s3://name",
    ("SME_ROLE",): "ARN of the SageMaker execution role",
}
OUTPUT_PATH = "sme-tests"


@dataclass(frozen=True)
class Account:
    """What tests name of AWS, and how long they wait for it.

    Attributes:
        s3_connection: the CONNECTION for EXPORT and IMPORT, where one does not do for all.
        output_path: prefix of all that the tests write to the bucket.
        job_seconds, endpoint_seconds: the longest waits for a job and for an endpoint.
        interval: seconds between two looks at a job.
    """

    connection: str = env.CONNECTION
    s3_connection: str | None = None
    region: str = "eu-central-1"
    role: str = "arn:aws:iam::123456789012:role/SmeLocalExecution"
    bucket: str = env.BUCKET
    output_path: str = "tests"
    job_seconds: int = 120
    endpoint_seconds: int = 60
    interval: float = 0.3

    @property
    def waiting(self) -> dict[str, int]:
        """How often boto3's waiters look at an endpoint."""
        delay = max(1, round(self.interval))
        return {"Delay": delay, "MaxAttempts": self.endpoint_seconds // delay}


def new_mark() -> str:
    """What every name holds that a run gives, and by which clean-up finds what it made.

    SME_TEST_RUN sets it, so that what a killed run has left can be found as well.
    """
    given = os.environ.get("SME_TEST_RUN")
    # Workers of pytest-xdist must not give the same name twice.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return f"{run_mark(given) if given else 'T' + uuid.uuid4().hex[:6].upper()}{worker}X"


def run_mark(run: str) -> str:
    """The mark of a run that has a name."""
    return "T" + uuid.uuid5(uuid.NAMESPACE_URL, run).hex[:6].upper()


MARK = new_mark()


@dataclass(frozen=True)
class RealServices:
    """A database and an AWS account that somebody else runs."""

    variables: Mapping[str, str]
    account: Account

    @property
    def dsn(self) -> str:
        return self.variables["EXASOL_DSN"]

    @property
    def environment(self) -> dict[str, str]:
        """All variables that lead to the services."""
        prefixes = ("AWS_", "EXASOL_", "BUCKETFS_", "WEBSOCKET_CLIENT_")
        given = {k: v for k, v in self.variables.items() if k.startswith(prefixes)}
        # boto3 reads the second only.
        regions = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), self.account.region)
        # dbt-exasol asks for an authority where pyexasol is content with a fingerprint.
        checked = {"EXASOL_CHECK_CERTIFICATE": "False"} if "/" in self.dsn else {}
        return {**checked, **given, **regions}

    def connect(self, user: str | None = None, password: str | None = None, **options: Any) -> Any:
        return pyexasol.connect(
            dsn=self.dsn,
            user=user or self.variables["EXASOL_USER"],
            password=password or self.variables["EXASOL_PASSWORD"],
            **options,
        )

    def aws_client(self, service: str) -> Any:
        return boto3.client(service, region_name=self.account.region)


Backend = Stack | RealServices


def own_keys() -> Keys:
    """The keys that boto3 finds for us."""
    found = boto3.Session().get_credentials().get_frozen_credentials()
    return Keys(found.access_key, found.secret_key, found.token)


def keys_of(backend: Backend) -> Keys:
    """The keys that the CONNECTIONs of a backend have."""
    if isinstance(backend, RealServices):
        return own_keys()
    file = Path(backend.environment["AWS_SHARED_CREDENTIALS_FILE"])
    return Keys(*provision.read_credentials(file))


def account_of(backend: Backend) -> Account:
    return backend.account if isinstance(backend, RealServices) else Account()


def missing_variables(variables: Mapping[str, str]) -> str:
    """What `--backend=exasol` lacks, as an error to show; empty if nothing."""
    lacking = [
        f"  {' or '.join(names)}: {purpose}"
        for names, purpose in REQUIRED.items()
        if not any(variables.get(name) for name in names)
    ]
    if boto3.Session().get_credentials() is None:
        lacking.append(
            "  AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE: keys that may do "
            "what docs/aws-policies.md lists"
        )
    if not lacking:
        return ""
    return "\n".join(
        [
            "--backend=exasol needs these environment variables:",
            *lacking,
            "Set them (see docs/contributing.md), or leave the option out for the embedded stack.",
        ]
    )


def real_account(variables: Mapping[str, str], mark: str, keys_are_temporary: bool) -> Account:
    return Account(
        connection=f"SME_AWS_{mark}",
        # EXPORT and UDFs read temporary keys in different ways.
        s3_connection=f"SME_S3_{mark}" if keys_are_temporary else None,
        region=variables.get("AWS_REGION") or variables["AWS_DEFAULT_REGION"],
        role=variables["SME_ROLE"],
        bucket=variables["SME_BUCKET"].removeprefix("s3://").strip("/"),
        output_path=f"{OUTPUT_PATH}/{mark}",
        job_seconds=4 * 3600,
        endpoint_seconds=1800,
        interval=5,
    )


@contextmanager
def real_services(
    variables: Mapping[str, str], report: Callable[[str], None]
) -> Iterator[RealServices]:
    """The services that the variables name, with CONNECTIONs for this run.

    Whatever holds the mark of the run is gone at the end, also after a failure or Ctrl-C;
    `report` is told what that was.
    """
    keys = own_keys()
    services = RealServices(variables, real_account(variables, MARK, bool(keys.token)))
    account = services.account
    try:
        with services.connect() as connection:
            for made in connections(
                account.connection, account.s3_connection, account.bucket, account.region, keys
            ):
                connection.execute(made.statement)
        yield services
    finally:
        report(clean_up(services, MARK))


def main(run: str) -> None:
    """Cleans up after a run with SME_TEST_RUN that was killed."""
    if lacking := missing_variables(os.environ):
        sys.exit(lacking)
    mark = run_mark(run)
    services = RealServices(os.environ, real_account(os.environ, mark, False))
    try:
        print(clean_up(services, mark))
    except CleanUpError as error:
        sys.exit(str(error))


def why_embedded(item: pytest.Item) -> str | None:
    """Why real services cannot run a test; None if they can."""
    if marker := item.get_closest_marker("embedded"):
        (reason,) = marker.args
        return reason
    reasons = (EMBEDDED_FIXTURES[name] for name in item.fixturenames if name in EMBEDDED_FIXTURES)
    return next(reasons, None)


def leave_out_embedded(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Deselects what real services cannot run; says how many tests that leaves, and why."""
    kept, left_out, why = [], [], Counter()
    for item in items:
        needs_backend = "stack" in item.fixturenames
        reason = why_embedded(item) if needs_backend else None
        (kept if needs_backend and not reason else left_out).append(item)
        if reason:
            why[reason] += 1
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
    without = len(left_out) - why.total()
    return [
        f"backend exasol: {len(kept)} tests; not run: {without} that need no database, "
        f"{why.total()} that need the embedded stack:",
        *(f"  {count} {reason}" for reason, count in why.most_common()),
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
