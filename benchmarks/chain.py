"""A table of 60,000 rows and 172 columns from import to predictions, on the embedded stack.

    python -m benchmarks.chain [--csv PATH --target NAME] [--profile]

A CSV file is imported, exported to S3, learned from, and predicted by an endpoint of the stack: SQL
in one session of pyexasol. The data are made up, unless a CSV file is given. With `--profile` the
CPU time of both servers is told for each step, children included. The table goes between the marks
in docs/performance.md.
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
from sme_helper.macros import Table
from sme_helper.operations import Operations
from sme_helper.settings import project_at, settings_of

from .end_to_end import Dbt, make_project
from .predict import PAGE, machine
from .udf import ROOT

BEGIN, END = "<!-- chain: begin -->", "<!-- chain: end -->"
ROWS, FEATURES = 60_000, 170
TABLE = "BENCH.ROWS_TO_PREDICT"


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


def load(connection, columns: list[str], file: Path) -> None:
    types = {"ID": "DECIMAL(18,0)", "TARGET": "VARCHAR(100)"}
    described = ", ".join(f'"{name}" {types.get(name, "DOUBLE")}' for name in columns)
    schema, _, name = TABLE.partition(".")
    connection.execute(f"CREATE SCHEMA {schema}")
    connection.execute(f"CREATE TABLE {TABLE} ({described})")
    connection.import_from_file(file, (schema, name))


def operations_on(connection) -> Operations:
    """The package's operations, which send the SQL that dbt would send."""

    def execute(sql: str) -> Table:
        statement = connection.execute(sql)
        if statement.result_type != "resultSet":
            return Table()
        return Table(tuple(statement.col_names), statement.fetchall())

    settings = settings_of(project_at(ROOT / "integration_tests"))
    return Operations(execute, settings, say=lambda line: None)


def predict(operations: Operations) -> None:
    query = operations.run("predict", "Bench", TABLE, keys=["ID"])
    operations.create_table("BENCH.PREDICTIONS", query)


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


def start_of_dbt(stack: Stack) -> float:
    """Seconds of a command of dbt that asks the database for next to nothing."""
    with tempfile.TemporaryDirectory() as name:
        make_project(Path(name))
        dbt = Dbt(Path(name), stack)
        dbt.operation("poll", job_name="Bench")  # the first one also parses the project
        started = time.perf_counter()
        dbt.operation("poll", job_name="Bench")
        return time.perf_counter() - started


def write(
    found: dict[str, list[float]], shape: tuple[int, int], peak: float, dbt: float, load: float
) -> str:
    names = ["s", "CPU s of the database", "CPU s of AWS"][: len(next(iter(found.values())))]
    sums = [sum(column) for column in zip(*found.values(), strict=True)]
    lines = [
        f"{shape[0]:,} rows, {shape[1]} columns: {sums[0]:.1f} s; "
        f"the database process had {peak:.0f} MB at the most. A command of dbt takes {dbt:.1f} s "
        "more for its start.",
        "",
        f"| step | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
        *(
            f"| {step} | {' | '.join(f'{n:.1f}' for n in row)} |"
            for step, row in {**found, "all": sums}.items()
        ),
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
        file = Path(name) / "table.csv"
        table.to_csv(file, index=False, header=False)
        endpoint = {"endpoint_name": "Bench", "instance_type": "ml.m5.large", "instance_count": 1}
        pids = [stack.exasol.process.pid, stack.aws.process.pid]
        with stack.connect() as connection:
            operations = operations_on(connection)
            operations.run("install")
            steps = {
                "import": lambda: load(connection, list(table), file),
                "export to S3, start of the job": lambda: operations.run(
                    "train", "Bench", TABLE, "TARGET", keys=["ID"], max_candidates=1
                ),
                "training": lambda: operations.run("wait", "Bench"),
                "deployment": lambda: operations.run("deploy_endpoint", "Bench", **endpoint),
                "predictions": lambda: predict(operations),
            }
            found = measured(steps, pids if given.profile else [])
        peak = peak_megabytes(pids[0])
        print(write(found, table.shape, peak, start_of_dbt(stack), before))


if __name__ == "__main__":
    main()
