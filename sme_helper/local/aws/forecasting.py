"""Forecasting jobs: from a table to fitted, back-tested forecasts and their reports."""

from __future__ import annotations

import csv
import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from . import metrics
from .dataset import BadData, read_channel, read_named_request
from .fitting import FittedCandidate
from .forecast_spec import ForecastSpec
from .forecasters import Forecaster, ForecastRecipe, choose, levels_and_scales, season_length
from .inference import ContainerError
from .job_spec import FORECASTING, OBJECTIVES, JobSpec
from .objects import ObjectStore
from .reports import to_json
from .series import Covariates, Panel, moved, read_rows, to_panel

__all__ = ["backtest_results", "choose", "fit", "impact_scores", "performance", "prepare"]

FEWEST_VALUES = 4
MEAN = "mean"


@dataclass
class ForecastProblem:
    """The data of a forecasting job, ready to train on."""

    objective: str
    spec: ForecastSpec
    covariates: Covariates
    panel: Panel
    season: int
    train_features: pa.Table
    type: str = FORECASTING


@dataclass
class Backtest:
    """The last steps as they were forecast before them: series x horizon."""

    truth: np.ndarray
    mean: np.ndarray
    quantiles: dict[str, np.ndarray]


def prepare(objects: ObjectStore, spec: JobSpec) -> ForecastProblem:
    """Reads a job's data.

    Raises:
        BadData: the data cannot be trained on.
    """
    forecast = spec.forecast
    assert forecast is not None
    table = read_channel(objects, spec.training)
    wanted = [*forecast.columns, *forecast.filling]
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise BadData(f"The columns {missing} were not found in the input dataset.")
    covariates = Covariates.of(table, forecast)
    rows = read_rows(table, forecast, covariates)
    if not rows.known_counts.any():
        raise BadData(f"The target column '{forecast.target}' has no values.")
    panel = to_panel(rows, forecast)
    if 4 * forecast.horizon > panel.length:
        raise BadData(
            f"The forecast horizon of {forecast.horizon} steps is too long: it must not exceed a "
            f"quarter of the {panel.length} time steps in the dataset."
        )
    return ForecastProblem(
        objective=spec.objective or OBJECTIVES[FORECASTING][0],
        spec=forecast,
        covariates=covariates,
        panel=panel,
        season=season_length(forecast.frequency, panel.length - 2 * forecast.horizon),
        train_features=table,
    )


def fit(recipe: ForecastRecipe, problem: ForecastProblem) -> FittedCandidate:
    """Trains one candidate, and measures what it had forecast before the last steps.

    A first model, which knows neither of the last two horizons, gives the spread of errors
    (from the last but one) and the metrics (from the last); the one to serve knows all.
    """
    horizon, panel = problem.spec.horizon, problem.panel
    with warnings.catch_warnings(), threadpool_limits(1, user_api="openmp"):
        warnings.simplefilter("ignore")  # empty columns: not the user's matter
        early = recipe.make()
        early.fit(panel.before_the_last(2 * horizon), horizon, problem.season)
        first = _relative_errors(early, panel.before_the_last(horizon), problem)
        second = _relative_errors(early, panel, problem)
        backtest = _backtest(early, problem, first)
        final = recipe.make()
        final.fit(panel, horizon, problem.season)
    measured = metrics.forecast(
        backtest.truth,
        backtest.mean,
        dict(zip(problem.spec.levels, backtest.quantiles.values(), strict=True)),
        _naive_errors(panel.before_the_last(horizon), problem.season),
    )
    if problem.objective not in measured:
        raise BadData(f"The objective metric {problem.objective} cannot be computed.")
    model = ForecastModel(
        spec=problem.spec,
        covariates=problem.covariates,
        forecaster=final,
        season=problem.season,
        relative_errors=np.concatenate([first, second]),
    )
    return FittedCandidate({"forecast": model}, {"Validation": measured}, backtest)


def _relative_errors(forecaster: Forecaster, panel: Panel, problem: ForecastProblem) -> np.ndarray:
    """The errors on the panel's last steps, known ones only, in units of each series' spread."""
    horizon = problem.spec.horizon
    earlier = panel.before_the_last(horizon)
    errors = panel.values[:, -horizon:] - forecaster.predict(earlier, horizon)
    relative = errors / _spread(earlier, problem.season)
    return relative[~np.isnan(relative)]


def _spread(panel: Panel, season: int) -> np.ndarray:
    """Series x 1."""
    _, scale = levels_and_scales(panel.values, season)
    return scale[:, -1:]


def _backtest(
    forecaster: Forecaster, problem: ForecastProblem, relative_errors: np.ndarray
) -> Backtest:
    horizon = problem.spec.horizon
    earlier = problem.panel.before_the_last(horizon)
    mean = forecaster.predict(earlier, horizon)
    quantiles = _quantiles(problem.spec, mean, _spread(earlier, problem.season), relative_errors)
    return Backtest(problem.panel.values[:, -horizon:], mean, quantiles)


def _quantiles(
    spec: ForecastSpec, mean: np.ndarray, spread: np.ndarray, relative_errors: np.ndarray
) -> dict[str, np.ndarray]:
    errors = relative_errors if len(relative_errors) else np.zeros(1)
    return {
        name: mean + spread * np.quantile(errors, level)
        for name, level in zip(spec.quantiles, spec.levels, strict=True)
    }


def _naive_errors(panel: Panel, season: int) -> np.ndarray:
    """For each series the mean absolute difference to the season before."""
    changes = np.abs(panel.values[:, season:] - panel.values[:, :-season])
    counts = (~np.isnan(changes)).sum(axis=1)
    return np.nansum(changes, axis=1) / np.maximum(counts, 1)


@dataclass
class ForecastModel:
    """A model in memory: a table of the past in, a table of the future out."""

    spec: ForecastSpec
    covariates: Covariates
    forecaster: Forecaster
    season: int
    relative_errors: np.ndarray

    def answer(self, body: bytes) -> bytes:
        """The CSV answer, with header, to CSV rows with header.

        Raises:
            ContainerError: the columns differ from those of the training, or a series has
                fewer than four values.
        """
        spec = self.spec
        try:
            table = read_named_request(body, [*spec.columns, *self.covariates.names])
            rows = read_rows(table, spec, self.covariates)
            too_short = rows.keys[rows.known_counts < FEWEST_VALUES]
            if len(too_short):
                raise BadData(
                    f"At least {FEWEST_VALUES} valid historical values are needed for each time "
                    f"series; {list(too_short.iloc[0])} has fewer."
                )
            panel = to_panel(rows, spec)
        except BadData as error:
            raise ContainerError(str(error)) from error
        with threadpool_limits(1, user_api="openmp"):
            mean = self.forecaster.predict(panel, spec.horizon)
        quantiles = _quantiles(spec, mean, _spread(panel, self.season), self.relative_errors)
        return _csv(spec, panel, {**quantiles, MEAN: mean})


def _csv(spec: ForecastSpec, panel: Panel, columns: dict[str, np.ndarray]) -> bytes:
    """One row for each series and step after the panel's end."""
    horizon = spec.horizon
    times = [moved(panel.ends, step, spec.frequency) for step in range(1, horizon + 1)]
    texts = np.column_stack([time.strftime("%Y-%m-%d %H:%M:%S") for time in times])
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*spec.keys, spec.timestamp, *columns])
    values = np.stack(list(columns.values()), axis=-1).tolist()
    for key, key_texts, key_values in zip(
        panel.keys.itertuples(index=False), texts, values, strict=True
    ):
        for time, numbers in zip(key_texts, key_values, strict=True):
            writer.writerow([*key, time, *numbers])
    return buffer.getvalue().encode()


def backtest_results(candidate: FittedCandidate, problem: ForecastProblem) -> dict[str, bytes]:
    """The last known steps beside what was forecast for them."""
    found: Backtest = candidate.details
    columns = {problem.spec.target: found.truth, **found.quantiles, MEAN: found.mean}
    earlier = problem.panel.before_the_last(problem.spec.horizon)
    return {"forecasted-values.csv": _csv(problem.spec, earlier, columns)}


def impact_scores(candidate: FittedCandidate, problem: ForecastProblem) -> dict[str, bytes]:
    """How much each covariate changes the forecast, from -1 to 1; no file without covariates."""
    model: ForecastModel = candidate.parts["forecast"]
    panel, horizon = problem.panel, problem.spec.horizon
    names = problem.covariates.names
    if not names:
        return {}
    intact = model.forecaster.predict(panel, horizon)
    spread = _spread(panel, problem.season)
    changes = {}
    for number, name in enumerate(names):
        without = panel.covariates.copy()
        without[:, :, number] = np.nanmean(without[:, :, number])
        other = Panel(panel.keys, panel.ends, panel.values, without, panel.frequency)
        moved_by = (intact - model.forecaster.predict(other, horizon)) / spread
        direction = np.sign(moved_by.mean()) or 1.0
        changes[name] = float(direction * np.abs(moved_by).mean())
    largest = max(map(abs, changes.values())) or 1.0
    scores = pd.Series(changes, name="impact_score") / largest
    return {"impact-scores.csv": scores.to_csv(index_label="attribute").encode()}


def performance(candidate: FittedCandidate, problem: ForecastProblem) -> dict[str, bytes]:
    """`statistics.json`: the metrics on the back-test."""
    measured: dict[str, Any] = {
        name: {"value": value} for name, value in candidate.metrics["Validation"].items()
    }
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": len(problem.panel.keys), "time_steps": problem.panel.length},
        "forecasting_metrics": measured,
    }
    return {"statistics.json": to_json(statistics)}
