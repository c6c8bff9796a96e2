"""Time series from tables: rows of items and times to series side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from .dataset import BadData, feature_frame, numbers, numeric_columns
from .forecast_spec import ForecastSpec, Frequency

MOST_VALUES = 20_000_000

_FIXED_STEPS = {"min": "1min", "H": "1h", "D": "1D", "W": "7D"}
_CODE, _TIME, _TARGET = "series", "time", "target"


@dataclass(frozen=True)
class Covariates:
    """The further columns: names of all, and the codes of each one's texts if it has texts."""

    names: tuple[str, ...]
    codes: dict[str, dict[str, int]]

    @classmethod
    def of(cls, table: pa.Table, spec: ForecastSpec) -> Covariates:
        """What a training table holds besides item, time and target."""
        names = tuple(name for name in table.column_names if name not in spec.columns)
        numeric = numeric_columns(table.select(list(names)))
        codes = {
            name: {
                text: code
                for code, text in enumerate(sorted(set(table.column(name).drop_null().to_pylist())))
            }
            for name in names
            if name not in numeric
        }
        return cls(names, codes)

    def values(self, table: pa.Table) -> np.ndarray:
        """Rows x covariates; NaN for what is missing or was never seen."""
        numeric = frozenset(self.names) - self.codes.keys()
        frame = feature_frame(table.select(list(self.names)), numeric)
        for name, codes in self.codes.items():
            frame[name] = [codes.get(text, np.nan) for text in frame[name]]
        return frame.to_numpy(float).reshape(table.num_rows, len(self.names))


@dataclass(frozen=True)
class Rows:
    """A table's rows, read and in the order of time: the step that each row lies in.

    Args:
        keys: a row for each series with what tells it from the others.
        frame: the number of the series, the time of the step and the target of each row.
        covariates: rows x names.
    """

    keys: pd.DataFrame
    frame: pd.DataFrame
    covariates: np.ndarray
    names: tuple[str, ...]

    @property
    def known_counts(self) -> np.ndarray:
        """How many target values each series has."""
        known = self.frame[_CODE][self.frame[_TARGET].notna()]
        return np.bincount(known, minlength=len(self.keys))


@dataclass(frozen=True)
class Panel:
    """Several series side by side; the last known value of each is in the last column.

    Args:
        keys: a row for each series with what tells it from the others.
        ends: the time of each series' last value.
        values: series x steps; NaN before a series begins.
        covariates: series x (steps + horizon) x covariates.
    """

    keys: pd.DataFrame
    ends: pd.DatetimeIndex
    values: np.ndarray
    covariates: np.ndarray
    frequency: Frequency

    @property
    def length(self) -> int:
        return self.values.shape[1]

    def before_the_last(self, steps: int) -> Panel:
        """The panel as it was so many steps ago; covariates were known ahead then, too."""
        return replace(
            self,
            ends=moved(self.ends, -steps, self.frequency),
            values=self.values[:, :-steps],
            covariates=self.covariates[:, :-steps],
        )


def read_rows(table: pa.Table, spec: ForecastSpec, covariates: Covariates) -> Rows:
    """Raises BadData when a key or time is missing, or a time or number cannot be read."""
    target = numbers(table.column(spec.target))
    if target is None:
        raise BadData(f"The target column '{spec.target}' has values that are not numbers.")
    key_frame = pd.DataFrame({name: table.column(name).to_pylist() for name in spec.keys})
    for name in spec.keys:
        if key_frame[name].isna().any():
            raise BadData(f"The column '{name}', which identifies items, has missing values.")
    grouped = key_frame.groupby(spec.keys, sort=True)
    times = _times(table, spec)
    frame = pd.DataFrame(
        {_CODE: grouped.ngroup(), _TIME: _step_starts(times, spec.frequency), _TARGET: target},
    )
    keys = key_frame.drop_duplicates().sort_values(spec.keys).reset_index(drop=True)
    order = times.argsort(kind="stable")
    frame = frame.iloc[order].reset_index(drop=True)
    return Rows(keys, frame, covariates.values(table)[order], covariates.names)


def _times(table: pa.Table, spec: ForecastSpec) -> pd.Series:
    texts = pd.Series(table.column(spec.timestamp).to_pylist(), dtype=object)
    times = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    wrong = texts[times.isna()]
    if len(wrong):
        raise BadData(
            f"The timestamp column '{spec.timestamp}' has {len(wrong)} values that are missing or "
            f"not of the form yyyy-MM-dd HH:mm:ss, such as {wrong.iloc[0]!r}."
        )
    return times


def _step_starts(times: pd.Series, frequency: Frequency) -> pd.Series:
    if frequency.unit in ("min", "H"):
        return times.dt.floor(f"{frequency.count}{frequency.unit.lower()}")
    return times.dt.normalize()


def to_panel(rows: Rows, spec: ForecastSpec) -> Panel:
    """Puts the values of all series that have some into steps, aggregates and fills them.

    Raises:
        BadData: there are too many steps.
    """
    frame, keys, covariates = _without_empty_series(rows)
    known = frame[frame[_TARGET].notna()]
    ends = known.groupby(_CODE)[_TIME].max()
    if "backfill" in spec.filling.get(spec.target, {}):
        ends[:] = ends.max()
    codes = frame[_CODE].to_numpy()
    back = steps_between(frame[_TIME], ends.iloc[codes].reset_index(drop=True), spec.frequency)
    length = int(back[frame[_TARGET].notna()].max()) + 1
    if length * len(keys) > MOST_VALUES:
        raise BadData(f"The dataset has {len(keys)} series of {length} steps, which are too many.")
    values = np.full((len(keys), length), np.nan)
    columns = length - 1 - back
    cells = frame.assign(column=columns).dropna(subset=[_TARGET]).groupby([_CODE, "column"])
    method = {"avg": "mean"}.get(spec.aggregation, spec.aggregation)
    aggregated = cells[_TARGET].agg(method)
    values[
        aggregated.index.get_level_values(0).to_numpy(),
        aggregated.index.get_level_values(1).to_numpy(),
    ] = aggregated.to_numpy()
    return Panel(
        keys=keys,
        ends=pd.DatetimeIndex(ends),
        values=_filled_target(values, spec.filling.get(spec.target, {})),
        covariates=_covariate_grid(
            codes, columns, covariates, (len(keys), length), spec, rows.names
        ),
        frequency=spec.frequency,
    )


def _without_empty_series(rows: Rows) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    kept = np.flatnonzero(rows.known_counts)
    if len(kept) == len(rows.keys):
        return rows.frame, rows.keys, rows.covariates
    new_codes = np.full(len(rows.keys), -1)
    new_codes[kept] = np.arange(len(kept))
    codes = new_codes[rows.frame[_CODE]]
    frame = rows.frame.assign(**{_CODE: codes})[codes >= 0].reset_index(drop=True)
    return frame, rows.keys.iloc[kept].reset_index(drop=True), rows.covariates[codes >= 0]


def steps_between(times: pd.Series, ends: pd.Series, frequency: Frequency) -> np.ndarray:
    """How many whole steps each time lies before its end; negative after it."""
    if frequency.unit in _FIXED_STEPS:
        step = pd.Timedelta(_FIXED_STEPS[frequency.unit]) * frequency.count
        return ((ends - times) // step).to_numpy()
    months = frequency.count * (12 if frequency.unit == "Y" else 1)
    apart = (ends.dt.year - times.dt.year) * 12 + ends.dt.month - times.dt.month
    return (apart // months).to_numpy()


def moved(times: pd.DatetimeIndex, steps: int, frequency: Frequency) -> pd.DatetimeIndex:
    """The times so many steps later. The ends of months stay ends of months."""
    if frequency.unit in _FIXED_STEPS:
        return times + pd.Timedelta(_FIXED_STEPS[frequency.unit]) * frequency.count * steps
    months = steps * frequency.count * (12 if frequency.unit == "Y" else 1)
    later = times + pd.DateOffset(months=months)
    return later + pd.offsets.MonthEnd(0) if times.is_month_end.all() else later


def _filled_target(values: np.ndarray, methods: dict[str, str]) -> np.ndarray:
    """Fills gaps within a series (with zero by default) and after its last value."""
    filled = values.copy()
    for series in filled:
        known = np.flatnonzero(~np.isnan(series))
        _fill(series, slice(known[0], known[-1]), methods, "middlefill", "zero")
        _fill(series, slice(known[-1], None), methods, "backfill", "zero")
    return filled


def _fill(
    series: np.ndarray,
    part: slice,
    methods: dict[str, str],
    parameter: str,
    default: str | None = None,
) -> None:
    """Fills what is missing in a part of a series, in place."""
    method = methods.get(parameter, default)
    missing = np.isnan(series[part])
    if method is None or not missing.any():
        return
    if method == "zero":
        value = 0.0
    elif method == "value":
        value = float(methods[f"{parameter}_value"])
    else:
        value = getattr(np, f"nan{method}")(series)
    series[part] = np.where(missing, value, series[part])


def _covariate_grid(
    codes: np.ndarray,
    columns: np.ndarray,
    covariates: np.ndarray,
    shape: tuple[int, int],
    spec: ForecastSpec,
    names: tuple[str, ...],
) -> np.ndarray:
    """Series x (steps + horizon) x covariates; what no fill method fills goes on unchanged."""
    count, length = shape
    grid = np.full((count, length + spec.horizon, len(names)), np.nan)
    inside = (columns >= 0) & (columns < length + spec.horizon)
    grid[codes[inside], columns[inside]] = covariates[inside]
    for number, name in enumerate(names):
        methods = spec.filling.get(name, {})
        for series in grid[:, :, number]:
            known = np.flatnonzero(~np.isnan(series[:length]))
            if len(known):
                _fill(series, slice(known[0], known[-1]), methods, "middlefill")
                _fill(series, slice(known[-1], length), methods, "backfill")
                _fill(series, slice(length, None), methods, "futurefill")
        grid[:, :, number] = pd.DataFrame(grid[:, :, number]).ffill(axis=1).to_numpy()
    return grid
