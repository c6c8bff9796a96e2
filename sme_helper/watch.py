"""The live display of `sme wait`: a job with its candidates, while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sme_helper import tables

Rows = Sequence[Mapping[str, Any]]
RUNNING = ("InProgress", "Stopping")


class JobDisplay:
    """Redraws itself each second, so that times go on while the database waits for AWS.

    Args:
        seconds_left: how long the wait lasts at the most.
        candidates: gives the candidates that the job has so far.
    """

    def __init__(self, console: Console, seconds_left: float, candidates: Callable[[], Rows]):
        self._ends = time.monotonic() + seconds_left
        self._list_candidates = candidates
        self._job: Mapping[str, Any] = {}
        self._seen = 0.0
        self._candidates: Rows = []
        self._live = Live(self, console=console, refresh_per_second=1)

    def show(self, rows: Rows) -> None:
        """Shows what was polled just now."""
        self._job, self._seen = rows[0], time.monotonic()
        self._candidates = self._list_candidates()
        self._live.refresh()

    def __rich__(self) -> RenderableType:
        now = time.monotonic()
        return picture(self._job, self._candidates, now - self._seen, self._ends - now)

    def __enter__(self) -> JobDisplay:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


def picture(
    job: Mapping[str, Any], candidates: Rows, seconds_since: float, seconds_left: float
) -> RenderableType:
    """A job, as it was some seconds ago, and its candidates, the best first. Pure."""
    if not job:
        return Text("Asking AWS ...")
    status, step = job["job_status"], job["job_secondary_status"]
    is_running = status in RUNNING
    facts = Table.grid(padding=(0, 2))
    facts.add_row("job", Text(job["job_name"], style="bold"))
    line = Text(status, style=tables.COLOURS.get(status, ""))
    facts.add_row("status", line if step == status else line + Text(f" ({step})"))
    elapsed = int(job["elapsed_seconds"] or 0) + (seconds_since if is_running else 0)
    facts.add_row("elapsed", duration(elapsed))
    if is_running:
        facts.add_row("time left", f"{duration(seconds_left)} until this wait ends")
        if job.get("max_runtime_seconds"):
            limit = int(job["max_runtime_seconds"])
            facts.add_row("", f"{duration(limit - elapsed)} until AWS ends the job")
    if job.get("best_candidate"):
        facts.add_row("best so far" if is_running else "best", best(job))
    if job.get("failure_reason"):
        facts.add_row("reason", Text(job["failure_reason"], style="red"))
    if not candidates:
        return facts
    title = f"{len(candidates)} candidate{'s' if len(candidates) > 1 else ''}"
    return Group(facts, "", tables.shown(title, candidates, tables.CANDIDATES))


def best(job: Mapping[str, Any]) -> Text:
    """The best candidate, with its metric where it is known."""
    if not job.get("best_metric_value"):
        return Text(job["best_candidate"])
    metric = Text(f"{job['best_metric_name']} {float(job['best_metric_value']):.4f}", style="bold")
    return metric + Text(f" by {job['best_candidate']}", style="not bold")


def duration(seconds: float) -> str:
    """Seconds in units that fit."""
    minutes, seconds = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
