"""What every operation works on: one account's state in one region, its objects and settings."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.id}:{kind}/{name.lower()}"

    def check_role(self, role_arn: str) -> None:
        """Refuses an execution role of another account, as AWS does before anything else."""
        if role_arn.split(":")[4] != self.id:
            raise AwsError("AccessDeniedException", "Cross-account pass role is not allowed.")

    def record(self, kind: str, title: str, name: str) -> Record:
        """A resource by name, or AWS's "Could not find" for hosting resources."""
        collection = self.state.collection(kind)
        record = collection.get(name) if collection else None
        if record is None:
            raise AwsError(
                "ValidationException", f'Could not find {title} "{self.arn(kind, name)}".'
            )
        return record


def now() -> float:
    """Seconds since the epoch, to the millisecond as AWS gives them."""
    return round(time.time(), 3)
