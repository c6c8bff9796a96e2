"""What a forecasting job asks for, and what AWS refuses."""

import pytest

from sme_helper.local.aws import forecast_spec, job_spec
from sme_helper.local.aws.errors import AwsError


def config(**members) -> dict:
    return {
        "ForecastFrequency": "1D",
        "ForecastHorizon": 7,
        "TimeSeriesConfig": {
            "TargetAttributeName": "sold",
            "TimestampAttributeName": "day",
            "ItemIdentifierAttributeName": "product",
        },
        **members,
    }


def request(**members) -> dict:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in/"}}
    return {
        "AutoMLJobName": "job",
        "AutoMLJobInputDataConfig": [{"ChannelType": "training", "DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": "s3://b/out/"},
        "AutoMLProblemTypeConfig": {"TimeSeriesForecastingJobConfig": config()},
        **members,
    }


def refused(call, *arguments) -> str:
    with pytest.raises(AwsError) as caught:
        call(*arguments)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_reads_what_to_forecast_and_fills_in_defaults():
    spec = forecast_spec.read(config())
    assert spec.columns == ["product", "day", "sold"]
    assert spec.frequency == forecast_spec.Frequency(1, "D")
    assert (spec.horizon, spec.quantiles, spec.aggregation) == (7, ("p10", "p50", "p90"), "sum")
    assert spec.levels == [0.1, 0.5, 0.9]


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [("D", 1, "D"), ("15min", 15, "min"), ("2H", 2, "H"), ("4W", 4, "W"), ("M", 1, "M")],
)
def test_reads_frequencies(text, count, unit):
    assert forecast_spec.Frequency.parse(text) == forecast_spec.Frequency(count, unit)


@pytest.mark.parametrize("text", ["60min", "24H", "7D", "5W", "12M", "2Y", "0D", "1S", "day"])
def test_refuses_frequencies_that_belong_to_the_next_larger_unit(text):
    assert text in refused(forecast_spec.Frequency.parse, text)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"ForecastHorizon": 501}, "500"),
        ({"ForecastQuantiles": ["p10", "p10"]}, "duplicates"),
        ({"Transformations": {"Aggregation": {"price": "avg"}}}, "only supported for the target"),
        ({"Transformations": {"Filling": {"day": {"middlefill": "zero"}}}}, "column day"),
        ({"Transformations": {"Filling": {"price": {"sidefill": "zero"}}}}, "sidefill"),
        ({"Transformations": {"Filling": {"price": {"middlefill": "mode"}}}}, "mode"),
        ({"Transformations": {"Filling": {"price": {"frontfill": "none"}}}}, "frontfill"),
        ({"Transformations": {"Filling": {"sold": {"futurefill": "zero"}}}}, "futurefill"),
        ({"Transformations": {"Filling": {"price": {"backfill": "value"}}}}, "backfill_value"),
        (
            {"Transformations": {"Filling": {"p": {"backfill": "value", "backfill_value": "x"}}}},
            "must be a number",
        ),
        ({"FeatureSpecificationS3Uri": "s3://b/f.json"}, "Not available in the embedded stack"),
    ],
)
def test_refuses_what_contradicts_itself(members, told):
    assert told in refused(forecast_spec.read, config(**members))


def test_item_time_and_target_are_different_columns():
    series = {**config()["TimeSeriesConfig"], "GroupingAttributeNames": ["sold"]}
    assert "differ" in refused(forecast_spec.read, config(TimeSeriesConfig=series))


def test_the_objective_is_optional_and_must_be_one_of_forecasts():
    assert job_spec.from_v2(request()).objective is None
    assert job_spec.from_v2(request(AutoMLJobObjective={"MetricName": "WAPE"})).objective == "WAPE"
    told = refused(job_spec.from_v2, request(AutoMLJobObjective={"MetricName": "F1"}))
    assert "AverageWeightedQuantileLoss" in told


def test_forecasts_take_one_channel_and_no_split():
    assert "DataSplitConfig" in refused(
        job_spec.from_v2, request(DataSplitConfig={"ValidationFraction": 0.2})
    )
    channel = request()["AutoMLJobInputDataConfig"][0]
    channels = [channel, {**channel, "ChannelType": "validation"}]
    told = refused(job_spec.from_v2, request(AutoMLJobInputDataConfig=channels))
    assert "training channel only" in told


def test_algorithms_must_be_forecasting_ones():
    generation = {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["xgboost"]}]}
    problem = {
        "TimeSeriesForecastingJobConfig": config(CandidateGenerationConfig=generation),
    }
    assert "xgboost" in refused(job_spec.from_v2, request(AutoMLProblemTypeConfig=problem))
