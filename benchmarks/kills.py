"""Kills the database stand-in at random moments, and looks at what the next start finds.

    python -m benchmarks.kills [--kills 100] [--seed 1]

Three sessions write while the process is killed: rows one by one, merges and imports with one
commit for several statements, and tables with views that come and go. Each notes a unit of work
when the server has confirmed it, and keeps one open that is never committed.
"""

from __future__ import annotations

import argparse
import json
import random
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas
import pyexasol

from .udf import ROOT

_UNCOMMITTED = -1


@contextmanager
def server(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen, dict]]:
    """A running database stand-in, and what it said when it was ready."""
    command = [sys.executable, "-m", "sme_helper.local.exasol", "--data", str(data), *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def connect(dsn: str, **options) -> pyexasol.ExaConnection:
    return pyexasol.connect(dsn=dsn, user="sys", password="exasol", **options)


# --- writers: one unit of work, which is all there or not at all ---------------------


def insert(connection: pyexasol.ExaConnection, number: int) -> None:
    connection.execute(f"INSERT INTO KEPT.ROWS_ VALUES ({number})")


def merge_and_import(connection: pyexasol.ExaConnection, number: int) -> None:
    """Two tables in one transaction; each has `number` once."""
    connection.execute(
        f"MERGE INTO KEPT.MERGED T USING (SELECT {number} AS A) S ON T.A = S.A "
        "WHEN MATCHED THEN UPDATE SET B = 'twice' WHEN NOT MATCHED THEN INSERT VALUES (S.A, 'once')"
    )
    rows = pandas.DataFrame({"A": [number]})
    connection.import_from_pandas(rows, ("KEPT", "IMPORTED"))
    connection.commit()
    connection.execute(f"INSERT INTO KEPT.MERGED VALUES ({_UNCOMMITTED}, 'open')")
    connection.execute("CREATE TABLE KEPT.OPEN_ (A INT)")
    connection.rollback()


def change_schema(connection: pyexasol.ExaConnection, number: int) -> None:
    """A table, altered, and a view of it; the one before last goes."""
    connection.execute(f"CREATE TABLE KEPT.T{number} AS SELECT {number} AS A")
    connection.execute(f"ALTER TABLE KEPT.T{number} ADD COLUMN B VARCHAR(5) DEFAULT 'x'")
    connection.execute(f"CREATE VIEW KEPT.V{number} AS SELECT A, B FROM KEPT.T{number}")
    connection.execute(f"INSERT INTO KEPT.MADE VALUES ({number})")
    connection.commit()


WRITERS: dict[str, tuple[Callable, bool]] = {
    "ROWS_": (insert, True),
    "MERGED": (merge_and_import, False),
    "MADE": (change_schema, False),
}


class Writer(threading.Thread):
    """Repeats a unit of work until the server is gone; knows what was confirmed."""

    def __init__(self, dsn: str, table: str, first: int):
        super().__init__()
        self.work, self.autocommit = WRITERS[table]
        self.dsn, self.next = dsn, first
        self.confirmed: list[int] = []
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            with connect(self.dsn, autocommit=self.autocommit) as connection:
                while True:
                    self.work(connection, self.next)
                    self.confirmed.append(self.next)
                    self.next += 1
        except pyexasol.ExaQueryError as error:
            self.failed = error  # the server lives, and refused something
        except (pyexasol.ExaError, OSError, ssl.SSLError):
            pass  # it was killed


# --- what the next start must find ---------------------------------------------------


def check(connection: pyexasol.ExaConnection, confirmed: dict[str, list[int]]) -> dict:
    """The numbers that are there, for each writer.

    Raises:
        AssertionError: something confirmed is lost, something uncommitted is there, or the
            dictionary and the data do not agree.
    """

    def column(sql: str) -> list:
        return connection.execute(sql).fetchcol()

    found = {table: column(f"SELECT A FROM KEPT.{table} ORDER BY A") for table in WRITERS}
    for table, numbers in found.items():
        known = confirmed[table]
        assert numbers[: len(known)] == known, f"{table}: {numbers} lacks some of {known}"
        # What was committed just before the server could say so may be there: one unit.
        assert len(numbers) <= len(known) + 1, f"{table}: {numbers} has more than {known}"
    imported = column("SELECT A FROM KEPT.IMPORTED ORDER BY A")
    assert imported == found["MERGED"], f"half a transaction: {imported} of {found['MERGED']}"
    relations = column(
        "SELECT TABLE_NAME FROM SYS.EXA_ALL_TABLES WHERE TABLE_SCHEMA = 'KEPT' UNION ALL "
        "SELECT VIEW_NAME FROM SYS.EXA_ALL_VIEWS WHERE VIEW_SCHEMA = 'KEPT'"
    )
    made = {f"{letter}{number}" for letter in "TV" for number in found["MADE"]}
    assert set(relations) == {*WRITERS, "IMPORTED", *made}, sorted(relations)
    for number in found["MADE"][-5:]:
        assert connection.execute(f"SELECT * FROM KEPT.V{number}").fetchone() == (number, "x")
    return found


def set_up(connection: pyexasol.ExaConnection) -> None:
    connection.execute("CREATE SCHEMA KEPT")
    for table in ("ROWS_", "IMPORTED", "MADE"):
        connection.execute(f"CREATE TABLE KEPT.{table} (A INT)")
    connection.execute("CREATE TABLE KEPT.MERGED (A INT, B VARCHAR(10))")


def campaign(data: Path, kills: int, chance: random.Random) -> int:
    """How many units of work were confirmed, over that many kills on the same data.

    Raises:
        AssertionError: see `check`; or a writer was refused something.
    """
    confirmed: dict[str, list[int]] = {table: [] for table in WRITERS}
    with server(data) as (_, info), connect(info["dsn"]) as connection:
        set_up(connection)
    for _ in range(kills):
        with server(data) as (process, info):
            with connect(info["dsn"]) as connection:
                confirmed = check(connection, confirmed)
            writers = {
                table: Writer(info["dsn"], table, max(numbers, default=0) + 1)
                for table, numbers in confirmed.items()
            }
            for writer in writers.values():
                writer.start()
            time.sleep(chance.uniform(0.1, 1.2))
            process.kill()
            for table, writer in writers.items():
                writer.join(30)
                assert writer.failed is None, writer.failed
                confirmed[table] = confirmed[table] + writer.confirmed
    with server(data) as (_, info), connect(info["dsn"]) as connection:
        return sum(map(len, check(connection, confirmed).values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        units = campaign(Path(folder), given.kills, random.Random(given.seed))
    print(f"{given.kills} kills, {units} units of work confirmed: all there, and nothing else")


if __name__ == "__main__":
    main()
