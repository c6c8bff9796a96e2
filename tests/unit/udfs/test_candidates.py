"""Candidates and feature importance: what becomes of AWS's answers."""

import datetime

import pytest

from udfs.python.candidates import candidate_summary, moment, ranked
from udfs.python.errors import SmeError
from udfs.python.explanations import chosen_candidate, global_importances

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
