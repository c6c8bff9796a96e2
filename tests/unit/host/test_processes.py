"""Server processes: recognised again, started, stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sme_helper.local.processes import (
    ProcessIdentity,
    Server,
    ServerError,
    _start_mark_from_ps,
    await_ready,
    identify,
    is_running,
    launch_server,
    release,
    stop_server,
)

WELL_BEHAVED = """
import json, os, sys
print(json.dumps({"pid": os.getpid(), "arguments": sys.argv[1:]}), flush=True)
if "--exit-with-stdin" in sys.argv:
    from sme_helper.local.processes import end_with_stdin
    end_with_stdin()
__import__("time").sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("{}", flush=True)
time.sleep(600)
"""


def start_server(name: str, module: str, arguments: list[str], logs: Path) -> Server:
    return await_ready(launch_server(name, module, arguments, logs), logs)


@pytest.fixture
def write_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a server module that `python -m` finds."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(code: str) -> str:
        (tmp_path / "some_server.py").write_text(code)
        return "some_server"

    return write


def test_a_running_process_is_recognised() -> None:
    this = identify(os.getpid())
    assert this is not None
    assert is_running(this)


def test_a_later_process_with_the_same_number_is_not_taken_for_the_former() -> None:
    this = identify(os.getpid())
    assert not is_running(ProcessIdentity(this.pid, this.started + "1"))


def test_a_process_that_ended_but_was_not_waited_for_does_not_count_as_running() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = identify(process.pid)
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and still listed
    assert not is_running(identity)
    process.wait()


def test_ps_tells_the_same_where_there_is_no_proc() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = _start_mark_from_ps(process.pid)
    assert mark
    assert _start_mark_from_ps(process.pid) == mark
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert _start_mark_from_ps(process.pid) is None
    process.wait()


def test_a_server_is_ready_when_it_has_printed_its_address(write_server, tmp_path: Path) -> None:
    module = write_server(WELL_BEHAVED)
    server = start_server("some", module, ["--data", "x y"], tmp_path / "logs")
    try:
        assert server.ready["arguments"][:2] == ["--data", "x y"]
        assert server.ready["pid"] == server.process.pid
        assert is_running(server.process)
    finally:
        stop_server(server)
    assert not is_running(server.process)


def test_a_server_is_out_of_reach_of_the_terminals_ctrl_c(write_server, tmp_path: Path) -> None:
    server = start_server("some", write_server(WELL_BEHAVED), [], tmp_path)
    try:
        assert os.getsid(server.process.pid) == server.process.pid
    finally:
        stop_server(server)


def test_a_server_ends_when_its_starter_does(write_server, tmp_path: Path) -> None:
    server = start_server("some", write_server(WELL_BEHAVED), [], tmp_path)
    server.handle.stdin.close()
    assert server.handle.wait(timeout=30) == -signal.SIGTERM


def test_a_released_server_outlives_its_starter(write_server, tmp_path: Path) -> None:
    server = start_server("some", write_server(WELL_BEHAVED), [], tmp_path)
    release(server)
    with pytest.raises(subprocess.TimeoutExpired):
        server.handle.wait(timeout=0.5)
    stop_server(server)


def test_a_server_that_fails_is_reported_with_the_end_of_its_log(
    write_server, tmp_path: Path
) -> None:
    module = write_server("raise SystemExit('the disk is full')")
    with pytest.raises(ServerError, match=r"some server stopped with exit code 1[^$]*disk is full"):
        start_server("some", module, [], tmp_path)


def test_a_server_that_prints_no_address_is_stopped(write_server, tmp_path: Path) -> None:
    module = write_server(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "print('hello', flush=True); time.sleep(600)"
    )
    with pytest.raises(ServerError, match="printed 'hello' instead of its address"):
        start_server("some", module, [], tmp_path)
    assert identify(int((tmp_path / "pid").read_text())) is None


def test_a_server_that_ignores_sigterm_is_killed(
    write_server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sme_helper.local.processes.STOP_TIMEOUT", 0.3)
    server = start_server("some", write_server(STUBBORN), [], tmp_path)
    stop_server(server)
    assert server.handle.returncode == -signal.SIGKILL


def test_stopping_spares_a_process_that_inherited_the_number() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = identify(process.pid)
    former = ProcessIdentity(process.pid, identity.started + "1")
    stop_server(Server("some", former, {}))
    assert is_running(identity)
    process.communicate(b"\n")
    assert process.returncode == 0
