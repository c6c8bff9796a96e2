"""What the report measures, from counts that the database has made. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# As in the gate sme.no_drift: a bin without rows counts as this share.
LEAST_SHARE = 0.0001


@dataclass(frozen=True)
class Chance:
    """How many positives and negatives were given this probability of being positive."""

    probability: float
    positives: int
    negatives: int


@dataclass(frozen=True)
class Point:
    """What decisions are like if they are positive from this probability on."""

    threshold: float
    true_positives: int
    false_positives: int
    positives: int
    negatives: int

    @property
    def recall(self) -> float:
        return self.true_positives / self.positives

    @property
    def false_alarm_rate(self) -> float:
        return self.false_positives / self.negatives

    @property
    def precision(self) -> float:
        """1 where nothing is decided positive: no decision was wrong."""
        decided = self.true_positives + self.false_positives
        return self.true_positives / decided if decided else 1.0


@dataclass(frozen=True)
class Bin:
    """Rows of about the same probability, and what came true."""

    expected: float
    observed: float
    rows: int


def points(chances: Sequence[Chance]) -> list[Point]:
    """Decisions at all thresholds, from never to always positive.

    Empty unless there are both positives and negatives.
    """
    positives = sum(chance.positives for chance in chances)
    negatives = sum(chance.negatives for chance in chances)
    if not positives or not negatives:
        return []
    found = [Point(math.inf, 0, 0, positives, negatives)]
    for chance in sorted(chances, key=lambda chance: -chance.probability):
        last = found[-1]
        found.append(
            Point(
                chance.probability,
                last.true_positives + chance.positives,
                last.false_positives + chance.negatives,
                positives,
                negatives,
            )
        )
    return found


def area_under_roc(curve: Sequence[Point]) -> float:
    return sum(
        (right.false_alarm_rate - left.false_alarm_rate) * (right.recall + left.recall) / 2
        for left, right in pairwise(curve)
    )


def average_precision(curve: Sequence[Point]) -> float:
    return sum((right.recall - left.recall) * right.precision for left, right in pairwise(curve))


def calibration(chances: Sequence[Chance], bins: int = 10) -> list[Bin]:
    """Bins of equal width of the probability, those that have rows."""
    grouped: dict[int, list[Chance]] = {}
    for chance in chances:
        grouped.setdefault(min(int(chance.probability * bins), bins - 1), []).append(chance)
    found = []
    for _, part in sorted(grouped.items()):
        rows = sum(chance.positives + chance.negatives for chance in part)
        expected = sum(c.probability * (c.positives + c.negatives) for c in part) / rows
        found.append(Bin(expected, sum(chance.positives for chance in part) / rows, rows))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """How far probabilities are from what came true, on average over all rows."""
    return sum(b.rows * abs(b.expected - b.observed) for b in bins) / sum(b.rows for b in bins)


def stability_index(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Population stability index of two distributions over the same bins."""
    total = 0.0
    for key in {*before, *now}:
        old = max(before.get(key, 0) / sum(before.values()), LEAST_SHARE)
        new = max(now.get(key, 0) / sum(now.values()), LEAST_SHARE)
        total += (new - old) * math.log(new / old)
    return total


def is_better_lower(metric: str) -> bool:
    """Whether a metric of Autopilot measures an error."""
    errors = {"mse", "rmse", "mae", "logloss", "mape", "mase", "wape", "inferencelatency"}
    return metric.lower().replace(" ", "") in errors | {"averageweightedquantileloss"}
