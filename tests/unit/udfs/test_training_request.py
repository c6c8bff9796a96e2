"""What is sent to CreateAutoMLJobV2, held against botocore's own model of the request."""

import datetime

import boto3
import botocore.session
import pytest
from botocore.validate import validate_parameters

from udfs.python.errors import SmeError
from udfs.python.request_limits import check_limits
from udfs.python.storage import delete_prefix
from udfs.python.training import job_request, job_summary

SPEC = {
    "job_name": "APSClassifier",
    "role": "arn:aws:iam::123456789012:role/sagemaker-execution",
    "s3_input_uri": "s3://bucket/sme/APSClassifier/1/training/",
    "s3_output_uri": "s3://bucket/sme/APSClassifier/1/output",
    "target": "CLASS",
}


def sagemaker_model():
    return botocore.session.get_session().get_service_model("sagemaker")


def assert_valid(request):
    shape = sagemaker_model().operation_model("CreateAutoMLJobV2").input_shape
    validate_parameters(request, shape)


def test_a_minimal_request_is_valid_and_leaves_choices_to_autopilot():
    request = job_request(SPEC)
    assert_valid(request)
    tabular = request["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular == {"TargetAttributeName": "CLASS"}
    assert "AutoMLJobObjective" not in request


def test_every_option_reaches_its_field():
    request = job_request(
        {
            **SPEC,
            "problem_type": "BinaryClassification",
            "objective": "F1",
            "max_candidates": 2,
            "max_runtime_for_automl_job_in_seconds": 3600,
            "max_runtime_per_training_job_in_seconds": 600.0,
            "tags": {"sme:job": "APSClassifier"},
        }
    )
    assert_valid(request)
    tabular = request["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular["ProblemType"] == "BinaryClassification"
    assert tabular["CompletionCriteria"] == {
        "MaxCandidates": 2,
        "MaxAutoMLJobRuntimeInSeconds": 3600,
        "MaxRuntimePerTrainingJobInSeconds": 600,
    }
    assert request["AutoMLJobObjective"] == {"MetricName": "F1"}
    assert request["Tags"] == [{"Key": "sme:job", "Value": "APSClassifier"}]


def test_the_predecessors_objective_in_json_is_understood():
    request = job_request({**SPEC, "objective": '{"MetricName": "Accuracy"}'})
    assert request["AutoMLJobObjective"] == {"MetricName": "Accuracy"}


def test_a_running_job_has_a_summary_without_candidates():
    started = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    summary = job_summary(
        {
            "AutoMLJobName": "J",
            "AutoMLJobStatus": "InProgress",
            "AutoMLJobSecondaryStatus": "Starting",
            "CreationTime": started,
        },
        now=started.timestamp() + 12,
    )
    assert summary["elapsed_seconds"] == 12
    assert summary["max_runtime_seconds"] is None
    assert summary["ended_at"] is None
    assert summary["best_candidate"] is None
    assert summary["failure_reason"] is None


@pytest.mark.parametrize("problem", ["TabularJobConfig", "TimeSeriesForecastingJobConfig"])
def test_a_summary_has_the_limit_of_a_job_that_was_given_one(problem):
    criteria = {"MaxAutoMLJobRuntimeInSeconds": 900, "MaxCandidates": 2}
    summary = job_summary(
        {
            "AutoMLJobName": "J",
            "AutoMLJobStatus": "InProgress",
            "AutoMLJobSecondaryStatus": "Starting",
            "CreationTime": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
            "AutoMLProblemTypeConfig": {problem: {"CompletionCriteria": criteria}},
        },
        now=0,
    )
    assert summary["max_runtime_seconds"] == 900


def test_a_prefix_without_a_slash_is_never_deleted():
    with pytest.raises(ValueError, match="slash"):
        delete_prefix(None, "bucket", "m1")


def test_an_error_starts_with_its_code():
    assert str(SmeError("E-SME-8", "Job x does not exist.")).startswith("E-SME-8: Job x")


@pytest.fixture(scope="module")
def client():
    return boto3.client(
        "sagemaker", "eu-central-1", aws_access_key_id="none", aws_secret_access_key="none"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"role": "no-role-of-any-account"}, "RoleArn is no-role-of-any-account, but must look"),
        ({"role": "short"}, "RoleArn short has 5 characters, but must be at least 20"),
        ({"output_kms_key": "k" * 2049}, "has 2049 characters, but can be 2048 at the most"),
        ({"vpc_subnets": ["a subnet"], "vpc_security_group_ids": ["b"]}, "Subnets is a subnet"),
        ({"s3_output_uri": "bucket/path"}, "S3OutputPath is bucket/path, but must look like"),
        ({"objective": "Luck"}, "MetricName is Luck, but can be Accuracy, MSE"),
        ({"max_candidates": 0}, "MaxCandidates is 0, but must be at least 1"),
        ({"tags": {"team": "ours!"}}, "Value is ours!, but must look like"),
        ({"tags": {"k" * 129: "v"}}, "has 129 characters, but can be 128 at the most"),
    ],
)
def test_a_value_that_aws_would_refuse_for_its_form_is_told_before_anything_is_exported(
    client, options, words
):
    with pytest.raises(SmeError, match=rf"E-SME-64: AWS would refuse .*{words}"):
        check_limits(client, "CreateAutoMLJobV2", job_request({**SPEC, **options}))


def test_what_aws_takes_passes_also_where_the_pattern_is_one_of_java(client):
    tags = {"team": "résumé 2 ½"}
    check_limits(client, "CreateAutoMLJobV2", job_request({**SPEC, "tags": tags}))


def test_the_whole_request_of_a_forecast():
    request = job_request(
        {
            **SPEC,
            "kind": "forecasting",
            "objective": "WAPE",
            "item_column": "PRODUCT",
            "time_column": "DAY",
            "grouping_columns": ["SHOP", "REGION"],
            "forecast_frequency": "1D",
            "forecast_horizon": 7.0,
            "forecast_quantiles": ["p5", "p95"],
            "fill_methods": {"CLASS": {"middlefill": "value", "middlefill_value": 2.0}},
            "aggregation": {"CLASS": "avg"},
            "holiday_country": "DE",
            "max_candidates": 3,
        }
    )
    assert_valid(request)
    assert request["AutoMLProblemTypeConfig"] == {
        "TimeSeriesForecastingJobConfig": {
            "ForecastFrequency": "1D",
            "ForecastHorizon": 7,
            "ForecastQuantiles": ["p5", "p95"],
            "TimeSeriesConfig": {
                "TargetAttributeName": "CLASS",
                "TimestampAttributeName": "DAY",
                "ItemIdentifierAttributeName": "PRODUCT",
                "GroupingAttributeNames": ["SHOP", "REGION"],
            },
            "Transformations": {
                "Filling": {"CLASS": {"middlefill": "value", "middlefill_value": "2"}},
                "Aggregation": {"CLASS": "avg"},
            },
            "HolidayConfig": [{"CountryCode": "DE"}],
            "CompletionCriteria": {"MaxCandidates": 3},
        }
    }
    assert request["AutoMLJobObjective"] == {"MetricName": "WAPE"}
