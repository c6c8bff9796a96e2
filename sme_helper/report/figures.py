"""The pictures of a report. Pure: data in, a matplotlib figure out."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import takewhile

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sme_helper.report import measures
from sme_helper.report.reading import Drift, Report

ACCENT = "#0b6bcb"
SECOND = "#d1651a"
QUIET = "#b4bfca"
INK = "#26323d"
FAINT = "#7b8794"
WIDTH = 5.0  # inches; small, so that the text is readable on a phone
MOST_BARS = 15
DRIFT_NOTED, DRIFT_LARGE = 0.1, 0.2

NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "svg.hashsalt": "sme",  # the same data give the same page
}


def candidates(report: Report) -> Figure | None:
    """The metric that the job is after, by candidate."""
    shown = [c for c in report.candidates if c.metric_value is not None][:MOST_BARS]
    if not shown:
        return None
    figure, axes = _canvas(0.9 + 0.34 * len(shown))
    names = _told_apart([candidate.name for candidate in shown])
    values = [candidate.metric_value for candidate in shown]
    colors = [ACCENT if candidate.is_best else QUIET for candidate in shown]
    low, high = min(values), max(values)
    # Where candidates are close to each other, dots on a part of the axis tell them apart, and do
    # not look like lengths.
    draw = _dots if low > 0 and high - low < 0.5 * high else _bars
    draw(axes, names, values, colors)
    axes.set_xlabel(_metric_title(shown[0].metric_name))
    return figure


def confusion(report: Report) -> Figure | None:
    """What rows are against what was predicted; shades by share of the row."""
    labels = sorted({label for pair in report.confusion for label in pair})
    if not labels or len(labels) > MOST_BARS:
        return None
    return _matrix(
        [[report.confusion.get((a, p), 0) for p in labels] for a in labels],
        labels,
        labels,
        "predicted",
    )


def decisions(report: Report) -> Figure | None:
    """The same at the chosen threshold."""
    found = report.decisions
    if found is None:
        return None
    counts = [
        [found.true_positives, found.false_negatives],
        [found.false_positives, found.true_negatives],
    ]
    names = [report.positive, "other"]
    return _matrix(counts, names, names, f"decided at {found.threshold:.4g}")


def values(report: Report) -> Figure | None:
    """Predicted against actual numbers."""
    if not report.values:
        return None
    figure, axes = _canvas(4.2)
    actual, predicted = zip(*report.values, strict=True)
    bounds = min(*actual, *predicted), max(*actual, *predicted)
    axes.plot(bounds, bounds, color=FAINT, linewidth=1, linestyle="--", label="right")
    axes.scatter(actual, predicted, s=9, color=ACCENT, alpha=0.35, linewidths=0)
    axes.set_xlabel("actual")
    axes.set_ylabel("predicted")
    axes.legend(loc="upper left")
    return figure


def roc(report: Report) -> Figure | None:
    """Recall against false alarms, over all thresholds."""
    curve = measures.points(report.chances)
    if not curve:
        return None
    figure, axes = _canvas(4.2)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--", label="chance")
    area = measures.area_under_roc(curve)
    axes.plot(
        [point.false_alarm_rate for point in curve],
        [point.recall for point in curve],
        color=ACCENT,
        label=f"model, area {area:.4f}",
    )
    _mark_threshold(axes, report, lambda point: (point.false_alarm_rate, point.recall))
    axes.set_xlabel("false alarms, share of negatives")
    axes.set_ylabel("found, share of positives")
    axes.legend(loc="lower right")
    return figure


def precision_recall(report: Report) -> Figure | None:
    """Precision against recall, over all thresholds."""
    curve = measures.points(report.chances)
    if not curve:
        return None
    figure, axes = _canvas(4.2)
    share = curve[0].positives / (curve[0].positives + curve[0].negatives)
    axes.axhline(share, color=FAINT, linewidth=1, linestyle="--", label=f"chance, {share:.3f}")
    precision = measures.average_precision(curve)
    axes.step(
        [point.recall for point in curve],
        [point.precision for point in curve],
        where="pre",
        color=ACCENT,
        label=f"model, average {precision:.4f}",
    )
    _mark_threshold(axes, report, lambda point: (point.recall, point.precision))
    axes.set_xlabel("recall: found, share of positives")
    axes.set_ylabel("precision: right, share of found")
    axes.set_ylim(0, 1.04)
    axes.legend(loc="lower left")
    return figure


def calibration(report: Report) -> Figure | None:
    """Probabilities against what came true."""
    if not report.chances:
        return None
    bins = measures.calibration(report.chances)
    figure, axes = _canvas(4.2)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle="--", label="as promised")
    most = max(b.rows for b in bins)
    error = measures.calibration_error(bins)
    axes.plot(
        [b.expected for b in bins],
        [b.observed for b in bins],
        color=ACCENT,
        label=f"model, error {error:.3f}",
    )
    axes.scatter(
        [b.expected for b in bins],
        [b.observed for b in bins],
        s=[18 + 130 * b.rows / most for b in bins],
        color=ACCENT,
        alpha=0.6,
        linewidths=0,
    )
    axes.set_xlabel("mean probability (size: number of rows)")
    axes.set_ylabel("share that came true")
    axes.legend(loc="upper left")
    return figure


def importance(report: Report) -> Figure | None:
    """The features that the best candidate looks at most."""
    shown = report.importance[:MOST_BARS]
    if not shown:
        return None
    figure, axes = _canvas(0.9 + 0.3 * len(shown))
    _bars(axes, [_short(n) for n, _ in shown], [v for _, v in shown], [ACCENT] * len(shown))
    axes.set_xlabel("importance")
    return figure


def drift(report: Report) -> Figure | None:
    """Population stability index by column."""
    shown = report.drift[:MOST_BARS]
    if not shown:
        return None
    figure, axes = _canvas(0.9 + 0.3 * len(shown))
    colors = [SECOND if d.index > DRIFT_LARGE else ACCENT for d in shown]
    _bars(axes, [_short(d.column) for d in shown], [d.index for d in shown], colors)
    axes.set_xlim(0, max(axes.get_xlim()[1], DRIFT_LARGE * 1.15))
    for limit in (DRIFT_NOTED, DRIFT_LARGE):
        axes.axvline(limit, color=FAINT, linewidth=1, linestyle="--")
    axes.set_xlabel("population stability index")
    return figure


def drifted(report: Report) -> Figure | None:
    """The distribution of the column that has drifted most, before and now."""
    return _distribution(report.drift[0]) if report.drift else None


def history(report: Report) -> Figure | None:
    """The metric of each version."""
    name = next((v.metric_name for v in reversed(report.versions) if v.metric_name), None)
    shown = [v for v in report.versions if v.metric_value is not None and v.metric_name == name]
    if len(shown) < 2:
        return None
    figure, axes = _canvas(3.2)
    numbers = range(len(shown))
    axes.plot(numbers, [v.metric_value for v in shown], color=ACCENT, marker="o")
    for number, version in enumerate(shown):
        if version.is_promoted:
            axes.plot(number, version.metric_value, "o", ms=11, mfc="none", mec=SECOND, mew=2)
            axes.annotate(
                "promoted",
                (number, version.metric_value),
                textcoords="offset points",
                xytext=(0, 11),
                ha="center",
                color=SECOND,
            )
    axes.margins(x=0.12, y=0.3)
    low, high = (f(v.metric_value for v in shown) for f in (min, max))
    if high - low < abs(high) / 1000:
        # The same but for chance: no axis that makes it look like a change.
        axes.set_ylim(low - abs(high) / 50, high + abs(high) / 50)
    axes.set_xticks(numbers, [str(version.number) for version in shown])
    axes.set_xlabel("version")
    axes.set_ylabel(_metric_title(name))
    return figure


FIGURES: dict[str, Callable[[Report], Figure | None]] = {
    "candidates": candidates,
    "confusion": confusion,
    "decisions": decisions,
    "values": values,
    "roc": roc,
    "precision_recall": precision_recall,
    "calibration": calibration,
    "importance": importance,
    "drift": drift,
    "drifted": drifted,
    "history": history,
}


def drawn(report: Report) -> dict[str, Figure]:
    """The pictures that there are data for."""
    with rc_context(STYLE):
        figures = {name: draw(report) for name, draw in FIGURES.items()}
    return {name: figure for name, figure in figures.items() if figure is not None}


def as_svg(figure: Figure) -> str:
    """The element to put into a page."""
    written = io.StringIO()
    with rc_context(STYLE):
        figure.savefig(written, format="svg", transparent=True, metadata=NO_METADATA)
    _, element, rest = written.getvalue().partition("<svg")
    return element + rest


def as_png(figure: Figure) -> bytes:
    written = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(written, format="png", dpi=160, facecolor="white")
    return written.getvalue()


def _canvas(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.add_subplot()


def _bars(axes: Axes, names: list[str], values: list[float], colors: list[str]) -> None:
    places = range(len(names))
    bars = axes.barh(places, values, color=colors, height=0.62)
    axes.bar_label(bars, [f"{value:.4g}" for value in values], padding=4)
    _name_rows(axes, names)
    axes.margins(x=0.16)


def _dots(axes: Axes, names: list[str], values: list[float], colors: list[str]) -> None:
    axes.scatter(values, range(len(names)), color=colors, s=60, zorder=3)
    for place, value in enumerate(values):
        axes.annotate(
            f"{value:.4f}",
            (value, place),
            textcoords="offset points",
            xytext=(8, 0),
            va="center",
        )
    axes.grid(axis="y", color=QUIET, linewidth=0.6, alpha=0.6)
    _name_rows(axes, names)
    axes.margins(x=0.2)


def _name_rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=5)


def _matrix(counts: list[list[int]], rows: list[str], columns: list[str], title: str) -> Figure:
    figure, axes = _canvas(1.5 + 0.62 * len(rows))
    shares = [[n / max(sum(row), 1) for n in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    for y, row in enumerate(counts):
        for x, number in enumerate(row):
            color = "white" if shares[y][x] > 0.6 else INK
            text = f"{number:,}\n{shares[y][x]:.1%}" if len(rows) <= 5 else f"{number:,}"
            axes.text(x, y, text, ha="center", va="center", color=color)
    axes.set_xticks(range(len(columns)), [_short(name, 14) for name in columns])
    axes.set_yticks(range(len(rows)), [_short(name, 14) for name in rows])
    axes.set_xlabel(title)
    axes.set_ylabel("actual")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure


def _distribution(found: Drift) -> Figure:
    names = sorted({*found.before, *found.now}, key=_bin_order)[:MOST_BARS]
    figure, axes = _canvas(1.3 + 0.36 * len(names))
    for offset, counts, color, label in (
        (-0.19, found.before, QUIET, "reference"),
        (0.19, found.now, ACCENT, "predictions"),
    ):
        shares = [counts.get(name, 0) / sum(counts.values()) for name in names]
        places = [place + offset for place in range(len(names))]
        axes.barh(places, shares, height=0.36, color=color, label=label)
    _name_rows(axes, [_short(name) for name in names])
    axes.set_xlabel(f"share of rows by {_short(found.column)}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, 1.0), ncols=2)
    axes.set_ylim(len(names) - 0.4, -1.5)
    return figure


def _bin_order(name: str) -> tuple[int, float, str]:
    """Numbers by size, then the open end, categories by name, and no value at the end."""
    kind, _, bound = name.partition(" ")
    try:
        return ("to", "over").index(kind), float(bound), name
    except ValueError:
        return (3 if name in ("no value", "others") else 2), 0.0, name


def _mark_threshold(
    axes: Axes, report: Report, place: Callable[[measures.Point], tuple[float, float]]
) -> None:
    found = report.decisions
    if found is None:
        return
    positives = found.true_positives + found.false_negatives
    negatives = found.false_positives + found.true_negatives
    point = measures.Point(
        found.threshold, found.true_positives, found.false_positives, positives, negatives
    )
    axes.plot(
        *place(point),
        "o",
        color=SECOND,
        ms=8,
        zorder=5,
        label=f"threshold {found.threshold:.4g}",
        linestyle="none",
    )


def _metric_title(name: str | None) -> str:
    if not name:
        return "metric"
    return f"{name} (lower is better)" if measures.is_better_lower(name) else name


def _told_apart(names: list[str]) -> list[str]:
    """Names less the parts between hyphens that all of them begin with."""
    parts = [name.split("-") for name in names]
    common = sum(1 for _ in takewhile(lambda part: len(set(part)) == 1, zip(*parts, strict=False)))
    start = min(common, min(map(len, parts)) - 1) if len(names) > 1 else 0
    return [_short("-".join(part[start:])) for part in parts]


def _short(text: str, most: int = 22) -> str:
    """A name that leaves room for the picture; its end tells candidates apart."""
    return text if len(text) <= most else f"{text[: most // 3]}…{text[-(most - most // 3 - 1) :]}"
