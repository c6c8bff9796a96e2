"""What every operation works on: one account's state, objects and settings."""

from __future__ import annotations

import fcntl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AwsError
from .objects import ObjectStore
from .state import Record, State

if TYPE_CHECKING:
    from .inference import Model
    from .training import JobRun
    from .transforming import TransformRun


@dataclass(frozen=True)
class Settings:
    """How long things last, in seconds.

    Args:
        pace: each stage of a job is visible for at least this long.
        endpoint_delay: an endpoint is Creating or Updating for this long.
    """

    pace: float = 0.3
    endpoint_delay: float = 1.0


@dataclass
class Account:
    """One AWS account in one region."""

    id: str
    region: str
    state: State
    objects: ObjectStore
    settings: Settings
    signing_key: bytes
    runs: dict[str, JobRun] = field(default_factory=dict)
    transforms: dict[str, TransformRun] = field(default_factory=dict)
    served: dict[str, dict[str, Model]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, account_id: str, region: str, settings: Settings) -> Account:
        """Reads what an earlier run left in the folder.

        Raises:
            DataFolderInUse: another process works with it.
        """
        from .artifacts import load_signing_key

        folder.mkdir(parents=True, exist_ok=True)
        _lock(folder)
        return cls(
            id=account_id,
            region=region,
            state=State(folder / "sagemaker"),
            objects=ObjectStore(account_id, region, folder / "s3"),
            settings=settings,
            signing_key=load_signing_key(folder / "artifact-signing.key"),
        )

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.id}:{kind}/{name.lower()}"

    def record(self, kind: str, title: str, name: str) -> Record:
        """A resource by name, or AWS's "Could not find" for hosting resources."""
        collection = self.state.collection(kind)
        record = collection.get(name) if collection else None
        if record is None:
            raise AwsError(
                "ValidationException", f'Could not find {title} "{self.arn(kind, name)}".'
            )
        return record


class DataFolderInUse(Exception):
    """Two processes must not write to the same data folder."""


def _lock(folder: Path) -> None:
    """Holds the folder until this process ends, however it ends."""
    stream = (folder / "lock").open("w")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DataFolderInUse(f"Another AWS stand-in works with the folder {folder}.") from None
    _held_locks.append(stream)


_held_locks: list[Any] = []


def now() -> float:
    """Seconds since the epoch, to the millisecond as AWS gives them."""
    return round(time.time(), 3)
