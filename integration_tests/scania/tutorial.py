"""The tutorial's use case from data to cost: load, `dbt build`, and what the decisions cost.

    sme local run -- python tutorial.py [--load] [--rows 60000 --test-rows 16000]

With SCANIA_DIR, the folder of the two published files, these are used; else files are made up in
their form. One `dbt build` trains, gates, deploys, chooses a threshold on validation trucks,
decides on the test trucks and cleans up.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyexasol
import scania_data

PROJECT = Path(__file__).resolve().parent
SCHEMA = os.environ.get("DBT_SCHEMA", "SCANIA")
TRUCKS_SCHEMA = f"{SCHEMA}_TRUCKS"
TABLES = {"TRAIN": scania_data.TRAINING_FILE, "TEST": scania_data.TEST_FILE}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=60_000, help="training rows to make up")
    parser.add_argument("--test-rows", type=int, default=16_000, help="test rows to make up")
    parser.add_argument("--load", action="store_true", help="load the trucks, and no more")
    given = parser.parse_args()
    if "EXASOL_DSN" not in os.environ:
        print("No database is named by EXASOL_DSN. Run: sme local run -- python tutorial.py")
        return 2
    if missing := missing_files():
        print(f"SCANIA_DIR is the folder of the two published files, but there is no {missing[0]}")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with connect() as connection:
        load_trucks(connection, given.rows, given.test_rows)
    if given.load:
        return 0
    try:
        for command in ("deps", "build"):
            if run_dbt(command):
                print(f"tutorial: failed: dbt {command}")
                return 1
    finally:
        clean_up()
    with connect() as connection:
        report(connection)
    return 0


def missing_files() -> list[Path]:
    folder = os.environ.get("SCANIA_DIR")
    files = [Path(folder) / file for file in TABLES.values()] if folder else []
    return [file for file in files if not file.is_file()]


def load_trucks(connection: pyexasol.ExaConnection, rows: int, test_rows: int) -> None:
    folder = os.environ.get("SCANIA_DIR")
    if folder:
        say(f"Load the files in {folder}")
        return load_files(connection, Path(folder))
    with tempfile.TemporaryDirectory() as made_up:
        say(f"Make up {rows} trucks to learn from and {test_rows} to decide on, and load them")
        scania_data.generate(Path(made_up), rows, test_rows)
        load_files(connection, Path(made_up))


def load_files(connection: pyexasol.ExaConnection, folder: Path) -> None:
    """The tables that the tutorial makes, with its types, and a key in front."""
    columns = ["TRUCK_ID DECIMAL(9,0)", "CLASS VARCHAR(3)"]
    columns += [f"{name.upper()} DECIMAL(18,2)" for name in scania_data.FEATURES]
    connection.execute("CREATE SCHEMA IF NOT EXISTS {schema!q}", {"schema": TRUCKS_SCHEMA})
    for table, file in TABLES.items():
        name = (TRUCKS_SCHEMA, table)
        text = f"CREATE OR REPLACE TABLE {{name!q}} ({', '.join(columns)})"
        connection.execute(text, {"name": name})
        connection.import_from_file(as_csv(scania_data.read(folder / file)), name)


def as_csv(rows: pa.Table) -> io.BytesIO:
    """Rows as IMPORT reads them: no header, nothing for what is missing."""
    buffer = io.BytesIO()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
    pa_csv.write_csv(rows, buffer, options)
    buffer.seek(0)
    return buffer


def run_dbt(*arguments: str) -> int:
    say(f"dbt {' '.join(arguments)}")
    return subprocess.run(["dbt", *arguments], cwd=PROJECT).returncode


def clean_up() -> None:
    """Deletes the endpoint where dbt was interrupted before it could, and stops the training."""
    if endpoint_names():
        run_dbt("run-operation", "sme.delete_endpoint", "--args", "{endpoint_name: APSPredictor}")
    jobs = boto3.client("sagemaker").list_auto_ml_jobs(
        NameContains="aps-model", StatusEquals="InProgress"
    )
    if jobs["AutoMLJobSummaries"]:
        run_dbt("run-operation", "sme.stop", "--args", "{model_name: aps_model}")


def endpoint_names() -> list[str]:
    found = boto3.client("sagemaker").list_endpoints(NameContains="APSPredictor")["Endpoints"]
    return [endpoint["EndpointName"] for endpoint in found]


def report(connection: pyexasol.ExaConnection) -> None:
    def row(columns: str, table: str) -> tuple:
        text = f"SELECT {columns} FROM {{name!q}}"
        return connection.execute(text, {"name": (SCHEMA, table)}).fetchone()

    threshold, expected = row("THRESHOLD, TOTAL_COST", "APS_THRESHOLD")
    say(f"Threshold {threshold:.4f}, chosen on validation trucks, where it costs {expected}")
    mistakes = "PREDICTIONS, FALSE_POSITIVES, FALSE_NEGATIVES, TOTAL_COST"
    predictions, false_positives, false_negatives, cost = row(mistakes, "APS_COST")
    print(
        f"tutorial: cost {cost} (FP {false_positives}, FN {false_negatives}), "
        f"{predictions} predictions, {len(endpoint_names())} endpoints left"
    )


def connect() -> pyexasol.ExaConnection:
    names = {"dsn": "EXASOL_DSN", "user": "EXASOL_USER", "password": "EXASOL_PASSWORD"}
    return pyexasol.connect(**{name: os.environ[variable] for name, variable in names.items()})


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
