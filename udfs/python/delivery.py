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
    # seconds that may be lost on a batch while nothing of it is answered
    "budget": 300.0,
    # Finding each guilty row costs requests: a model that refuses so many rows, and more than it
    # answers, is asked no further.
    "most_refused": 1000,
}
LONGEST_PAUSE_SECONDS = 20.0
# A single row is not blamed before so many faults: nothing is left for it but to fail.
SINGLE_ROW_PATIENCE = 8
REASON_LENGTH = 2000
ERROR_MESSAGE = "error_message"


class Losses:
    """What a batch and all its parts have lost on faults since anything of it was answered."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.seconds = 0.0
        self.requests = 0
        self.time_outs = 0


class Batch:
    """Rows that belong together in a request.

    Attributes:
        lines: one CSV line a row, each with its line break.
        body: these lines as they are sent. Limits are of its bytes, not of characters.
        kept: DataFrame of the columns that leave the UDF beside the predictions.
        losses: those of the batch, which its halves inherit.
    """

    def __init__(self, lines, kept, losses=None):
        self.lines = lines
        self.body = "".join(lines).encode("utf-8")
        self.kept = kept
        self.losses = losses or Losses()

    def __len__(self):
        return len(self.lines)

    def halves(self):
        middle = len(self.lines) // 2
        return (
            Batch(self.lines[:middle], self.kept.iloc[:middle], self.losses),
            Batch(self.lines[middle:], self.kept.iloc[middle:], self.losses),
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
        losses, tries, suspicions = batch.losses, 0, 0
        while True:
            started = time.monotonic()
            try:
                return self.attempt(batch, is_first=tries == 0)
            except Exception as error:
                fault = fault_of(self.endpoint_name, error)
            if fault.kind == FATAL:
                raise fault.error
            if fault.kind in (TOO_LARGE, REFUSED):
                return self.split(batch, fault)
            tries += 1
            losses.requests += 1
            losses.seconds += time.monotonic() - started
            if fault.kind == THROTTLED:
                self.pace.throttled()
            if fault.kind == TIMED_OUT:
                losses.time_outs += 1
                self.pace.too_slow(len(batch.body))
            if fault.patience is not None:
                suspicions += 1
            pause = self.pause_after(tries)
            if losses.seconds + pause > self.limits["budget"]:
                raise self.gave_up(fault, losses)
            if suspicions > self.patience(batch, fault) or self.is_too_slow(batch, fault):
                return self.split(batch, fault)
            losses.seconds += pause
            self.stopped.wait(pause)

    def patience(self, batch, fault):
        """How many faults that may come from the rows are forgiven before these are to blame."""
        if fault.patience is None:
            return math.inf
        return fault.patience if len(batch) > 1 else SINGLE_ROW_PATIENCE

    def is_too_slow(self, batch, fault):
        """Whether to try smaller batches. The first time-out may have been chance."""
        return fault.kind == TIMED_OUT and batch.losses.time_outs >= 2 and len(batch) > 1

    def attempt(self, batch, is_first):
        """One request. Raises what went wrong with it."""
        if self.stopped.is_set():
            raise SmeError("E-SME-32", "Stopped, because another request has failed for good.")
        size_version, start = self.pace.size_version, time.monotonic()
        answer = self.invoke(batch.body)
        seconds = time.monotonic() - start
        columns = answer_columns(answer, len(batch), self.response_keys, self.target_type)
        self.pace.answer_weighed(len(batch), len(answer))
        batch.losses.clear()
        if self.by_row:
            columns[ERROR_MESSAGE] = None
        if is_first:
            self.pace.answered(len(batch), len(batch.body), seconds, size_version)
        with self.lock:
            self.answered_rows += len(batch)
        return columns

    def split(self, batch, fault):
        """The answers to both halves. A single row that fails is to blame itself."""
        if len(batch) == 1:
            return self.blame(batch, fault)
        if fault.kind == TOO_LARGE:
            self.pace.too_large(len(batch.body))
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

    def gave_up(self, fault, losses):
        return SmeError(
            "E-SME-32",
            f"Endpoint {self.endpoint_name} did not answer {losses.requests} requests for the same "
            f"rows, on which {losses.seconds:.0f} s are lost. The last reason: {fault.reason}",
        )

    def pause_after(self, tries):
        """Seconds before the next try: longer each time, and never all threads at once."""
        longest = min(LONGEST_PAUSE_SECONDS, self.limits["first_pause"] * 2 ** (tries - 1))
        return random.uniform(longest / 2, longest)
