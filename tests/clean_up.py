"""Deletes what a run of the tests has made in a real database and AWS account.

Found by the mark in every name, and by the registries in the schemas of the run: these list what
got a name from elsewhere. Again is no error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from sme_helper.quoting import identifier, literal

REGISTRIES = {
    "endpoints": ("SME_METADATA_AUTOPILOT_ENDPOINTS", "ENDPOINT_NAME"),
    "jobs": ("SME_METADATA_AUTOPILOT_JOBS", "JOB_NAME"),
    "transform jobs": ("SME_METADATA_AUTOPILOT_TRANSFORM_JOBS", "TRANSFORM_JOB_NAME"),
}
# What the dictionary lists, and how it is dropped. A schema goes with all that is in it.
OBJECTS = (
    ("SCHEMA", "EXA_SCHEMAS", "SCHEMA_NAME", " CASCADE"),
    ("CONNECTION", "EXA_DBA_CONNECTIONS", "CONNECTION_NAME", ""),
    ("USER", "EXA_DBA_USERS", "USER_NAME", " CASCADE"),
)

# How AWS says that something is not there, or has ended.
GONE = ("ValidationException", "ResourceNotFound")
SECONDS = 1800  # an endpoint that is Creating cannot be deleted before it is not


def clean_up(services: Any, mark: str) -> str:
    """Deletes what holds the mark; says what that was."""
    with services.connect() as connection:
        registered = _registered(connection, mark)
        deleted = _clean_aws(services, mark, registered)
        # Last, because the registries are what finds the rest of an interrupted clean-up.
        deleted += _clean_database(connection, mark)
    return f"cleaned up after {mark}: {', '.join(deleted) or 'nothing was left'}"


def _registered(connection: Any, mark: str) -> dict[str, set[str]]:
    found = {kind: set() for kind in REGISTRIES}
    for kind, (table, column) in REGISTRIES.items():
        schemas = connection.execute(
            f"SELECT TABLE_SCHEMA FROM EXA_ALL_TABLES WHERE TABLE_NAME = {literal(table)} "
            f"AND TABLE_SCHEMA LIKE {literal(f'%{mark}%')}"
        ).fetchcol()
        for schema in schemas:
            source = f"{identifier(schema)}.{identifier(table)}"
            names = connection.execute(f"SELECT {column} FROM {source}").fetchcol()
            found[kind] |= {name for name in names if name}
    return found


def _clean_aws(services: Any, mark: str, registered: dict[str, set[str]]) -> list[str]:
    sagemaker = services.aws_client("sagemaker")

    def names(operation: str, key: str, name: str, *parts: str) -> set[str]:
        """The names of all that AWS lists with one of the parts in the name."""
        pages = sagemaker.get_paginator(operation)
        found = [page[key] for part in parts for page in pages.paginate(NameContains=part)]
        return {entry[name] for entries in found for entry in entries}

    own = [name for kind in ("endpoints", "jobs") for name in registered[kind] if mark not in name]
    endpoints = names("list_endpoints", "Endpoints", "EndpointName", mark)
    jobs = names("list_auto_ml_jobs", "AutoMLJobSummaries", "AutoMLJobName", mark)
    transforms = names("list_transform_jobs", "TransformJobSummaries", "TransformJobName", mark)
    # Endpoints first: they are charged for as long as they exist. Then what works for a while yet.
    ended = {
        "endpoints": _end(
            endpoints | registered["endpoints"], sagemaker.delete_endpoint, "EndpointName"
        ),
        "running jobs": _end(
            jobs | registered["jobs"], sagemaker.stop_auto_ml_job, "AutoMLJobName"
        ),
        "running transform jobs": _end(
            transforms | registered["transform jobs"],
            sagemaker.stop_transform_job,
            "TransformJobName",
        ),
        "endpoint configurations": _end(
            names("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", mark, *own),
            sagemaker.delete_endpoint_config,
            "EndpointConfigName",
        ),
        "models": _end(
            names("list_models", "Models", "ModelName", mark, *own),
            sagemaker.delete_model,
            "ModelName",
        ),
        "objects": _empty(services),
    }
    return [f"{number} {kind}" for kind, number in ended.items() if number]


def _end(names: Iterable[str], call: Callable[..., Any], argument: str) -> int:
    """Calls for each name; how many AWS took. What is gone or has ended is no error."""
    taken = 0
    for name in sorted(names):
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                call(**{argument: name})
                taken += 1
                break
            except ClientError as error:
                message = error.response["Error"]["Message"]
                busy = "in-progress" in message or "Creating" in message or "Updating" in message
                if not busy and error.response["Error"]["Code"] in GONE:
                    break
                if not busy or time.monotonic() > deadline:
                    raise
                time.sleep(10)
    return taken


def _empty(services: Any) -> int:
    """Deletes what the run wrote to the bucket."""
    s3, account = services.aws_client("s3"), services.account
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=account.bucket, Prefix=account.output_path
    )
    deleted = 0
    for page in pages:
        keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=account.bucket, Delete={"Objects": keys})
        deleted += len(keys)
    return deleted


def _clean_database(connection: Any, mark: str) -> list[str]:
    dropped = []
    for kind, view, column, how in OBJECTS:
        names = connection.execute(
            f"SELECT {column} FROM {view} WHERE {column} LIKE {literal(f'%{mark}%')}"
        ).fetchcol()
        for name in names:
            connection.execute(f"DROP {kind} {identifier(name)}{how}")
        if names:
            dropped.append(f"{len(names)} {kind.lower()}s")
    return dropped
