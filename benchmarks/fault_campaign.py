"""Whatever the network does: every row gets its own prediction, and only guilty rows a message.

    python -m benchmarks.fault_campaign --seeds 200 --rows 100000

Each seed draws how often requests fail, how large a body the endpoint takes and which rows are
poisoned. Requests fail in all the ways of endpoint.FAULTS. The rows go through the real endpoint
UDF in a UDF process of the embedded stack, once with on_error 'fail' and without poisoned rows,
once with 'row' and with them, and are compared with what the endpoint answers to each row.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from .endpoint import ANSWER_KINDS, LABELS, Endpoint, answer_of
from .udf import Table, UdfProcess, call_of, endpoint_udf

RESULTS = Path(__file__).parent / "results" / "fault_campaign.json"
# as in a real run but quicker: pauses and the time after which an answer is given up
LIMITS = {"first_pause": 0.01, "read_timeout": 0.4}
COLUMNS = ["c0", "c1", "c2", "c3", "c4"]


@dataclass
class Plan:
    """What a seed stands for."""

    seed: int
    fault_rate: float
    most_bytes: int
    poisoned: frozenset[int]

    @classmethod
    def of(cls, seed: int, rows: int) -> Plan:
        draw = random.Random(seed)
        return cls(
            seed=seed,
            fault_rate=draw.uniform(0.05, 0.35),
            most_bytes=draw.choice([20_000, 100_000, 400_000, 6 << 20]),
            poisoned=frozenset(draw.sample(range(rows), draw.randint(1, 6))),
        )


def run(plan: Plan, rows: int, on_error: str) -> pa.Table:
    """The output of the UDF for keys 0, 1, ... under the faults of a plan."""
    table = Table(3, plan.poisoned if on_error == "row" else frozenset())
    faults = {"fault_rate": plan.fault_rate, "most_bytes": plan.most_bytes, "seed": plan.seed}
    with Endpoint(by_row=True, **faults) as endpoint, UdfProcess(endpoint.url) as process:
        call = call_of(endpoint_udf(3, **LIMITS), table.line_inputs(on_error), process)
        return process.measure(call, table.as_numbered_lines, rows).output


def due(rows: int, poisoned: frozenset[int]) -> pa.Table:
    """Key, label, probability, probabilities and labels of each row, as without faults."""
    answers = [(*answer_of(key), json.dumps(LABELS)) for key in range(ANSWER_KINDS)]
    places = [None if key in poisoned else key % ANSWER_KINDS for key in range(rows)]
    columns = [pa.array(column).take(pa.array(places)) for column in zip(*answers, strict=True)]
    return pa.table([pa.array(range(rows)), *columns], names=COLUMNS)


def differences(output: pa.Table, rows: int, poisoned: frozenset[int]) -> list[str]:
    """What is wrong with an output, in words. Empty if every row is as without faults."""
    wrong = []
    expected, answered = due(rows, poisoned), output.select(COLUMNS).combine_chunks()
    if not answered.equals(expected):
        pairs = zip(answered.to_pylist(), expected.to_pylist(), strict=True)
        wrong += [f"{have}, due is {want}" for have, want in pairs if have != want]
    if "c5" in output.column_names:
        messages = enumerate(output.column("c5").to_pylist())
        guilty = {key: message for key, message in messages if message is not None}
        if guilty.keys() != poisoned:
            wrong.append(f"messages of {sorted(guilty)}, due are {sorted(poisoned)}")
        wrong += [text for text in guilty.values() if "E-SME-23" not in text]
    return wrong


def check(seed: int, rows: int) -> list[str]:
    """Runs both ways of a seed. Gives what was wrong."""
    plan = Plan.of(seed, rows)
    wrong = differences(run(plan, rows, "fail"), rows, frozenset())
    return wrong + differences(run(plan, rows, "row"), rows, plan.poisoned)


def checked(seed: int, rows: int) -> list[str]:
    """What was wrong with a seed, and a line about it."""
    try:
        wrong = check(seed, rows)
    except Exception as error:
        wrong = [str(error).splitlines()[-1]]
    print(f"seed {seed}: {'; '.join(wrong[:3]) or 'every row as without faults'}", flush=True)
    return wrong[:5]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=4, help="seeds at the same time")
    given = parser.parse_args()
    started = time.time()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    with ThreadPoolExecutor(given.jobs) as threads:
        wrong = list(threads.map(partial(checked, rows=given.rows), seeds))
    failed = {seed: texts for seed, texts in zip(seeds, wrong, strict=True) if texts}
    summary = {
        "date": time.strftime("%Y-%m-%d"),
        "first_seed": given.first_seed,
        "seeds": len(seeds),
        "rows": given.rows,
        "runs": 2 * len(seeds),
        "failed": failed,
        "seconds": round(time.time() - started),
    }
    RESULTS.write_text(json.dumps(summary, indent=2) + "\n")
    print(f"{len(seeds) - len(failed)} of {len(seeds)} seeds right")
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
