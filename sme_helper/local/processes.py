"""Server processes of the embedded stack: start, recognise again, stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

READY_TIMEOUT = 60.0  # seconds a server may take until it prints its ready line
STOP_TIMEOUT = 8.0  # seconds a server may take to stop before it is killed
POLL_INTERVAL = 0.02


class ServerError(Exception):
    """A server did not start or did not stop; the message says which and why."""


@dataclass(frozen=True)
class ProcessIdentity:
    """A process, told from a later one that got the same number by when it started."""

    pid: int
    started: str


@dataclass(frozen=True)
class Server:
    """A running server: its process, and the addresses that it printed when it was ready.

    `handle` is there only for the process that started it: the server lives while that holds
    the pipe in `handle.stdin` open, or from `release` on.
    """

    name: str
    process: ProcessIdentity
    ready: dict
    handle: subprocess.Popen | None = None


def identify(pid: int) -> ProcessIdentity | None:
    """The process that has this number now; None if there is none, or only its corpse."""
    started = _start_mark(pid)
    return ProcessIdentity(pid, started) if started else None


def is_running(process: ProcessIdentity) -> bool:
    return identify(process.pid) == process


def launch_server(
    name: str,
    module: str,
    arguments: Sequence[str],
    logs: Path,
    *,
    listening: Sequence[socket.socket] = (),
) -> Server:
    """Start `python -m module arguments`, which gets ready meanwhile: see `await_ready`.

    The server gets a session of its own, so that Ctrl-C in a terminal does not reach it. It
    ends with this process, however this one ends, unless it is released.
    `listening` are sockets that the server takes over.
    """
    logs.mkdir(parents=True, exist_ok=True)
    output, log = _output(name, logs), _log(name, logs)
    command = [sys.executable, "-m", module, *arguments, "--exit-with-stdin"]
    with output.open("wb") as stdout, log.open("wb") as stderr:
        handle = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            pass_fds=[one.fileno() for one in listening],
        )
    process = identify(handle.pid)
    if process is None:
        _end(handle)
        raise _failure(name, "stopped at once", log)
    return Server(name, process, {}, handle)


def await_ready(server: Server, logs: Path) -> Server:
    """The server with what it tells in the JSON line that says it is ready.

    Raises ServerError with the end of the server's log if it stops before that.
    """
    name, handle = server.name, server.handle
    try:
        ready = _wait_until_ready(name, handle, _output(name, logs), _log(name, logs))
    except BaseException:
        _end(handle)
        raise
    return replace(server, ready=ready)


def release(server: Server) -> None:
    """Let the server outlive this process."""
    server.handle.stdin.write(b"stay")
    server.handle.stdin.close()


def end_with_stdin() -> None:
    """For a server: lets the end of its stdin end it as SIGTERM does, until it is released."""

    def wait_for_starter() -> None:
        if not os.read(sys.stdin.fileno(), 4):
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_starter, daemon=True).start()


def stop_server(server: Server) -> None:
    """End the server politely, then by force; nothing happens if it is gone already."""
    if is_running(server.process):
        _signal(server.process.pid, signal.SIGTERM)
        if not _wait_until_gone(server.process):
            _kill_group(server.process.pid)
            if not _wait_until_gone(server.process):
                raise ServerError(f"The {server.name} server (process {server.process.pid}) stays")
    if server.handle is not None:
        server.handle.stdin.close()
        server.handle.wait()


def _end(handle: subprocess.Popen) -> None:
    _kill_group(handle.pid)
    handle.wait()


def _output(name: str, logs: Path) -> Path:
    return logs / f"{name}.out"


def _log(name: str, logs: Path) -> Path:
    return logs / f"{name}.log"


def _wait_until_ready(name: str, handle: subprocess.Popen, output: Path, log: Path) -> dict:
    deadline = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < deadline:
        line, newline, _ = output.read_text().partition("\n")
        if newline:
            return _parse_ready_line(name, line, log)
        if handle.poll() is not None:
            raise _failure(name, f"stopped with exit code {handle.returncode}", log)
        time.sleep(POLL_INTERVAL)
    raise _failure(name, f"was not ready after {READY_TIMEOUT:.0f} s", log)


def _parse_ready_line(name: str, line: str, log: Path) -> dict:
    try:
        return json.loads(line)
    except ValueError:
        raise _failure(name, f"printed {line!r} instead of its address", log) from None


def _failure(name: str, reason: str, log: Path) -> ServerError:
    ending = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    return ServerError(f"The {name} server {reason}. The end of its log {log}:\n{ending}".rstrip())


def _wait_until_gone(process: ProcessIdentity) -> bool:
    deadline = time.monotonic() + STOP_TIMEOUT
    while is_running(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_INTERVAL)
    return True


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _kill_group(leader: int) -> None:
    """Kill a server and the processes that it started (it leads a group of its own)."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _start_mark(pid: int) -> str | None:
    """When the process started, as text that only serves to be compared."""
    if Path("/proc/self/stat").exists():
        return _start_mark_from_proc(pid)
    return _start_mark_from_ps(pid)


def _start_mark_from_ps(pid: int) -> str | None:
    """For macOS and others. A defunct process has a state that begins with Z."""
    listed = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},  # the same text in every shell
    )
    state, _, started = listed.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None


def _start_mark_from_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything; after it come the state (field 3 of
    # proc(5)) ... and the start time in clock ticks since boot (field 22).
    fields = stat.rpartition(")")[2].split()
    state, ticks = fields[0], fields[19]
    if state in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id")  # some sandboxes have none
    return f"{boot.read_text().strip() if boot.exists() else ''}/{ticks}"
