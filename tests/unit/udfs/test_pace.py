"""How many rows a request takes and how many fly at once follow from what is measured."""

from udfs.python.batching import FIRST_IN_FLIGHT, MOST_IN_FLIGHT, REQUEST_BYTES, Pace

MANY = 10**9


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class World:
    """An endpoint with workers of a fixed speed, and a process that waits for nothing else."""

    def __init__(self, seconds, seconds_per_row, workers, row_bytes=100, most_bytes=REQUEST_BYTES):
        self.clock = Clock()
        self.pace = Pace(most_bytes, self.clock)
        self.pace.weighed(1, row_bytes)
        self.costs = (seconds, seconds_per_row, workers, row_bytes)

    def rounds(self, count):
        seconds, seconds_per_row, workers, row_bytes = self.costs
        for _ in range(count):
            rows, flying = self.pace.rows(MANY), self.pace.in_flight
            version = self.pace.size_version
            self.pace.wait_begins()
            needed = (seconds + rows * seconds_per_row) * max(1, flying / workers)
            self.clock.now += needed
            for _ in range(flying):
                self.pace.answered(rows, rows * row_bytes, needed, version)
            self.pace.wait_ends()
        return self.pace


def test_requests_grow_to_the_limit_of_a_quick_endpoint():
    pace = World(0.02, 0.0, 1000).rounds(10)
    assert pace.request_bytes == REQUEST_BYTES
    assert pace.rows(MANY) * 100 <= REQUEST_BYTES


def test_requests_to_a_slow_model_stay_far_below_its_time_limit():
    pace = World(0.02, 0.002, 4).rounds(10)
    assert pace.rows(MANY) * 0.002 * 2 < 60


def test_a_request_that_comes_close_to_the_limit_is_halved():
    pace = World(0.02, 0.0, 4).pace
    size = pace.request_bytes
    pace.answered(1000, size, 30.0, pace.size_version)
    assert pace.request_bytes == size // 2


def test_more_requests_fly_while_that_gives_more_rows():
    assert World(0.5, 0.0, 1000).rounds(40).in_flight == MOST_IN_FLIGHT


def test_no_more_requests_fly_than_the_endpoint_works_on_and_a_few():
    assert World(0.02, 40e-6, 4).rounds(40).in_flight <= 2 * FIRST_IN_FLIGHT


def test_throttling_halves_what_flies_once_for_requests_that_fly_together():
    pace = World(0.02, 0.0, 4).pace
    for _ in range(FIRST_IN_FLIGHT):
        pace.throttled()
    assert pace.in_flight == FIRST_IN_FLIGHT // 2


def test_after_throttling_more_fly_again_in_time():
    world = World(0.5, 0.0, 1000)
    world.rounds(5)
    world.pace.throttled()
    low = world.pace.in_flight
    assert world.rounds(60).in_flight > low


def test_a_body_that_was_too_large_is_not_sent_again():
    pace = World(0.02, 0.0, 4).rounds(10)
    pace.too_large(1_000_000)
    assert pace.rows(MANY) * 100 < 1_000_000


def test_no_answer_is_larger_than_the_endpoint_gives():
    pace = World(0.02, 0.0, 1000).rounds(10)
    pace.answer_weighed(10, 10 * 5000)
    assert pace.rows(MANY) * 5000 <= REQUEST_BYTES
    pace.answer_weighed(10, 10 * 100)
    assert pace.rows(MANY) * 4000 <= REQUEST_BYTES


def test_a_serverless_endpoint_is_never_sent_what_only_instances_take():
    pace = World(0.02, 0.0, 1000, most_bytes=4_000_000).rounds(10)
    assert 3_900_000 < pace.rows(MANY) * 100 <= 4_000_000


def test_the_first_requests_are_small_so_that_the_endpoint_has_work_early():
    pace = World(0.02, 0.0, 4).pace
    first, later = pace.rows(MANY), [pace.rows(MANY) for _ in range(FIRST_IN_FLIGHT)]
    assert first < later[-1] / 3
    assert sorted(later) == later


def test_the_last_rows_are_shared_by_all_that_fly():
    pace = World(0.02, 0.0, 4).rounds(10)
    sizes, remaining = [], 160_000
    while remaining:
        sizes.append(min(remaining, pace.rows(remaining)))
        remaining -= sizes[-1]
    assert max(sizes) < 160_000 / 4
    assert sizes[-2] < max(sizes) / 3


def test_requests_that_time_out_together_halve_the_size_once():
    pace = World(0.02, 0.0, 4).rounds(10)
    size = pace.request_bytes
    for _ in range(pace.in_flight):
        pace.too_slow(size)
    assert pace.request_bytes == size // 2


def test_slow_answers_of_requests_that_flew_together_halve_the_size_once():
    pace = World(0.02, 0.0, 4).rounds(10)
    size, version = pace.request_bytes, pace.size_version
    for _ in range(pace.in_flight):
        pace.answered(1000, size, 30.0, version)
    assert pace.request_bytes == size // 2


def test_a_model_that_takes_seconds_for_a_row_gets_requests_of_few_rows():
    pace = World(0.02, 0.0, 4).pace
    while (rows := pace.rows(MANY)) * 5.0 > 60:
        pace.too_slow(rows * 100)
    assert 1 <= rows <= 12
    # and goes on with them
    pace.answered(rows, rows * 100, rows * 5.0, pace.size_version)
    assert 1 <= pace.rows(MANY) <= 12
