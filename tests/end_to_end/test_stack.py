"""The embedded stack from a user's command line: up, down, status, run."""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sme_helper.local import provision
from sme_helper.local.processes import ProcessIdentity, identify, is_running
from sme_helper.local.stack import Stack, StackError

SME = Path(sys.executable).with_name("sme")

# Prints the state of the stack that it runs on, then does what comes after it.
SHOW_STATE = """
import os, pathlib
folder = pathlib.Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).parent
print((folder / "state.json").read_text().replace("\\n", " "), flush=True)
"""
SELECT = """
import os, pyexasol
connection = pyexasol.connect(
    dsn=os.environ["EXASOL_DSN"],
    user=os.environ["EXASOL_USER"],
    password=os.environ["EXASOL_PASSWORD"],
)
print(connection.execute("SELECT 40 + 2").fetchval())
"""


@dataclass
class CommandLine:
    """`sme` as a user has it, with a system temp folder of the test's own."""

    temporary: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.temporary)}

    def __call__(self, *arguments: str, exit_code: int = 0) -> str:
        """Run `sme arguments`; return what it printed on both streams."""
        finished = subprocess.run(
            [SME, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert finished.returncode == exit_code, finished.stdout
        return finished.stdout

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [SME, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@pytest.fixture
def sme(tmp_path: Path) -> Iterator[CommandLine]:
    command_line = CommandLine(tmp_path)
    yield command_line
    for state in [*tmp_path.glob("*/state.json")]:
        command_line("local", "down", "--data", str(state.parent))


def processes(state: str) -> list[ProcessIdentity]:
    """The servers that a state file names."""
    content = json.loads(state)
    servers = (content["aws"], content["exasol"])
    return [ProcessIdentity(server["pid"], server["process_started"]) for server in servers]


def state_of(folder: Path) -> str:
    return (folder / "state.json").read_text()


def all_end(stopped: list[ProcessIdentity]) -> bool:
    """Whether all the processes end within a minute."""
    deadline = time.monotonic() + 60
    while any(is_running(process) for process in stopped):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def commands_with(text: str) -> list[str]:
    """The running commands that hold the text."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True)
    return [line for line in listed.stdout.splitlines() if text in line]


def test_up_survives_its_command_and_down_leaves_nothing(sme: CommandLine) -> None:
    assert "No embedded stack is running" in sme("local", "status", exit_code=3)

    assert "It is running." in sme("local", "up")
    (folder,) = sme.temporary.glob("sme-local-*")
    started = processes(state_of(folder))
    assert all(is_running(process) for process in started)

    shown = sme("local", "status")
    assert str(folder) in shown
    assert json.loads(state_of(folder))["aws"]["ready"]["url"] in shown
    assert str(started[0].pid) in shown

    assert "is running already" in sme("local", "up")
    assert processes(state_of(folder)) == started

    used = sme("local", "run", "--", sys.executable, "-c", SHOW_STATE + SELECT)
    assert processes(used.splitlines()[-2]) == started
    assert used.splitlines()[-1] == "42"
    assert all(is_running(process) for process in started)

    stopped = sme("local", "down")
    assert "Stopped the embedded stack." in stopped
    assert "Removed its temporary data" in stopped
    assert not any(is_running(process) for process in started)
    assert not folder.exists()
    assert "No embedded stack was running." in sme("local", "down")


def test_a_given_folder_keeps_its_data_keys_and_ports(sme: CommandLine) -> None:
    folder = sme.temporary / "data"
    option = ("--data", str(folder))
    write = SELECT + (
        "connection.execute('CREATE SCHEMA KEPT')\n"
        "connection.execute('CREATE TABLE KEPT.T AS SELECT 7 AS SEVEN')\n"
        "import boto3\n"
        "boto3.client('s3').put_object(Bucket='sme-local', Key='k', Body=b'seven')\n"
    )
    read = SELECT + (
        "print(connection.execute('SELECT SEVEN FROM KEPT.T').fetchval())\n"
        "import boto3\n"
        "print(boto3.client('s3').get_object(Bucket='sme-local', Key='k')['Body'].read())\n"
    )
    sme("local", "up", *option)
    before = json.loads(state_of(folder))
    sme("local", "run", *option, "--", sys.executable, "-c", write)
    assert "Its data stays in" in sme("local", "down", *option)
    assert not any(is_running(process) for process in processes(json.dumps(before)))

    sme("local", "up", *option)
    after = json.loads(state_of(folder))
    assert after["exasol"]["ready"] == before["exasol"]["ready"]
    assert after["aws"]["ready"] == before["aws"]["ready"]
    shown = sme("local", "run", *option, "--", sys.executable, "-c", read)
    assert shown.splitlines()[-2:] == ["7", "b'seven'"]
    sme("local", "down", *option)


def test_a_half_dead_stack_is_seen_restarted_and_stopped(sme: CommandLine) -> None:
    folder = sme.temporary / "data"
    option = ("--data", str(folder))
    sme("local", "up", *option)
    aws, exasol = processes(state_of(folder))
    os.kill(aws.pid, signal.SIGKILL)
    assert all_end([aws])
    assert "stopped" in sme("local", "status", *option, exit_code=3)

    sme("local", "up", *option)
    assert not is_running(exasol)
    aws, exasol = processes(state_of(folder))
    os.kill(exasol.pid, signal.SIGKILL)
    assert all_end([exasol])
    assert "Stopped the embedded stack." in sme("local", "down", *option)
    assert not is_running(aws)


@pytest.mark.parametrize("moment", ["aws.log", "exasol.log", "state.json"])
def test_a_killed_up_leaves_no_server_behind(sme: CommandLine, moment: str) -> None:
    folder = sme.temporary / "data"
    up = sme.start("local", "up", "--data", str(folder))
    deadline = time.monotonic() + 60
    while not [*folder.rglob(moment)] and time.monotonic() < deadline:
        time.sleep(0.001)
    up.kill()
    up.communicate()
    deadline = time.monotonic() + 60
    while (left := commands_with(str(folder))) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left
    assert "No embedded stack was running." in sme("local", "down", "--data", str(folder))
    assert "It is running." in sme("local", "up", "--data", str(folder))
    sme("local", "down", "--data", str(folder))


def test_a_shell_can_select_the_running_stack(sme: CommandLine) -> None:
    script = f'eval "$({SME} local up --env)" && {sys.executable} -c "$1"'
    finished = subprocess.run(
        ["sh", "-euc", script, "sh", SELECT],
        env={**sme.environment, "AWS_PROFILE": "production"},
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stdout) == (0, "42\n"), finished.stderr
    sme("local", "down")


@pytest.mark.parametrize("code", [0, 7])
def test_run_has_a_stack_of_its_own_and_passes_the_exit_code(sme: CommandLine, code: int) -> None:
    program = SHOW_STATE + SELECT + f"raise SystemExit({code})"
    shown = sme("local", "run", "--", sys.executable, "-c", program, exit_code=code).splitlines()
    assert shown[0].startswith("embedded stack: Exasol on 127.0.0.1:")
    assert shown[-1] == "42"
    assert not any(is_running(process) for process in processes(shown[1]))
    assert [*sme.temporary.iterdir()] == []


def test_a_fresh_run_leaves_the_running_stack_alone(sme: CommandLine) -> None:
    sme("local", "up")
    (folder,) = sme.temporary.glob("sme-local-*")
    running = processes(state_of(folder))
    shown = sme("local", "run", "--fresh", "--", sys.executable, "-c", SHOW_STATE)
    assert not set(processes(shown.splitlines()[-1])) & set(running)
    assert all(is_running(process) for process in running)
    sme("local", "down")


def test_a_command_that_does_not_exist_stops_the_stack_too(sme: CommandLine) -> None:
    shown = sme("local", "run", "--", "no-such-command", exit_code=127)
    assert "Command not found: no-such-command" in shown
    assert [*sme.temporary.iterdir()] == []


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGINT, 128 + signal.SIGINT), (signal.SIGTERM, 128 + signal.SIGTERM)],
)
def test_run_stops_everything_when_it_is_told_to_end(
    sme: CommandLine, number: int, exit_code: int
) -> None:
    # Its default action, whatever Python would make of it.
    program = SHOW_STATE + (
        "import signal\n"
        f"signal.signal({int(number)}, signal.SIG_DFL)\n"
        "print(os.getpid(), flush=True)\n"
        "signal.pause()\n"
    )
    run = sme.start("local", "run", "--", sys.executable, "-c", program)
    lines = [run.stdout.readline() for _ in range(3)]
    command = identify(int(lines[2]))
    run.send_signal(number)
    rest = run.communicate(timeout=60)[0]
    assert run.returncode == exit_code
    assert "Traceback" not in rest
    assert not any(is_running(process) for process in [command, *processes(lines[1])])
    assert [*sme.temporary.iterdir()] == []


def test_ctrl_c_before_the_command_starts_leaves_nothing(sme: CommandLine) -> None:
    run = sme.start("local", "run", "--", "sleep", "60")
    deadline = time.monotonic() + 60
    while not [*sme.temporary.glob("*/logs/*.out")] and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    shown = run.communicate(timeout=60)[0]
    assert run.returncode == 130
    assert shown == "sme: interrupted\n"
    assert [*sme.temporary.iterdir()] == []


def test_no_server_survives_a_killed_run(sme: CommandLine) -> None:
    program = SHOW_STATE + "import sys; sys.stdin.read()"
    run = sme.start("local", "run", "--", sys.executable, "-c", program)
    run.stdout.readline()
    servers = processes(run.stdout.readline())
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    assert all_end(servers)


def test_the_secret_key_is_shown_nowhere(sme: CommandLine) -> None:
    folder = sme.temporary / "data"
    option = ("--data", str(folder))
    shown = sme("local", "up", *option, "--env") + sme("local", "status", *option)
    _, secret = provision.read_credentials(folder / "credentials")
    show_everything = "import os, sys; print(os.environ, sys.argv)"
    shown += sme("local", "run", *option, "--", sys.executable, "-c", show_everything)
    for server in processes(state_of(folder)):
        shown += Path(f"/proc/{server.pid}/cmdline").read_bytes().decode()
        shown += Path(f"/proc/{server.pid}/environ").read_bytes().decode()
    for log in (folder / "logs").iterdir():
        shown += log.read_text()
    sme("local", "down", *option)
    assert "AWS_SHARED_CREDENTIALS_FILE" in shown
    assert secret not in shown


def test_a_set_up_that_fails_shows_no_secret_and_stops_the_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = provision.connection_statement
    monkeypatch.setattr(
        provision, "connection_statement", lambda *given: f"{statement(*given)} NONSENSE"
    )
    with pytest.raises(StackError, match="could not be set up") as raised:
        Stack.start(tmp_path / "data")
    shown = "".join(traceback.format_exception(raised.value))
    _, secret = provision.read_credentials(tmp_path / "data" / "credentials")
    assert secret not in shown
    assert not any(is_running(process) for process in processes(state_of(tmp_path / "data")))
