"""UDF processes: starting, pooling and killing them, and running a call in one."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SqlError, aborted
from ..types import ExaType
from .channel import Channel, Closed
from .emitter import output_schema
from .processes import ForkServer, Process, start_python

PROCESSES_PER_CALL = 2
_PACKAGE = Path(__file__).resolve().parents[3]
_BYTES_PER_BATCH = 4 << 20
_MOST_ROWS_PER_BATCH = 65536
# below this, starting a second process costs more than it gains
_ROWS_WORTH_A_PROCESS = 2000

# question ('connection' or 'script') and name -> what the script may know, or SqlError
Answer = Callable[[str, str], dict]


@dataclass
class UdfCall:
    """One call of a script, ready to run.

    Attributes:
        code: the script's body.
        kind: SCALAR or SET.
        returns: True for RETURNS, False for EMITS.
        meta: what exa.meta shows beside the columns.
        inputs: names and types of the input columns.
        outputs: names and types of the output columns.
        answer: answers the script's questions; called from one thread at a time.
        interpreter: the Python to run it in; None for the one that serves.
        output_address: HOST:PORT that gets what the script prints, or None.
    """

    code: str
    kind: str
    returns: bool
    meta: dict
    inputs: list[tuple[str, ExaType]]
    outputs: list[tuple[str, ExaType]]
    answer: Answer
    interpreter: str | None = None
    output_address: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def description(self, action: str, rows: int = 0, group_sizes: list[int] | None = None) -> dict:
        return {
            "do": action,
            "code": self.code,
            "kind": self.kind,
            "returns": self.returns,
            "meta": self.meta,
            "inputs": [(name, exa_type.sql) for name, exa_type in self.inputs],
            "outputs": [(name, exa_type.sql) for name, exa_type in self.outputs],
            "row_count": rows,
            "group_sizes": group_sizes,
            "output_address": self.output_address,
        }

    def locked_answer(self, question: str, name: str) -> dict:
        with self.lock:
            try:
                return self.answer(question, name)
            except SqlError as error:
                return {"error": error.text}


class Worker:
    """One UDF process and the server's end of its socket."""

    def __init__(self, start: Callable[[socket.socket], Process], interpreter: str | None = None):
        self.interpreter = interpreter
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = start(theirs)
        self._channel = Channel(ours)
        self.pid = self._process.pid
        self._aborted = False

    def run(self, call: UdfCall, data: pa.Table, group_sizes: list[int] | None) -> pa.Table:
        """Runs a call over these rows; gives c0, c1, ... and the group of each result row."""
        batches: list[pa.RecordBatch] = []
        schema = output_schema([exa_type for _, exa_type in call.outputs])
        most_rows = _rows_per_batch(data)

        def serve(message: dict, block: bytes) -> None:
            if message.get("tell") == "batch":
                batches.append(pa.ipc.read_record_batch(pa.py_buffer(block), schema))
            elif message["ask"] == "rows":
                count = min(message["count"], most_rows)
                self._channel.send({}, _slice(data, message["start"], count).serialize())
            else:
                self._channel.send(call.locked_answer(message["ask"], message["name"]))

        self._converse(call.description("run", data.num_rows, group_sizes), serve)
        return pa.Table.from_batches(batches, schema=schema)

    def default_output_columns(self, call: UdfCall) -> str:
        def serve(message: dict, block: bytes) -> None:
            self._channel.send(call.locked_answer(message["ask"], message["name"]))

        return self._converse(call.description("default_output_columns"), serve)["columns"]

    def _converse(self, description: dict, serve: Callable[[dict, bytes], None]) -> dict:
        try:
            self._channel.send(description)
            while True:
                message, block = self._channel.receive()
                if message.get("tell") == "done":
                    return message
                if message.get("tell") == "failed":
                    raise SqlError(f"VM error: {_ERROR_PREFIX}{message['text']}", "22002")
                serve(message, block)
        except Closed:
            raise self._how_it_ended() from None

    def _how_it_ended(self) -> SqlError:
        code = self._process.wait()
        if self._aborted:
            return aborted()
        cause = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return SqlError(f"VM error: VM crashed ({cause})", "22002")

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """Ends the process and all that it started; may be called from any thread."""
        self._aborted = True
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()

    def close(self) -> None:
        self.kill()
        self._process.stdin.close()
        self._channel.close()


# Exasol's chain of prefixes in front of the error of the Python layer
_ERROR_PREFIX = "F-UDF-CL-LIB-1127: F-UDF-CL-SL-PYTHON-1002: F-UDF-CL-SL-PYTHON-1026: ExaUDFError: "


def _rows_per_batch(data: pa.Table) -> int:
    bytes_per_row = data.nbytes / max(data.num_rows, 1)
    return max(1, min(_MOST_ROWS_PER_BATCH, int(_BYTES_PER_BATCH / max(bytes_per_row, 1))))


def _slice(data: pa.Table, start: int, count: int) -> pa.RecordBatch:
    part = data.slice(start, count).combine_chunks()
    arrays = [pa.concat_arrays(column.chunks) for column in part.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=data.schema)


class UdfHost:
    """The UDF processes of one database.

    A process is used by one session at a time and goes back to the pool after a call; a
    later call, of any session, takes it from there.

    Args:
        aws_endpoint_url: where the processes' requests to AWS go, or None.
        buckets: the folder that UDFs see as /buckets, or None.
        most_idle: processes of each Python that are kept for later calls.
    """

    def __init__(
        self,
        aws_endpoint_url: str | None = None,
        buckets: Path | None = None,
        most_idle: int = PROCESSES_PER_CALL,
    ):
        self._environment = worker_environment(aws_endpoint_url)
        self._fork_server = ForkServer(self._environment, buckets)
        self._buckets = buckets
        self._package = TemporaryDirectory(prefix="sme-udf-")
        (Path(self._package.name) / _PACKAGE.name).symlink_to(_PACKAGE)
        self._most_idle = most_idle
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: dict[Worker, object] = {}
        self._closed = False

    def run(
        self,
        owner: object,
        call: UdfCall,
        data: pa.Table,
        group_sizes: list[int] | None = None,
    ) -> pa.Table:
        """Runs a call over all its rows, in several processes where that pays.

        Args:
            owner: whose processes these are, for `kill`; the session.
            data: the arguments a0, a1, ..., typed as `call.inputs` says.
            group_sizes: rows in each group, groups one after the other; None for a SCALAR
                script, where every row is a group.

        Returns:
            c0, c1, ... and `__group`, the number of the group (of the row, for SCALAR)
            that a result row came from, in the order of the input.

        Raises:
            SqlError: 22002, the script failed or its process crashed.
        """
        parts = _split(data, group_sizes, PROCESSES_PER_CALL)
        if len(parts) == 1:
            return self._run_part(owner, call, *parts[0])
        with ThreadPoolExecutor(len(parts)) as threads:
            futures = [threads.submit(self._run_part, owner, call, *part) for part in parts]
            results = [future.exception() or future.result() for future in futures]
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return pa.concat_tables(results)

    def _run_part(
        self, owner: object, call: UdfCall, data: pa.Table, sizes: list[int] | None, first: int
    ) -> pa.Table:
        with self.process(owner, call.interpreter) as worker:
            result = worker.run(call, data, sizes)
        if not first:
            return result
        groups = pc.add(result.column("__group"), first)
        return result.set_column(result.num_columns - 1, "__group", groups)

    def default_output_columns(self, owner: object, call: UdfCall) -> str:
        with self.process(owner, call.interpreter) as worker:
            return worker.default_output_columns(call)

    @contextmanager
    def process(self, owner: object, interpreter: str | None = None) -> Iterator[Worker]:
        """A process for a call or several of one statement; back to the pool if it lives."""
        worker = self._take(owner, interpreter)
        try:
            yield worker
        except BaseException:
            # a script that has failed may have left threads or locks behind
            self._forget(worker)
            worker.close()
            raise
        self._give_back(worker)

    def _take(self, owner: object, interpreter: str | None) -> Worker:
        with self._lock:
            if self._closed:
                raise SqlError("VM error: the server is stopping", "22002")
            fitting = [w for w in self._idle if w.interpreter == interpreter]
            worker = None
            while fitting and worker is None:
                candidate = fitting.pop()
                self._idle.remove(candidate)
                worker = candidate if candidate.is_alive() else None
            worker = worker or self._start(interpreter)
            self._busy[worker] = owner
            return worker

    def _start(self, interpreter: str | None) -> Worker:
        if not interpreter:
            return Worker(self._fork_server.start)
        # Of this Python's packages, a container's sees none but the worker.
        environment = {**self._environment, "PYTHONPATH": self._package.name}
        start = partial(start_python, interpreter, environment, self._buckets)
        return Worker(start, interpreter)

    def _forget(self, worker: Worker) -> None:
        with self._lock:
            self._busy.pop(worker, None)

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            self._busy.pop(worker, None)
            alike = sum(idle.interpreter == worker.interpreter for idle in self._idle)
            keep = not self._closed and alike < self._most_idle and worker.is_alive()
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.close()

    def kill(self, owner: object) -> None:
        """Ends the calls that `owner` has under way; they fail as aborted."""
        with self._lock:
            workers = [worker for worker, who in self._busy.items() if who is owner]
        for worker in workers:
            worker.kill()

    def close(self) -> None:
        """Ends all processes."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for worker in idle:
            worker.close()
        for worker in busy:
            worker.kill()
        self._fork_server.close()
        self._package.cleanup()


def _split(
    data: pa.Table, group_sizes: list[int] | None, most: int
) -> list[tuple[pa.Table, list[int] | None, int]]:
    """Parts for processes of their own: rows, group sizes, number of the first group."""
    if group_sizes is None:
        parts = min(most, max(1, data.num_rows // _ROWS_WORTH_A_PROCESS))
        bounds = [data.num_rows * index // parts for index in range(parts + 1)]
        return [(data.slice(start, end - start), None, start) for start, end in pairwise(bounds)]
    if len(group_sizes) < 2:
        return [(data, group_sizes, 0)]
    half = data.num_rows / 2
    rows, cut = 0, 0
    while cut < len(group_sizes) - 1 and (cut == 0 or rows + group_sizes[cut] / 2 <= half):
        rows += group_sizes[cut]
        cut += 1
    return [
        (data.slice(0, rows), group_sizes[:cut], 0),
        (data.slice(rows), group_sizes[cut:], cut),
    ]


def worker_environment(aws_endpoint_url: str | None) -> dict[str, str]:
    """What a UDF process finds in its environment: nothing of the server's secrets."""
    root = str(_PACKAGE.parent)
    paths = [root, *(path for path in sys.path if path and path != root)]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        # without credentials of its own, a UDF must bring those of a CONNECTION
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
    }
    if aws_endpoint_url:
        environment["AWS_ENDPOINT_URL"] = aws_endpoint_url
    return environment
