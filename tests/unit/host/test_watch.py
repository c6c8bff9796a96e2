"""What `sme wait` shows."""

import io

import pytest
from rich.console import Console

from sme_helper.watch import JobDisplay, duration, picture

JOB = {
    "job_name": "Diagnosis",
    "job_status": "InProgress",
    "job_secondary_status": "TrainingModels",
    "elapsed_seconds": "65",
    "best_candidate": "Diagnosis-t1",
    "best_metric_name": "F1",
    "best_metric_value": "0.951219",
    "failure_reason": None,
}
CANDIDATES = [
    {
        "candidate_name": "Diagnosis-t1",
        "candidate_status": "Completed",
        "is_best": "TRUE",
        "metric_name": "F1",
        "metric_value": "0.951219",
        "training_seconds": "31",
    },
    {"candidate_name": "Diagnosis-t2", "candidate_status": "InProgress", "is_best": "FALSE"},
]


def drawn(picture) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(picture)
    return console.file.getvalue()


def test_a_running_job_shows_its_candidates_and_the_time_that_is_left():
    text = drawn(picture(JOB, CANDIDATES, seconds_since=5, seconds_left=3600))
    assert "InProgress (TrainingModels)" in text
    assert "1 min 10 s" in text and "1 h 0 min until this wait ends" in text
    assert "F1 0.9512 by Diagnosis-t1" in text
    best, other = text.splitlines()[-2:]
    assert "★" in best and "0.9512" in best and "★" not in other and "Diagnosis-t2" in other


def test_the_limit_of_the_job_itself_is_counted_down_where_it_has_one():
    text = drawn(picture({**JOB, "max_runtime_seconds": "600"}, [], 5, 3600))
    assert "8 min 50 s until AWS ends the job" in text
    assert "until AWS ends the job" not in drawn(picture(JOB, [], 5, 3600))


def test_a_job_that_has_ended_stands_still():
    ended = {**JOB, "job_status": "Failed", "job_secondary_status": "Failed"}
    text = drawn(picture({**ended, "failure_reason": "No capacity"}, [], 500, 3600))
    assert "1 min 5 s" in text and "time left" not in text and "No capacity" in text


def test_before_the_first_answer_it_says_what_it_does():
    assert "Asking AWS" in drawn(picture({}, [], 0, 10))


def test_each_poll_is_shown_with_the_candidates_of_that_moment():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with JobDisplay(console, 60, lambda: CANDIDATES) as display:
        display.show([JOB])
    assert "Diagnosis-t2" in console.file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (7265, "2 h 1 min")]
)
def test_times_are_told_in_units_that_fit(seconds, text):
    assert duration(seconds) == text
