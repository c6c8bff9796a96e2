"""Prediction side by side: a sequential 100-row loop, the endpoint UDF, the endpoint's ceiling.

    python -m benchmarks.predict [--quick]

Each ratio is of measurements that were taken one right after the other. Results go to
results/predict.json and, as a table, between the marks in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .endpoint import Costs, Endpoint
from .load import ceiling
from .sequential import UDF
from .udf import ROOT, Measured, Table, UdfProcess, call_of, endpoint_udf

RESULTS = Path(__file__).parent / "results" / "predict.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- predict: begin -->", "<!-- predict: end -->"
# enough for the load generator to run evenly: it tries nine ways
MOST_CEILING_ROWS = 200_000
REALISTIC = Costs(latency=0.020, workers=4, seconds_per_row=40e-6)


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    endpoint: str
    call: str
    latency_ms: int
    columns: int
    rows: int

    @property
    def costs(self) -> Costs:
        return REALISTIC if self.endpoint == "realistic" else Costs(self.latency_ms / 1000)

    @property
    def sequential_rows(self) -> int:
        """Enough for the loop to run evenly; its speed does not depend on their number."""
        seconds = self.costs.latency + 0.008
        return min(self.rows, max(2_000, int(4 / seconds) * 100))


def cases(quick: bool) -> Iterable[Case]:
    """Fast with every latency, realistic; by line and typed; 10 thousand to 1 million rows."""
    latencies = (0, 20) if quick else (0, 5, 20, 50)
    most = 100_000 if quick else 1_000_000
    for columns in (10, 171):
        for latency in latencies:
            yield Case("fast", "line", latency, columns, 100_000)
        yield Case("fast", "typed", 20, columns, 100_000 if columns == 10 else 20_000)
        for rows in sorted({10_000, 100_000, most}):
            yield Case("realistic", "line", 20, columns, rows)
        yield Case("realistic", "typed", 20, columns, 100_000 if columns == 10 else 20_000)
        yield Case("fast", "line", 20, columns, 10_000)
        yield Case("fast", "line", 20, columns, most)


def measure_udf(case: Case, url: str, table: Table) -> Measured:
    with UdfProcess(url) as process:
        code = endpoint_udf(case.columns)
        if case.call == "line":
            call = call_of(code, table.line_inputs(), process)
            return process.measure(call, table.as_lines, case.rows, keep=False)
        call = call_of(code, table.column_inputs(), process)
        return process.measure(call, table.as_columns, case.rows, keep=False)


def measure_sequential(case: Case, url: str, table: Table) -> float:
    """Rows a second of the loop."""
    with UdfProcess(url) as process:
        call = call_of(UDF, table.column_inputs(), process)
        rows = case.sequential_rows
        return rows / process.measure(call, table.as_columns, rows, keep=False).seconds


def measure(case: Case, repeat: int) -> dict:
    """One line of the results: of `repeat` rounds the one with the median share of the loop."""
    table = Table(case.columns)
    rounds = []
    for _ in range(repeat):
        with Endpoint(case.costs) as endpoint:
            sequential = measure_sequential(case, endpoint.url, table)
            measured = measure_udf(case, endpoint.url, table)
            rate = case.rows / measured.seconds
            limit = ceiling(endpoint.port, case.columns, min(case.rows, MOST_CEILING_ROWS))
        rounds.append((rate / sequential, rate / limit, rate, measured.peak_mb))
    vs_sequential, of_ceiling, rate, peak = sorted(rounds)[len(rounds) // 2]
    return {
        "endpoint": case.endpoint,
        "call": case.call,
        "latency_ms": case.latency_ms,
        "columns": case.columns,
        "rows": case.rows,
        "rows_per_s": round(rate),
        "vs_sequential": round(vs_sequential, 1),
        "of_ceiling": round(of_ceiling, 3),
        "peak_mb": round(peak),
    }


def as_table(results: list[dict]) -> str:
    """Markdown."""
    lines = [
        "| endpoint | call | latency | columns | rows | rows/s | times the loop | of the ceiling "
        "| peak MB |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in results:
        lines.append(
            f"| {row['endpoint']} | {row['call']} | {row['latency_ms']} ms | {row['columns']} | "
            f"{row['rows']:,} | {row['rows_per_s']:,} | {row['vs_sequential']} | "
            f"{row['of_ceiling']:.0%} | {row['peak_mb']} |"
        )
    return "\n".join(lines)


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def write(results: list[dict]) -> None:
    RESULTS.write_text("[\n" + ",\n".join(map(json.dumps, results)) + "\n]\n")
    loads = os.getloadavg()[2]
    note = f"{machine()}, {time.strftime('%Y-%m-%d')}; load over 15 minutes: {loads:.1f}."
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{as_table(results)}\n\n{note}\n{END}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer cases, at most 100 000 rows")
    parser.add_argument("--repeat", type=int, default=1, help="rounds a case; the median counts")
    given = parser.parse_args()
    results = []
    for case in cases(given.quick):
        results.append(measure(case, given.repeat))
        print(as_table(results[-1:]).splitlines()[-1], flush=True)
    write(results)


if __name__ == "__main__":
    main()
