"""What the SageMaker stand-in remembers: one JSON file per resource, written at once."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Collection:
    """Records of one kind, found by name regardless of case.

    A record is never changed in place: `put` and `update` replace it, so that a reader
    always holds a consistent one. Every change is on disk before the call returns, and a
    killed process leaves either the old file or the new one. Who decides by a record and
    then changes it holds `lock` meanwhile.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self.lock = threading.RLock()
        self._records: dict[str, Record] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.json")):
            record = json.loads(path.read_text("utf-8"))
            self._records[record["Name"].lower()] = record

    def get(self, name: str) -> Record | None:
        return self._records.get(name.lower())

    def put(self, record: Record) -> None:
        """Stores the record under `record["Name"]`."""
        key = record["Name"].lower()
        with self.lock:
            write_atomically(self._folder / f"{key}.json", json.dumps(record).encode())
            self._records[key] = record

    def add(self, record: Record) -> bool:
        """Stores a new record; False when the name is taken."""
        with self.lock:
            if record["Name"].lower() in self._records:
                return False
            self.put(record)
            return True

    def update(self, name: str, **changes: Any) -> Record | None:
        """Replaces members of a record; None when it is not there any more."""
        with self.lock:
            record = self.get(name)
            if record is None:
                return None
            changed = {**record, **changes}
            self.put(changed)
            return changed

    def delete(self, name: str) -> None:
        with self.lock:
            self._records.pop(name.lower(), None)
            (self._folder / f"{name.lower()}.json").unlink(missing_ok=True)

    def __iter__(self) -> Iterator[Record]:
        with self.lock:
            return iter(list(self._records.values()))


class State:
    """All collections of one account and region."""

    def __init__(self, folder: Path):
        self.jobs = Collection(folder / "automl-job")
        self.models = Collection(folder / "model")
        self.endpoint_configs = Collection(folder / "endpoint-config")
        self.endpoints = Collection(folder / "endpoint")
        self.scalable_targets = Collection(folder / "scalable-target")
        self.transform_jobs = Collection(folder / "transform-job")

    def collection(self, kind: str) -> Collection | None:
        """The collection for the resource type that an ARN names, e.g. `automl-job`."""
        return {
            "automl-job": self.jobs,
            "model": self.models,
            "endpoint-config": self.endpoint_configs,
            "endpoint": self.endpoints,
            "transform-job": self.transform_jobs,
        }.get(kind)


def write_atomically(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{threading.get_ident()}.tmp")
    temporary.write_bytes(data)
    os.replace(temporary, path)
