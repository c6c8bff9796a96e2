"""All accounts and regions: each pair has its own SageMaker, each account its own buckets."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .account import Account
from .artifacts import load_signing_key
from .iam import Iam
from .objects import ObjectStore
from .progress import Progress
from .state import State


class DataFolderInUse(Exception):
    """Two processes must not write to the same data folder."""


class Cloud:
    """What lies in a data folder: `accounts/<id>/s3`, `accounts/<id>/iam.jsonl`, and
    `accounts/<id>/<region>` for SageMaker.

    Raises:
        DataFolderInUse: another process works with it.
    """

    def __init__(self, folder: Path, progress: Progress):
        folder.mkdir(parents=True, exist_ok=True)
        _lock(folder)
        # Names of buckets are taken for all accounts, but what is in them is their owner's.
        os.environ["MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS"] = "false"
        self.signing_key = load_signing_key(folder / "artifact-signing.key")
        self._folder = folder / "accounts"
        self._progress = progress
        self._lock = threading.RLock()
        self._objects: dict[str, ObjectStore] = {}
        self._iams: dict[str, Iam] = {}
        self._accounts: dict[tuple[str, str], Account] = {}
        for bucket_folder in sorted(self._folder.glob("*/s3")):
            self.objects(bucket_folder.parent.name)
        for region_folder in sorted(self._folder.glob("*/*-*-*")):
            self.account(region_folder.parent.name, region_folder.name)

    def account(self, account_id: str, region: str) -> Account:
        """The account in that region, empty when nobody was there before."""
        with self._lock:
            found = self._accounts.get((account_id, region))
            if found is None:
                found = Account(
                    id=account_id,
                    region=region,
                    state=State(self._folder / account_id / region),
                    objects=self.objects(account_id),
                    progress=self._progress,
                    signing_key=self.signing_key,
                )
                self._accounts[(account_id, region)] = found
            return found

    def __iter__(self) -> Iterator[Account]:
        return iter(list(self._accounts.values()))

    def objects(self, account_id: str) -> ObjectStore:
        """The buckets of an account."""
        with self._lock:
            if account_id not in self._objects:
                folder = self._folder / account_id / "s3"
                self._objects[account_id] = ObjectStore(account_id, folder)
            return self._objects[account_id]

    def iam(self, account_id: str) -> Iam:
        """The roles and policies of an account."""
        with self._lock:
            if account_id not in self._iams:
                self._iams[account_id] = Iam(self._folder / account_id / "iam.jsonl")
            return self._iams[account_id]


def _lock(folder: Path) -> None:
    """Holds the folder until this process ends, however it ends."""
    stream = (folder / "lock").open("w")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DataFolderInUse(f"Another AWS stand-in works with the folder {folder}.") from None
    _held_locks.append(stream)


_held_locks: list[Any] = []
