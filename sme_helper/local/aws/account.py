"""What every operation works on: one account's state in one region, its objects and progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import AwsError
from .objects import ObjectStore
from .progress import Progress
from .state import Record, State

if TYPE_CHECKING:
    from .inference import Model
    from .training import JobRun
    from .transforming import TransformRun


@dataclass
class Account:
    """One AWS account in one region."""

    id: str
    region: str
    state: State
    objects: ObjectStore
    progress: Progress
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
