"""Data folders of the embedded stack: which one, who is at work in it, what ran in it.

aws/  exasol/        the servers' data
logs/                what the servers print
credentials          the key pair, in the format of the AWS tools; mode 0600
state.json           the servers that were started last, once both were ready
lock                 held while a command starts or stops servers
"""

import contextlib
import fcntl
import getpass
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sme_helper.local.processes import ProcessIdentity, Server

LOCK_TIMEOUT = 20.0  # seconds to wait for another command that works in the same folder
ABANDONED_AFTER = 3600.0  # seconds after which an unused temporary folder is removed
PRIVATE_PREFIX = "sme-local-run-"


class FolderError(Exception):
    """The data folder cannot be used; the message says why."""


@dataclass(frozen=True)
class State:
    """What was started in a data folder: when (ISO 8601, UTC), and which servers."""

    started: str
    aws: Server
    exasol: Server


def default_folder() -> Path:
    """The folder of `sme local up` without --data: one a user, gone with the next `down`."""
    return Path(tempfile.gettempdir()) / f"sme-local-{getpass.getuser()}"


def open_folder(folder: Path) -> Path:
    """Make the folder if need be, readable by this user only; return it as an absolute path.

    Raises FolderError if somebody else owns it: keys and data would be theirs to read.
    """
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"Cannot use {folder} as data folder: {error.strerror}") from error
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) and not folder.is_dir():
        raise FolderError(f"Cannot use {folder} as data folder: it is not a folder")
    if found.st_uid != os.getuid():
        raise FolderError(f"Cannot use {folder} as data folder: it belongs to another user")
    return folder


def make_private_parts(folder: Path) -> None:
    """Make the folders of servers and logs, readable by this user only.

    Exasol's database holds the key, and a folder that was there before may be open to all.
    """
    for part in (folder / "aws", folder / "exasol", logs(folder)):
        part.mkdir(mode=0o700, exist_ok=True)
        part.chmod(0o700)


def logs(folder: Path) -> Path:
    return folder / "logs"


def private_folder() -> Path:
    """A fresh temporary folder for one command."""
    return Path(tempfile.mkdtemp(prefix=PRIVATE_PREFIX))


def remove_abandoned_folders() -> None:
    """Remove private folders whose command was killed before it could do so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PRIVATE_PREFIX}*"):
        with contextlib.suppress(OSError, FolderError):
            if time.time() - folder.stat().st_mtime > ABANDONED_AFTER:
                with lock(folder, timeout=0):
                    shutil.rmtree(folder)


@contextlib.contextmanager
def lock(folder: Path, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Be the only one who starts or stops servers in this folder.

    The lock goes with the process that holds it. Raises FolderError after `timeout` seconds.
    """
    with (folder / "lock").open("w") as file:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise FolderError(
                        f"Another `sme local` command is using {folder}. "
                        "Wait for it, or name another folder by --data."
                    ) from None
                time.sleep(0.05)
        yield


def save_state(folder: Path, state: State) -> None:
    content = {
        "started": state.started,
        "aws": _server_to_json(state.aws),
        "exasol": _server_to_json(state.exasol),
    }
    written = folder / "state.json.new"
    written.write_text(json.dumps(content, indent=2) + "\n")
    written.replace(folder / "state.json")


def load_state(folder: Path) -> State | None:
    """What was started last in the folder; None if nothing was, or the file is damaged."""
    try:
        content = json.loads((folder / "state.json").read_text())
        return State(
            content["started"],
            _server_from_json("aws", content["aws"]),
            _server_from_json("exasol", content["exasol"]),
        )
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None


def _server_to_json(server: Server) -> dict:
    process = server.process
    return {"pid": process.pid, "process_started": process.started, "ready": server.ready}


def _server_from_json(name: str, content: dict) -> Server:
    process = ProcessIdentity(content["pid"], content["process_started"])
    return Server(name, process, content["ready"])
