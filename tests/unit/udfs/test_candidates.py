"""Candidates and feature importance: what becomes of AWS's answers."""

import datetime
import json

import pytest

from udfs.python.candidates import candidate_summary, moment, ranked
from udfs.python.errors import SmeError
from udfs.python.explanations import chosen_candidate, global_importances
from udfs.python.training import job_summary

STARTED = datetime.datetime(2024, 2, 29, 10, 0, 0, 5, tzinfo=datetime.UTC)


def candidate(name, value=None, direction="Maximize", **members):
    metric = {"MetricName": "F1", "Type": direction, "Value": value}
    return {
        "CandidateName": name,
        "CandidateStatus": "Completed" if value is not None else "InProgress",
        "CreationTime": STARTED,
        **({"FinalAutoMLJobObjectiveMetric": metric} if value is not None else {}),
        **members,
    }


def names(candidates):
    return [one["CandidateName"] for one in candidates]


def test_candidates_are_ranked_in_the_direction_of_their_objective():
    scores = [("low", 0.1), ("running", None), ("high", 0.9)]
    larger_wins = [candidate(name, value) for name, value in scores]
    assert names(ranked(larger_wins)) == ["high", "low", "running"]
    smaller_wins = [candidate(name, value, "Minimize") for name, value in scores]
    assert names(ranked(smaller_wins)) == ["low", "high", "running"]


def test_a_summary_has_all_metrics_and_addresses():
    summary = candidate_summary(
        candidate(
            "best",
            0.9,
            EndTime=STARTED + datetime.timedelta(seconds=90),
            InferenceContainers=[{"ModelDataUrl": "s3://b/1"}, {"ModelDataUrl": "s3://b/2"}],
            CandidateProperties={
                "CandidateArtifactLocations": {
                    "Explainability": "s3://b/explained",
                    "ModelInsights": "s3://b/insights",
                },
                "CandidateMetrics": [
                    {
                        "MetricName": "F1",
                        "StandardMetricName": "F1",
                        "Set": "Validation",
                        "Value": 0.9,
                    },
                    {"StandardMetricName": "LogLoss", "Set": "Validation", "Value": 0.2},
                ],
            },
        ),
        is_best=True,
    )
    assert summary["metrics"] == [
        {"name": "F1", "data_set": "Validation", "value": 0.9},
        {"name": "LogLoss", "data_set": "Validation", "value": 0.2},
    ]
    assert summary["explainability_uri"] == "s3://b/explained"
    assert summary["model_insights_uri"] == "s3://b/insights"
    assert summary["model_uris"] == ["s3://b/1", "s3://b/2"]
    assert summary["created_at"] == "2024-02-29 10:00:00.000005"
    assert summary["training_seconds"] == 90


NO_NUMBERS = [float("nan"), float("inf"), -float("inf")]


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_metric_that_is_no_number_is_none_and_never_the_best(value):
    """NaN is no JSON, so it would break a poll; and it is neither larger nor smaller."""
    metrics = {"CandidateMetrics": [{"MetricName": "F1", "Set": "Validation", "Value": value}]}
    broken = candidate("broken", value, CandidateProperties=metrics)
    summary = candidate_summary(broken, is_best=False)
    assert summary["metric_value"] is summary["metrics"][0]["value"] is None
    assert names(ranked([broken, candidate("good", 0.1)])) == ["good", "broken"]
    job = {
        "AutoMLJobName": "J",
        "AutoMLJobStatus": "Completed",
        "AutoMLJobSecondaryStatus": "Completed",
        "CreationTime": STARTED,
        "BestCandidate": broken,
    }
    told = job_summary(job, now=STARTED.timestamp())
    assert (told["best_candidate"], told["metric_value"]) == ("broken", None)
    json.dumps([summary, told], allow_nan=False)


def test_an_importance_that_is_no_number_comes_last_and_is_none():
    rows = global_importances(report(label0={"A": float("nan"), "B": 0.7}), "c")
    assert [(row["feature"], row["importance"]) for row in rows] == [("B", 0.7), ("A", None)]


def test_a_candidate_that_was_just_begun_has_gaps_and_no_error():
    summary = candidate_summary(candidate("new"), is_best=False)
    assert summary["metrics"] == summary["model_uris"] == []
    assert summary["metric_value"] is summary["ended_at"] is summary["training_seconds"] is None


def report(**labels):
    shap = {name: {"global_shap_values": values} for name, values in labels.items()}
    return {"version": "1.0", "explanations": {"kernel_shap": shap}}


def test_the_weightiest_feature_of_each_label_comes_first():
    rows = global_importances(report(label10={"X": 1}, label2={"A": 0.1, "B": 0.7}), "c")
    assert [(r["label"], r["feature"], r["importance"], r["position"]) for r in rows] == [
        ("label2", "B", 0.7, 1),
        ("label2", "A", 0.1, 2),
        ("label10", "X", 1.0, 1),
    ]


@pytest.mark.parametrize("content", [{}, {"bias": {}}, report(), report(label0={})])
def test_a_report_without_importances_is_an_error_that_says_what_it_holds(content):
    with pytest.raises(SmeError, match="E-SME-72"):
        global_importances(content, "c")


def test_an_unknown_candidate_is_answered_with_those_there_are():
    listed = {
        "job_name": "Job1",
        "candidates": [{"candidate_name": "one", "is_best": True}],
    }
    assert chosen_candidate(listed, None)["candidate_name"] == "one"
    with pytest.raises(SmeError, match=r"E-SME-70: Job Job1 has no candidate two.*are: one\."):
        chosen_candidate(listed, "two")


def test_times_are_in_utc_whatever_the_time_zone_of_the_machine():
    in_tokyo = datetime.timezone(datetime.timedelta(hours=9))
    time = datetime.datetime(2024, 2, 29, 10, 0, 0, 5, tzinfo=in_tokyo)
    assert moment(time) == "2024-02-29 01:00:00.000005"
