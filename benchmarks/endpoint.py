"""An endpoint to measure against: it speaks InvokeEndpoint and costs what it is told to cost.

Started by `Endpoint(...)` as a process of its own, so that it shares no interpreter with what is
measured. It can also fail in every way that a real one can, at random but from a seed.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import math
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

RESPONSE_KEYS = ["predicted_label", "probability", "probabilities", "labels"]
LABELS = ["no", "yes"]
POISON = b"poison"
# what serves before an update and after it
MODELS = ("model-1", "model-2")
FAULTS = (
    "throttled",
    "not_ready",
    "internal_failure",
    "unavailable",
    "model_crashed",
    "no_answer",
    "reset",
    "half_an_answer",
    "row_missing",
    "row_too_many",
)
ANSWER_KINDS = 997


def answer_of(key: int) -> tuple[str, float, str]:
    """Label, its probability and the probabilities that the endpoint gives for a row's key."""
    yes = (key % ANSWER_KINDS + 0.5) / ANSWER_KINDS
    chances = [1 - yes, yes]
    label = LABELS[yes > 0.5]
    return label, max(chances), str(chances)


def answer_line(key: int) -> bytes:
    label, probability, probabilities = answer_of(key)
    return f'{label},{probability!r},"{probabilities}","{LABELS}"\n'.encode()


@dataclass
class Costs:
    """What a request costs the endpoint. With 0 workers, any number is answered at once."""

    latency: float = 0.0
    workers: int = 0
    seconds_per_row: float = 0.0


class Server:
    """Answers requests as `costs` say.

    Args:
        by_row: answer each row by its key (its first field) instead of all alike.
        fault_rate: share of requests that fail, of the kinds in FAULTS.
        most_bytes: a larger body is answered with 413.
        updated_after: how many requests the first of MODELS answers, before the second does.
        deleted_after: how many requests are answered before the endpoint is gone.
        log: a file for a line about each request: since when the worker that takes it had been
            free (0 if always), when it begins and ends, and its rows.
    """

    def __init__(
        self,
        costs: Costs,
        by_row: bool,
        fault_rate: float,
        most_bytes: int,
        seed: int,
        updated_after: float,
        deleted_after: float,
        log: TextIO | None,
    ):
        self.costs = costs
        self.log = log
        self.requests = 0
        self.updated_after = updated_after
        self.deleted_after = deleted_after
        self.by_row = by_row
        self.fault_rate = fault_rate
        self.most_bytes = most_bytes
        self.random = random.Random(seed)
        self.lines = [answer_line(key) for key in range(ANSWER_KINDS)]
        self.free_at = [0.0] * costs.workers

    def ready_at(self, now: float, rows: int) -> float:
        """When the answer to a request that comes now is ready."""
        work = self.costs.latency + self.costs.seconds_per_row * rows
        if not self.free_at:
            return now + work
        begin = max(now, self.free_at[0])
        end = begin + work
        free_since = heapq.heapreplace(self.free_at, end)
        if self.log:
            print(free_since, begin, end, rows, file=self.log, flush=True)
        return end

    def respond(self, body: bytes) -> tuple[bytes | None, str | None]:
        """The HTTP answer (None: never), and the fault with which it is sent."""
        self.requests += 1
        if self.requests > self.deleted_after:
            return error(400, "ValidationError", "Endpoint Predictor not found."), None
        if len(body) > self.most_bytes:
            return error(413, "ValidationError", "the body is too large"), None
        fault = None
        if self.fault_rate and self.random.random() < self.fault_rate:
            fault = self.random.choice(FAULTS)
        if fault in SIMPLE_FAULTS:
            return error(*SIMPLE_FAULTS[fault]), None
        if fault == "model_crashed":
            return model_error(500, "worker died"), None
        if fault in ("no_answer", "reset"):
            return None, fault
        if POISON in body:
            return model_error(400, "could not convert string to float"), None
        lines = self.answer_lines(body)
        if fault == "row_missing":
            lines = lines[:-1]
        elif fault == "row_too_many":
            lines = [*lines, lines[0]]
        headers = {
            "Content-Type": "text/csv",
            "x-Amzn-Invoked-Production-Variant": MODELS[self.requests > self.updated_after],
        }
        return http(200, b"".join(lines), headers), fault

    def answer_lines(self, body: bytes) -> list[bytes]:
        if not self.by_row:
            return [self.lines[0]] * body.count(b"\n")
        rows = body.split(b"\n")[:-1]
        return [self.lines[int(row[: row.index(b",")]) % ANSWER_KINDS] for row in rows]


SIMPLE_FAULTS = {
    "throttled": (429, "ThrottlingException", "Rate exceeded"),
    "not_ready": (429, "ModelNotReadyException", "The model is not ready yet"),
    "internal_failure": (500, "InternalFailure", "An internal failure occurred"),
    "unavailable": (503, "ServiceUnavailable", "The service is unavailable"),
}


def http(status: int, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def error(status: int, code: str, message: str, **more: object) -> bytes:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return http(status, json.dumps({"message": message, **more}).encode(), headers)


def model_error(status: int, message: str) -> bytes:
    text = f'Received error ({status}) from primary with message "{message}".'
    return error(424, "ModelError", text, OriginalStatusCode=status, OriginalMessage=message)


class Connection(asyncio.Protocol):
    """One kept-alive connection: requests one after the other."""

    def __init__(self, server: Server):
        self.server = server
        self.received = bytearray()
        self.due = 0
        self.head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.due:
            self.read_head()
        if self.due and len(self.received) >= self.due:
            body = bytes(memoryview(self.received)[self.head_size : self.due])
            self.received, self.due = bytearray(), 0
            self.answer(body)

    def read_head(self) -> None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        for line in bytes(self.received[:end]).split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                self.head_size = end + 4
                self.due = self.head_size + int(value)

    def answer(self, body: bytes) -> None:
        response, fault = self.server.respond(body)
        now = self.loop.time()
        at = self.server.ready_at(now, body.count(b"\n"))
        if at <= now:
            self.send(response, fault)
        else:
            self.loop.call_at(at, self.send, response, fault)

    def send(self, response: bytes | None, fault: str | None) -> None:
        if fault == "reset":
            self.transport.abort()
        elif fault == "half_an_answer":
            self.transport.write(response[: len(response) // 2])
            self.transport.close()
        elif response is not None and not self.transport.is_closing():
            self.transport.write(response)


async def serve(server: Server) -> None:
    listener = await asyncio.get_running_loop().create_server(
        lambda: Connection(server), "127.0.0.1", 0
    )
    print(listener.sockets[0].getsockname()[1], flush=True)
    # ends with the process that started it, which holds the other end of stdin
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


class Endpoint:
    """The server in a process of its own, for a `with` statement."""

    def __init__(
        self,
        costs: Costs | None = None,
        by_row: bool = False,
        fault_rate: float = 0.0,
        most_bytes: int = 6 << 20,
        seed: int = 0,
        updated_after: float = math.inf,
        deleted_after: float = math.inf,
        log: Path | None = None,
    ):
        costs = costs or Costs()
        self._arguments = [
            *("--latency", costs.latency, "--workers", costs.workers),
            *("--seconds-per-row", costs.seconds_per_row, "--fault-rate", fault_rate),
            *("--most-bytes", most_bytes, "--seed", seed),
            *("--updated-after", updated_after, "--deleted-after", deleted_after),
            *(["--by-row"] if by_row else []),
            *(["--log", log] if log else []),
        ]

    def __enter__(self) -> Endpoint:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *map(str, self._arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--seconds-per-row", type=float, default=0.0)
    parser.add_argument("--by-row", action="store_true")
    parser.add_argument("--fault-rate", type=float, default=0.0)
    parser.add_argument("--most-bytes", type=int, default=6 << 20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--updated-after", type=float, default=math.inf)
    parser.add_argument("--deleted-after", type=float, default=math.inf)
    parser.add_argument("--log", type=argparse.FileType("w"))
    given = vars(parser.parse_args())
    costs = Costs(*(given.pop(name) for name in ("latency", "workers", "seconds_per_row")))
    server = Server(costs, **given)
    try:
        asyncio.run(serve(server))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
