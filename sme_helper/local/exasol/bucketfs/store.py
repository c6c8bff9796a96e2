"""The files of BucketFS on disk: as they were uploaded, and as UDFs see them.

uploaded/SERVICE/BUCKET/...   what HTTP lists and gives back
seen/SERVICE/BUCKET/...       what UDFs find below /buckets: archives are folders there
"""

from __future__ import annotations

import logging
import os
import shutil
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import BinaryIO

log = logging.getLogger(__name__)

SERVICE = "bfsdefault"
BUCKET = "default"
# As of a fresh test installation; the embedded one is reached from this machine only.
READ_PASSWORD = "read"
WRITE_PASSWORD = "write"

_ARCHIVE_ENDINGS = (".tar.gz", ".tgz", ".tar", ".zip")
_CHUNK = 1 << 20


class BadPath(Exception):
    """A path that leads nowhere in a bucket."""


class Buckets:
    """The one service with its one bucket. Archives are unpacked in the background."""

    def __init__(self, root: Path):
        self._uploaded = root / "uploaded" / SERVICE / BUCKET
        self.seen_by_udfs = root / "seen"
        self._seen = self.seen_by_udfs / SERVICE / BUCKET
        self._incoming = root / "incoming"
        shutil.rmtree(self._incoming, ignore_errors=True)
        for folder in (self._uploaded, self._seen, self._incoming):
            folder.mkdir(parents=True, exist_ok=True)
        self._unpacking = ThreadPoolExecutor(1, thread_name_prefix="bucketfs")

    def files(self) -> list[str]:
        """The paths of all files, as they were uploaded."""
        found = (path for path in self._uploaded.rglob("*") if path.is_file())
        return sorted(path.relative_to(self._uploaded).as_posix() for path in found)

    def open(self, path: str) -> BinaryIO | None:
        file = self._uploaded / _checked(path)
        return file.open("rb") if file.is_file() else None

    def put(self, path: str, source: BinaryIO, size: int) -> None:
        """Takes `size` bytes of an upload; a shorter one leaves nothing.

        Raises:
            BadPath: the path leaves the bucket, or a folder has its name.
            EOFError: the source ended early.
        """
        file = self._uploaded / _checked(path)
        with tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as incoming:
            _copy(source, incoming, size)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            os.replace(incoming.name, file)
        except OSError as error:
            raise BadPath(f"{path}: {error.strerror}") from error
        self._unpacking.submit(self._show, path)

    def delete(self, path: str) -> bool:
        """Whether there was such a file."""
        file = self._uploaded / _checked(path)
        if not file.is_file():
            return False
        file.unlink()
        self._unpacking.submit(self._show, path)
        return True

    def close(self) -> None:
        self._unpacking.shutdown()

    def _show(self, path: str) -> None:
        """Brings what UDFs see of one path in line with what was uploaded."""
        file, shown = self._uploaded / path, self._seen / seen_as(path)
        try:
            _remove(shown)
            if file.is_file():
                shown.parent.mkdir(parents=True, exist_ok=True)
                self._place(file, shown)
        except Exception:
            log.exception("UDFs cannot see %s", path)

    def _place(self, file: Path, shown: Path) -> None:
        if not file.name.endswith(_ARCHIVE_ENDINGS):
            os.link(file, shown)
            return
        # Unpacked aside and moved, so that no UDF sees half of a container.
        folder = Path(tempfile.mkdtemp(dir=self._incoming))
        if file.name.endswith(".zip"):
            with zipfile.ZipFile(file) as archive:
                archive.extractall(folder)
        else:
            with tarfile.open(file) as archive:
                archive.extractall(folder, filter="data")
        os.replace(folder, shown)


def seen_as(path: str) -> str:
    """Where UDFs find an uploaded file: an archive is the folder of its name without ending."""
    for ending in _ARCHIVE_ENDINGS:
        if path.endswith(ending):
            return path.removesuffix(ending)
    return path


def _checked(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or any(part in (".", "..") for part in parts):
        raise BadPath(f"{path!r} is not a path in a bucket")
    return "/".join(parts)


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size:
        block = source.read(min(size, _CHUNK))
        if not block:
            raise EOFError
        target.write(block)
        size -= len(block)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
