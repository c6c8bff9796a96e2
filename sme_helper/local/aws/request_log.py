"""A JSON line for each request: what was asked and how it went, no bodies and no keys."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from .account import now


class RequestLog:
    def __init__(self, path: Path | None):
        self._path = path
        self._lock = threading.Lock()

    def write(
        self, service: str, operation: str, status: int, name: str, error: str | None
    ) -> None:
        """Args:
        name: the resource that the request is about, e.g. a job's name or an S3 path.
        error: AWS's error code, or None.
        """
        if self._path is None:
            return
        entry = {
            "time": now(),
            "service": service,
            "operation": operation,
            "status": status,
            "name": name,
            "error": error,
        }
        with self._lock, self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
