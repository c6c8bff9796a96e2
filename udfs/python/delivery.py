"""Getting the answers to a batch of rows, whatever happens on the way."""

import math
import random
import threading
import time

import pandas

from .answers import answer_columns, no_answers
from .errors import SmeError
from .faults import FATAL, REFUSED, THROTTLED, TIMED_OUT, TOO_LARGE, fault_of

LIMITS = {
    # seconds before the first second try
    "first_pause": 0.2,
    # seconds after which a batch that has failed LEAST_TRIES times fails for good
    "budget": 300.0,
    # Finding each guilty row costs requests: a model that refuses so many rows, and more than it
    # answers, is asked no further.
    "most_refused": 1000,
}
LONGEST_PAUSE_SECONDS = 20.0
LEAST_TRIES = 8
REASON_LENGTH = 2000
ERROR_MESSAGE = "error_message"


class Batch:
    """Rows that belong together in a request.

    Attributes:
        lines: one CSV line a row, each with its line break.
        kept: DataFrame of the columns that leave the UDF beside the predictions.
    """

    def __init__(self, lines, kept):
        self.lines = lines
        self.kept = kept

    def __len__(self):
        return len(self.lines)

    def halves(self):
        middle = len(self.lines) // 2
        return (
            Batch(self.lines[:middle], self.kept.iloc[:middle]),
            Batch(self.lines[middle:], self.kept.iloc[middle:]),
        )


class Delivery:
    """Sends batches, from several threads at once.

    Args:
        endpoint_name: for messages.
        invoke: body -> answer, both bytes.
        pace: a Pace, which is told what is measured.
        response_keys: the columns of an answer, in order.
        target_type: the SQL type of PREDICTIONS.
        by_row: whether a row that the model refuses gets a message instead of ending all.
        key_count: how many of the kept columns are keys that messages name.
        limits: what differs from LIMITS.
    """

    def __init__(
        self,
        endpoint_name,
        invoke,
        pace,
        response_keys,
        target_type,
        by_row=False,
        key_count=0,
        limits=None,
    ):
        self.endpoint_name = endpoint_name
        self.invoke = invoke
        self.pace = pace
        self.response_keys = response_keys
        self.target_type = target_type
        self.by_row = by_row
        self.key_count = key_count
        self.limits = {**LIMITS, **(limits or {})}
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.refused_rows = 0
        self.answered_rows = 0

    def deliver(self, batch):
        """The answers to a batch: predicted_label, probability, probabilities, labels and, by row,
        error_message, in the order of the batch.

        Raises:
            SmeError: E-SME-20, 22, 23 or 32 to 34, or what AWS says.
        """
        started, tries, suspicions = time.monotonic(), 0, 0
        while True:
            try:
                return self.attempt(batch, is_first=tries == 0)
            except Exception as error:
                fault = fault_of(self.endpoint_name, error)
            tries += 1
            if fault.kind == FATAL:
                raise fault.error
            if fault.kind == TOO_LARGE:
                return self.split(batch, fault)
            if fault.patience is not None:
                suspicions += 1
            if fault.kind == REFUSED or suspicions > self.patience(batch, fault):
                return self.split(batch, fault)
            if fault.kind == THROTTLED:
                self.pace.throttled()
            if fault.kind == TIMED_OUT:
                self.pace.too_slow()
                if len(batch) > 1 and tries >= 2:
                    return self.split(batch, fault)
            if tries >= LEAST_TRIES and time.monotonic() - started > self.limits["budget"]:
                raise self.gave_up(fault, tries)
            self.pause(tries)

    def patience(self, batch, fault):
        """How many faults that may be the fault of the rows are forgiven before they are to blame.
        A single row is not blamed lightly: nothing is left for it but to fail.
        """
        if fault.patience is None:
            return math.inf
        return fault.patience if len(batch) > 1 else LEAST_TRIES

    def attempt(self, batch, is_first):
        """One request. Raises what went wrong with it."""
        if self.stopped.is_set():
            raise SmeError("E-SME-32", "Stopped, because another request has failed for good.")
        body = "".join(batch.lines).encode("utf-8")
        size_version, start = self.pace.size_version, time.monotonic()
        answer = self.invoke(body)
        seconds = time.monotonic() - start
        columns = answer_columns(answer, len(batch), self.response_keys, self.target_type)
        if self.by_row:
            columns[ERROR_MESSAGE] = None
        if is_first:
            self.pace.answered(len(batch), len(body), seconds, size_version)
        with self.lock:
            self.answered_rows += len(batch)
        return columns

    def split(self, batch, fault):
        """The answers to both halves. A single row that fails is to blame itself."""
        if len(batch) == 1:
            return self.blame(batch, fault)
        if fault.kind == TOO_LARGE:
            self.pace.too_large(sum(map(len, batch.lines)))
        return pandas.concat([self.deliver(half) for half in batch.halves()], ignore_index=True)

    def blame(self, batch, fault):
        reason = fault.reason
        if fault.kind == TOO_LARGE:
            reason = f"E-SME-33: The row is larger than the endpoint takes: {reason}"
        if not self.by_row:
            raise self.refusal(batch, reason)
        with self.lock:
            self.refused_rows += 1
            if self.refused_rows > max(self.limits["most_refused"], self.answered_rows):
                raise SmeError(
                    "E-SME-34",
                    f"Endpoint {self.endpoint_name} refused {self.refused_rows} rows, more than it "
                    f"predicted. The last reason: {reason}",
                )
        columns = no_answers(1, self.target_type)
        columns[ERROR_MESSAGE] = reason[:REASON_LENGTH]
        return columns

    def refusal(self, batch, reason):
        """The error that a single row ends everything with."""
        keys = ", ".join(str(batch.kept.iloc[0, i]) for i in range(self.key_count))
        row = f" The row has the key {keys}." if keys else ""
        code, _, text = reason.partition(": ")
        return SmeError(
            code,
            f"Endpoint {self.endpoint_name}: {text}.{row} With on_error set to row in sme.predict, "
            "such rows get this message and the others their predictions.",
        )

    def gave_up(self, fault, tries):
        return SmeError(
            "E-SME-32",
            f"Endpoint {self.endpoint_name} did not answer {tries} requests for the same rows in "
            f"{self.limits['budget']:.0f} s. The last reason: {fault.reason}",
        )

    def pause(self, tries):
        """Waits before the next try: longer each time, and never all threads at once."""
        longest = min(LONGEST_PAUSE_SECONDS, self.limits["first_pause"] * 2 ** (tries - 1))
        self.stopped.wait(random.uniform(longest / 2, longest))
