"""A process that has imported what most UDFs do, and forks a UDF process whenever one is needed.

Started by `processes.ForkServer` as `python -m sme_helper.local.exasol.udf.fork_server FD
[BUCKETS]`, where FD is its end of a socket. A request is a number. 0: fork; two file descriptors
come with it, the new process's ends of its channel and of its stdin, and the answer is its id.
Another number is the id of such a process: the answer is its exit code, or RUNNING. The end of the
socket is the end of this process.
"""

from __future__ import annotations

import os
import socket
import sys

import boto3  # noqa: F401 - for the processes that are forked
import numpy.random
import pandas  # noqa: F401 - as above

from . import worker
from .processes import FORK, LOST, NUMBER, RUNNING


def fork(requests: socket.socket, channel: int, stdin: int, buckets: str | None) -> int:
    """The id of a new UDF process, which leads a group of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            requests.close()
            os.dup2(stdin, 0)
            os.close(stdin)
            numpy.random.seed()  # it would draw what all others draw
            worker.serve(channel, buckets)
        finally:
            os._exit(1)
    try:
        # Here as well: the group must be there when the server hears of the process.
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):
        pass
    os.close(channel)
    os.close(stdin)
    return pid


def exit_code(pid: int) -> int:
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return LOST
    return os.waitstatus_to_exitcode(status) if ended else RUNNING


def main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    buckets = sys.argv[2] if len(sys.argv) > 2 else None
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, NUMBER.size, 2)
        if not request:
            return
        (number,) = NUMBER.unpack(request)
        answer = fork(requests, *descriptors, buckets) if number == FORK else exit_code(number)
        requests.sendall(NUMBER.pack(answer))


if __name__ == "__main__":
    main()
