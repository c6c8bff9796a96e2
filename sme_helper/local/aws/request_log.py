"""Every request: what was asked and how it went, no bodies and no keys."""

from __future__ import annotations

import json
import threading
from collections import deque
from pathlib import Path
from typing import Any

from .clock import now
from .faults import Call

MOST_KEPT = 100_000


class RequestLog:
    """A JSON line for each request in a file, and with `keep` the last ones in memory."""

    def __init__(self, path: Path | None = None, keep: bool = False):
        self._path = path
        self._keep = keep
        self._lock = threading.Lock()
        self._kept: deque[dict[str, Any]] = deque(maxlen=MOST_KEPT)
        self._count = 0

    def write(self, call: Call, status: int, error: str | None) -> None:
        """Args:
        status: the answer's; 0 where the client gets none.
        error: AWS's error code, or None.
        """
        if self._path is None and not self._keep:
            return
        entry = {
            "time": now(),
            "service": call.service,
            "operation": call.operation,
            "status": status,
            "name": call.name,
            "error": error,
        }
        with self._lock:
            self._count += 1
            if self._keep:
                self._kept.append({"number": self._count, **entry})
            if self._path:
                with self._path.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(entry) + "\n")

    def after(self, number: int) -> list[dict[str, Any]]:
        """What was kept of the requests that came after one."""
        with self._lock:
            return [entry for entry in self._kept if entry["number"] > number]
