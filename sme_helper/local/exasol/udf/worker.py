"""A UDF process: runs one call after another, each with globals of its own.

Forked by `fork_server`, or started as `python -m sme_helper.local.exasol.udf.worker FD [BUCKETS]`,
where FD is its end of a socket, and BUCKETS the folder of BucketFS. The process ends, even in the
middle of a call, when the server's end of its stdin is closed, so that none survives the server.
What a script prints goes nowhere, or where SCRIPT_OUTPUT_ADDRESS says.
"""

from __future__ import annotations

import datetime
import decimal
import os
import signal
import socket
import sys
import threading
import traceback

import pyarrow as pa

from ..types import ExaType
from .buckets import mount
from .channel import Channel, Closed
from .context import Context, InputRows
from .emitter import Emitter
from .exa import Exa, ExaMeta, ExaUDFError, compiled, environment_options
from .limits import memory_limit, output_to

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))


class Call:
    """One call of one script, as the host described it."""

    def __init__(self, channel: Channel, description: dict):
        self._channel = channel
        self.code = description["code"]
        self.script = description["meta"]["script_name"]
        self.scalar = description["kind"] == "SCALAR"
        self.returns = description["returns"]
        self.group_sizes = description["group_sizes"]
        self.row_count = description["row_count"]
        self.inputs = [(name, ExaType.parse(text)) for name, text in description["inputs"]]
        self.outputs = [(name, ExaType.parse(text)) for name, text in description["outputs"]]
        self.input_schema = pa.schema(
            [(f"a{index}", exa_type.arrow) for index, (_, exa_type) in enumerate(self.inputs)]
        )
        meta = ExaMeta(
            description["meta"],
            self.code,
            description["kind"],
            self.returns,
            self.inputs,
            self.outputs,
        )
        self.namespace = {
            "__name__": "__main__",
            "exa": Exa(meta, self._ask),
            "ExaUDFError": ExaUDFError,
            "decimal": decimal,
            "datetime": datetime,
        }

    def parse(self) -> None:
        """Runs the script's own lines, which define its functions."""
        with _errors_as("F-UDF-CL-SL-PYTHON-1122", "Exception while parsing UDF"):
            exec(compiled(self.code, self.script), self.namespace)

    def run(self) -> None:
        run = self.namespace.get("run")
        if run is None:
            raise ExaUDFError("F-UDF-CL-SL-PYTHON-1110: function 'run' is not defined")
        emitter = Emitter(self.outputs, self._send_batch)
        rows = InputRows(self.inputs, self._fetch_rows)
        context = Context(rows, emitter.emit, self.scalar, self.returns)
        first = 0
        with _errors_as("F-UDF-CL-SL-PYTHON-1114", "Exception during run"):
            for group, size in enumerate(self.group_sizes or _ones(self.row_count)):
                emitter.group = group
                context._open_group(first, size)
                result = run(context)
                if self.returns:
                    emitter.emit(result)
                first += size
            emitter.flush()
        self.clean_up()

    def clean_up(self) -> None:
        if "cleanup" in self.namespace:
            with _errors_as("F-UDF-CL-SL-PYTHON-1109", "Exception during cleanup"):
                self.namespace["cleanup"]()

    def default_output_columns(self) -> str:
        """What the script's default_output_columns() answers, e.g. 'A INT, B VARCHAR(10)'."""
        function = self.namespace.get("default_output_columns")
        if function is None:
            return ""
        with _errors_as("F-UDF-CL-SL-PYTHON-1118", "Exception during default_output_columns"):
            return str(function())

    def _ask(self, question: str, name: str) -> dict:
        self._channel.send({"ask": question, "name": name})
        return self._channel.receive()[0]

    def _fetch_rows(self, start: int, count: int) -> pa.RecordBatch:
        self._channel.send({"ask": "rows", "start": start, "count": count})
        _, block = self._channel.receive()
        return pa.ipc.read_record_batch(pa.py_buffer(block), self.input_schema)

    def _send_batch(self, batch: pa.RecordBatch) -> None:
        self._channel.send({"tell": "batch"}, batch.serialize())


def _ones(count: int):
    return (1 for _ in range(count))


class _errors_as:
    """Turns whatever the user's code raises into the text that Exasol reports."""

    def __init__(self, code: str, message: str):
        self._prefix = f"{code}: {message}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, trace) -> None:
        if error is None or isinstance(error, Closed):
            return
        raise ExaUDFError(f"{self._prefix} \n{user_traceback(error)}") from error


def user_traceback(error: BaseException) -> str:
    """The traceback in Python's own form, without the lines that are not the user's."""
    report = traceback.TracebackException.from_exception(error)
    for part in _chain(report):
        shown = [frame for frame in part.stack if not _is_own(frame.filename)]
        part.stack = traceback.StackSummary.from_list(shown)
    lines = [line for line in report.format() if not line.startswith("Traceback ")]
    return "".join(lines).rstrip("\n")


def _is_own(file_name: str) -> bool:
    return os.path.dirname(file_name) == _OWN_FOLDER


def _chain(report: traceback.TracebackException | None):
    while report is not None:
        yield report
        report = report.__cause__ or report.__context__


def handle(channel: Channel, description: dict) -> dict:
    """Does one call; its answer is the last message about it."""
    environment, paths, folder = dict(os.environ), list(sys.path), os.getcwd()
    try:
        os.environ.update(environment_options(description["code"]))
        limit = description["meta"].get("memory_limit")
        with output_to(description["output_address"]), memory_limit(limit):
            call = Call(channel, description)
            call.parse()
            if description["do"] == "default_output_columns":
                return {"tell": "done", "columns": call.default_output_columns()}
            call.run()
            return {"tell": "done"}
    except Closed:
        raise
    except ExaUDFError as error:
        return {"tell": "failed", "text": str(error)}
    finally:
        # the next call, perhaps of another script, finds the process as this one did
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = paths
        os.chdir(folder)


def end_with_server() -> None:
    """Watches stdin, which only the server's end or its will to stop closes."""
    own_stdin = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def watch() -> None:
        while os.read(own_stdin, 1024):
            pass
        # the process leads a group of its own: what the script has started ends with it
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def serve(descriptor: int, buckets: str | None) -> None:
    """Does the calls that come over this socket, until it ends."""
    end_with_server()
    if buckets:
        mount(buckets)
    channel = Channel(socket.socket(fileno=descriptor))
    try:
        while True:
            description, _ = channel.receive()
            channel.send(handle(channel, description))
    except Closed:
        os._exit(0)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
