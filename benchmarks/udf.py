"""The endpoint UDF in the embedded stack's own UDF process, fed and read as the host does it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from sme_helper import bundle
from sme_helper.local.exasol.sql.column_list import parse_columns
from sme_helper.local.exasol.types import ExaType
from sme_helper.local.exasol.udf.emitter import output_schema
from sme_helper.local.exasol.udf.host import UdfCall, Worker, worker_environment
from sme_helper.local.exasol.udf.processes import start_python

from .endpoint import MODELS, RESPONSE_KEYS

ROOT = Path(__file__).resolve().parents[1]
LINE_TYPES = {"fail": "VARCHAR(1999999)", "row": "VARCHAR(1999998)"}
LIBRARY = "SME_AUTOPILOT_PREDICTION_LIBRARY"
ENDPOINT_UDF = """
endpoint = exa.import_script('{library}').Endpoint(exa, {definition!r})
default_output_columns = endpoint.default_output_columns
run = endpoint.run
"""
CONNECTION = {
    "address": json.dumps({"aws_s3_connection": "KEYS", "aws_region": "eu-central-1"}),
    "user": "user",
    "password": "password",
}
META = {
    "script_name": "PREDICTOR",
    "script_schema": "SME",
    "current_user": "SYS",
    "node_count": 1,
    "node_id": 0,
    "memory_limit": 4 << 30,
}
# (start, count) -> rows of the input from `start` on, at most `count` and at least one
Rows = Callable[[int, int], pa.RecordBatch]


@dataclass
class Measured:
    """One run: its output, when and how long the rows were in the process, and its peak memory."""

    output: pa.Table
    started: float
    seconds: float
    peak_mb: float


@cache
def library_code() -> str:
    scripts = {script.name: script for script in bundle.read_manifest(ROOT / "udfs")}
    return bundle.script_body(scripts[LIBRARY], ROOT / "udfs")


def endpoint_udf(feature_count: int, **limits: float) -> str:
    """The body of the UDF that a deployment creates for a binary classification."""
    definition = {
        "endpoint_name": "Predictor",
        "model_connection": "MODEL",
        "columns": [{"name": f"C{i}", "type": "DOUBLE"} for i in range(feature_count)],
        "target": {"name": "TARGET", "type": "VARCHAR(10) UTF8"},
        "problem_type": "BinaryClassification",
        "response_keys": RESPONSE_KEYS,
        "model_name": MODELS[0],
        "limits": limits,
    }
    return ENDPOINT_UDF.format(library=LIBRARY, definition=json.dumps(definition))


def answer(question: str, name: str) -> dict:
    """What the UDF process asks for."""
    return {"code": library_code()} if question == "script" else {"connection": CONNECTION}


def call_of(code: str, inputs: list[str], worker: Worker) -> UdfCall:
    """A call with columns of these types, its output columns as the script itself says."""
    columns = [(str(i), ExaType.parse(sql_type)) for i, sql_type in enumerate(inputs)]
    call = UdfCall(code, "SET", False, META, columns, [], answer)
    described = parse_columns(worker.default_output_columns(call))
    call.outputs = [(column.name, column.type) for column in described]
    return call


class UdfProcess(Worker):
    """A fresh UDF process whose requests to AWS go to `url`."""

    def __init__(self, url: str):
        super().__init__(partial(start_python, sys.executable, worker_environment(url), None))

    def __enter__(self) -> UdfProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def measure(self, call: UdfCall, rows: Rows, count: int, keep: bool = True) -> Measured:
        """Runs a call over one group of `count` rows.

        Time runs from the first rows that enter the process to its last word. With keep=False
        the output is dropped as it comes and only the first rows of each batch are kept.
        """
        schema = output_schema([exa_type for _, exa_type in call.outputs])
        batches, started = [], None
        rows(0, 1)  # makes what is made once, before the clock runs

        def serve(message: dict, block: bytes) -> None:
            nonlocal started
            if message.get("tell") == "batch":
                batch = pa.ipc.read_record_batch(pa.py_buffer(block), schema)
                batches.append(batch if keep else pa.record_batch([], names=[]))
                self.emitted += batch.num_rows
            elif message["ask"] == "rows":
                batch = rows(message["start"], message["count"])
                started = started or time.monotonic()
                self._channel.send({}, batch.serialize())
            else:
                self._channel.send(call.locked_answer(message["ask"], message["name"]))

        self.emitted = 0
        self._converse(call.description("run", count, [count]), serve)
        seconds = time.monotonic() - started
        if self.emitted != count:
            raise AssertionError(f"{self.emitted} rows came out for {count}")
        output = pa.Table.from_batches(batches, schema=schema) if keep else schema.empty_table()
        return Measured(output, started, seconds, self.peak_mb())

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


class Table:
    """Rows with a key and numeric columns, made as they are asked for from one block.

    Args:
        columns: how many feature columns.
        poisoned: keys whose line holds what the model refuses.
    """

    BLOCK_BYTES = 16 << 20

    def __init__(self, columns: int, poisoned: frozenset[int] = frozenset()):
        self.columns = columns
        self.poisoned = poisoned
        self.block_rows = max(1000, min(100_000, self.BLOCK_BYTES // (8 * columns)))
        values = np.random.default_rng(1).uniform(0, 10_000, (self.block_rows, columns))
        self.values = np.round(values, 2)

    @cached_property
    def lines(self) -> list[str]:
        return [",".join(map(str, row)) + "\n" for row in self.values.tolist()]

    @cached_property
    def _line_array(self) -> pa.Array:
        return pa.array(self.lines)

    @cached_property
    def _column_arrays(self) -> list[pa.Array]:
        return [pa.array(column) for column in self.values.T]

    def _bounds(self, start: int, count: int) -> tuple[int, int]:
        first = start % self.block_rows
        most = max(1000, 4_000_000 // (8 * self.columns))
        return first, min(first + min(count, most), self.block_rows)

    def as_lines(self, start: int, count: int) -> pa.RecordBatch:
        """Keys and lines, the call that sme.predict makes."""
        first, end = self._bounds(start, count)
        keys = np.arange(start, start + end - first)
        lines = self._line_array.slice(first, end - first)
        return pa.RecordBatch.from_arrays([pa.array(keys), lines], names=["a0", "a1"])

    def as_numbered_lines(self, start: int, count: int) -> pa.RecordBatch:
        """As as_lines, but each line begins with its key, so that answers can depend on it."""
        end = start + min(count, 20_000)
        lines = [
            f"{key},1.5,{'poison' if key in self.poisoned else 7}\n" for key in range(start, end)
        ]
        return pa.RecordBatch.from_arrays(
            [pa.array(np.arange(start, end)), pa.array(lines)], names=["a0", "a1"]
        )

    def as_columns(self, start: int, count: int) -> pa.RecordBatch:
        """The columns as they are, the predecessor's call."""
        first, end = self._bounds(start, count)
        arrays = [array.slice(first, end - first) for array in self._column_arrays]
        return pa.RecordBatch.from_arrays(arrays, names=[f"a{i}" for i in range(self.columns)])

    def line_inputs(self, on_error: str = "fail") -> list[str]:
        return ["DECIMAL(18,0)", LINE_TYPES[on_error]]

    def column_inputs(self) -> list[str]:
        return ["DOUBLE"] * self.columns
