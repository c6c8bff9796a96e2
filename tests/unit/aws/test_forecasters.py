"""Every kind of forecast follows season, trend and covariates; all metrics are right."""

import numpy as np
import pandas as pd
import pytest

from sme_helper.local.aws import forecasters, metrics
from sme_helper.local.aws.forecast_spec import Frequency
from sme_helper.local.aws.series import Panel

HORIZON, SEASON = 7, 7
ALL = [*forecasters.RECIPES, forecasters.ENSEMBLE]


def weekly(length: int, promotion: np.ndarray | None = None) -> np.ndarray:
    steps = np.arange(length)
    values = np.stack(
        [100 + 20 * np.sin(2 * np.pi * steps / 7), 10 + 5 * np.cos(2 * np.pi * steps / 7)]
    )
    noise = np.random.default_rng(5).normal(0, 0.5, values.shape)
    return values + noise + (0 if promotion is None else 15 * promotion)


def panel_of(values: np.ndarray, covariates: np.ndarray | None = None) -> Panel:
    count, length = values.shape
    if covariates is None:
        covariates = np.empty((count, length + HORIZON, 0))
    return Panel(
        keys=pd.DataFrame({"item": [str(number) for number in range(count)]}),
        ends=pd.DatetimeIndex(["2024-06-30"] * count),
        values=values,
        covariates=covariates,
        frequency=Frequency(1, "D"),
    )


@pytest.mark.parametrize("recipe", ALL, ids=lambda recipe: recipe.name)
def test_every_recipe_follows_the_season(recipe):
    values = weekly(120)
    past = panel_of(values[:, :-HORIZON])
    forecaster = recipe.make()
    forecaster.fit(past, HORIZON, SEASON)
    predicted = forecaster.predict(past, HORIZON)
    constant = np.abs(values[:, -HORIZON:] - past.values.mean(axis=1, keepdims=True)).mean()
    assert np.abs(values[:, -HORIZON:] - predicted).mean() < constant / 4


@pytest.mark.parametrize("recipe", ALL, ids=lambda recipe: recipe.name)
def test_every_recipe_copes_with_gaps_in_front_and_short_series(recipe):
    values = weekly(40)
    values[1, :33] = np.nan
    forecaster = recipe.make()
    forecaster.fit(panel_of(values), HORIZON, SEASON)
    assert np.isfinite(forecaster.predict(panel_of(values), HORIZON)).all()
    short = panel_of(values[:, -4:])
    assert np.isfinite(forecaster.predict(short, HORIZON)).all()


def test_known_promotions_of_the_future_are_followed():
    promotion = (np.random.default_rng(9).random(127) < 0.5).astype(float)
    values = weekly(127, promotion)
    covariates = np.repeat(promotion[np.newaxis, :, np.newaxis], 2, axis=0)
    past = panel_of(values[:, :-HORIZON], covariates)
    forecaster = forecasters.RECIPES[0].make()
    forecaster.fit(past, HORIZON, SEASON)
    assert promotion[-HORIZON:].any()
    none = panel_of(past.values, np.where(np.arange(127)[:, None] < 120, covariates, 0))
    gain = forecaster.predict(past, HORIZON) - forecaster.predict(none, HORIZON)
    assert gain[:, promotion[-HORIZON:] == 1].mean() > 5
    assert np.allclose(gain[:, promotion[-HORIZON:] == 0], 0)


@pytest.mark.parametrize(
    ("frequency", "season"),
    [("15min", 96), ("1H", 24), ("1D", 7), ("2D", 1), ("1W", 52), ("1M", 12), ("3M", 4), ("Y", 1)],
)
def test_the_season_follows_from_the_frequency(frequency, season):
    assert forecasters.season_length(Frequency.parse(frequency), 1000) == season
    assert forecasters.season_length(Frequency.parse(frequency), season) == 1


def test_algorithms_choose_their_recipes_and_the_count_is_kept():
    assert [recipe.name for recipe in forecasters.choose(("ets",), None)] == [
        "ExponentialSmoothing"
    ]
    assert forecasters.choose((), 1) == [forecasters.ENSEMBLE]
    assert len(forecasters.choose((), None)) == 6


def test_forecast_metrics_are_those_of_their_definitions():
    truth = np.array([[10.0, 20.0], [0.0, np.nan]])
    mean = np.array([[12.0, 16.0], [1.0, 5.0]])
    found = metrics.forecast(truth, mean, {0.9: mean}, naive=np.array([3.0, 2.0]))
    assert found["RMSE"] == pytest.approx(np.sqrt((4 + 16 + 1) / 3))
    assert found["WAPE"] == pytest.approx(7 / 30)
    assert found["MAPE"] == pytest.approx((0.2 + 0.2) / 2)
    assert found["MASE"] == pytest.approx((3 / 3 + 1 / 2) / 2)
    losses = 0.1 * 2 + 0.9 * 4 + 0.1 * 1
    assert found["AverageWeightedQuantileLoss"] == pytest.approx(2 * losses / 30)
