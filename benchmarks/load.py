"""The endpoint's own ceiling: ready-made bodies over kept-alive connections, without a database.

A process of its own with threads that do nothing but send and receive.
"""

from __future__ import annotations

import http.client
import itertools
import json
import subprocess
import sys
import threading
import time

from .udf import ROOT, Table

# of these, the best is the ceiling
BODY_BYTES = (250_000, 1_000_000, 6_000_000)
IN_FLIGHT = (4, 8, 16)
PATH = "/endpoints/Predictor/invocations"


def ceiling(port: int, columns: int, rows: int) -> float:
    """Rows a second, in the best of the ways tried."""
    command = [sys.executable, "-m", __name__, str(port), str(columns), str(rows)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return max(json.loads(finished.stdout))


def bodies(table: Table, rows: int, body_bytes: int, in_flight: int) -> list[tuple[bytes, int]]:
    """Bodies of about that size (fewer rows if all would not be busy), and their rows."""
    row_bytes = sum(map(len, table.lines)) / len(table.lines)
    per_body = max(1, min(int(body_bytes / row_bytes), rows // in_flight, len(table.lines)))
    body = "".join(table.lines[:per_body]).encode()
    full, rest = divmod(rows, per_body)
    last = [("".join(table.lines[:rest]).encode(), rest)] if rest else []
    return [(body, per_body)] * full + last


def send_all(port: int, requests: list[tuple[bytes, int]], in_flight: int) -> float:
    """Rows a second."""
    queue, lock = iter(requests), threading.Lock()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.connect()
        while True:
            with lock:
                body, rows = next(queue, (None, 0))
            if body is None:
                return connection.close()
            connection.request("POST", PATH, body)
            if connection.getresponse().read().count(b"\n") != rows:
                raise AssertionError("the endpoint answered another number of rows")

    threads = [threading.Thread(target=send) for _ in range(in_flight)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(rows for _, rows in requests) / (time.perf_counter() - started)


def main() -> None:
    port, columns, rows = map(int, sys.argv[1:])
    table = Table(columns)
    rates = [
        send_all(port, bodies(table, rows, size, in_flight), in_flight)
        for size, in_flight in itertools.product(BODY_BYTES, IN_FLIGHT)
    ]
    print(json.dumps(rates))


if __name__ == "__main__":
    main()
