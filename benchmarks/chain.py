"""A table of 60,000 rows and 172 columns from import to predictions, on the embedded stack.

    python -m benchmarks.chain [--csv PATH --target NAME] [--profile]

The table is imported, exported to S3, learned from, and predicted by an endpoint of the stack. The
data are made up, unless a CSV file is given. With `--profile` the CPU time of both servers is told
for each step, children included. The table goes between the marks in docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy
import pandas

from sme_helper.local.stack import Stack

from .end_to_end import Dbt, make_project
from .predict import PAGE, machine

BEGIN, END = "<!-- chain: begin -->", "<!-- chain: end -->"
ROWS, FEATURES = 60_000, 170
TABLE = "ROWS_TO_PREDICT"  # what the model of `make_project` reads


def made_up() -> pandas.DataFrame:
    """170 numbers, a tenth of them missing, and a class that one of 60 rows is in."""
    chance = numpy.random.default_rng(1)
    values = chance.gamma(0.5, 10_000, (ROWS, FEATURES)).round(2)
    rare = values[:, 0] > numpy.quantile(values[:, 0], 1 - 1 / 60)
    values[chance.random(values.shape) < 0.1] = numpy.nan
    table = pandas.DataFrame(values, columns=[f"C{i}" for i in range(FEATURES)])
    table.insert(0, "TARGET", numpy.where(rare, "pos", "neg"))
    return table


def read(path: Path, target: str) -> pandas.DataFrame:
    """A file of texts in its target and numbers in all other columns; `na` is missing."""
    table = pandas.read_csv(path, na_values="na").rename(columns={target: "TARGET"})
    return table.rename(columns=str.upper)


def load(connection, table: pandas.DataFrame) -> None:
    types = {"ID": "DECIMAL(18,0)", "TARGET": "VARCHAR(100)"}
    columns = ", ".join(f'"{name}" {types.get(name, "DOUBLE")}' for name in table)
    connection.execute("CREATE SCHEMA BENCH")
    connection.execute(f"CREATE TABLE BENCH.{TABLE} ({columns})")
    connection.import_from_pandas(table, ("BENCH", TABLE))


def cpu_seconds(pid: int) -> float:
    """Of the process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measured(steps: dict[str, Callable[[], None]], pids: list[int]) -> dict[str, list[float]]:
    """Seconds of each step, and CPU seconds of each process in it."""
    found = {}
    for name, step in steps.items():
        before, started = [cpu_seconds(pid) for pid in pids], time.perf_counter()
        step()
        seconds = time.perf_counter() - started
        spent = [cpu_seconds(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
        found[name] = [seconds, *spent]
    return found


def write(found: dict[str, list[float]], shape: tuple[int, int], peak: float, load: float) -> str:
    names = ["s", "CPU s of the database", "CPU s of AWS"][: len(next(iter(found.values())))]
    lines = [
        f"{shape[0]:,} rows, {shape[1]} columns: {sum(row[0] for row in found.values()):.1f} s; "
        f"the database process had {peak:.0f} MB at the most.",
        "",
        f"| step | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
        *(f"| {step} | {' | '.join(f'{n:.1f}' for n in row)} |" for step, row in found.items()),
        "",
        f"{machine()}, {time.strftime('%Y-%m-%d')}; load over a minute, before: {load:.1f}.",
    ]
    text = "\n".join(lines)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, help="a file instead of made-up data")
    parser.add_argument("--target", default="class", help="the column of the file to predict")
    parser.add_argument("--profile", action="store_true", help="CPU seconds of both servers")
    given = parser.parse_args()
    before = os.getloadavg()[0]
    table = read(given.csv, given.target) if given.csv else made_up()
    table.insert(0, "ID", range(1, len(table) + 1))
    with Stack.start() as stack, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder)
        dbt = Dbt(folder, stack)
        dbt.operation("install")
        job = {"job_name": "Bench", "relation": f"BENCH.{TABLE}", "target": "TARGET"}
        instance = {"instance_type": "ml.m5.large", "instance_count": 1}
        pids = [stack.exasol.process.pid, stack.aws.process.pid]
        with stack.connect() as connection:
            steps = {
                "import": lambda: load(connection, table),
                "export to S3, start of the job": lambda: dbt.operation(
                    "train", **job, keys=["ID"], max_candidates=1
                ),
                "training": lambda: dbt.operation("wait", job_name="Bench"),
                "deployment": lambda: dbt.operation(
                    "deploy_endpoint", job_name="Bench", endpoint_name="Bench", **instance
                ),
                "predictions": lambda: dbt("run", "-s", "predictions"),
            }
            found = measured(steps, pids if given.profile else [])
        print(write(found, table.shape, peak_megabytes(pids[0]), before))


if __name__ == "__main__":
    main()
