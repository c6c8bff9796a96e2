"""Deletes what a run of the tests has made in a real database and AWS account.

Found by the mark in every name. What the registries of the run have by other names goes where its
tags in AWS say so, too: a name alone may be somebody else's. Again is no error, and what cannot be
deleted keeps nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pyexasol import ExaError

from sme_helper.quoting import identifier, literal

REGISTRIES = {
    "endpoints": ("SME_METADATA_AUTOPILOT_ENDPOINTS", "ENDPOINT_NAME"),
    "Autopilot jobs": ("SME_METADATA_AUTOPILOT_JOBS", "JOB_NAME"),
    "transform jobs": ("SME_METADATA_AUTOPILOT_TRANSFORM_JOBS", "TRANSFORM_JOB_NAME"),
}
# What the dictionary lists, and how it is dropped. A schema goes with all that is in it.
OBJECTS = (
    ("SCHEMA", "EXA_SCHEMAS", "SCHEMA_NAME", " CASCADE"),
    ("CONNECTION", "EXA_DBA_CONNECTIONS", "CONNECTION_NAME", ""),
    ("USER", "EXA_DBA_USERS", "USER_NAME", " CASCADE"),
)

# How AWS lists what sme makes, and what its entries are called.
KINDS = {
    "endpoints": ("list_endpoints", "Endpoints", "Endpoint"),
    "Autopilot jobs": ("list_auto_ml_jobs", "AutoMLJobSummaries", "AutoMLJob"),
    "transform jobs": ("list_transform_jobs", "TransformJobSummaries", "TransformJob"),
    "endpoint configurations": ("list_endpoint_configs", "EndpointConfigs", "EndpointConfig"),
    "models": ("list_models", "Models", "Model"),
}
SCALED = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}

# How AWS says that something is not there, or has ended.
GONE = ("ValidationException", "ResourceNotFound", "ObjectNotFoundException")
SECONDS = 1800  # an endpoint that is Creating cannot be deleted before it is not


class CleanUpError(Exception):
    """Something could not be deleted, and may be charged for; the message names it."""


@dataclass
class CleanUp:
    """What a run has made, what was deleted of it, and what could not be."""

    made: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self, what: str) -> Iterator[None]:
        """Keeps an error for the end."""
        try:
            yield
        except (BotoCoreError, ClientError, ExaError) as error:
            self.failed.append(f"{what}: {error}")

    def end(self, kind: str, names: Iterable[str], delete: Callable[[str], Any]) -> None:
        """Deletes each; what is gone or has ended already is not counted."""
        for name in sorted(names):
            with self.going_on(f"{kind} {name}"):
                self.deleted[kind] = self.deleted.get(kind, 0) + _when_not_busy(delete, name)

    def __str__(self) -> str:
        def listed(counts: dict[str, int]) -> str:
            return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)

        return f"made {listed(self.made) or 'nothing'}; deleted {listed(self.deleted) or 'nothing'}"


def clean_up(services: Any, mark: str) -> str:
    """Deletes what holds the mark; says what the run has made, and what was deleted.

    Raises:
        CleanUpError: something is left.
    """
    result = CleanUp()
    with services.connect() as connection:
        registered = _registered(connection, mark)
        _clean_aws(services, mark, registered, result)
        _clean_database(connection, mark, result)
    told = f"cleaned up after {mark}: {result}"
    if result.failed:
        raise CleanUpError("\n".join([told, "NOT deleted, clean up again:", *result.failed]))
    return told


def _registered(connection: Any, mark: str) -> dict[str, set[str]]:
    found = {kind: set() for kind in REGISTRIES}
    for kind, (table, column) in REGISTRIES.items():
        # One without a status is none of ours, but that of the predecessor, as a test makes it.
        schemas = connection.execute(
            f"SELECT COLUMN_SCHEMA FROM EXA_ALL_COLUMNS WHERE COLUMN_TABLE = {literal(table)} "
            f"AND COLUMN_NAME = 'STATUS' AND COLUMN_SCHEMA LIKE {literal(f'%{mark}%')}"
        ).fetchcol()
        for schema in schemas:
            source = f"{identifier(schema)}.{identifier(table)}"
            names = connection.execute(
                f"SELECT {column} FROM {source} WHERE STATUS NOT IN ('NotStarted', 'NotDeployed')"
            ).fetchcol()
            found[kind] |= {name for name in names if name}
    return found


def _clean_aws(services: Any, mark: str, registered: dict[str, set[str]], result: CleanUp) -> None:
    sagemaker = services.aws_client("sagemaker")
    unmarked = {name for names in registered.values() for name in names if mark not in name}

    def is_ours(arn: str) -> bool:
        tags = sagemaker.list_tags(ResourceArn=arn)["Tags"]
        return any(tag["Key"] == "sme:schema" and mark in tag["Value"] for tag in tags)

    def found(kind: str) -> set[str]:
        """Names with the mark, and those of the registries that AWS knows to be of this run."""
        operation, entries, title = KINDS[kind]
        pages = sagemaker.get_paginator(operation)
        listed = [
            (entry[f"{title}Name"], entry[f"{title}Arn"])
            for part in (mark, *unmarked)
            for page in pages.paginate(NameContains=part)
            for entry in page[entries]
        ]
        return {name for name, arn in listed if mark in name or is_ours(arn)}

    def end(kind: str, operation: str, told: str = "") -> None:
        argument = f"{KINDS[kind][2]}Name"
        with result.going_on(kind):
            names, call = found(kind), getattr(sagemaker, operation)
            if kind in registered:
                result.made[kind] = len(names | registered[kind])
            result.end(told or kind, names, lambda name: call(**{argument: name}))

    with result.going_on("scalable targets"):
        _end_scaling(services.aws_client("application-autoscaling"), mark, result)
    # Endpoints first: they are charged for as long as they exist. Then what works for a while yet.
    end("endpoints", "delete_endpoint")
    end("Autopilot jobs", "stop_auto_ml_job", "running jobs")
    end("transform jobs", "stop_transform_job", "running transform jobs")
    end("endpoint configurations", "delete_endpoint_config")
    end("models", "delete_model")
    with result.going_on("objects"):
        _empty(services, result)


def _end_scaling(scaling: Any, mark: str, result: CleanUp) -> None:
    """What scales an endpoint goes with it only where the keys may do so. Policies go with it."""
    pages = scaling.get_paginator("describe_scalable_targets").paginate(**SCALED)
    found = [target["ResourceId"] for page in pages for target in page["ScalableTargets"]]
    result.end(
        "scalable targets",
        # endpoint/NAME/variant/NAME
        [name for name in found if mark in name],
        lambda name: scaling.deregister_scalable_target(**SCALED, ResourceId=name),
    )


def _when_not_busy(delete: Callable[[str], Any], name: str) -> int:
    """1, or 0 if it was gone."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            delete(name)
            return 1
        except ClientError as error:
            message = error.response["Error"]["Message"]
            busy = "in-progress" in message or "Creating" in message or "Updating" in message
            if not busy and error.response["Error"]["Code"] in GONE:
                return 0
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(10)


def _empty(services: Any, result: CleanUp) -> None:
    """Deletes what the run wrote to the bucket."""
    s3, account = services.aws_client("s3"), services.account
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=account.bucket, Prefix=account.output_path
    )
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    for begin in range(0, len(keys), 1000):
        some = [{"Key": key} for key in keys[begin : begin + 1000]]
        answer = s3.delete_objects(Bucket=account.bucket, Delete={"Objects": some, "Quiet": True})
        result.failed += [f"object {e['Key']}: {e['Message']}" for e in answer.get("Errors", [])]
    result.deleted["objects"] = len(keys)


def _clean_database(connection: Any, mark: str, result: CleanUp) -> None:
    # By the registries in the schemas, the rest is found when all is done again.
    kept = ("SCHEMA",) if result.failed else ()
    for kind, view, column, how in OBJECTS:
        if kind in kept:
            continue
        query = f"SELECT {column} FROM {view} WHERE {column} LIKE {literal(f'%{mark}%')}"

        def drop(name: str, kind: str = kind, how: str = how) -> None:
            connection.execute(f"DROP {kind} {identifier(name)}{how}")

        result.end(f"{kind.lower()}s", connection.execute(query).fetchcol(), drop)
