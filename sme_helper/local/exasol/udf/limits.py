"""What surrounds a script while it runs: how much memory it has, and where its prints go."""

from __future__ import annotations

import os
import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .exa import ExaUDFError


@contextmanager
def memory_limit(most_bytes: int | None) -> Iterator[None]:
    """A script that wants more gets a MemoryError; what it does not handle so, crashes.

    The limit is one of memory for data, which programs, libraries and shared files do not count to.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if most_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextmanager
def output_to(address: str | None) -> Iterator[None]:
    """Sends what is printed to HOST:PORT, over a connection of this process alone.

    Raises:
        ExaUDFError: nothing listens there.
    """
    if not address:
        yield
        return
    host, _, port = address.rpartition(":")
    try:
        connection = socket.create_connection((host, int(port)), timeout=10)
    except (OSError, ValueError) as error:
        raise ExaUDFError(f"SCRIPT_OUTPUT_ADDRESS {address}: {error}") from None
    connection.settimeout(None)
    before = [os.dup(1), os.dup(2)]
    try:
        with connection:
            os.dup2(connection.fileno(), 1)
            os.dup2(connection.fileno(), 2)
            try:
                yield
            finally:
                _flush()
    finally:
        for number, descriptor in enumerate(before, start=1):
            os.dup2(descriptor, number)
            os.close(descriptor)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # who listened has gone; the script's result counts
            pass
