"""Model artifacts: a signed pickle in a `model.tar.gz`, as SageMaker stores models."""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import pickle
import secrets
import tarfile
import zlib
from pathlib import Path
from typing import Any

_MODEL = "model.pkl"
_SIGNATURE = "model.sig"


class ForeignArtifact(Exception):
    """The artifact was not written by this stack, which therefore does not unpickle it."""


def load_signing_key(path: Path) -> bytes:
    """The data folder's own key; made at the first call, readable by its owner only."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(32))
    return path.read_bytes()


def pack(model: Any, signing_key: bytes) -> bytes:
    pickled = pickle.dumps(model, protocol=pickle.HIGHEST_PROTOCOL)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        _add(archive, _MODEL, pickled)
        _add(archive, _SIGNATURE, _sign(pickled, signing_key))
    return buffer.getvalue()


def unpack(data: bytes, signing_key: bytes) -> Any:
    """The model of an artifact.

    Raises:
        ForeignArtifact: the artifact is damaged, or another stack or a user made it.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            pickled = _member(archive, _MODEL)
            signature = _member(archive, _SIGNATURE)
    except (tarfile.TarError, zlib.error, KeyError, OSError, EOFError) as error:
        raise ForeignArtifact(str(error)) from error
    if not hmac.compare_digest(signature, _sign(pickled, signing_key)):
        raise ForeignArtifact("the signature does not match")
    return pickle.loads(pickled)


def _sign(data: bytes, key: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).hexdigest().encode()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return stream.read()
