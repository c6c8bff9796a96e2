"""Commands in the foreground: exit codes and signals."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from sme_helper.local.foreground import CommandError, exit_on_termination, run_foreground

# Runs a command as `sme local run` does and ends with its exit code.
RUNNER = """
import os, sys
from sme_helper.local.foreground import run_foreground
sys.exit(run_foreground(sys.argv[1:], os.environ))
"""
# Says that it is there, then which signal it got, and ends with an exit code of its own.
COMMAND = """
import signal, sys
def end(number, frame):
    print(signal.Signals(number).name, flush=True)
    sys.exit(7)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, end)
print("ready", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("code", [0, 1, 77])
def test_the_exit_code_of_the_command_is_returned(code: int) -> None:
    assert run_foreground([sys.executable, "-c", f"raise SystemExit({code})"], os.environ) == code


def test_a_command_that_a_signal_ended_returns_what_a_shell_would() -> None:
    command = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    assert run_foreground(command, os.environ) == 128 + 9


def test_the_command_gets_the_given_environment(tmp_path: Path) -> None:
    code = f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(os.environ['SEEN'])"
    run_foreground([sys.executable, "-c", code], {**os.environ, "SEEN": "yes"})
    assert (tmp_path / "seen").read_text() == "yes"


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(CommandError, match="Command not found: no-such-command") as raised:
        run_foreground(["no-such-command"], os.environ)
    assert raised.value.exit_code == 127


def test_a_command_that_cannot_be_executed_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    with pytest.raises(CommandError, match="Permission denied") as raised:
        run_foreground([str(tmp_path / "text")], os.environ)
    assert raised.value.exit_code == 126


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_reaches_the_command_and_its_exit_code_comes_back(name: str) -> None:
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, sys.executable, "-c", COMMAND],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # no terminal, as under a service or in CI
    )
    assert runner.stdout.readline() == "ready\n"
    runner.send_signal(signal.Signals[name])
    assert runner.communicate(timeout=30)[0] == f"{name}\n"
    assert runner.returncode == 7


def test_ctrl_c_in_a_terminal_reaches_the_command_once() -> None:
    counting = """
import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
print("ready", flush=True)
while not seen:
    signal.pause()
time.sleep(0.5)  # long enough for a second one, if there were one
sys.exit(len(seen))
"""
    ours, terminal = pty.openpty()
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, sys.executable, "-c", counting],
        stdin=terminal,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # stdin becomes its terminal
    )
    os.close(terminal)
    assert runner.stdout.readline() == "ready\n"
    os.write(ours, b"\x03")
    assert runner.wait(timeout=30) == 1
    os.close(ours)


def test_a_command_that_does_not_end_after_sigterm_is_killed() -> None:
    impatient = RUNNER.replace(
        "sys.exit(run",
        "import sme_helper.local.foreground as f; f.TERMINATION_TIMEOUT = 0.2; sys.exit(run",
    )
    stubborn = COMMAND.replace("sys.exit(7)", "signal.pause()")
    runner = subprocess.Popen(
        [sys.executable, "-c", impatient, sys.executable, "-c", stubborn],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert runner.stdout.readline() == "ready\n"
    runner.send_signal(signal.SIGTERM)
    assert runner.communicate(timeout=30)[0] == "SIGTERM\n"
    assert runner.returncode == 128 + signal.SIGKILL


def test_the_signal_handlers_of_the_caller_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    run_foreground([sys.executable, "-c", ""], os.environ)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize(
    ("number", "raised"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit), (signal.SIGHUP, SystemExit)],
)
def test_an_interruption_that_a_library_has_swallowed_is_raised_again(number, raised):
    with pytest.raises(raised), exit_on_termination() as raise_if_interrupted:
        raise_if_interrupted()
        try:
            os.kill(os.getpid(), number)
        except BaseException:
            pass
        raise_if_interrupted()
