"""dbt, forked from a process that has run it: a command costs half a second, not four.

Each call is still the unmodified dbt in a process of its own.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_fork_server = multiprocessing.get_context("forkserver")
_fork_server.set_forkserver_preload(["tests.warm_dbt", "pytest"])


def run_dbt(
    commands: Sequence[Sequence[str]], folder: Path, environment: dict[str, str]
) -> tuple[int, str]:
    """Run commands of dbt in one process, until one of them fails.

    Returns the exit code of the last one and what they printed, both streams together.
    """
    with tempfile.NamedTemporaryFile() as printed:
        arguments = (commands, folder, environment, printed.name)
        process = _fork_server.Process(target=_run_forked, args=arguments)
        process.start()
        process.join()
        return process.exitcode, printed.read().decode()


def _run_forked(commands, folder: Path, environment: dict[str, str], printed: str) -> None:
    from dbt.cli.main import cli

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(printed, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output, stream.fileno())
    for command in commands:
        sys.argv = ["dbt", "--no-use-colors", *command]
        try:
            cli(standalone_mode=True)
        except SystemExit as ended:
            if ended.code:
                raise
