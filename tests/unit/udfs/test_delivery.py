"""How long a batch is sent again, and when it is split, on a clock that only the tests move."""

import pandas as pd
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from udfs.python import delivery as delivery_module
from udfs.python.batching import Pace
from udfs.python.delivery import ERROR_MESSAGE, Batch, Delivery
from udfs.python.errors import SmeError

TIME_LIMIT = 70.0
BUDGET = 300.0


class Clock:
    """Stands for the time module, and for the event on which a delivery waits."""

    now = 0.0

    def monotonic(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds

    def is_set(self):
        return False


class Endpoint:
    """Answers each row as `answer` says, which gives seconds and an error or None."""

    def __init__(self, clock, answer):
        self.clock = clock
        self.answer = answer
        self.sizes = []

    def invoke(self, body):
        rows = body.decode().splitlines()
        self.sizes.append(len(rows))
        seconds, error = self.answer(rows)
        self.clock.now += seconds
        if error:
            raise error
        return b"1.5\n" * len(rows)


def time_out():
    return ReadTimeoutError(endpoint_url="https://endpoint")


def model_error(status, message="worker died"):
    answer = {"Error": {"Code": "ModelError", "Message": message}, "OriginalStatusCode": status}
    return ClientError(answer, "InvokeEndpoint")


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(delivery_module, "time", clock)
    return clock


def deliver(clock, answer, rows, by_row=False):
    """The answers to rows 0, 1, ... and the endpoint that gave them."""
    endpoint = Endpoint(clock, answer)
    pace = Pace(clock=clock.monotonic)
    delivery = Delivery("E", endpoint.invoke, pace, ["predicted_label"], "DOUBLE", by_row)
    delivery.stopped = clock
    batch = Batch([f"{row}\n" for row in range(rows)], pd.DataFrame(index=range(rows)))
    return delivery.deliver(batch), endpoint


@pytest.mark.parametrize("rows", [1, 2000])
def test_a_batch_that_is_never_answered_in_time_has_one_budget_for_all_its_parts(clock, rows):
    with pytest.raises(SmeError, match=r"E-SME-32: .*no answer in time"):
        deliver(clock, lambda rows: (TIME_LIMIT, time_out()), rows)
    assert clock.now <= BUDGET + TIME_LIMIT


@pytest.mark.parametrize("by_row", [False, True])
def test_a_model_that_crashes_for_good_has_one_budget_for_all_parts_of_a_batch(clock, by_row):
    with pytest.raises(SmeError, match=r"E-SME-(23|32): .*worker died"):
        deliver(clock, lambda rows: (1.0, model_error(500)), 2000, by_row)
    assert clock.now <= BUDGET + 1.0


def test_rows_that_crash_the_model_get_messages_however_many_they_are(clock):
    guilty = {str(row) for row in range(5, 1000, 50)}

    def answer(rows):
        return (0.1, model_error(500)) if guilty.intersection(rows) else (0.1, None)

    answers, _ = deliver(clock, answer, 1000, by_row=True)
    with_message = answers.index[answers[ERROR_MESSAGE].notna()]
    assert {str(row) for row in with_message} == guilty


def test_a_batch_is_halved_until_its_parts_are_answered_in_time(clock):
    def answer(rows):
        seconds = len(rows) * 0.2
        return (TIME_LIMIT, time_out()) if seconds > 60 else (seconds, None)

    answers, endpoint = deliver(clock, answer, 2000)
    assert len(answers) == 2000
    # twice as a whole, for the first time-out may have been chance
    assert endpoint.sizes[:4] == [2000, 2000, 1000, 500]


def test_limits_are_held_against_bytes_and_not_characters():
    batch = Batch(["ä\n", "€\n"], pd.DataFrame(index=range(2)))
    assert len(batch.body) == len("ä€\n\n".encode()) == 7


def test_time_that_the_model_takes_to_refuse_rows_is_not_lost(clock):
    def answer(rows):
        return (20.0, model_error(400)) if "1500" in rows else (20.0, None)

    answers, _ = deliver(clock, answer, 2000, by_row=True)
    assert answers[ERROR_MESSAGE].notna().sum() == 1
    assert clock.now > BUDGET
