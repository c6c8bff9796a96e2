"""Requests in flight: many at once, answered in any order, handed on in that of the rows."""

from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from .batching import MOST_IN_FLIGHT


def in_order(batches, delivery, pace):
    """Yields (batch, answers) in the order of the batches.

    Batches are taken one by one, when there is room for them: as many requests fly as the pace
    says, and what flies or waits for its turn is bounded in bytes.

    Args:
        batches: an iterator of Batch.
        delivery: a Delivery.
        pace: a Pace.
    """
    waiting, more = deque(), True
    threads = ThreadPoolExecutor(MOST_IN_FLIGHT)
    try:
        while more or waiting:
            while more and has_room(waiting, pace):
                batch = next(batches, None)
                more = batch is not None
                if more:
                    waiting.append((batch, threads.submit(delivery.deliver, batch)))
            if waiting and not waiting[0][1].done():
                pace.wait_begins()
                wait([f for _, f in waiting if not f.done()], return_when=FIRST_COMPLETED)
                pace.wait_ends()
            while waiting and waiting[0][1].done():
                batch, future = waiting.popleft()
                yield batch, future.result()
                if more and has_room(waiting, pace):
                    break
    finally:
        delivery.stopped.set()
        threads.shutdown(wait=False, cancel_futures=True)


def has_room(waiting, pace):
    """Whether one more request may fly."""
    if not waiting:
        return True
    flying = sum(not future.done() for _, future in waiting)
    held = sum(len(batch.body) for batch, _ in waiting)
    return flying < pace.in_flight and held < pace.window_bytes
