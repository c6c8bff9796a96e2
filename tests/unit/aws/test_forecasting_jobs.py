"""Forecasting jobs from S3 to an endpoint's answer, through real clients."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from botocore.exceptions import ClientError

HORIZON, DAYS = 14, 140
KEYS = ["product", "shop"]


@pytest.fixture(scope="module")
def sales() -> pd.DataFrame:
    """Four daily series with a week's rhythm, a trend and promotions."""
    random = np.random.default_rng(11)
    days = np.arange(DAYS + HORIZON)
    parts = []
    for number, (product, shop) in enumerate([("a", "x"), ("a", "y"), ("b", "x"), ("ü, é", "y")]):
        promotion = random.random(len(days)) < 0.2
        sold = 40 * (number + 1) + 0.1 * days + 12 * np.sin(2 * np.pi * (days + number) / 7)
        sold += 20 * promotion + random.normal(0, 2, len(days))
        parts.append(
            pd.DataFrame(
                {
                    "shop": shop,
                    "product": product,
                    "day": pd.date_range("2024-01-01", periods=len(days)).strftime("%Y-%m-%d"),
                    "promotion": np.where(promotion, "yes", "no"),
                    "sold": sold.round(1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def past(sales) -> pd.DataFrame:
    return sales.groupby(KEYS, sort=False).head(DAYS)


def with_future(past: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    """The past, and the days to come with their promotions but without what is sold."""
    future = sales.drop(past.index).assign(sold=np.nan)
    return pd.concat([past, future])


def forecasting_request(name: str, uri: str, **config) -> dict:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    return {
        "AutoMLJobName": name,
        "AutoMLJobInputDataConfig": [
            {
                "ChannelType": "training",
                "ContentType": "text/csv;header=present",
                "DataSource": source,
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://forecasts/output"},
        "AutoMLProblemTypeConfig": {
            "TimeSeriesForecastingJobConfig": {
                "ForecastFrequency": "1D",
                "ForecastHorizon": HORIZON,
                "TimeSeriesConfig": {
                    "TargetAttributeName": "sold",
                    "TimestampAttributeName": "day",
                    "ItemIdentifierAttributeName": "product",
                    "GroupingAttributeNames": ["shop"],
                },
                "HolidayConfig": [{"CountryCode": "DE"}],
                **config,
            }
        },
        "RoleArn": "arn:aws:iam::123456789012:role/sme",
    }


@pytest.fixture(scope="module")
def job(aws, past) -> dict:
    bucket = aws.create_bucket("forecasts")
    halves = len(past) // 2
    aws.put_csv(bucket, "past/1.csv", past[:halves])
    aws.put_csv(bucket, "past/2.csv", past[halves:])
    request = forecasting_request(
        "sales",
        f"s3://{bucket}/past/",
        CompletionCriteria={"MaxCandidates": 2},
        ForecastQuantiles=["p5", "p50", "p95"],
    )
    aws.sagemaker.create_auto_ml_job_v2(**request)
    return aws.wait_for_job("sales")


@pytest.fixture(scope="module")
def endpoint(aws, job) -> str:
    aws.deploy("sales", job["BestCandidate"]["InferenceContainers"])
    return "sales"


def ask(aws, endpoint: str, rows: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(aws.invoke(endpoint, rows.to_csv(index=False))))


def objects_below(aws, location: str) -> dict[str, bytes]:
    """The files in a folder of S3 by their names."""
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    found = aws.s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
    return {
        one["Key"].rpartition("/")[2]: aws.s3.get_object(Bucket=bucket, Key=one["Key"])[
            "Body"
        ].read()
        for one in found
    }


def test_a_completed_job_tells_what_it_is_and_how_good(job):
    assert job["AutoMLJobStatus"] == "Completed", job.get("FailureReason")
    assert job["AutoMLProblemTypeConfigName"] == "TimeSeriesForecasting"
    resolved = job["ResolvedAttributes"]
    assert resolved["AutoMLJobObjective"] == {"MetricName": "AverageWeightedQuantileLoss"}
    assert "AutoMLProblemTypeResolvedAttributes" not in resolved
    best = job["BestCandidate"]
    metrics = best["CandidateProperties"]["CandidateMetrics"]
    assert {one["StandardMetricName"] for one in metrics} == {
        "AverageWeightedQuantileLoss",
        "MAPE",
        "MASE",
        "RMSE",
        "WAPE",
    }
    assert best["FinalAutoMLJobObjectiveMetric"]["Type"] == "Minimize"
    assert len(best["InferenceContainers"]) == 1
    assert "InferenceContainerDefinitions" not in best


def test_the_forecast_is_better_than_a_constant_one(aws, endpoint, past, sales):
    answer = ask(aws, endpoint, with_future(past, sales))
    assert list(answer.columns) == ["product", "shop", "day", "p5", "p50", "p95", "mean"]
    truth = sales.drop(past.index).assign(day=lambda rows: rows["day"] + " 00:00:00")
    merged = answer.merge(truth, on=[*KEYS, "day"])
    assert len(merged) == len(answer) == 4 * HORIZON
    constant = merged.set_index(KEYS).index.map(past.groupby(KEYS)["sold"].mean())
    error = (merged["sold"] - merged["mean"]).abs().mean()
    assert error < (merged["sold"] - constant).abs().mean() / 2
    assert (answer["p5"] < answer["p50"]).all() and (answer["p50"] < answer["p95"]).all()
    inside = merged["sold"].between(merged["p5"], merged["p95"]).mean()
    assert inside > 0.6


def test_the_forecast_begins_after_the_last_known_value_of_the_request(aws, endpoint, past):
    some = past[(past["product"] == "b") & (past["day"] <= "2024-03-10")]
    answer = ask(aws, endpoint, some)
    assert answer["day"].iloc[0] == "2024-03-11 00:00:00"
    assert len(answer) == HORIZON


def test_columns_may_come_in_any_order_but_must_be_those_of_the_training(aws, endpoint, past):
    rows = past[past["product"] == "b"]
    turned = rows[rows.columns[::-1]]
    pd.testing.assert_frame_equal(ask(aws, endpoint, turned), ask(aws, endpoint, rows))
    for wrong in (rows.drop(columns="promotion"), rows.assign(more=1)):
        with pytest.raises(aws.runtime.exceptions.ModelError, match="was trained on"):
            ask(aws, endpoint, wrong)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.head(3), "At least 4 valid historical values"),
        (lambda rows: rows.assign(day="soon"), "soon"),
        (lambda rows: rows.head(0), "no rows"),
    ],
)
def test_what_cannot_be_forecast_is_a_model_error(aws, endpoint, past, change, told):
    with pytest.raises(aws.runtime.exceptions.ModelError, match=told) as caught:
        ask(aws, endpoint, change(past[past["product"] == "b"]))
    assert caught.value.response["OriginalStatusCode"] == 400


def test_the_back_test_and_the_impact_of_covariates_lie_in_s3(aws, job):
    locations = job["BestCandidate"]["CandidateProperties"]["CandidateArtifactLocations"]
    backtest = objects_below(aws, locations["BacktestResults"])["forecasted-values.csv"]
    values = pd.read_csv(io.BytesIO(backtest))
    assert list(values.columns) == ["product", "shop", "day", "sold", "p5", "p50", "p95", "mean"]
    error = (values["sold"] - values["mean"]) ** 2
    metrics = job["BestCandidate"]["CandidateProperties"]["CandidateMetrics"]
    (rmse,) = [one["Value"] for one in metrics if one["StandardMetricName"] == "RMSE"]
    assert np.sqrt(error.mean()) == pytest.approx(rmse, rel=1e-6)
    scores = pd.read_csv(
        io.BytesIO(objects_below(aws, locations["Explainability"])["impact-scores.csv"])
    )
    assert scores["attribute"].tolist() == ["promotion"]
    statistics = json.loads(objects_below(aws, locations["ModelInsights"])["statistics.json"])
    assert statistics["forecasting_metrics"]["RMSE"]["value"] == pytest.approx(rmse, rel=1e-6)


def test_the_data_exploration_notebook_lies_in_s3(aws, job):
    location = job["AutoMLJobArtifacts"]["DataExplorationNotebookLocation"]
    bucket, _, key = location.removeprefix("s3://").partition("/")
    notebook = json.loads(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert "| promotion | 560 | 0 | 2 |" in notebook["cells"][1]["source"]
    assert "CandidateDefinitionNotebookLocation" not in job["AutoMLJobArtifacts"]


def test_chosen_algorithms_are_trained(aws, job):
    generation = {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["ets", "npts"]}]}
    request = forecasting_request(
        "chosen", "s3://forecasts/past/", CandidateGenerationConfig=generation
    )
    request["AutoMLJobObjective"] = {"MetricName": "MASE"}
    aws.sagemaker.create_auto_ml_job_v2(**request)
    chosen = aws.wait_for_job("chosen")
    assert chosen["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]["MetricName"] == "MASE"
    candidates = aws.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="chosen")
    names = {one["CandidateName"].split("-")[1] for one in candidates["Candidates"]}
    assert names == {"ExponentialSmoothing", "SeasonalMean", "SeasonalNaive"}


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        ("too-far", {"ForecastHorizon": 36}, "must not exceed a quarter of the 140 time steps"),
        (
            "no-column",
            {"Transformations": {"Filling": {"price": {"middlefill": "zero"}}}},
            "['price'] were not found",
        ),
        (
            "no-number",
            {
                "TimeSeriesConfig": {
                    "TargetAttributeName": "promotion",
                    "TimestampAttributeName": "day",
                    "ItemIdentifierAttributeName": "product",
                }
            },
            "not numbers",
        ),
    ],
)
def test_data_that_cannot_be_forecast_fail_the_job(aws, job, name, config, reason):
    request = forecasting_request(name, "s3://forecasts/past/", **config)
    aws.sagemaker.create_auto_ml_job_v2(**request)
    failed = aws.wait_for_job(name)
    assert failed["AutoMLJobStatus"] == "Failed"
    assert reason in failed["FailureReason"]


@pytest.mark.parametrize("frequency", ["60min", "24H", "1S"])
def test_an_illegal_frequency_starts_nothing(aws, job, frequency):
    request = forecasting_request("never", "s3://forecasts/past/", ForecastFrequency=frequency)
    with pytest.raises(ClientError) as caught:
        aws.sagemaker.create_auto_ml_job_v2(**request)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert frequency in caught.value.response["Error"]["Message"]
