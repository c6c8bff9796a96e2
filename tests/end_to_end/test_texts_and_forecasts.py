"""Texts and time series, from a table to predictions."""

import numpy as np
import pandas as pd
import pytest

from .conftest import fresh_name

HORIZON, DAYS = 7, 140
SUBJECTS = {
    "delivery": ["parcel", "late", "courier", "waiting", "arrived, finally", "tracking"],
    "praise": ["wonderful", "thanks", "great", "happy", "best", 'simply "super"'],
    "refund": ["money", "return", "broken", "refund", "exchange", "größer"],
}
FILLERS = ["the", "my", "order", "is", "was", "a", "it", "please", "hello", "again"]


@pytest.fixture(scope="module")
def messages(sme) -> str:
    """A table of 500 messages to train on and 100 more, told apart by PART."""
    random = np.random.default_rng(23)
    rows = []
    for number in range(600):
        subject = list(SUBJECTS)[number % 3]
        other = list(SUBJECTS)[random.integers(3)]
        words = [*random.choice(FILLERS, 6), *random.choice(SUBJECTS[subject], 2)]
        words.append(random.choice(SUBJECTS[other]))
        random.shuffle(words)
        part = "train" if number < 500 else "test"
        rows.append((number, part, " ".join(words), subject))
    sme.connection.execute(
        f"CREATE TABLE {sme.data_schema}.MESSAGES "
        "(MESSAGE_ID DECIMAL(9,0), PART VARCHAR(5), MESSAGE VARCHAR(2000), SUBJECT VARCHAR(20))"
    )
    sme.connection.import_from_iterable(rows, (sme.data_schema, "MESSAGES"))
    return "MESSAGES"


@pytest.fixture(scope="module")
def sales(sme) -> pd.DataFrame:
    """Three daily series with a week's rhythm; table SALES ends before the last HORIZON days."""
    random = np.random.default_rng(11)
    days = np.arange(DAYS + HORIZON)
    dates = pd.date_range("2024-01-01", periods=len(days))
    names = [("apple", 1), ("apple", 2), ('pear, "green" ü', 1)]
    frame = pd.concat(
        pd.DataFrame(
            {
                "SHOP": shop,
                "PRODUCT": product,
                "SALE_DATE": dates.strftime("%Y-%m-%d"),
                "SOLD": (
                    50 * (number + 1)
                    + 12 * np.sin(2 * np.pi * (days + number) / 7)
                    + random.normal(0, 1, len(days))
                ).round(2),
            }
        )
        for number, (product, shop) in enumerate(names)
    ).reset_index(drop=True)
    past = frame.groupby(["PRODUCT", "SHOP"], sort=False).head(DAYS)
    sme.connection.execute(
        f"CREATE TABLE {sme.data_schema}.SALES "
        "(SHOP DECIMAL(4,0), PRODUCT VARCHAR(50), SALE_DATE DATE, SOLD DECIMAL(18,2))"
    )
    sme.connection.import_from_pandas(past, (sme.data_schema, "SALES"))
    return frame.drop(past.index)


@pytest.fixture(scope="module")
def forecast_job(sme, sales) -> str:
    return sme.train(
        input_table_or_view_name="SALES",
        target_attribute_name="SOLD",
        problem_type="TimeSeriesForecasting",
        objective="WAPE",
        item_column="PRODUCT",
        time_column="SALE_DATE",
        grouping_columns=["SHOP"],
        forecast_frequency="1D",
        forecast_horizon=HORIZON,
        forecast_quantiles=["p5", "p95"],
        fill_methods={"SOLD": {"middlefill": "value", "middlefill_value": 2}},
        aggregation={"SOLD": "avg"},
        holiday_country="DE",
    )


def test_texts_are_classified_from_a_table_to_predictions(sme, messages):
    job_name = sme.train(
        input_schema_name=None,
        input_table_or_view_name=None,
        input_query=f"SELECT MESSAGE, SUBJECT FROM {sme.data_schema}.MESSAGES WHERE PART = 'train'",
        target_attribute_name="SUBJECT",
        text_column="MESSAGE",
        problem_type="TextClassification",
    )
    job = sme.wait_for_job(job_name)
    assert job["JOB_STATUS"] == "Completed", job
    endpoint = fresh_name("Texts")
    sme.deploy(job_name, endpoint)
    sme.wait_for_endpoint(endpoint)
    rows = sme.connection.execute(
        f'SELECT "{sme.data_schema}"."{endpoint}"(MESSAGE) '
        f"FROM {sme.data_schema}.MESSAGES WHERE PART = 'test'"
    )
    names = rows.col_names
    answers = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    subjects = dict(
        sme.connection.execute(
            f"SELECT MESSAGE, SUBJECT FROM {sme.data_schema}.MESSAGES WHERE PART = 'test'"
        ).fetchall()
    )
    right = [answer["PREDICTIONS"] == subjects[answer["MESSAGE"]] for answer in answers]
    assert len(answers) == 100
    assert np.mean(right) > 0.9
    sme.delete(endpoint)


def test_a_forecast_is_trained_with_all_its_options(sme, forecast_job, sagemaker):
    job = sme.wait_for_job(forecast_job)
    assert job["JOB_STATUS"] == "Completed", job
    described = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=forecast_job)
    config = described["AutoMLProblemTypeConfig"]["TimeSeriesForecastingJobConfig"]
    assert config["Transformations"] == {
        "Filling": {"SOLD": {"middlefill": "value", "middlefill_value": "2"}},
        "Aggregation": {"SOLD": "avg"},
    }
    metric = described["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]
    assert metric["MetricName"] == "WAPE"
    assert metric["Value"] < 0.05


def test_a_model_of_dbt_holds_the_next_steps_of_every_series(sme, forecast_job, sales):
    assert sme.wait_for_job(forecast_job)["JOB_STATUS"] == "Completed"
    endpoint = fresh_name("Forecast")
    sme.deploy(forecast_job, endpoint)
    assert sme.wait_for_endpoint(endpoint)["STATUS"] == "InService"
    past = f'api.Relation.create(schema="{sme.data_schema}", identifier="SALES")'
    sme.dbt.write(
        "models/next_sales.sql",
        "{{ config(materialized='table') }}\n"
        f"select * from {{{{ sme.forecast('{endpoint}', {past}) }}}}",
    )
    sme.dbt.run("run", "-s", "next_sales")
    statement = sme.connection.execute(
        f"SELECT PRODUCT, SHOP, TO_CHAR(SALE_DATE, 'YYYY-MM-DD') AS SALE_DATE, P5, P95, MEAN "
        f"FROM {sme.dbt.schema}.NEXT_SALES"
    )
    forecast = pd.DataFrame(statement.fetchall(), columns=statement.col_names)
    merged = forecast.merge(sales, on=["PRODUCT", "SHOP", "SALE_DATE"])
    assert len(merged) == len(forecast) == 3 * HORIZON
    error = (merged["SOLD"] - merged["MEAN"]).abs().mean()
    constant = merged["SOLD"] - merged.groupby(["PRODUCT", "SHOP"])["SOLD"].transform("mean")
    assert error < constant.abs().mean() / 2
    assert (merged["P5"] < merged["P95"]).all()
    sme.delete(endpoint)
    assert "E-SME-20" in sme.dbt.run("run", "-s", "next_sales", exit_code=1)
