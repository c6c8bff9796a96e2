"""How UDF processes come to be: forked from one that has started already, or with a Python anew.

Both kinds have `pid`, `poll`, `wait` and `stdin` as `subprocess.Popen` has them. While the server
holds their stdin open they live, and they lead a process group of their own.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ..errors import SqlError

# What is said to the fork server; see there.
NUMBER = struct.Struct("<q")
FORK = 0
RUNNING = 1 << 16  # more than any exit code
LOST = -9  # the exit code of a process that nobody can tell of any more

_POLL_INTERVAL = 0.005


def start_python(
    interpreter: str, environment: dict[str, str], buckets: Path | None, channel: socket.socket
) -> Process:
    """A UDF process of another Python, which has this end of a channel."""
    return _python(interpreter, "worker", environment, buckets, channel, stdin=subprocess.PIPE)


class ForkServer:
    """Forks UDF processes of this server's own Python; started when the first one is needed."""

    def __init__(self, environment: dict[str, str], buckets: Path | None):
        self._environment = environment
        self._buckets = buckets
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._requests: socket.socket | None = None

    def start(self, channel: socket.socket) -> ForkedProcess:
        """A UDF process that has this end of a channel."""
        stdin, ours = os.pipe()
        try:
            pid = self._ask(FORK, [channel.fileno(), stdin])
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(stdin)
        return ForkedProcess(self, pid, ours)

    def exit_code(self, pid: int) -> int | None:
        """None while the process runs."""
        answer = self._ask(pid)
        return None if answer == RUNNING else answer

    def close(self) -> None:
        """Ends the fork server; the processes that it made end with their stdin."""
        with self._lock:
            if self._process is not None:
                self._requests.close()
                self._process.wait()
                self._process = None

    def _ask(self, number: int, descriptors: Sequence[int] = ()) -> int:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                if number != FORK:
                    return LOST
                self._start()
            try:
                socket.send_fds(self._requests, [NUMBER.pack(number)], descriptors)
                answer = self._requests.recv(NUMBER.size, socket.MSG_WAITALL)
            except OSError:
                answer = b""
        if answer:
            return NUMBER.unpack(answer)[0]
        if number != FORK:
            return LOST
        raise SqlError("VM error: the process that starts UDF processes has ended", "22002")

    def _start(self) -> None:
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = _python(
                *(sys.executable, "fork_server", self._environment, self._buckets, theirs),
                stdin=subprocess.DEVNULL,
            )


class ForkedProcess:
    """A process that a fork server has made."""

    def __init__(self, server: ForkServer, pid: int, stdin: int):
        self.pid = pid
        self.stdin = os.fdopen(stdin, "wb")
        self.returncode: int | None = None
        self._server = server

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._server.exit_code(self.pid)
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(_POLL_INTERVAL)
        return self.returncode


# What runs a UDF.
Process = subprocess.Popen | ForkedProcess


def _python(
    interpreter: str,
    module: str,
    environment: dict[str, str],
    buckets: Path | None,
    channel: socket.socket,
    *,
    stdin: int,
) -> subprocess.Popen:
    # -P: the folder that the server was started in is none of a script's.
    command = [interpreter, "-P", "-m", f"{__package__}.{module}", str(channel.fileno())]
    return subprocess.Popen(
        [*command, *([str(buckets)] if buckets else [])],
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[channel.fileno()],
        env=environment,
        start_new_session=True,
    )
