"""UDF processes: errors, crashes, reuse, environment, and that none survives."""

import os
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pytest

from sme_helper.local.exasol.errors import SqlError
from sme_helper.local.exasol.udf.host import UdfHost


def test_an_error_shows_the_users_lines_and_no_others(run):
    code = "def helper(value):\n    raise ValueError('boom')\n\ndef run(ctx):\n    helper(1)\n"
    with pytest.raises(SqlError) as raised:
        run(code)
    assert raised.value.code == "22002"
    text = raised.value.text
    assert text.startswith("VM error: F-UDF-CL-LIB-1127: ")
    assert "F-UDF-CL-SL-PYTHON-1114: Exception during run" in text
    assert 'File "F", line 5, in run' in text
    assert 'File "F", line 2, in helper' in text
    assert text.endswith("ValueError: boom")
    assert "emitter.py" not in text
    assert "worker.py" not in text


def test_an_error_deep_in_this_package_shows_only_the_users_line(run):
    with pytest.raises(SqlError) as raised:
        run("def run(ctx):\n    ctx.emit('text')")
    assert 'File "F", line 2, in run' in raised.value.text
    assert ".py" not in raised.value.text
    assert "During handling" not in raised.value.text


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("this is no python", "PYTHON-1122: Exception while parsing UDF.*SyntaxError"),
        ("x = 1", "PYTHON-1110: function 'run' is not defined"),
        ("import sys\ndef run(ctx): sys.exit(3)", "SystemExit: 3"),
        ("import os\ndef run(ctx): os._exit(3)", r"VM crashed \(exit code 3\)"),
        ("import ctypes\ndef run(ctx): ctypes.string_at(0)", r"VM crashed \(signal SIGSEGV\)"),
        ("def run(ctx): 'x' * 10**15", "MemoryError"),
        (
            "def run(ctx): ctx.emit(1)\ndef cleanup(): raise KeyError('c')",
            "PYTHON-1109: Exception during cleanup.*KeyError",
        ),
    ],
)
def test_whatever_ends_a_script_is_a_vm_error_and_the_next_call_works(run, code, message):
    with pytest.raises(SqlError, match=f"(?s)VM error: .*{message}") as raised:
        run(code)
    assert raised.value.code == "22002"
    assert run("def run(ctx): ctx.emit(ctx.size())") == [(3,)]


def test_a_script_has_no_more_memory_than_its_limit_and_the_next_call_works(run):
    taking = "def run(ctx): ctx.emit(len(bytearray(400 << 20)))"
    assert run(taking) == [(400 << 20,)]
    run.memory_limit = 300 << 20
    with pytest.raises(SqlError, match=r"VM error: .*1114(?s:.*)MemoryError"):
        run(taking)
    assert run("def run(ctx): ctx.emit(len(bytearray(100 << 20)))") == [(100 << 20,)]


def test_memory_that_is_not_python_s_is_limited_as_well(run):
    run.memory_limit = 300 << 20
    with pytest.raises(SqlError, match="VM error: "):
        run("import numpy\ndef run(ctx): ctx.emit(int(numpy.ones(400 << 20, 'uint8').sum()))")


def test_cleanup_runs_once_after_the_last_group(run):
    code = """
count = 0
def run(ctx):
    global count
    count += 1
    ctx.emit(count)
def cleanup():
    if count != 1:
        raise ValueError(count)
"""
    assert run(code) == [(1,)]


def test_a_process_is_used_again_but_nothing_of_the_last_script_is_left(run):
    host = run.host = UdfHost()
    code = """
%env MARK=1;
import os, sys
sys.path.append('/nowhere')
LEFT = True
def run(ctx): ctx.emit(os.getpid())
"""
    try:
        first = run(code)
        code = """
import os, sys
def run(ctx):
    clean = 'MARK' not in os.environ and '/nowhere' not in sys.path and 'LEFT' not in globals()
    ctx.emit(os.getpid() if clean else 0)
"""
        assert run(code) == first
    finally:
        host.close()


def test_processes_that_are_forked_draw_different_random_numbers(run):
    code = (
        "import numpy, random\ndef run(ctx): ctx.emit(f'{numpy.random.rand()} {random.random()}')"
    )
    columns = {"X": ("INT", list(range(4)))}
    drawn = run(code, columns, group_sizes=[1] * 4, outputs=[("R", "VARCHAR(100)")])
    assert len({number for (pair,) in drawn for number in pair.split()}) == 8


def test_without_the_process_that_forks_them_calls_end_and_others_begin(run):
    host = run.host = UdfHost()
    try:
        [(forking,)] = run("import os\ndef run(ctx): ctx.emit(os.getppid())")
        with pytest.raises(SqlError, match=r"VM crashed \(signal SIGKILL\)"):
            run(
                "import os, signal\n"
                "def run(ctx):\n"
                "    os.kill(os.getppid(), signal.SIGKILL)\n"
                "    os._exit(0)"
            )
        [(another,)] = run("import os\ndef run(ctx): ctx.emit(os.getppid())")
        assert another != forking
    finally:
        host.close()


def test_env_lines_set_variables_and_keep_line_numbers(run):
    code = "%env COLOUR=dark blue;\nimport os\ndef run(ctx): ctx.emit(os.environ['COLOUR'])"
    assert run(code, outputs=[("R", "VARCHAR(20)")]) == [("dark blue",)]
    with pytest.raises(SqlError, match='File "F", line 3, in run'):
        run("%env A=b;\ndef run(ctx):\n    1 / 0")


def test_the_environment_holds_the_way_to_aws_and_no_secret(run, monkeypatch):
    code = "import os\ndef run(ctx): ctx.emit(' '.join(sorted(os.environ)))"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    host = UdfHost(aws_endpoint_url="http://127.0.0.1:9")
    run.host = host
    try:
        [(names,)] = run(code, outputs=[("R", "VARCHAR(5000)")])
    finally:
        host.close()
    assert "AWS_ENDPOINT_URL" in names
    assert "AWS_EC2_METADATA_DISABLED" in names
    assert "SECRET" not in names


def test_groups_are_spread_over_two_processes_and_come_back_in_order(run):
    code = "import os\ndef run(ctx): ctx.emit(ctx.X, os.getpid())"
    columns = {"X": ("INT", list(range(10)))}
    outputs = [("X", "INT"), ("P", "INT")]
    result = run(code, columns, group_sizes=[1] * 10, outputs=outputs)
    assert [x for x, _ in result] == list(range(10))
    assert len({process for _, process in result}) == 2


def test_a_call_can_be_ended_from_outside(run):
    call = run.call("import time\ndef run(ctx): time.sleep(600)", inputs=[("X", "INT")])
    data = pa.table({"a0": [1]})
    failures = []

    def wait() -> None:
        try:
            run.host.run("owner", call, data, [1])
        except SqlError as error:
            failures.append(error.text)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not failures and waiting.is_alive():
        run.host.kill("somebody else")
        run.host.kill("owner")
        waiting.join(0.05)
    assert failures == ["Client requested execution abort."]


SERVER_WITH_A_LONG_CALL = """
import sys
import pyarrow as pa
from sme_helper.local.exasol.types import ExaType
from sme_helper.local.exasol.udf.host import UdfCall, UdfHost

text = ExaType.parse("VARCHAR(2000)")
code = sys.argv[1]
call = UdfCall(code, "SET", False, {"script_name": "F"}, [("PATH", text)], [], None)
UdfHost().run(None, call, pa.table({"a0": [sys.argv[2]]}), [1])
"""

LONG_CALL = """
import os, subprocess, time
def run(ctx):
    child = subprocess.Popen(["sleep", "600"])
    with open(ctx.PATH, "w") as file:
        file.write(f"{os.getpid()} {os.getppid()} {child.pid}")
    time.sleep(600)
"""


def test_no_process_survives_a_server_that_is_killed(tmp_path):
    path = tmp_path / "pids"
    server = subprocess.Popen([sys.executable, "-c", SERVER_WITH_A_LONG_CALL, LONG_CALL, str(path)])
    try:
        wait_for(lambda: path.exists() and len(path.read_text().split()) == 3)
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    pids = [int(pid) for pid in path.read_text().split()]
    wait_for(lambda: not any(is_running(pid) for pid in pids))


def wait_for(condition, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # a process that has ended and that nobody has asked about yet
    status = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return not status.stdout.strip().startswith("Z") and bool(status.stdout.strip())
