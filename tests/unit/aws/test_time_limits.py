"""Run-time limits and stopping, with one estimator that is never ready."""

import threading
import time

import pytest
from sklearn.linear_model import LogisticRegression

from sme_helper.local.aws import autopilot, candidates
from sme_helper.local.aws.cloud import Cloud
from sme_helper.local.aws.progress import Progress


class NeverReady(LogisticRegression):
    """Trains until the test is over."""

    over = threading.Event()

    def fit(self, matrix, target):
        self.over.wait(60)
        raise RuntimeError("abandoned")


QUICK = candidates.RECIPES[1]
ENDLESS = candidates.Recipe(
    "Endless", frozenset(), candidates.features_scaled, NeverReady, NeverReady
)


@pytest.fixture
def account(tmp_path, patients):
    cloud = Cloud(tmp_path, Progress(pace=0, endpoint_delay=0))
    account = cloud.account("123456789012", "eu-central-1")
    with account.objects.changing():
        account.objects._backend.create_bucket("bucket", "eu-central-1")
    account.objects.write("s3://bucket/p.csv", patients.to_csv(index=False).encode())
    NeverReady.over.clear()
    yield account
    NeverReady.over.set()
    # moto keeps the names of buckets for the whole process.
    account.objects._backend.reset()


@pytest.fixture
def train(account, monkeypatch, new_job, wait_until):
    """Trains the given recipes under the given limits; the finished job's description."""

    def run(recipes, before_the_end=lambda: None, **criteria):
        monkeypatch.setattr(candidates, "choose", lambda *_: recipes)
        request = new_job("job", "s3://bucket/p.csv", "diagnosis", CompletionCriteria=criteria)
        autopilot.create_job_v2(account, request)
        before_the_end()
        described = {"AutoMLJobName": "job"}
        return wait_until(
            lambda: autopilot.describe_job_v2(account, described),
            lambda job: job["AutoMLJobStatus"] in ("Completed", "Failed", "Stopped"),
        )

    return run


def statuses(account) -> list[str]:
    return [one["CandidateStatus"] for one in account.state.jobs.get("job")["Candidates"]]


def test_a_job_whose_time_is_over_keeps_the_candidates_that_it_has(account, train):
    job = train([QUICK, ENDLESS, QUICK], MaxAutoMLJobRuntimeInSeconds=6)
    assert job["AutoMLJobStatus"] == "Completed"
    assert job["AutoMLJobSecondaryStatus"] == "MaxAutoMLJobRuntimeReached"
    assert job["BestCandidate"]["CandidateName"] == "job-Linear-t1"
    assert statuses(account) == ["Completed", "Stopped"]


def test_a_candidate_that_takes_too_long_is_given_up_for_the_next(account, train):
    job = train([ENDLESS, QUICK], MaxRuntimePerTrainingJobInSeconds=5)
    assert job["AutoMLJobSecondaryStatus"] == "Completed"
    assert job["BestCandidate"]["CandidateName"] == "job-Linear-t2"
    assert statuses(account) == ["Stopped", "Completed"]


def test_a_job_without_any_candidate_in_time_fails(account, train):
    job = train([ENDLESS], MaxAutoMLJobRuntimeInSeconds=1)
    assert job["AutoMLJobStatus"] == "Failed"
    assert "No candidate was trained within the run-time limits" in job["FailureReason"]


def test_stopping_does_not_wait_for_the_candidate_in_training(account, train):
    def stop_when_training():
        while "InProgress" not in statuses(account):
            time.sleep(0.01)
        autopilot.stop_job(account, {"AutoMLJobName": "job"})
        assert account.state.jobs.get("job")["Status"] in ("Stopping", "Stopped")

    job = train([ENDLESS], stop_when_training)
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Stopped", "Stopped")
    assert statuses(account) == ["Stopped"]


def test_a_fault_in_training_is_told_as_the_reason(account, train, capsys):
    NeverReady.over.set()
    job = train([ENDLESS])
    assert job["AutoMLJobStatus"] == "Failed"
    assert job["FailureReason"] == "InternalServerError: RuntimeError: abandoned"
    assert "Traceback" in capsys.readouterr().err
