"""`dbt run -s predictions` on the embedded stack, and what share of it each stage has.

    python -m benchmarks.end_to_end [--rows 100000]

The endpoint is the stack's own: a scikit-learn model behind the AWS stand-in.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas

from sme_helper.local import environment as env
from sme_helper.local.stack import Stack

from .predict import PAGE, machine
from .udf import ROOT

BEGIN, END = "<!-- end_to_end: begin -->", "<!-- end_to_end: end -->"
FEATURES = [f"C{i}" for i in range(10)]
MODEL = """
{{ config(materialized='table') }}
select * from {{ sme.predict('Bench', source('bench', 'ROWS_TO_PREDICT'), keys=['ID']) }}
"""
SOURCES = """
version: 2
sources: [{name: bench, schema: BENCH, tables: [{name: ROWS_TO_PREDICT}]}]
"""


def make_project(folder: Path) -> None:
    """A dbt project with one model, the package beside it."""
    profile = (ROOT / "integration_tests" / "profiles.yml").read_text()
    settings = (ROOT / "integration_tests" / "dbt_project.yml").read_text()
    used = re.search(r"^vars:.*?(?=^\S|\Z)", settings, re.M | re.S).group()
    files = {
        "profiles.yml": profile.replace("sme_integration_tests:", "bench:"),
        "dbt_project.yml": f"name: bench\nversion: '1.0.0'\nprofile: bench\n{used}",
        "packages.yml": json.dumps({"packages": [{"local": str(ROOT)}]}),
        "models/predictions.sql": MODEL,
        "models/sources.yml": SOURCES,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "dbt_packages").mkdir()
    (folder / "dbt_packages" / "sme").symlink_to(ROOT, target_is_directory=True)


class Dbt:
    """dbt in a project, against a stack; `schema` is where its models are."""

    def __init__(self, folder: Path, stack: Stack):
        self._folder = folder
        programs = Path(sys.executable).parent
        self._environment = env.merged(os.environ, stack.environment, programs)
        self.schema = self._environment.setdefault("DBT_SCHEMA", "BENCH_MODELS")

    def __call__(self, *arguments: str) -> None:
        command = ["dbt", "--quiet", *arguments]
        subprocess.run(command, cwd=self._folder, env=self._environment, check=True)

    def operation(self, macro: str, **arguments: object) -> None:
        self("run-operation", f"sme.{macro}", "--args", json.dumps(arguments))


def set_up(connection, rows: int) -> None:
    """A table to train on and one to predict."""
    values = ", ".join(f"ROUND(RAND() * 10000, 2) AS {name}" for name in FEATURES)
    connection.execute("CREATE SCHEMA IF NOT EXISTS BENCH")
    connection.execute("CREATE OR REPLACE TABLE BENCH.NUMBERS (ID DECIMAL(18,0))")
    numbers = pandas.DataFrame({"ID": range(1, max(rows, 1000) + 1)})
    connection.import_from_pandas(numbers, ("BENCH", "NUMBERS"))
    connection.execute(
        f"CREATE OR REPLACE TABLE BENCH.ROWS_TO_PREDICT AS SELECT ID, {values} FROM BENCH.NUMBERS"
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE BENCH.TRAINING AS SELECT {', '.join(FEATURES)}, "
        "CASE WHEN C0 > 5000 THEN 'yes' ELSE 'no' END AS TARGET "
        "FROM BENCH.ROWS_TO_PREDICT WHERE ID <= 1000"
    )


def timed(connection, query: str) -> float:
    started = time.perf_counter()
    connection.execute(query).fetchall()
    return time.perf_counter() - started


def stages(connection, folder: Path, dbt) -> dict[str, float]:
    """Seconds of each stage of one run."""
    started = time.perf_counter()
    dbt("run", "-s", "predictions")
    total = time.perf_counter() - started
    run = json.loads((folder / "target" / "run_results.json").read_text())["results"][0]
    query = (folder / "target/compiled/bench/models/predictions.sql").read_text()
    line = re.search(r"CAST\((CONCAT\(.*\)) AS VARCHAR\(1999999\)\)", query).group(1)
    lines = timed(connection, f"SELECT SUM(LENGTH({line})) FROM BENCH.ROWS_TO_PREDICT")
    predicted = timed(connection, f"SELECT COUNT(PREDICTIONS) FROM ({query})")
    return {
        "dbt: start, parse, compile, end": total - run["execution_time"],
        "lines of CSV, in SQL": lines,
        "UDF and endpoint": predicted - lines,
        "writing the table": run["execution_time"] - predicted,
    }


def write(seconds: dict[str, float], rows: int) -> str:
    total = sum(seconds.values())
    lines = [
        f"{rows:,} rows, 10 columns: {total:.1f} s.",
        "",
        "| stage | s | share |",
        "|---|---:|---:|",
    ]
    lines += [f"| {name} | {part:.2f} | {part / total:.0%} |" for name, part in seconds.items()]
    lines += ["", f"{machine()}, {time.strftime('%Y-%m-%d')}."]
    text = "\n".join(lines)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    with Stack.start() as stack, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder)
        dbt = Dbt(folder, stack)
        with stack.connect() as connection:
            set_up(connection, given.rows)
            dbt.operation("install")
            job = {"job_name": "Bench", "relation": "BENCH.TRAINING", "target": "TARGET"}
            dbt.operation("train", **job, max_candidates=1)
            dbt.operation("wait", job_name="Bench")
            instance = {"instance_type": "ml.m5.large", "instance_count": 1}
            dbt.operation("deploy_endpoint", job_name="Bench", endpoint_name="Bench", **instance)
            print(write(stages(connection, folder, dbt), given.rows))


if __name__ == "__main__":
    main()
