"""From a session of the database to the report in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sme_helper.errors import HelperError
from sme_helper.report import page
from sme_helper.report.figures import as_png
from sme_helper.report.reading import (
    Predictions,
    Query,
    Report,
    chosen,
    read_candidates,
    read_drift,
    read_importance,
    read_predictions,
    read_versions,
)

# Asks AWS for what the registry should have; called with the registry's row of a job.
Refresh = Callable[[Mapping[str, Any]], object]


def read_report(
    query: Query,
    schema: str,
    model: str,
    version: int | None = None,
    predictions: Predictions | None = None,
    refresh: Mapping[str, Refresh] | None = None,
) -> Report:
    """Reads all that a report shows.

    Args:
        refresh: for `candidates` and `importance`, what brings the registry up to date. Where AWS
            refuses, what the registry has is shown, or why there is nothing.

    Raises:
        HelperError: E-SME-181 (no such model or version), E-SME-182 (no such table or column).
    """
    versions, rows = read_versions(query, schema, model)
    job = chosen(versions, rows, version)
    report = Report(job["model_name"] or job["job_name"], job, versions)
    for part, ask in (refresh or {}).items():
        try:
            ask(job)
        except HelperError as error:
            report.missing[part] = str(error)
    report.candidates = read_candidates(query, schema, job["job_name"])
    report.importance = read_importance(query, schema, job["job_name"])
    if predictions:
        read_predictions(query, report, predictions)
        if predictions.reference:
            features = [name for name, _ in report.importance]
            tables = (predictions.relation, predictions.reference)
            report.drift = read_drift(query, *tables, features)
            if not report.drift:
                report.missing["drift"] = (
                    "{} and {} share no column that the model looks at, or no values in one. Keep "
                    "the features beside the predictions."
                ).format(*tables)
    return report


def write_page(report: Report, figures: Mapping[str, Figure], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page.html(report, figures, datetime.now()), encoding="utf-8")


def write_pictures(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """One PNG for each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in figures.items():
        file = folder / f"{name}.png"
        file.write_bytes(as_png(figure))
        written.append(file)
    return written
