"""AWS's time: this machine's, unless the control interface shifts or stops it.

One for the whole process, as there is one for all of AWS. How long something takes is measured by
the clock of this machine all the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass
class Clock:
    """`ahead_seconds`: of this machine's time. `frozen_at`: the one moment that it shows."""

    ahead_seconds: float = 0.0
    frozen_at: float | None = None

    def set(self, ahead_seconds: float = 0.0, frozen_at: float | None = None) -> None:
        self.ahead_seconds, self.frozen_at = ahead_seconds, frozen_at

    def now(self) -> float:
        """Seconds since the epoch, to the millisecond as AWS gives them."""
        shown = time.time() + self.ahead_seconds if self.frozen_at is None else self.frozen_at
        return round(shown, 3)


clock = Clock()
now = clock.now
