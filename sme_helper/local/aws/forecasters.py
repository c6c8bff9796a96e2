"""What forecasts: models of all series of a panel together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .forecast_spec import Frequency
from .series import Panel, moved

_SEED = 20240501
_MOST_EXAMPLES = 15_000
_LAGS = 4


class Forecaster(Protocol):
    """Learns from a panel, and predicts the steps that follow on this or another panel."""

    def fit(self, panel: Panel, horizon: int, season: int) -> None: ...

    def predict(self, panel: Panel, horizon: int) -> np.ndarray:
        """Series x horizon."""


def season_length(frequency: Frequency, length: int) -> int:
    """Steps in a day (of hours and minutes), a week (of days) or a year; 1 for none."""
    count = frequency.count
    cycle = {"min": 1440 // count, "H": 24 // count, "D": 7, "W": 52 // count, "M": 12 // count}
    season = cycle.get(frequency.unit, 1)
    if frequency.unit == "D" and count > 1:
        season = 1
    return season if season >= 1 and 2 * season <= length else 1


def levels_and_scales(values: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of the steps up to each step, over a season; never a spread of zero."""
    window = max(season, _LAGS)
    known = ~np.isnan(values)
    sums = _windowed(np.where(known, values, 0.0), window)
    squares = _windowed(np.where(known, values, 0.0) ** 2, window)
    counts = _windowed(known.astype(float), window)
    with np.errstate(invalid="ignore", divide="ignore"):
        level = np.where(counts > 0, sums / counts, np.nan)
        variance = np.maximum(squares / counts - level**2, 0.0)
    return level, np.maximum(np.sqrt(variance), 0.01 * np.abs(level) + 1e-9)


def _windowed(values: np.ndarray, window: int) -> np.ndarray:
    """The sums of the last `window` steps."""
    sums = np.cumsum(values, axis=1)
    sums[:, window:] = sums[:, window:] - sums[:, :-window]
    return sums


@dataclass
class LagModel:
    """A regression of the next steps on the last ones, the last seasons and the calendar."""

    estimator: Any
    season: int = 1
    used: np.ndarray | None = None
    """Numbers of the features that had any value in the training; None before it."""

    def fit(self, panel: Panel, horizon: int, season: int) -> None:
        self.season = season
        series, origins, steps = self._examples(panel, horizon)
        if len(series) < _LAGS:
            return  # too little to learn from: predict the level
        level, scale = levels_and_scales(panel.values, season)
        truth = panel.values[series, origins + steps]
        wanted = (truth - level[series, origins]) / scale[series, origins]
        features = self._features(panel, series, origins, steps)
        self.used = np.flatnonzero(~np.isnan(features).all(axis=0))
        self.estimator.fit(features[:, self.used], wanted)

    def predict(self, panel: Panel, horizon: int) -> np.ndarray:
        count, last = len(panel.values), panel.length - 1
        series = np.repeat(np.arange(count), horizon)
        steps = np.tile(np.arange(1, horizon + 1), count)
        level, scale = levels_and_scales(panel.values, self.season)
        change = np.zeros(len(series))
        if self.used is not None:
            features = self._features(panel, series, np.full(len(series), last), steps)
            change = self.estimator.predict(features[:, self.used])
        predicted = level[series, last] + change * scale[series, last]
        return predicted.reshape(count, horizon)

    def _examples(self, panel: Panel, horizon: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Series, origin and steps ahead of what can be learnt from; a sample if it is much."""
        count, length = panel.values.shape
        total = count * length * horizon
        if total <= 4 * _MOST_EXAMPLES:
            drawn = np.arange(total)
        else:
            drawn = np.random.default_rng(_SEED).integers(0, total, 4 * _MOST_EXAMPLES)
        series, rest = np.divmod(drawn, length * horizon)
        origins, steps = np.divmod(rest, horizon)
        steps += 1
        ends = np.minimum(origins + steps, length - 1)
        usable = (origins + steps < length) & ~np.isnan(panel.values[series, ends])
        usable &= ~np.isnan(panel.values[series, np.maximum(origins - 1, 0)]) & (origins > 0)
        chosen = np.flatnonzero(usable)
        if len(chosen) > _MOST_EXAMPLES:
            chosen = np.random.default_rng(_SEED).choice(chosen, _MOST_EXAMPLES, replace=False)
        return series[chosen], origins[chosen], steps[chosen]

    def _features(
        self, panel: Panel, series: np.ndarray, origins: np.ndarray, steps: np.ndarray
    ) -> np.ndarray:
        level, scale = levels_and_scales(panel.values, self.season)
        at_origin, spread = level[series, origins], scale[series, origins]

        def relative(positions: np.ndarray, values: np.ndarray = panel.values) -> np.ndarray:
            found = np.where(positions >= 0, values[series, np.maximum(positions, 0)], np.nan)
            return (found - at_origin) / spread

        seasons = -(-steps // self.season)
        same_phase = origins + steps - seasons * self.season
        columns = [relative(origins - lag) for lag in range(_LAGS)]
        columns += [relative(same_phase - back * self.season) for back in range(3)]
        columns += [relative(origins - max(self.season, _LAGS), level), steps]
        columns += _calendar(panel, series, origins + steps - (panel.length - 1))
        known = panel.covariates[series, origins + steps]
        return np.column_stack([*columns, known])


def _calendar(panel: Panel, series: np.ndarray, after_end: np.ndarray) -> list[np.ndarray]:
    """Month, day of the week and hour, as far as the frequency has them."""
    unit = panel.frequency.unit
    distinct, places = np.unique(after_end, return_inverse=True)
    features = {"M": ["month"], "W": ["month"], "Y": []}.get(unit, ["month", "dayofweek", "hour"])
    grids = {name: np.empty((len(panel.ends), len(distinct))) for name in features}
    for column, steps in enumerate(distinct.tolist()):
        times = moved(panel.ends, steps, panel.frequency)
        for name in features:
            grids[name][:, column] = getattr(times, name)
    return [grid[series, places] for grid in grids.values()]


@dataclass
class SeasonalMean:
    """The mean of the same phase in the last seasons."""

    seasons: int
    season: int = 1

    def fit(self, panel: Panel, horizon: int, season: int) -> None:
        self.season = season

    def predict(self, panel: Panel, horizon: int) -> np.ndarray:
        steps = np.arange(1, horizon + 1)
        first = panel.length - 1 + steps - (-(-steps // self.season)) * self.season
        found = []
        for back in range(self.seasons):
            positions = first - back * self.season
            values = np.where(positions >= 0, panel.values[:, np.maximum(positions, 0)], np.nan)
            found.append(values)
        level, _ = levels_and_scales(panel.values, self.season)
        stacked = np.stack(found)
        counts = (~np.isnan(stacked)).sum(axis=0)
        means = np.nansum(stacked, axis=0) / np.maximum(counts, 1)
        return np.where(counts > 0, means, level[:, -1:])


@dataclass
class ExponentialSmoothing:
    """Holt and Winters: level, damped trend and additive season, smoothed."""

    season: int = 1
    weights: tuple[float, float, float] = (0.3, 0.05, 0.2)

    _DAMPING = 0.98
    _GRID = tuple(
        (level, trend, season)
        for level in (0.1, 0.3, 0.6)
        for trend in (0.0, 0.05, 0.2)
        for season in (0.1, 0.4)
    )

    def fit(self, panel: Panel, horizon: int, season: int) -> None:
        self.season = season
        self.weights = min(self._GRID, key=lambda weights: self._run(panel.values, weights)[3])

    def predict(self, panel: Panel, horizon: int) -> np.ndarray:
        level, trend, seasonal, _ = self._run(panel.values, self.weights)
        steps = np.arange(1, horizon + 1)
        damped = np.cumsum(self._DAMPING**steps)
        phases = (panel.length - 1 + steps) % self.season
        return level[:, None] + trend[:, None] * damped + seasonal[:, phases]

    def _run(
        self, values: np.ndarray, weights: tuple[float, float, float]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Level, trend and season at the end, and the mean squared error of one step ahead."""
        by_level, by_trend, by_season = weights
        known = ~np.isnan(values)
        first = known.argmax(axis=1)
        level = values[np.arange(len(values)), first]
        trend = np.zeros(len(values))
        seasonal = np.zeros((len(values), self.season))
        _, scale = levels_and_scales(values, self.season)
        errors, count = 0.0, 0
        for step in range(values.shape[1]):
            phase = step % self.season
            ahead = level + self._DAMPING * trend
            expected = ahead + seasonal[:, phase]
            error = np.where(known[:, step], values[:, step] - expected, 0.0)
            level = np.where(step < first, level, ahead + by_level * error)
            trend = np.where(
                step < first, trend, self._DAMPING * trend + by_level * by_trend * error
            )
            if self.season > 1:
                seasonal[:, phase] += by_season * (1 - by_level) * error
            errors += float(np.sum((error / scale[:, -1]) ** 2))
            count += int(known[:, step].sum())
        return level, trend, seasonal, errors / max(count, 1)


@dataclass
class Ensemble:
    """The mean of several models."""

    members: list[Forecaster]

    def fit(self, panel: Panel, horizon: int, season: int) -> None:
        for member in self.members:
            member.fit(panel, horizon, season)

    def predict(self, panel: Panel, horizon: int) -> np.ndarray:
        return np.mean([member.predict(panel, horizon) for member in self.members], axis=0)


@dataclass(frozen=True)
class ForecastRecipe:
    """One kind of candidate, and Autopilot's algorithms that it takes the place of."""

    name: str
    stands_for: frozenset[str]
    make: Callable[[], Forecaster]


def _boosting() -> LagModel:
    return LagModel(
        HistGradientBoostingRegressor(max_iter=100, learning_rate=0.1, random_state=_SEED)
    )


def _linear() -> LagModel:
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return LagModel(make_pipeline(fill, StandardScaler(), Ridge(alpha=1.0)))


def _ensemble() -> Ensemble:
    return Ensemble([_boosting(), _linear(), ExponentialSmoothing()])


RECIPES = (
    ForecastRecipe("GradientBoosting", frozenset({"cnn-qr", "deepar"}), _boosting),
    ForecastRecipe("LinearLags", frozenset({"arima", "prophet"}), _linear),
    ForecastRecipe("ExponentialSmoothing", frozenset({"ets"}), ExponentialSmoothing),
    ForecastRecipe("SeasonalMean", frozenset({"npts"}), lambda: SeasonalMean(3)),
    ForecastRecipe("SeasonalNaive", frozenset({"npts"}), lambda: SeasonalMean(1)),
)
ENSEMBLE = ForecastRecipe("Ensemble", frozenset(), _ensemble)


def choose(algorithms: tuple[str, ...], count: int | None) -> list[ForecastRecipe]:
    """The recipes to train; of all algorithms the ensemble is the first."""
    if not algorithms:
        return [ENSEMBLE, *RECIPES][:count]
    return [recipe for recipe in RECIPES if recipe.stands_for & set(algorithms)][:count]
