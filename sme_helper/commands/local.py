"""`sme local`: the embedded stack."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from sme_helper.commands.output import messages, results
from sme_helper.errors import INTERRUPTED
from sme_helper.local import environment as env
from sme_helper.local import folder as folders
from sme_helper.local.folder import FolderError
from sme_helper.local.foreground import CommandError, exit_on_termination, run_foreground
from sme_helper.local.processes import ServerError, is_running
from sme_helper.local.stack import Stack, StackError, find_running, stop_detached

NOT_RUNNING = 3  # exit code of `status`, as system services have it

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder. Default: a temporary one of yours, which `down` removes.",
)
control_option = click.option(
    "--control", is_flag=True, help="With an interface for faults, delays and the clock of AWS."
)


@click.group()
def local() -> None:
    """The embedded stack: stand-ins for Exasol and AWS on this machine."""


@local.command()
@data_option
@control_option
@click.option("--env", "print_env", is_flag=True, help="Print shell commands that select it.")
def up(data: Path | None, control: bool, print_env: bool) -> None:
    """Start the stack; it keeps running until `sme local down`.

    \b
    Let the programs of this shell use it:
        eval "$(sme local up --env)"
    """
    folder = _folder(data)
    with _clear_errors(), exit_on_termination() as raise_if_interrupted:
        already = find_running(folder) is not None
        if not already:
            messages.print("Starting the embedded stack ...")
        stack = Stack.start_detached(folder, control=control)
        raise_if_interrupted()
    if print_env:
        click.echo(_shell_commands(stack.environment))
        return
    results.print("The embedded stack is running already." if already else "It is running.")
    results.print(_addresses(stack))
    option = f" --data {shlex.quote(str(folder))}" if data else ""
    results.print(f'Use it in this shell:  eval "$(sme local up{option} --env)"')
    results.print(f"Use it for a command:  sme local run{option} -- dbt build")


@local.command()
@data_option
def down(data: Path | None) -> None:
    """Stop the stack. A folder given by --data is kept, the default one removed."""
    folder = _folder(data)
    with _clear_errors():
        there = folder.exists()
        stopped = stop_detached(folder, remove=data is None)
    results.print("Stopped the embedded stack." if stopped else "No embedded stack was running.")
    if there and data is None:
        results.print(f"Removed its temporary data in {folder}.")
    elif stopped:
        results.print(f"Its data stays in {folder}.")


@local.command()
@data_option
def status(data: Path | None) -> None:
    """Say what runs; exit code 0 if the stack does, 3 if not."""
    folder = _folder(data)
    state = folders.load_state(folder)
    if state is None:
        results.print(f"No embedded stack is running (data folder {folder}).")
        raise SystemExit(NOT_RUNNING)
    exasol, aws = state.exasol, state.aws
    for server, address in ((exasol, exasol.ready["dsn"]), (aws, aws.ready["url"])):
        alive = is_running(server.process)
        condition = f"running (process {server.process.pid})" if alive else "stopped"
        results.print(f"{server.name:<8}{condition}  {address}")
    results.print(f"data    {folder}")
    running = find_running(folder) is not None
    if running:
        results.print(f"since   {_since(state.started)}")
    raise SystemExit(0 if running else NOT_RUNNING)


@local.command(context_settings={"ignore_unknown_options": True})
@data_option
@click.option("--fresh", is_flag=True, help="A stack of its own, even if one is running.")
@click.option(
    "--pace",
    type=click.FloatRange(min=0),
    help="Seconds that each stage of a training takes at least; for a stack of its own.",
)
@control_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    data: Path | None, fresh: bool, pace: float | None, control: bool, command: tuple[str, ...]
) -> None:
    """Run COMMAND on the stack and return its exit code.

    Uses the stack that is running, else one that lives only as long as the command.

    \b
    Example:
        sme local run -- dbt build
    """
    if fresh and data:
        raise click.UsageError("--fresh has a folder of its own: leave --data out.")
    with _clear_errors(), exit_on_termination() as raise_if_interrupted:
        running = None if fresh else Stack.running(_folder(data))
        if running and pace is not None:
            raise click.UsageError("A stack is running, at its own pace: add --fresh.")
        with running or Stack.start(data, pace=pace, control=control) as stack:
            raise_if_interrupted()
            if control:
                stack.require_control()
            messages.print(_summary(stack))
            programs = Path(sys.executable).parent
            environment = env.merged(os.environ, stack.environment, programs)
            code = run_foreground(command, environment)
    raise SystemExit(code)


def _folder(data: Path | None) -> Path:
    return folders.default_folder() if data is None else data.expanduser().absolute()


def _addresses(stack: Stack) -> str:
    exasol, aws = stack.exasol.ready, stack.aws.ready
    return (
        f"Exasol  {stack.dsn} (user {exasol['user']})\n"
        f"AWS     {aws['url']} (region {aws['region']})\n"
        f"data    {stack.data}"
    )


def _summary(stack: Stack) -> str:
    exasol, aws = stack.exasol.ready, stack.aws.ready
    address = f"{exasol['host']}:{exasol['port']}"
    return f"embedded stack: Exasol on {address}, AWS on {aws['url']}, data in {stack.data}"


def _since(started: str) -> str:
    """A moment in local time, and how long ago that is."""
    moment = datetime.fromisoformat(started)
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    age = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S} ({age})"


def _shell_commands(environment: dict[str, str]) -> str:
    lines = [f"unset {name}" for name in env.foreign_names(os.environ)]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    return "\n".join(lines)


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn the expected failures into one message and an exit code."""
    try:
        yield
    except CommandError as error:
        messages.print(f"sme: {error}", markup=False)
        raise SystemExit(error.exit_code) from None
    except (StackError, ServerError, FolderError) as error:
        messages.print(f"sme: {error}", markup=False)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        messages.print("sme: interrupted")
        raise SystemExit(INTERRUPTED) from None
