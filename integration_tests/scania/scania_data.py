"""The two files of the Scania challenge: read as they are published, or generated in their form.

The published files hold trucks with failures of their air pressure system (class `pos`) and with
other failures (`neg`): 20 lines of licence, a header, 170 counters and histograms, `na` for what
is missing. The generated ones are made up. They have the same columns, the same shares of failures
and of missing values, and failures that are about as hard to tell apart; no more.
"""

from __future__ import annotations

import string
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

TRAINING_FILE, TEST_FILE = "aps_failure_training_set.csv", "aps_failure_test_set.csv"
LICENCE_LINES = 20
POSITIVES = 1 / 60
BINS = 10
HISTOGRAMS = ("ag", "ay", "az", "ba", "cn", "cs", "ee")
# Two of the published names are shorter than the others, and no group has a `w` in second place.
SHORT_NAMES = {"am": "am_0", "ec": "ec_00"}
GROUPS = [
    first + second
    for first in "abcde"
    for second in string.ascii_lowercase
    if second != "w" and first + second <= "eg"
]
HARDLY_KNOWN = ("ab", "ad", "bk", "bl", "bm", "bn", "bo", "bp", "bq", "br", "cf", "cg", "ch", "cr")
FACTORS = 6
SEED = 20160414


def columns_of(group: str) -> list[str]:
    if group in HISTOGRAMS:
        return [f"{group}_{bin_:03}" for bin_ in range(BINS)]
    return [SHORT_NAMES.get(group, f"{group}_000")]


FEATURES = [name for group in GROUPS for name in columns_of(group)]


def read(path: Path) -> pa.Table:
    """A file as a table with a key in front. The files have none: it is the number of the row.

    Values stay texts: the database makes numbers of them, while types guessed here would be those
    of the first rows.
    """
    convert = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(["class", *FEATURES], pa.string()),
        null_values=["na"],
        strings_can_be_null=True,
    )
    rows = pa_csv.read_csv(path, pa_csv.ReadOptions(skip_rows=LICENCE_LINES), None, convert)
    return rows.add_column(0, "truck_id", pa.array(range(1, rows.num_rows + 1)))


def generate(folder: Path, training_rows: int, test_rows: int) -> None:
    """Writes both files, always the same ones for the same numbers of rows."""
    rng = np.random.default_rng(SEED)
    world = World(rng)
    for file, rows in ((TRAINING_FILE, training_rows), (TEST_FILE, test_rows)):
        write(folder / file, *world.trucks(rows, rng))


class World:
    """How counters and histograms depend on what nobody sees: use, load, age, and wear."""

    def __init__(self, rng: np.random.Generator):
        self.weights = {group: rng.normal(0, 0.45, FACTORS) for group in GROUPS}
        self.levels = {group: rng.uniform(4, 14) for group in GROUPS}
        self.profiles = {group: rng.normal(0, 0.5, (FACTORS, BINS)) for group in HISTOGRAMS}
        self.symptoms = {group: rng.gamma(0.7, 0.5) for group in GROUPS}

    def trucks(self, rows: int, rng: np.random.Generator) -> tuple[np.ndarray, dict]:
        """Whether each truck has the failure, and its values by column (NaN: missing)."""
        factors = rng.normal(0, 1, (rows, FACTORS))
        use, load, age = factors[:, 0], factors[:, 1], factors[:, 2]
        wear = 0.8 * age + 0.6 * use + 0.5 * np.maximum(load, 0) * age + rng.gumbel(0, 1, rows)
        fails = np.zeros(rows, bool)
        fails[np.argsort(-wear)[: round(rows * POSITIVES)]] = True
        # How far the failure has come shows in the counters, with most trucks clearly.
        stage = np.where(fails, rng.gamma(4, 0.55, rows), rng.gamma(0.25, 0.25, rows))
        values = {}
        for group in GROUPS:
            log = self.levels[group] + factors @ self.weights[group]
            log += self.symptoms[group] * stage + rng.normal(0, 0.6, rows)
            total = np.exp(np.minimum(log, 20))
            if group in HISTOGRAMS:
                counts = total[:, None] * self.shares(group, factors, stage, rng)
                values |= dict(zip(columns_of(group), np.floor(counts).T, strict=True))
            else:
                values[columns_of(group)[0]] = np.floor(total)
            lost = rng.random(rows) < (0.7 if group in HARDLY_KNOWN else 0.05)
            for name in columns_of(group):
                values[name] = np.where(lost, np.nan, values[name])
        return fails, values

    def shares(self, group, factors, stage, rng) -> np.ndarray:
        """How the total of a histogram is spread over its bins; wear shifts it to the right."""
        tilt = np.linspace(-0.3, 0.3, BINS)
        log = factors @ self.profiles[group] + stage[:, None] * tilt
        log += rng.normal(0, 0.5, log.shape)
        weights = np.exp(log)
        return weights / weights.sum(axis=1, keepdims=True)


def write(path: Path, fails: np.ndarray, values: dict[str, np.ndarray]) -> None:
    columns = {"class": pa.array(np.where(fails, "pos", "neg"))}
    for name, numbers in values.items():
        whole = pa.array(numbers, from_pandas=True).cast(pa.int64()).cast(pa.string())
        columns[name] = whole.fill_null("na")
    licence = ["Made up by scania_data.py in the form of the published file."]
    licence += [""] * (LICENCE_LINES - len(licence))
    with path.open("wb") as file:
        file.write("".join(f"{line}\n" for line in licence).encode())
        file.write((",".join(columns) + "\n").encode())
        options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
        pa_csv.write_csv(pa.table(columns), file, options)
