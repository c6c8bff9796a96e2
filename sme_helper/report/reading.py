"""Reads what a report shows: what the rows of its queries become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sme_helper.errors import HelperError
from sme_helper.quoting import identifier, name_parts, quoted
from sme_helper.report import queries
from sme_helper.report.measures import Chance, stability_index

Rows = list[dict[str, Any]]
Query = Callable[[str], Rows]

MOST_DRIFTS = 12
NUMBERS = ("DECIMAL", "DOUBLE")


@dataclass(frozen=True)
class Predictions:
    """A table with predictions beside the truth, as a user names it.

    Attributes:
        threshold: from which probability on a row counts as positive.
        reference: a table to compare its columns with, usually the training data.
    """

    relation: str
    actual: str
    predicted: str = "PREDICTIONS"
    probability: str | None = None
    positive: str | None = None
    threshold: float = 0.5
    reference: str | None = None


@dataclass(frozen=True)
class Version:
    number: int | None
    job_name: str
    status: str
    metric_name: str | None
    metric_value: float | None
    started: datetime
    is_promoted: bool


@dataclass(frozen=True)
class Candidate:
    """`metrics` is by name and data set."""

    name: str
    status: str
    is_best: bool
    metric_name: str | None
    metric_value: float | None
    seconds: int | None
    metrics: dict[tuple[str, str], float]


@dataclass(frozen=True)
class Decisions:
    """Rows by what they are and what was decided at the threshold."""

    threshold: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


@dataclass(frozen=True)
class Drift:
    column: str
    index: float
    before: dict[str, int]
    now: dict[str, int]


@dataclass
class Report:
    """All that a page shows; a part without data is empty, and `missing` says why."""

    model: str
    job: dict[str, Any]
    versions: list[Version]
    candidates: list[Candidate] = field(default_factory=list)
    importance: list[tuple[str, float]] = field(default_factory=list)
    positive: str | None = None
    confusion: dict[tuple[str, str], int] = field(default_factory=dict)
    values: list[tuple[float, float]] = field(default_factory=list)
    chances: list[Chance] = field(default_factory=list)
    decisions: Decisions | None = None
    drift: list[Drift] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def is_regression(self) -> bool:
        return self.job["problem_type"] == "Regression"


def read_versions(query: Query, schema: str, model: str) -> tuple[list[Version], Rows]:
    """All trainings of a model (or the one of that name), oldest first, and their rows.

    Raises:
        HelperError: E-SME-181, there is none.
    """
    rows = query(queries.versions(schema, model))
    if not rows:
        raise HelperError(
            f"E-SME-181: The registry in {schema} has no model {model}, and no job of that name. "
            "`sme train` makes one; --schema names another registry."
        )
    return [_version(row) for row in rows], rows


def _version(row: dict[str, Any]) -> Version:
    number = row["model_version"]
    return Version(
        number=None if number is None else int(number),
        job_name=row["job_name"],
        status=row["status"] or "unknown",
        metric_name=row["best_metric_name"],
        metric_value=_number(row["best_metric_value"]),
        started=_moment(row["started"]),
        is_promoted=number is not None and number == row["promoted_version"],
    )


def chosen(versions: list[Version], rows: Rows, number: int | None) -> dict[str, Any]:
    """The row of the version to report: the given one, else the newest that is completed.

    Raises:
        HelperError: E-SME-181.
    """
    wanted = [
        row
        for version, row in zip(versions, rows, strict=True)
        if (version.number == number if number is not None else version.status == "Completed")
    ]
    if not wanted:
        what = "completed version" if number is None else f"version {number}"
        raise HelperError(
            f"E-SME-181: {rows[0]['model_name'] or rows[0]['job_name']} has no {what}: "
            + ", ".join(f"{v.number or v.job_name} is {v.status}" for v in versions)
        )
    return wanted[-1]


def read_candidates(query: Query, schema: str, job_name: str) -> list[Candidate]:
    """Those with a metric, the best first; then the others."""
    metrics: dict[str, dict[tuple[str, str], float]] = {}
    for row in query(queries.metrics(schema, job_name)):
        key = (row["metric_name"], row["data_set"] or "")
        metrics.setdefault(row["candidate_name"], {})[key] = float(row["metric_value"])
    return [
        Candidate(
            name=row["candidate_name"],
            status=row["candidate_status"] or "unknown",
            is_best=bool(row["is_best"]),
            metric_name=row["metric_name"],
            metric_value=_number(row["metric_value"]),
            seconds=None if row["training_seconds"] is None else int(row["training_seconds"]),
            metrics=metrics.get(row["candidate_name"], {}),
        )
        for row in query(queries.candidates(schema, job_name))
    ]


def read_importance(query: Query, schema: str, job_name: str) -> list[tuple[str, float]]:
    """Features of the best candidate, the most important first; over all labels the mean."""
    rows = query(queries.importance(schema, job_name))
    return [(row["feature_name"], float(row["importance"])) for row in rows]


def read_predictions(query: Query, report: Report, given: Predictions) -> None:
    """Puts in what the table of predictions shows, and says of the rest why it does not.

    Raises:
        HelperError: E-SME-182, a table or column is not there.
    """
    columns = _columns(query, given.relation)
    relation = quoted(_resolved(query, given.relation))
    actual = _column(given.relation, columns, given.actual)
    predicted = _column(given.relation, columns, given.predicted)
    if report.is_regression:
        found = query(queries.points(relation, actual, predicted))
        report.values = [(float(row["a"]), float(row["p"])) for row in found]
        return
    counted = query(queries.confusion(relation, actual, predicted))
    report.confusion = {(row["a"], row["p"]): int(row["n"]) for row in counted}
    if not given.probability or not given.positive:
        return
    judged = (
        relation,
        actual,
        _column(given.relation, columns, given.probability),
        given.positive,
    )
    report.positive = given.positive
    counted = query(queries.chances(*judged))
    report.chances = [Chance(float(r["chance"]), int(r["p"]), int(r["n"])) for r in counted]
    decided = query(queries.decisions(*judged, given.threshold))
    report.decisions = _decisions(given.threshold, decided)


def _decisions(threshold: float, rows: Rows) -> Decisions:
    counts = {(int(row["decided"]), int(row["actual"])): int(row["n"]) for row in rows}
    return Decisions(
        threshold,
        true_positives=counts.get((1, 1), 0),
        false_positives=counts.get((1, 0), 0),
        false_negatives=counts.get((0, 1), 0),
        true_negatives=counts.get((0, 0), 0),
    )


def read_drift(query: Query, relation: str, reference: str, features: list[str]) -> list[Drift]:
    """How the columns of two tables differ, the most different first.

    Args:
        features: which columns to look at first; all that both have, where it is empty.

    Raises:
        HelperError: E-SME-182, a table is not there.
    """
    before, now = _columns(query, reference), _columns(query, relation)
    common = [name for name in (features or before) if name in before and name in now]
    old, new = (quoted(_resolved(query, table)) for table in (reference, relation))
    found = []
    for name in common[:MOST_DRIFTS]:
        is_number = before[name].startswith(NUMBERS)
        bins = _number_bins(query, old, name) if is_number else _category_bins(query, old, name)
        counts = [_counts(query, table, bins) for table in (old, new)]
        if all(sum(count.values()) for count in counts):
            found.append(Drift(name, stability_index(*counts), *counts))
    return sorted(found, key=lambda drift: -drift.index)


def _number_bins(query: Query, table: str, name: str) -> str:
    """Tenths of the reference."""
    column = identifier(name)
    [row] = query(queries.tenths(table, column))
    bounds = sorted({float(value) for value in row.values() if value is not None})
    return queries.number_bins(column, bounds)


def _category_bins(query: Query, table: str, name: str) -> str:
    column = identifier(name)
    rows = query(queries.categories(table, column))
    return queries.category_bins(column, [row["c"] for row in rows if row["c"] is not None])


def _counts(query: Query, table: str, bins: str) -> dict[str, int]:
    return {row["bin"]: int(row["n"]) for row in query(queries.counts(table, bins))}


def read_threshold(query: Query, given: str) -> float:
    """A number, or the column THRESHOLD of a table with one row, as sme.best_threshold makes.

    Raises:
        HelperError: E-SME-182, E-SME-183.
    """
    try:
        return float(given)
    except ValueError:
        columns = _columns(query, given)
        column = _column(given, columns, "THRESHOLD")
        rows = query(queries.threshold(quoted(_resolved(query, given)), column))
        if len(rows) != 1 or rows[0]["t"] is None:
            raise HelperError(
                f"E-SME-183: {given} has {len(rows)} rows, but the threshold is the column "
                "THRESHOLD of a table with one row, as sme.best_threshold makes it."
            ) from None
        return float(rows[0]["t"])


def _resolved(query: Query, relation: str) -> tuple[str, str]:
    """Schema and name of a relation, in the open schema where it names none.

    Raises:
        HelperError: E-SME-182, it is no name, or names no schema and none is open.
    """
    try:
        parts = name_parts(relation)
    except ValueError as error:
        raise HelperError(f"E-SME-182: {error}") from None
    if len(parts) == 1:
        schema = query(queries.CURRENT_SCHEMA)[0]["s"]
        parts = (schema, *parts) if schema else parts
    if len(parts) != 2:
        raise HelperError(f"E-SME-182: {relation} must be schema.name.")
    return parts


def _columns(query: Query, relation: str) -> dict[str, str]:
    """Names and types. Raises HelperError, E-SME-182, for a relation that is not there."""
    schema, name = _resolved(query, relation)
    rows = query(queries.columns(schema, name))
    if not rows:
        raise HelperError(
            f"E-SME-182: There is no table or view {relation}, or you may not see it."
        )
    return {row["column_name"]: row["column_type"] for row in rows}


def _column(relation: str, columns: dict[str, str], given: str) -> str:
    """A column as it stands in SQL. Raises HelperError, E-SME-182."""
    try:
        [name] = name_parts(given)
    except ValueError:
        name = given
    if name not in columns:
        raise HelperError(
            f"E-SME-182: {relation} has no column {given}. It has: {', '.join(columns)}."
        )
    return identifier(name)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
