"""How fast resources go from status to status, and which of them stay until they are told to go."""

from __future__ import annotations

import fnmatch
import threading
import time
from dataclasses import dataclass

KINDS = ("automl-job", "endpoint", "transform-job")
_INTERVAL = 0.02  # seconds between two looks at what holds a resource


@dataclass(frozen=True)
class Hold:
    """Keeps resources at a status (None: at each). `name` is a pattern, as of file names."""

    kind: str
    name: str
    status: str | None = None

    def holds(self, kind: str, name: str, status: str) -> bool:
        is_meant = kind == self.kind and fnmatch.fnmatchcase(name, self.name)
        return is_meant and self.status in (None, status)


class Progress:
    """Args:
    pace: seconds for which each stage of a job is visible at least.
    endpoint_delay: seconds for which an endpoint is Creating or Updating.
    """

    def __init__(self, pace: float = 0.3, endpoint_delay: float = 1.0):
        self.at_start = (pace, endpoint_delay)
        self.pace, self.endpoint_delay = self.at_start
        self._lock = threading.Lock()
        self._holds: list[Hold] = []
        self._held: dict[tuple[str, str], str] = {}
        self._stepped: set[tuple[str, str]] = set()

    def stay(
        self,
        kind: str,
        name: str,
        status: str,
        seconds: float,
        stopped: threading.Event | None = None,
    ) -> None:
        """Returns when a resource may leave a status: after that time, and once nothing holds it.

        With `stopped` set it may leave at once.
        """
        resource, stopped = (kind, name), stopped or threading.Event()
        end = time.monotonic() + seconds
        while not stopped.is_set() and not self._may_leave(resource, status, end):
            stopped.wait(_INTERVAL)
        with self._lock:
            self._held.pop(resource, None)
            self._stepped.discard(resource)

    def _may_leave(self, resource: tuple[str, str], status: str, end: float) -> bool:
        with self._lock:
            if any(hold.holds(*resource, status) for hold in self._holds):
                self._held[resource] = status
                return resource in self._stepped
            return resource in self._held or time.monotonic() >= end

    def hold(self, hold: Hold) -> None:
        with self._lock:
            self._holds.append(hold)

    def step(self, kind: str, name: str) -> None:
        """Lets a resource leave the status at which it is held.

        Raises:
            ValueError: it is not held.
        """
        with self._lock:
            if (kind, name) not in self._held:
                raise ValueError(f"No {kind} named {name} is held at a status.")
            self._stepped.add((kind, name))

    def release(self) -> None:
        """Forgets all holds."""
        with self._lock:
            self._holds.clear()

    def held(self) -> list[Hold]:
        """What is held now, and at which status."""
        with self._lock:
            return [Hold(*resource, status) for resource, status in self._held.items()]
