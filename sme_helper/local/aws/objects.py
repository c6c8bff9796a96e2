"""S3: moto serves it and holds it in memory; a folder keeps it over restarts."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import threading
import urllib.parse
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey, S3Backend, s3_backends

from .state import write_atomically


@dataclass(frozen=True)
class StoredObject:
    bucket: str
    key: str
    size: int

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def split_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/key` or `https://s3...amazonaws.com/bucket/key` -> (bucket, key)."""
    parsed = urllib.parse.urlsplit(uri)
    path = parsed.path.lstrip("/")
    if parsed.scheme == "s3":
        return parsed.netloc, path
    bucket, _, key = path.partition("/")
    return bucket, key


class ObjectStore:
    """The account's buckets, for the other parts of the stand-in."""

    def __init__(self, account_id: str, folder: Path):
        self._backend: S3Backend = s3_backends[account_id]["aws"]
        self._archive = Archive(self._backend, folder)
        self._archive.load()
        self._lock = threading.RLock()

    def bucket_exists(self, bucket: str) -> bool:
        return bucket in self._backend.buckets

    def list(self, uri: str) -> list[StoredObject]:
        """The objects whose keys begin with the URI's: a literal prefix, as in S3."""
        bucket, prefix = split_uri(uri)
        if not self.bucket_exists(bucket):
            return []
        keys = self._backend.buckets[bucket].keys.items()
        return [
            StoredObject(bucket, name, key.size)
            for name, key in sorted(keys)
            if name.startswith(prefix) and isinstance(key, FakeKey)
        ]

    def find(self, uri: str) -> StoredObject | None:
        bucket, name = split_uri(uri)
        key = self._key(bucket, name)
        return StoredObject(bucket, name, key.size) if key else None

    def read(self, stored: StoredObject) -> bytes:
        key = self._key(stored.bucket, stored.key)
        if key is None:
            raise FileNotFoundError(stored.uri)
        return key.value

    def write(self, uri: str, data: bytes) -> None:
        bucket, key = split_uri(uri)
        with self.changing():
            self._backend.put_object(bucket, key, data)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Around every change of what moto holds; afterwards the folder holds it as well.

        One change at a time, because moto reads an object's buffer without a lock while
        it computes the ETag.
        """
        with self._lock:
            yield
            self._archive.save()

    def _key(self, bucket: str, name: str) -> FakeKey | None:
        if not self.bucket_exists(bucket):
            return None
        key = self._backend.buckets[bucket].keys.get(name)
        return key if isinstance(key, FakeKey) else None


class Archive:
    """A folder per bucket: `bucket.json`, and for each object a data and a JSON file.

    Kept are buckets, their versioning status, and the newest version of each object with
    its metadata. An object's JSON file names its data file and is replaced last, so that
    a killed process leaves the old object or the new one.
    """

    def __init__(self, backend: S3Backend, folder: Path):
        self._backend = backend
        self._folder = folder
        self._buckets: dict[str, str | None] = {}
        self._objects: dict[tuple[str, str], tuple[FakeKey, str]] = {}

    def load(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for bucket_file in sorted(self._folder.glob("*/bucket.json")):
            bucket = json.loads(bucket_file.read_text("utf-8"))
            self._load_bucket(bucket_file.parent, bucket)

    def _load_bucket(self, folder: Path, bucket: dict[str, Any]) -> None:
        created = self._backend.create_bucket(bucket["name"], bucket["region"])
        created.creation_date = datetime.datetime.fromisoformat(bucket["created"])
        created.versioning_status = bucket["versioning"]
        self._buckets[bucket["name"]] = bucket["versioning"]
        used = {"bucket.json"}
        for path in sorted(folder.glob("*.object.json")):
            entry = json.loads(path.read_text("utf-8"))
            self._load_object(folder, bucket["name"], entry)
            used |= {path.name, entry["data"]}
        for leftover in folder.iterdir():
            if leftover.name not in used:
                leftover.unlink()

    def _load_object(self, folder: Path, bucket: str, entry: dict[str, Any]) -> None:
        key = self._backend.put_object(
            bucket,
            entry["key"],
            (folder / entry["data"]).read_bytes(),
            storage=entry["storage_class"],
            etag=entry["etag"],
            disable_notification=True,
        )
        key.last_modified = datetime.datetime.fromisoformat(entry["last_modified"])
        key._metadata.update(entry["metadata"])
        self._objects[(bucket, entry["key"])] = (key, entry["data"])

    def save(self) -> None:
        """Writes what changed. An object that moto replaced is another `FakeKey`."""
        held = {
            (bucket.name, name): key
            for bucket in self._backend.buckets.values()
            for name, key in bucket.keys.items()
            if isinstance(key, FakeKey)
        }
        self._save_buckets()
        for address, key in held.items():
            saved = self._objects.get(address)
            if saved is None or saved[0] is not key:
                self._save_object(address, key, replaced=saved[1] if saved else None)
        for address in self._objects.keys() - held.keys():
            self._delete_object(address)
        for bucket in self._buckets.keys() - self._backend.buckets.keys():
            self._delete_bucket(bucket)

    def _save_buckets(self) -> None:
        for name, bucket in list(self._backend.buckets.items()):
            if name in self._buckets and self._buckets[name] == bucket.versioning_status:
                continue
            folder = self._folder / name
            folder.mkdir(exist_ok=True)
            description = {
                "name": name,
                "region": bucket.region_name,
                "created": bucket.creation_date.isoformat(),
                "versioning": bucket.versioning_status,
            }
            write_atomically(folder / "bucket.json", json.dumps(description).encode())
            self._buckets[name] = bucket.versioning_status

    def _save_object(self, address: tuple[str, str], key: FakeKey, replaced: str | None) -> None:
        bucket, name = address
        folder = self._folder / bucket
        data_file = f"{uuid.uuid4().hex}.data"
        (folder / data_file).write_bytes(key.value)
        entry = {
            "key": name,
            "data": data_file,
            "etag": key.etag.strip('"'),
            "storage_class": key.storage_class,
            "last_modified": key.last_modified.isoformat(),
            "metadata": dict(key.metadata),
        }
        write_atomically(folder / _entry_name(name), json.dumps(entry).encode())
        self._objects[address] = (key, data_file)
        if replaced:
            (folder / replaced).unlink(missing_ok=True)

    def _delete_object(self, address: tuple[str, str]) -> None:
        bucket, name = address
        _, data_file = self._objects.pop(address)
        folder = self._folder / bucket
        (folder / _entry_name(name)).unlink(missing_ok=True)
        (folder / data_file).unlink(missing_ok=True)

    def _delete_bucket(self, bucket: str) -> None:
        del self._buckets[bucket]
        folder = self._folder / bucket
        (folder / "bucket.json").unlink(missing_ok=True)
        for leftover in folder.iterdir():
            leftover.unlink()
        folder.rmdir()


def _entry_name(key: str) -> str:
    """Keys may be longer than file names, and hold any character."""
    return f"{hashlib.sha256(key.encode()).hexdigest()}.object.json"
