"""Run a command in the foreground and be a faithful messenger of signals and exit codes."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence

TERMINATION_TIMEOUT = 30.0  # seconds a command may take to end after SIGTERM or SIGHUP


class CommandError(Exception):
    """The command could not be started; `exit_code` is what a shell would return."""

    def __init__(self, message: str, exit_code: int):
        super().__init__(message)
        self.exit_code = exit_code


def run_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command to its end and return its exit code, 128 + n if signal n ended it.

    SIGINT: the command decides what to do. A terminal sends it to the command as well; when
    there is none, it is passed on. SIGTERM and SIGHUP are passed on, and after
    TERMINATION_TIMEOUT the command is killed. Raises CommandError if it cannot start.
    """
    process: subprocess.Popen | None = None
    too_early: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        if process is None:
            too_early.append(number)
            return
        if number == signal.SIGINT:
            if not _is_terminal_foreground():
                process.send_signal(number)
            return
        process.send_signal(number)
        signal.setitimer(signal.ITIMER_REAL, TERMINATION_TIMEOUT)

    def kill(_number: int, _frame: object) -> None:
        if process is not None:
            process.kill()

    handlers = {
        signal.SIGINT: pass_on,
        signal.SIGTERM: pass_on,
        signal.SIGHUP: pass_on,
        signal.SIGALRM: kill,
    }
    with _handling(handlers):
        try:
            process = subprocess.Popen(command, env=environment)
        except FileNotFoundError:
            raise CommandError(f"Command not found: {command[0]}", 127) from None
        except OSError as error:
            raise CommandError(f"Cannot run {command[0]}: {error.strerror}", 126) from None
        for number in too_early:
            pass_on(number, None)
        code = process.wait()
        signal.setitimer(signal.ITIMER_REAL, 0)
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def exit_on_termination() -> Iterator[Callable[[], None]]:
    """Let SIGTERM and SIGHUP end the program by SystemExit, so that it cleans up.

    Gives a function to call when a step is done: it raises again what SIGINT or one of these has
    raised in that step, where a library that was interrupted has swallowed it.
    """
    raised: list[BaseException] = []

    def leave(number: int, _frame: object) -> None:
        raised.append(KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number))
        raise raised[-1]

    def raise_again() -> None:
        if raised:
            raise raised[0]

    with _handling(dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), leave)):
        yield raise_again


@contextlib.contextmanager
def _handling(handlers: Mapping[signal.Signals, object]) -> Iterator[None]:
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _is_terminal_foreground() -> bool:
    """Whether this process group is the one that the terminal sends Ctrl-C to."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
