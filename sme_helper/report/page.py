"""The page of a report: what stands in it, and its HTML. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from sme_helper.report.figures import as_svg
from sme_helper.report.measures import calibration, calibration_error, is_better_lower
from sme_helper.report.reading import Report, Version

ASK_PREDICTIONS = "Name a table with predictions beside the truth: --predictions and --actual."
ASK_PROBABILITY = (
    "Name the probability of one label: --probability and --positive, of a table with a column for "
    "it, as sme.predict makes with probability_columns."
)
MOST_COLUMNS = 4


@dataclass(frozen=True)
class Row:
    cells: list[str]
    is_best: bool = False
    tag: str = ""


@dataclass(frozen=True)
class Table:
    """`numbers` are the places of columns that hold numbers."""

    head: list[str]
    rows: list[Row]
    numbers: set[int]


@dataclass(frozen=True)
class Section:
    """A part of the page: pictures, a table, or the reason why there is nothing to show."""

    id: str
    title: str
    reading: str = ""
    pictures: list[Markup] = field(default_factory=list)
    table: Table | None = None
    reason: str = ""


def html(report: Report, figures: Mapping[str, Figure], written: datetime) -> str:
    """The whole page, with everything that it shows inside."""
    template = resources.files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    return environment.from_string(template).render(
        title=title(report),
        subtitle=subtitle(report),
        facts=facts(report),
        sections=sections(report, figures),
        footer=f"Written by sme on {written:%Y-%m-%d %H:%M}.",
    )


def title(report: Report) -> str:
    version = report.job["model_version"]
    return report.model + (f", version {int(version)}" if version is not None else "")


def subtitle(report: Report) -> str:
    job = report.job
    parts = [job["problem_type"] or "unknown problem", f"of {job['target']}"]
    if job["input_relation"]:
        parts.append(f"from {job['input_schema']}.{job['input_relation']}")
    return " ".join(parts)


def facts(report: Report) -> list[tuple[str, str]]:
    job = report.job
    promoted = [str(v.number) for v in report.versions if v.is_promoted]
    return [
        ("Status", job["status"]),
        (job["best_metric_name"] or "Best metric", _number(job["best_metric_value"])),
        ("Candidates", str(len(report.candidates)) if report.candidates else "-"),
        ("Trained on", f"{int(job['row_count']):,} rows" if job["row_count"] else "-"),
        ("Started", str(job["started"])[:10]),
        ("Versions", str(len(report.versions))),
        ("Promoted", ", ".join(promoted) or "none"),
    ]


def sections(report: Report, figures: Mapping[str, Figure]) -> list[Section]:
    svg = {name: Markup(as_svg(figure)) for name, figure in figures.items()}
    found = [_leaderboard(report), _candidates(report, svg), _importance(report, svg)]
    found += _predicted(report, svg)
    found += [_drift(report, svg), *_drifted(report, svg), *_history(report, svg)]
    return found


def _leaderboard(report: Report) -> Section:
    name, heading = "leaderboard", "Leaderboard"
    if not report.candidates:
        reason = report.missing.get("candidates", "The registry has no candidates of this job yet.")
        return Section(name, heading, reason=reason)
    counted: dict[tuple[str, str], int] = {}
    for candidate in report.candidates:
        for key in candidate.metrics:
            counted[key] = counted.get(key, 0) + 1
    best = report.candidates[0].metric_name
    # The objective first, then what most candidates have; what was learnt by says least.
    keys = sorted(
        counted,
        key=lambda key: (key[0] != best, key[1].lower() == "train", -counted[key], key),
    )[:MOST_COLUMNS]
    head = ["Candidate", *(_metric_head(key) for key in keys), "Seconds", "Status"]
    rows = [
        Row(
            [
                candidate.name,
                *(_number(candidate.metrics.get(key)) for key in keys),
                "-" if candidate.seconds is None else f"{candidate.seconds:,}",
                candidate.status,
            ],
            is_best=candidate.is_best,
            tag="best" if candidate.is_best else "",
        )
        for candidate in report.candidates
    ]
    reading = "All candidates of the job, the best first."
    table = Table(head, rows, set(range(1, len(head) - 1)))
    return Section(name, heading, reading, table=table)


def _candidates(report: Report, svg: Mapping[str, Markup]) -> Section:
    return _pictured(
        svg,
        "candidates",
        "Metric by candidate",
        "How close the candidates are to each other. Blue is the best.",
        report.missing.get("candidates", "No candidate has a metric."),
    )


def _importance(report: Report, svg: Mapping[str, Markup]) -> Section:
    return _pictured(
        svg,
        "importance",
        "Feature importance",
        "What the best candidate looks at most.",
        report.missing.get("importance", "AWS has no importances for this job."),
    )


def _predicted(report: Report, svg: Mapping[str, Markup]) -> list[Section]:
    """What a table of predictions shows: numbers, or labels and their probabilities."""
    ask = report.missing.get("predictions", ASK_PREDICTIONS)
    if report.is_regression:
        reading = "Each point is a row; on the line the prediction is right."
        return [_pictured(svg, "values", "Predicted and actual", reading, ask)]
    rows = sum(report.confusion.values())
    right = sum(n for (actual, predicted), n in report.confusion.items() if actual == predicted)
    reading = f"{right:,} of {rows:,} labels are right; shares are of the actual label."
    few = ask if not rows else "There are more labels than a picture can hold."
    found = [_pictured(svg, "confusion", "Confusion matrix", reading, few)]
    ask_probability = ask if not rows else ASK_PROBABILITY
    decisions = report.decisions
    if decisions is not None and (not decisions.true_positives + decisions.false_negatives):
        ask_probability = f"{report.positive} is the label of none of the rows."
    threshold = "" if decisions is None else f"{decisions.threshold:.4g}"
    error = calibration_error(calibration(report.chances)) if report.chances else 0.0
    found += [
        _pictured(
            svg,
            "decisions",
            "At the threshold",
            f"Positive from a probability of {threshold} on.",
            ask_probability,
        ),
        _pictured(
            svg,
            "roc",
            "ROC",
            "Positives that are found against false alarms, at all thresholds.",
            ask_probability,
        ),
        _pictured(
            svg,
            "precision_recall",
            "Precision and recall",
            "How many of those found are right, the more are found.",
            ask_probability,
        ),
        _pictured(
            svg,
            "calibration",
            "Calibration",
            f"Below the line, probabilities promise too much. They are {error:.1%} off on average.",
            ask_probability,
        ),
    ]
    return found


def _drift(report: Report, svg: Mapping[str, Markup]) -> Section:
    return _pictured(
        svg,
        "drift",
        "Drift",
        "How far columns are from the reference: below 0.1 stable, above 0.2 another distribution.",
        report.missing.get("drift", "Name tables to compare: --predictions and --reference."),
    )


def _drifted(report: Report, svg: Mapping[str, Markup]) -> list[Section]:
    if "drifted" not in svg:
        return []
    reading = f"{report.drift[0].column}, the column that is furthest from the reference."
    return [Section("drifted", "Where it drifted", reading, [svg["drifted"]])]


def _history(report: Report, svg: Mapping[str, Markup]) -> list[Section]:
    heading = "History of versions"
    if report.job["model_version"] is None:
        reason = f"{report.model} is a job of its own, not a version of a model."
        return [Section("versions", heading, reason=reason)]
    table = Table(
        ["Version", "Job", "Status", "Metric", "Value", "Started"],
        [_version_row(version, report) for version in reversed(report.versions)],
        {4},
    )
    found = [Section("versions", heading, "The newest first.", table=table)]
    if "history" in svg:
        reading = "The best metric of each version, on the version's own validation rows."
        found.insert(0, Section("history", "Metric by version", reading, [svg["history"]]))
    return found


def _version_row(version: Version, report: Report) -> Row:
    return Row(
        [
            str(version.number),
            version.job_name,
            version.status,
            version.metric_name or "-",
            _number(version.metric_value),
            f"{version.started:%Y-%m-%d %H:%M}",
        ],
        is_best=version.job_name == report.job["job_name"],
        tag="promoted" if version.is_promoted else "",
    )


def _pictured(
    svg: Mapping[str, Markup], name: str, heading: str, reading: str, reason: str
) -> Section:
    if name in svg:
        return Section(name, heading, reading, [svg[name]])
    return Section(name, heading, reason=reason)


def _metric_head(key: tuple[str, str]) -> str:
    name, data_set = key
    head = f"{name} ({data_set.lower()})" if data_set else name
    return f"{head}, lower is better" if is_better_lower(name) else head


def _number(value: Any) -> str:
    return "-" if value is None else f"{float(value):.4f}"
