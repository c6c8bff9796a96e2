"""Rows as tables for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

# Which columns are shown of what a script returns, and what they are called.
CANDIDATES = {
    "is_best": "",
    "candidate_name": "candidate",
    "candidate_status": "status",
    "metric_name": "metric",
    "metric_value": "value",
    "training_seconds": "seconds",
    "failure_reason": "reason",
}
ENDPOINTS = {
    "endpoint_name": "endpoint",
    "status": "status",
    "size": "runs on",
    "serves": "serves",
    "created_at_utc": "since (UTC)",
    "expires_at_utc": "expires (UTC)",
    "unknown_to": "made by",
    "failure_reason": "reason",
}
COLOURS = {
    "Completed": "green",
    "InService": "green",
    "Failed": "red",
    "Stopped": "red",
    "InProgress": "cyan",
    "Creating": "cyan",
    "Updating": "cyan",
    "Stopping": "yellow",
    "Deleting": "yellow",
}


def shown(title: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Table:
    """The rows as a table, without columns that are empty in all of them."""
    filled = [name for name in columns if any(row.get(name) is not None for row in rows)]
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for name in filled:
        table.add_column(columns[name], justify="right" if is_number(rows, name) else "left")
    for row in rows:
        table.add_row(*(cell(name, row.get(name)) for name in filled))
    return table


def endpoint_line(row: Mapping[str, Any], size: str) -> dict[str, Any]:
    """What is shown of an endpoint, `size` being what it runs on."""
    model = row.get("model_name") or row.get("job_name")
    version = f" version {row['version']}" if row.get("version") else ""
    makers = {"this registry": None, "unknown": "others"}
    return {
        **row,
        "size": size,
        "serves": f"{model}{version}" if model else None,
        "unknown_to": makers.get(row["known_to"], row["known_to"]),
    }


def cell(name: str, value: Any) -> Text:
    """A value as it is shown: nothing for NULL, a star for the best, moments to the minute."""
    if name == "is_best":
        return Text("★" if value == "TRUE" else "", style="yellow")
    text = "" if value is None else str(value)
    if name.endswith("_at_utc"):
        text = text[:16]
    if name == "metric_value" and text:
        text = f"{float(text):.4f}"
    return Text(text, style=COLOURS.get(text, "") if name.endswith("status") else "")


def is_number(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether a column holds numbers, which scripts return as text."""
    try:
        return all(float(row[name]) is not None for row in rows if row.get(name) is not None)
    except ValueError:
        return False
