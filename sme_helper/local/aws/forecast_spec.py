"""What a TimeSeriesForecastingJobConfig asks for, checked as AWS checks it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .errors import unsupported, validation

ALGORITHMS = ("cnn-qr", "deepar", "prophet", "npts", "arima", "ets")
DEFAULT_QUANTILES = ("p10", "p50", "p90")
LONGEST_HORIZON = 500

_LARGEST_COUNT = {"min": 59, "H": 23, "D": 6, "W": 4, "M": 11, "Y": 1}
_FILLS = {
    "frontfill": ("none",),
    "middlefill": ("zero", "value", "median", "mean", "min", "max"),
    "backfill": ("zero", "value", "median", "mean", "min", "max"),
    "futurefill": ("zero", "value", "median", "mean", "min", "max"),
}


@dataclass(frozen=True)
class Frequency:
    """The length of a step: `count` times the unit Y, M, W, D, H or min."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Frequency:
        """Reads e.g. `15min`, `D` or `3M`; raises a ValidationException for all else."""
        found = re.fullmatch(r"(\d*)(min|H|D|W|M|Y)", text)
        count = int(found[1] or 1) if found else 0
        if not found or not 1 <= count <= _LARGEST_COUNT[found[2]]:
            raise validation(
                f"Invalid ForecastFrequency {text}. Valid are 1-59 min, 1-23 H, 1-6 D, 1-4 W, "
                "1-11 M and 1 Y."
            )
        return cls(count, found[2])


@dataclass(frozen=True)
class ForecastSpec:
    """What to forecast.

    Args:
        horizon: steps to predict.
        quantiles: their names, such as p10, in the order of the answer.
        filling: for a column, its filling methods and their values.
        aggregation: how target values within one step become one.
    """

    target: str
    timestamp: str
    item: str
    groups: tuple[str, ...]
    frequency: Frequency
    horizon: int
    quantiles: tuple[str, ...] = DEFAULT_QUANTILES
    filling: dict[str, dict[str, str]] = field(default_factory=dict)
    aggregation: str = "sum"

    @property
    def keys(self) -> list[str]:
        """The columns that tell one series from another."""
        return [self.item, *self.groups]

    @property
    def columns(self) -> list[str]:
        """The columns that every table of this job has."""
        return [*self.keys, self.timestamp, self.target]

    @property
    def levels(self) -> list[float]:
        """The quantiles as numbers between 0 and 1."""
        return [int(name[1:]) / 100 for name in self.quantiles]


def read(config: dict[str, Any]) -> ForecastSpec:
    """Reads a TimeSeriesForecastingJobConfig.

    Raises:
        AwsError: ValidationException, when its members contradict each other.
    """
    if config.get("FeatureSpecificationS3Uri"):
        raise unsupported("FeatureSpecificationS3Uri")
    series = config["TimeSeriesConfig"]
    transformations = config.get("Transformations") or {}
    quantiles = tuple(config.get("ForecastQuantiles") or DEFAULT_QUANTILES)
    spec = ForecastSpec(
        target=series["TargetAttributeName"],
        timestamp=series["TimestampAttributeName"],
        item=series["ItemIdentifierAttributeName"],
        groups=tuple(series.get("GroupingAttributeNames") or ()),
        frequency=Frequency.parse(config["ForecastFrequency"]),
        horizon=config["ForecastHorizon"],
        quantiles=quantiles,
        filling=transformations.get("Filling") or {},
        aggregation=_aggregation(transformations, series["TargetAttributeName"]),
    )
    if len(set(spec.columns)) < len(spec.columns):
        raise validation("The columns given in TimeSeriesConfig must differ from each other.")
    if spec.horizon > LONGEST_HORIZON:
        raise validation(f"ForecastHorizon must be less than or equal to {LONGEST_HORIZON}.")
    if len(set(quantiles)) < len(quantiles):
        raise validation("ForecastQuantiles must not contain duplicates.")
    for column, methods in spec.filling.items():
        _check_filling(spec, column, methods)
    return spec


def _aggregation(transformations: dict[str, Any], target: str) -> str:
    aggregations = transformations.get("Aggregation") or {}
    others = [column for column in aggregations if column != target]
    if others:
        raise validation(f"Aggregation is only supported for the target column, not for {others}.")
    return aggregations.get(target, "sum")


def _check_filling(spec: ForecastSpec, column: str, methods: dict[str, str]) -> None:
    if column in (*spec.keys, spec.timestamp):
        raise validation(f"Filling is not supported for the column {column}.")
    for name, method in methods.items():
        parameter = name.removesuffix("_value")
        if parameter not in _FILLS:
            raise validation(f"Invalid filling parameter {name}. Supported: {list(_FILLS)}")
        if name.endswith("_value"):
            _check_value(name, method)
        elif method not in _FILLS[name]:
            raise validation(
                f"Invalid filling method {method} for {name}. Supported: {list(_FILLS[name])}"
            )
        elif method == "value" and f"{name}_value" not in methods:
            raise validation(f"{name}_value must be provided when {name} is value.")
    if column == spec.target and "futurefill" in methods:
        raise validation("futurefill is not supported for the target column.")
    if column != spec.target and "frontfill" in methods:
        raise validation("frontfill is only supported for the target column.")


def _check_value(name: str, text: str) -> None:
    try:
        float(text)
    except ValueError:
        raise validation(f"{name} must be a number, not {text!r}.") from None
