"""How many rows a request takes and how many requests fly at once, from what is measured."""

import threading
import time

# What real-time endpoints take and give is 6 MB, of which some room is left for what is around
# the body. The definition of a serverless endpoint says less.
REQUEST_BYTES = 6 * 1024 * 1024 - 64 * 1024
FIRST_REQUEST_BYTES = 1024 * 1024
# The first rows of all tell how long rows are.
SAMPLE_ROWS = 500
# A request of so many rows costs little for each of them, even if rows are cheap.
FULL_ROWS = 5000
# The last requests get smaller, but below this they would cost more than they even out ...
LEAST_SHARE_ROWS = 2500
# ... and the rows left are shared by as many requests as endpoints usually work on at a time,
# which is fewer than fly: this many times what a request would have if all took the same.
SHARE = 1.5
# A request that takes this long spends next to nothing of its time on its way ...
GOOD_SECONDS = 0.6
# ... and one that takes this long comes too close to the 60 s after which AWS gives up.
SLOW_SECONDS = 20.0
FIRST_IN_FLIGHT = 8
MOST_IN_FLIGHT = 16
# All requests of a process together hold no more text than this, whatever their number ...
MOST_BYTES_IN_FLIGHT = 48 * 1024 * 1024
# ... and this is enough for FULL_ROWS in each, unless rows are long.
GOOD_BYTES_IN_FLIGHT = 5 * 1024 * 1024
WORTH_CLIMBING = 1.1
# The endpoint limits where the process spends more than this share of its time on waiting.
WAITING_SHARE = 0.2


class Pace:
    """What one process has learned about its endpoint. Lives as long as the process.

    Requests grow while the process waits for the endpoint and a request takes less than
    GOOD_SECONDS, and shrink where they get slow. More of them fly at once while that gives more
    rows a second, and half as many after throttling.

    Attributes:
        in_flight: how many requests may fly at once.
        most_bytes: the largest body that the endpoint takes, as far as is known.
        most_answer_bytes: the largest body that it gives.
        request_bytes: how large a request should be.
    """

    def __init__(self, most_bytes=REQUEST_BYTES, clock=time.monotonic):
        self.clock = clock
        self.lock = threading.Lock()
        self.most_bytes = self.most_answer_bytes = most_bytes
        self.request_bytes = min(FIRST_REQUEST_BYTES, most_bytes)
        self.in_flight = FIRST_IN_FLIGHT
        self.bytes_per_row = None
        self.answer_bytes_per_row = 0
        self.begun = 0
        self.size_version = 0
        self.best_rate = 0.0
        self.climbing = True
        self.throttled_at = None
        self.waiting_since = None
        self.start_round()

    def start_round(self):
        self.round_start = self.clock()
        self.round_rows = 0
        self.round_requests = 0
        self.round_waited = 0.0
        if self.waiting_since is not None:
            self.waiting_since = self.round_start

    def rows(self, remaining):
        """How many rows the next request should take, of those that remain.

        The first requests are smaller, so that the endpoint gets work early, and the last ones,
        so that all that fly end at about the same time.
        """
        with self.lock:
            if self.bytes_per_row is None:
                return SAMPLE_ROWS
            self.begun += 1
            full = self.request_bytes / self.bytes_per_row
            if self.answer_bytes_per_row:
                # Rows may be short, and the probabilities of many classes are not.
                full = min(full, self.most_answer_bytes / self.answer_bytes_per_row)
            # two of a quarter, two of a half, two of three quarters
            early = full * ((self.begun + 1) // 2) / 4
            late = max(LEAST_SHARE_ROWS, SHARE * remaining / self.in_flight)
            return max(1, int(min(full, early, late)))

    @property
    def window_bytes(self):
        """How much text may be on its way: enough for all that may fly, if rows are long."""
        wanted = self.in_flight * FULL_ROWS * (self.bytes_per_row or 0)
        return min(MOST_BYTES_IN_FLIGHT, max(GOOD_BYTES_IN_FLIGHT, wanted))

    def weighed(self, rows, size):
        """Remembers how long lines are. The longest frames count, for limits are limits."""
        with self.lock:
            now = size / rows
            last = self.bytes_per_row
            if last is None:
                wanted = max(self.request_bytes, FULL_ROWS * now)
                self.request_bytes = int(min(self.most_bytes, wanted))
            self.bytes_per_row = now if last is None else max(now, 0.9 * last + 0.1 * now)

    def wait_begins(self):
        """From now on the process has nothing to do but wait for the endpoint."""
        with self.lock:
            self.waiting_since = self.clock()

    def wait_ends(self):
        with self.lock:
            self.round_waited += self.clock() - self.waiting_since
            self.waiting_since = None

    def answer_weighed(self, rows, size):
        """Remembers how long answers are, as `weighed` does for lines."""
        with self.lock:
            now, last = size / rows, self.answer_bytes_per_row
            self.answer_bytes_per_row = max(now, 0.9 * last + 0.1 * now)

    def answered(self, rows, size, seconds, size_version):
        """A request was answered at its first try."""
        with self.lock:
            self.round_rows += rows
            self.round_requests += 1
            if seconds > SLOW_SECONDS:
                self.shrink(size / 2)
            elif size_version == self.size_version and self.is_waiting():
                good = size * min(4.0, GOOD_SECONDS / max(seconds, 0.001))
                if good > 1.5 * self.request_bytes and self.request_bytes < self.most_bytes:
                    self.resize(good)
                elif self.round_requests >= 2 * self.in_flight:
                    self.climb()

    def is_waiting(self):
        """Whether the endpoint is what limits: the process spends time on waiting for it."""
        now = self.clock()
        waiting = now - self.waiting_since if self.waiting_since is not None else 0.0
        return self.round_waited + waiting > WAITING_SHARE * (now - self.round_start)

    def resize(self, wanted):
        self.request_bytes = int(min(self.most_bytes, max(self.bytes_per_row or 1, wanted)))
        self.size_version += 1
        self.start_round()

    def climb(self):
        """After two requests for each that flies: more at once, if the last step up paid."""
        rate = self.round_rows / max(self.clock() - self.round_start, 1e-6)
        recovered = self.throttled_at is not None and self.clock() - self.throttled_at > 10
        if recovered:
            self.throttled_at, self.best_rate, self.climbing = None, 0.0, True
        if self.climbing and rate > WORTH_CLIMBING * self.best_rate:
            self.best_rate = rate
            self.in_flight = min(MOST_IN_FLIGHT, self.in_flight + max(1, self.in_flight // 2))
        else:
            self.climbing = False
        self.start_round()

    def throttled(self):
        """AWS asks for fewer requests. Those that fly together count once."""
        with self.lock:
            now = self.clock()
            if self.throttled_at is None or now - self.throttled_at > 1:
                self.in_flight = max(1, self.in_flight // 2)
                self.climbing = False
            self.throttled_at = now

    def too_large(self, size):
        """The endpoint takes less than a body of this size."""
        with self.lock:
            self.most_bytes = min(self.most_bytes, max(1, size * 3 // 4))
            self.request_bytes = min(self.request_bytes, self.most_bytes)
            self.size_version += 1

    def too_slow(self, size):
        """A body of this size was not answered in time."""
        with self.lock:
            self.shrink(size / 2)

    def shrink(self, wanted):
        """Requests that fly together are of about one size, so that they count once."""
        if wanted < self.request_bytes:
            self.resize(wanted)
