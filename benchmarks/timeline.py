"""What the workers of the realistic endpoint do while one UDF process sends it rows, by line.

    python -m benchmarks.timeline [--repeat 3]

A process that loses nothing keeps the workers busy with rows from its first moment to its last.
The table, written between the marks in docs/performance.md, says what they did instead.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from .endpoint import Endpoint
from .predict import PAGE, REALISTIC, machine
from .udf import Table, UdfProcess, call_of, endpoint_udf

BEGIN, END = "<!-- timeline: begin -->", "<!-- timeline: end -->"
CASES = [(10, 10_000), (10, 100_000), (10, 1_000_000), (171, 10_000), (171, 100_000)]


def shares(requests: list[list[float]], started: float, seconds: float) -> dict[str, float]:
    """What share of all workers' time went where.

    Args:
        requests: free since, begin, end and rows of each, in the order of their arrival.
    """
    workers, ended = REALISTIC.workers, started + seconds
    free_at_last = {end for _, _, end, _ in requests} - {since for since, *_ in requests}
    times = {
        "rows": sum(rows for *_, rows in requests) * REALISTIC.seconds_per_row,
        "the latency of requests": len(requests) * REALISTIC.latency,
        "idle before their first request": sum(
            begin - started for since, begin, *_ in requests if not since
        ),
        "idle between requests": sum(begin - since for since, begin, *_ in requests if since),
        "idle after their last request": sum(ended - end for end in free_at_last),
    }
    return {name: spent / (workers * seconds) for name, spent in times.items()}


def measure(columns: int, rows: int) -> tuple[float, int, dict[str, float]]:
    """Seconds, requests and shares of one run."""
    table = Table(columns)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "requests"
        with Endpoint(REALISTIC, log=log) as endpoint, UdfProcess(endpoint.url) as process:
            call = call_of(endpoint_udf(columns), table.line_inputs(), process)
            measured = process.measure(call, table.as_lines, rows, keep=False)
        requests = [list(map(float, line.split())) for line in log.read_text().splitlines()]
    seconds = measured.seconds
    return seconds, len(requests), shares(requests, measured.started, seconds)


def as_table(runs: list[tuple[float, int, dict[str, float]]]) -> str:
    """Markdown, a column for each of CASES."""
    heads = [f"{columns} columns, {rows:,} rows" for columns, rows in CASES]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    lines.append("| seconds | " + " | ".join(f"{seconds:.2f}" for seconds, *_ in runs) + " |")
    lines.append("| requests | " + " | ".join(str(count) for _, count, _ in runs) + " |")
    for name in runs[0][2]:
        lines.append(f"| {name} | " + " | ".join(f"{run[2][name]:.0%}" for run in runs) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="runs a case; the median counts")
    given = parser.parse_args()
    runs = []
    for case in CASES:
        tries = sorted((measure(*case) for _ in range(given.repeat)), key=lambda run: run[0])
        runs.append(tries[len(tries) // 2])
    text = f"{as_table(runs)}\n\n{machine()}, {time.strftime('%Y-%m-%d')}."
    print(text)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
