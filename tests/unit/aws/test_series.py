"""Rows of items and times become series: steps, aggregation, gaps and covariates."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sme_helper.local.aws import series
from sme_helper.local.aws.dataset import BadData
from sme_helper.local.aws.forecast_spec import ForecastSpec, Frequency


def spec(frequency="1D", **members) -> ForecastSpec:
    values = {
        "target": "y",
        "timestamp": "t",
        "item": "item",
        "groups": (),
        "frequency": Frequency.parse(frequency),
        "horizon": 2,
        **members,
    }
    return ForecastSpec(**values)


def table(rows: list[tuple], extra: str | None = None) -> pa.Table:
    names = ["item", "t", "y", *([extra] if extra else [])]
    columns = zip(*rows, strict=True)
    return pa.table(
        {
            name: pa.chunked_array([pa.array([None if v is None else str(v) for v in column])])
            for name, column in zip(names, columns, strict=True)
        }
    )


def panel_of(rows: list[tuple], asked: ForecastSpec, extra: str | None = None) -> series.Panel:
    read = table(rows, extra)
    covariates = series.Covariates.of(read, asked)
    return series.to_panel(series.read_rows(read, asked, covariates), asked)


def test_rows_in_any_order_become_steps():
    rows = [("a", "2024-01-03", 3), ("a", "2024-01-01", 1), ("a", "2024-01-02", 2)]
    panel = panel_of(rows, spec())
    assert panel.values.tolist() == [[1, 2, 3]]
    assert panel.ends[0] == pd.Timestamp("2024-01-03")


@pytest.mark.parametrize(
    ("method", "first_day"), [("sum", 9), ("avg", 3), ("first", 5), ("min", 1), ("max", 5)]
)
def test_values_within_a_step_become_one(method, first_day):
    rows = [
        ("a", "2024-01-01 12:30:00.000000", 1),
        ("a", "2024-01-01 08:00:00", 5),
        ("a", "2024-01-01 23:59:59", 3),
        ("a", "2024-01-02", 7),
    ]
    panel = panel_of(rows, spec(aggregation=method))
    assert panel.values.tolist() == [[first_day, 7]]


@pytest.mark.parametrize(
    ("filling", "filled"),
    [
        ({}, 0),
        ({"middlefill": "zero"}, 0),
        ({"middlefill": "mean"}, 4),
        ({"middlefill": "median"}, 3),
        ({"middlefill": "min"}, 2),
        ({"middlefill": "max"}, 7),
        ({"middlefill": "value", "middlefill_value": "1.5"}, 1.5),
    ],
)
def test_gaps_within_a_series_are_filled(filling, filled):
    rows = [("a", "2024-01-01", 2), ("a", "2024-01-02", 3), ("a", "2024-01-04", 7)]
    panel = panel_of(rows, spec(filling={"y": filling}))
    assert panel.values.tolist() == [[2, 3, filled, 7]]


def test_each_series_ends_at_its_own_last_value_unless_it_is_filled_up():
    rows = [
        ("a", "2024-01-01", 1),
        ("a", "2024-01-02", 2),
        ("b", "2024-01-03", 3),
        ("b", "2024-01-04", 4),
    ]
    panel = panel_of(rows, spec())
    assert list(panel.ends) == [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-04")]
    filled = panel_of(rows, spec(filling={"y": {"backfill": "mean"}}))
    assert set(filled.ends) == {pd.Timestamp("2024-01-04")}
    assert filled.values[0].tolist() == [1, 2, 1.5, 1.5]
    assert np.isnan(filled.values[1, :2]).all()


def test_known_future_covariates_reach_beyond_the_end_and_texts_become_codes():
    rows = [
        ("a", "2024-01-01", 1, "none"),
        ("a", "2024-01-02", 2, "sale"),
        ("a", "2024-01-03", None, "sale"),
        ("a", "2024-01-04", None, "none"),
    ]
    panel = panel_of(rows, spec(), "promotion")
    assert panel.values.tolist() == [[1, 2]]
    assert panel.covariates[0, :, 0].tolist() == [0, 1, 1, 0]


def test_unknown_future_covariates_stay_as_they_were_or_are_filled():
    rows = [("a", "2024-01-01", 1, 5), ("a", "2024-01-02", 2, 9)]
    panel = panel_of(rows, spec(), "price")
    assert panel.covariates[0, :, 0].tolist() == [5, 9, 9, 9]
    filling = {"price": {"futurefill": "mean"}}
    assert panel_of(rows, spec(filling=filling), "price").covariates[0, 2:, 0].tolist() == [7, 7]


def test_items_and_groups_together_tell_series_apart():
    asked = spec(groups=("shop",))
    rows = [("a", "2024-01-01", 1, "x"), ("a", "2024-01-01", 2, "y")]
    panel = panel_of(rows, asked, "shop")
    assert panel.keys.values.tolist() == [["a", "x"], ["a", "y"]]
    assert panel.values.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("frequency", "end", "later"),
    [
        ("15min", "2024-01-01 23:45", "2024-01-02 00:15"),
        ("6H", "2024-01-01 18:00", "2024-01-02 06:00"),
        ("1W", "2024-01-01", "2024-01-15"),
        ("1M", "2024-01-15", "2024-03-15"),
        ("1M", "2024-01-31", "2024-03-31"),
        ("1M", "2024-02-29", "2024-04-30"),
        ("3M", "2023-10-01", "2024-04-01"),
        ("Y", "2024-02-29", "2026-02-28"),
    ],
)
def test_times_go_on_after_the_end(frequency, end, later):
    times = pd.DatetimeIndex([end])
    moved = series.moved(times, 2, Frequency.parse(frequency))
    assert moved[0] == pd.Timestamp(later)
    back = series.steps_between(
        pd.Series(times), pd.Series(moved), Frequency.parse(frequency)
    ).tolist()
    assert back == [2]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("a", "tomorrow", 1), "'tomorrow'"),
        (("a", None, 1), "missing or not of the form"),
        ((None, "2024-01-01", 1), "'item', which identifies items, has missing"),
        (("a", "2024-01-01", "many"), "not numbers"),
    ],
)
def test_what_cannot_be_read_is_told(row, told):
    with pytest.raises(BadData, match=told):
        panel_of([("a", "2024-01-02", 1), row], spec())


def test_a_series_without_values_is_left_out():
    rows = [("a", "2024-01-01", None), ("b", "2024-01-01", 1), ("b", "2024-01-02", 2)]
    panel = panel_of(rows, spec())
    assert panel.keys["item"].tolist() == ["b"]
    assert panel.values.tolist() == [[1, 2]]
