"""An account's IAM: answered by moto, which forgets it at its end, and made anew at the next start.

What is kept are the requests that changed something, in their order.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

_READING = ("Generate", "Get", "List", "Simulate")

# Status, body and headers.
Answer = tuple[int, bytes, list[tuple[str, str]]]


class Iam:
    """The IAM of an account, whose changes lie in a file."""

    def __init__(self, file: Path):
        self._file = file
        self._lock = threading.Lock()
        self._is_current = False

    def answer(self, body: bytes, send: Callable[[bytes], Answer]) -> Answer:
        """What `send`, by which moto answers a request, gives for this one."""
        with self._lock:
            if not self._is_current:
                for change in self._changes():
                    send(change)
                self._is_current = True
            answer = send(body)
            if answer[0] == 200 and not _action(body).startswith(_READING):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(body.decode()) + "\n")
            return answer

    def _changes(self) -> list[bytes]:
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [json.loads(line).encode() for line in lines]


def _action(body: bytes) -> str:
    form: dict[str, Any] = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
    return form.get("Action", "")
