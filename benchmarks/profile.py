"""On what the UDF process spends its CPU time for a row: a call by line, realistic endpoint.

    python -m benchmarks.profile [--rows 1000000]

The steps of the prediction library are wrapped with the clock of the thread that runs them. The
table goes between the marks in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from .endpoint import Endpoint
from .predict import PAGE, REALISTIC, machine
from .udf import LIBRARY, Table, UdfProcess, call_of, endpoint_udf

BEGIN, END = "<!-- profile: begin -->", "<!-- profile: end -->"
COLUMNS = (10, 171)
# What the library calls the steps, in the order in which a row goes through them. Each is a
# function of its own, and none calls another.
STEPS = {
    "rows into pandas": "GroupReader.read",
    "joining lines": "Batch.__init__",
    "signing, sending, receiving": "Delivery.send",
    "reading and checking the answer: CSV, labels, probabilities": "answer_columns",
    "putting together": "output_frame",
    "emitting": "ctx.emit",
}
ALL = "the whole process"
CLOCKS = """
import json, time

library = exa.import_script('{library}')
spent = {{}}


def timed(step, function):
    def run(*arguments):
        started = time.thread_time()
        try:
            return function(*arguments)
        finally:
            spent[step] = spent.get(step, 0.0) + time.thread_time() - started

    return run


class Context:
    def __init__(self, ctx):
        self.ctx = ctx
        self.emit = timed('ctx.emit', ctx.emit)

    def __getattr__(self, name):
        return getattr(self.ctx, name)


class Delivery(library.Delivery):
    def __init__(self, name, invoke, *arguments, **options):
        super().__init__(name, timed('Delivery.send', invoke), *arguments, **options)


for name in ('answer_columns', 'output_frame'):
    setattr(library, name, timed(name, getattr(library, name)))
for owner, name in ((library.GroupReader, 'read'), (library.Batch, '__init__')):
    setattr(owner, name, timed(owner.__name__ + '.' + name, getattr(owner, name)))
library.Delivery = Delivery
plain_run = run


def run(ctx):
    started = time.process_time()
    plain_run(Context(ctx))
    spent['{all}'] = time.process_time() - started
    with open('{path}', 'w') as file:
        json.dump(spent, file)
"""


def measure(columns: int, rows: int) -> dict[str, float]:
    """CPU time of each step, in microseconds a row."""
    table = Table(columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spent"
        code = endpoint_udf(columns) + CLOCKS.format(library=LIBRARY, all=ALL, path=path)
        with Endpoint(REALISTIC) as endpoint, UdfProcess(endpoint.url) as process:
            call = call_of(code, table.line_inputs(), process)
            process.measure(call, table.as_lines, rows, keep=False)
        spent = json.loads(path.read_text())
    return {step: seconds / rows * 1e6 for step, seconds in spent.items()}


def as_table(runs: list[dict[str, float]]) -> str:
    """Markdown, a column for each of COLUMNS."""
    lines = ["| | " + " | ".join(f"{columns} columns" for columns in COLUMNS) + " |"]
    lines.append("|---|" + "---:|" * len(COLUMNS))
    rest = [run[ALL] - sum(run[step] for step in STEPS.values()) for run in runs]
    times = {title: [run[step] for run in runs] for title, step in STEPS.items()}
    times |= {"all else": rest, ALL: [run[ALL] for run in runs]}
    for title, spent in times.items():
        lines.append(f"| {title} | " + " | ".join(f"{each:.2f} µs" for each in spent) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    runs = [measure(columns, given.rows) for columns in COLUMNS]
    text = f"{as_table(runs)}\n\n{machine()}, {time.strftime('%Y-%m-%d')}; {given.rows:,} rows."
    print(text)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
