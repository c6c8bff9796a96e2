"""Texts and time series, from a table to predictions."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from .. import pages
from .batch_calls import Batch
from .conftest import fresh_name

HORIZON, DAYS = 7, 140
SERIES = ["PRODUCT", "SHOP", "REGION"]
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
    """Daily series with a week's rhythm, named by three columns of which no two are enough.

    Table SALES ends before the last HORIZON days, which are what this gives.
    """
    random = np.random.default_rng(11)
    days = np.arange(DAYS + HORIZON)
    dates = pd.date_range("2024-01-01", periods=len(days))
    names = [
        ("apple", 1, "north"),
        ("apple", 2, "north"),
        ("apple", 1, "south"),
        ('pear, "green" ü', 1, "south"),
    ]
    frame = pd.concat(
        pd.DataFrame(
            {
                "SHOP": shop,
                "PRODUCT": product,
                "REGION": region,
                "SALE_DATE": dates.strftime("%Y-%m-%d"),
                "SOLD": (
                    50 * (number + 1)
                    + 12 * np.sin(2 * np.pi * (days + number) / 7)
                    + random.normal(0, 1, len(days))
                ).round(2),
            }
        )
        for number, (product, shop, region) in enumerate(names)
    ).reset_index(drop=True)
    past = frame.groupby(SERIES, sort=False).head(DAYS)
    sme.connection.execute(
        f"CREATE TABLE {sme.data_schema}.SALES "
        "(SHOP DECIMAL(4,0), PRODUCT VARCHAR(50), REGION VARCHAR(9), SALE_DATE DATE, "
        "SOLD DECIMAL(18,2))"
    )
    sme.connection.import_from_pandas(past, (sme.data_schema, "SALES"))
    return frame.drop(past.index)


TRAIN_BOTH = """{% macro train_both(forecast, texts) %}
  {% do sme.train(**forecast) %}
  {% do sme.train(**texts) %}
{% endmacro %}"""


@pytest.fixture(scope="module")
def jobs(sme, sales, messages) -> dict[str, str]:
    """A forecast and a classification of texts, trained by dbt with all their options."""
    texts, forecast = (
        yaml.safe_load(block) for block in pages.blocks("docs/texts-and-forecasts.md", "yaml")
    )
    limits = {"max_candidates": 1}
    texts |= {
        "job_name": fresh_name("Texts"),
        "query": texts["query"].replace("helpdesk", sme.data_schema),
        "objective": "Accuracy",
        **limits,
    }
    forecast |= {
        "job_name": fresh_name("Series"),
        "relation": forecast["relation"].replace("shops", sme.data_schema),
        "objective": "WAPE",
        "algorithms": ["ets", "prophet"],
        "max_runtime_for_automl_job_in_seconds": 900,
        "max_runtime_per_training_job_in_seconds": 300,
        **limits,
    }
    sme.dbt.write("macros/train_both.sql", TRAIN_BOTH)
    arguments = json.dumps({"forecast": forecast, "texts": texts})
    sme.dbt.run("run-operation", "train_both", "--args", arguments)
    (sme.dbt.path / "macros" / "train_both.sql").unlink()
    return {"forecast": forecast["job_name"], "texts": texts["job_name"]}


def configured(sagemaker, job_name, member):
    job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job_name)
    return job, job["AutoMLProblemTypeConfig"][member]


def test_texts_are_classified_from_a_table_to_predictions(sme, jobs, sagemaker):
    job_name = jobs["texts"]
    job, config = configured(sagemaker, job_name, "TextClassificationJobConfig")
    assert config == {
        "CompletionCriteria": {"MaxCandidates": 1},
        "ContentColumn": "MESSAGE",
        "TargetLabelColumn": "SUBJECT",
    }
    assert job["AutoMLJobObjective"] == {"MetricName": "Accuracy"}
    assert job["DataSplitConfig"] == {"ValidationFraction": 0.25}
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

    query = f"SELECT * FROM {sme.data_schema}.MESSAGES WHERE PART = 'test'"
    source = {"input_schema_name": None, "input_table_or_view_name": None, "input_query": query}
    columns, in_batch = Batch(sme, job_name).predict(key_columns=["MESSAGE_ID"], **source)
    by_endpoint = sme.connection.execute(
        f'SELECT "{sme.data_schema}"."{endpoint}"(MESSAGE_ID, MESSAGE) FROM ({query}) ORDER BY 1'
    )
    assert list(columns.values()) == list(by_endpoint.columns().values())
    assert in_batch == by_endpoint.fetchall()
    sme.delete(endpoint)


def test_a_forecast_is_trained_with_all_its_options(sme, jobs, sagemaker):
    job = sme.wait_for_job(jobs["forecast"])
    assert job["JOB_STATUS"] == "Completed", job
    described, config = configured(sagemaker, jobs["forecast"], "TimeSeriesForecastingJobConfig")
    assert config == {
        "CompletionCriteria": {
            "MaxCandidates": 1,
            "MaxAutoMLJobRuntimeInSeconds": 900,
            "MaxRuntimePerTrainingJobInSeconds": 300,
        },
        "ForecastFrequency": "1D",
        "ForecastHorizon": HORIZON,
        "ForecastQuantiles": ["p5", "p95"],
        "Transformations": {
            "Filling": {"SOLD": {"middlefill": "value", "middlefill_value": "2"}},
            "Aggregation": {"SOLD": "avg"},
        },
        "TimeSeriesConfig": {
            "TargetAttributeName": "SOLD",
            "TimestampAttributeName": "SALE_DATE",
            "ItemIdentifierAttributeName": "PRODUCT",
            "GroupingAttributeNames": ["SHOP", "REGION"],
        },
        "HolidayConfig": [{"CountryCode": "DE"}],
        "CandidateGenerationConfig": {
            "AlgorithmsConfig": [{"AutoMLAlgorithms": ["ets", "prophet"]}]
        },
    }
    assert described["AutoMLJobObjective"] == {"MetricName": "WAPE"}
    metric = described["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]
    assert metric["MetricName"] == "WAPE"
    assert metric["Value"] < 0.05


def built(sme, table):
    statement = sme.connection.execute(f"SELECT * FROM {sme.dbt.schema}.{table}")
    return pd.DataFrame(statement.fetchall(), columns=statement.col_names)


def test_a_model_of_dbt_holds_the_next_steps_of_every_series(sme, jobs, sales):
    endpoint = fresh_name("Forecast")
    past = f'api.Relation.create(schema="{sme.data_schema}", identifier="SALES")'
    model, plain_sql = pages.blocks("docs/texts-and-forecasts.md", "sql")
    sme.dbt.write(
        "models/next_sales.sql",
        "{{ config(materialized='table') }}\n"
        + model.replace("NextSales", endpoint).replace("ref('sales')", past),
    )
    # Before there is an endpoint, as sme.predict: a text to look at, an empty table, an error.
    sme.dbt.run("compile", "-s", "next_sales")

    assert sme.wait_for_job(jobs["forecast"])["JOB_STATUS"] == "Completed"
    sme.deploy(jobs["forecast"], endpoint)
    assert sme.wait_for_endpoint(endpoint)["STATUS"] == "InService"
    sme.dbt.run("run", "-s", "next_sales")
    forecast = built(sme, "NEXT_SALES")
    assert list(forecast) == ["PRODUCT", "SHOP", "REGION", "SALE_DATE", "P5", "P95", "MEAN"]
    forecast["SALE_DATE"] = forecast["SALE_DATE"].str[:10]
    merged = forecast.merge(sales, on=[*SERIES, "SALE_DATE"], validate="one_to_one")
    assert len(merged) == len(forecast) == 4 * HORIZON
    error = (merged["SOLD"] - merged["MEAN"]).abs().mean()
    constant = merged["SOLD"] - merged.groupby(SERIES)["SOLD"].transform("mean")
    assert error < constant.abs().mean() / 2
    assert (merged["P5"] < merged["P95"]).all()
    names = {
        "SME.SME_": f"{sme.schema}.SME_",
        "SME_AWS": sme.aws_connection,
        "eu-central-1": sme.region,
        "NextSales": endpoint,
        "SHOPS": sme.data_schema,
    }
    for name, replacement in names.items():
        plain_sql = plain_sql.replace(name, replacement)
    in_plain_sql = sme.connection.execute(plain_sql).fetchall()
    assert sorted(row[-3:] for row in in_plain_sql) == sorted(
        forecast[["P5", "P95", "MEAN"]].itertuples(index=False, name=None)
    )

    sme.dbt.run("run", "--empty", "-s", "next_sales")
    assert len(built(sme, "NEXT_SALES")) == 0

    sme.delete(endpoint)
    assert "E-SME-20" in sme.dbt.run("run", "-s", "next_sales", exit_code=1)
    sme.dbt.run("run", "--empty", "-s", "next_sales")
    empty = built(sme, "NEXT_SALES")
    assert len(empty) == 0
    assert list(empty) == list(forecast)
    (sme.dbt.path / "models" / "next_sales.sql").unlink()
