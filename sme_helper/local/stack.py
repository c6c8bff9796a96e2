"""The embedded stack: an Exasol and an AWS stand-in, started, set up and stopped together.

with Stack.start() as stack:
    stack.connect().execute("SELECT 1")
"""

import os
import shutil
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sme_helper.local import environment as env
from sme_helper.local import folder as folders
from sme_helper.local import provision
from sme_helper.local.control import Control
from sme_helper.local.folder import State
from sme_helper.local.ports import free_or_any
from sme_helper.local.processes import (
    Server,
    await_ready,
    is_running,
    launch_server,
    release,
    stop_server,
)

HOST = "127.0.0.1"


class StackError(Exception):
    """The stack could not be started or set up; the message says why."""


@dataclass(frozen=True)
class Options:
    """What the servers of a stack may be told; see `Stack.start`."""

    statement_log: Path | None = None
    request_log: Path | None = None
    pace: float | None = None
    control: bool = False


@dataclass(frozen=True)
class Stack:
    """A running stack. `started` is ISO 8601 in UTC."""

    data: Path
    started: str
    aws: Server
    exasol: Server
    _on_stop: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    @classmethod
    def start(
        cls,
        data: Path | None = None,
        *,
        statement_log: Path | None = None,
        request_log: Path | None = None,
        pace: float | None = None,
        control: bool = False,
    ) -> Self:
        """Start a stack that ends with this process at the latest.

        Without `data` it works in a temporary folder, which `stop` removes. The logs get
        one JSON object a line: every SQL statement (secrets included: for tests only), and
        every AWS request. `pace` is the least number of seconds that each stage of an
        Autopilot job takes. With `control` there is an interface for faults, delays and AWS's
        clock: `Stack.control`. Raises StackError, ServerError or FolderError.
        """
        with ExitStack() as undo:
            if data is None:
                folders.remove_abandoned_folders()
                folder = folders.private_folder()
                undo.callback(shutil.rmtree, folder, ignore_errors=True)
            else:
                folder = folders.open_folder(data)
            undo.enter_context(folders.lock(folder))
            if find_running(folder) is not None:
                raise StackError(f"A stack is running in {folder} already")
            options = Options(statement_log, request_log, pace, control)
            stack = _start_servers(folder, options, undo)
            return cls(folder, stack.started, stack.aws, stack.exasol, undo.pop_all())

    @classmethod
    def start_detached(cls, data: Path, *, control: bool = False) -> Self:
        """Start a stack that outlives this process, or return the one that runs in `data`.

        Raises as `start` does, also where the one that runs has no control interface but should.
        """
        folder = folders.open_folder(data)
        with folders.lock(folder), ExitStack() as undo:
            running = find_running(folder)
            state = running or _start_servers(folder, Options(control=control), undo)
            stack = cls(folder, state.started, state.aws, state.exasol)
            if control:
                stack.require_control()
            if not running:
                # Only now: were this process killed before, the servers would end with it.
                release(state.aws)
                release(state.exasol)
            undo.pop_all()
            return stack

    @classmethod
    def running(cls, data: Path) -> Self | None:
        """The stack that runs in `data`, if one does."""
        folder = data.expanduser().absolute()
        state = find_running(folder)
        return cls(folder, state.started, state.aws, state.exasol) if state else None

    @property
    def dsn(self) -> str:
        """Exasol's address with the fingerprint of its certificate."""
        return self.exasol.ready["dsn"]

    @property
    def environment(self) -> dict[str, str]:
        """The variables through which unmodified programs find this stack; no key in them."""
        return env.stack_environment(
            self.aws.ready, self.exasol.ready, _credentials_file(self.data)
        )

    @property
    def control(self) -> Control:
        """The client of the control interface. Raises StackError if there is none."""
        self.require_control()
        return Control(self.aws.ready["control_url"])

    def require_control(self) -> None:
        """Raises StackError where the stack was started without a control interface."""
        if "control_url" not in self.aws.ready:
            raise StackError(
                f"The stack in {self.data} has no control interface: stop it, and start it with "
                "--control (in Python, control=True)"
            )

    def connect(self, user: str | None = None, password: str | None = None, **options: Any) -> Any:
        """A pyexasol connection, as the administrator unless told otherwise."""
        return _connect(
            self.exasol.ready,
            user=user or self.exasol.ready["user"],
            password=password or env.EXASOL_PASSWORD,
            **options,
        )

    def aws_client(self, service: str) -> Any:
        """A boto3 client of this stack's AWS."""
        return _aws_client(self.aws.ready, _credentials_file(self.data), service)

    def stop(self) -> None:
        """Stop what `start` started, and remove its temporary folder."""
        self._on_stop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def find_running(folder: Path) -> State | None:
    """What runs in the folder; None unless both servers do."""
    state = folders.load_state(folder)
    if state and is_running(state.aws.process) and is_running(state.exasol.process):
        return state
    return None


def stop_detached(data: Path, *, remove: bool = False) -> bool:
    """Stop what runs in `data`, were it only one server; False if nothing did.

    `remove`: with all its data.
    """
    folder = data.expanduser().absolute()
    if not folder.exists():
        return False
    with folders.lock(folders.open_folder(folder)):
        stopped = _stop_leftovers(folders.load_state(folder))
        if remove:
            shutil.rmtree(folder)
    return stopped


def _stop_leftovers(state: State | None) -> bool:
    """Stop what still runs of a stack."""
    servers = [state.exasol, state.aws] if state else []
    alive = [server for server in servers if is_running(server.process)]
    for server in alive:
        stop_server(server)
    return bool(alive)


def _start_servers(folder: Path, options: Options, undo: ExitStack) -> State:
    """Start and set up both servers; `undo` then holds what stops them."""
    before = folders.load_state(folder)
    _stop_leftovers(before)
    credentials = _credentials_file(folder)
    admitted, logs = folder / "access_keys", folders.logs(folder)
    folders.make_private_parts(folder)
    provision.make_credentials(credentials)
    provision.admit_key(admitted, credentials)

    # The port is taken before the server is there, so that both get ready at the same time.
    port = free_or_any(before and _port_of_url(before.aws.ready["url"]))
    with socket.create_server((HOST, port), backlog=128) as listening:
        aws = launch_server(
            "aws",
            "sme_helper.local.aws",
            [
                *("--data", str(folder / "aws")),
                *("--listen-fd", str(listening.fileno())),
                *("--credentials", str(admitted)),
                *_option("--request-log", options.request_log),
                *_option("--pace", options.pace),
                *(["--control"] if options.control else []),
            ],
            logs,
            listening=[listening],
        )
        undo.callback(stop_server, aws)
        aws_url = "http://{}:{}".format(*listening.getsockname())
    exasol = launch_server(
        "exasol",
        "sme_helper.local.exasol",
        [
            *("--data", str(folder / "exasol")),
            *("--port", str(free_or_any(before and before.exasol.ready["port"]))),
            *("--bucketfs-port", str(free_or_any(before and _bucketfs_port(before)))),
            *("--aws-endpoint-url", aws_url),
            *_option("--statement-log", options.statement_log),
        ],
        logs,
    )
    undo.callback(stop_server, exasol)
    _load_clients()
    aws, exasol = await_ready(aws, logs), await_ready(exasol, logs)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    state = State(started, aws, exasol)
    folders.save_state(folder, state)
    _provision(state, credentials)
    return state


def _load_clients() -> None:
    """Loads what sets the servers up, while they get ready."""
    import boto3  # noqa: F401
    import pyexasol  # noqa: F401


def _provision(state: State, credentials: Path) -> None:
    failed = None
    try:
        _set_up(state, credentials)
    except Exception as error:
        failed = getattr(error, "message", str(error))
    # Raised anew out here: a client's error shows the statement, and that holds the secret.
    if failed is not None:
        raise StackError(f"The servers run, but could not be set up: {failed}")


def _set_up(state: State, credentials: Path) -> None:
    region = state.aws.ready["region"]
    key_id, secret = provision.read_credentials(credentials)
    provision.create_bucket(_aws_client(state.aws.ready, credentials, "s3"), region)
    provision.create_role(_aws_client(state.aws.ready, credentials, "iam"))
    user, password = state.exasol.ready["user"], env.EXASOL_PASSWORD
    with _connect(state.exasol.ready, user=user, password=password) as connection:
        connection.execute(provision.connection_statement(region, key_id, secret))


def _connect(exasol: dict, **options: Any) -> Any:
    # pyexasol has no other switches: for its telemetry, and for going past a proxy.
    os.environ.setdefault("EXASOL_TELEMETRY_DISABLE", "1")
    os.environ.update(env.proxy_exceptions(os.environ))
    import pyexasol

    return pyexasol.connect(dsn=exasol["dsn"], **options)


def _aws_client(aws: dict, credentials: Path, service: str) -> Any:
    import boto3
    import botocore.session
    from botocore.config import Config

    key_id, secret = provision.read_credentials(credentials)
    # Whatever profile, configuration file or proxy the user's environment names is for the
    # user's own account.
    session = boto3.Session(
        key_id,
        secret,
        region_name=aws["region"],
        botocore_session=botocore.session.Session(
            {
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
            }
        ),
    )
    return session.client(service, endpoint_url=aws["url"], config=Config(proxies={}))


def _credentials_file(folder: Path) -> Path:
    return folder / "credentials"


def _bucketfs_port(before: State) -> int | None:
    """None for a folder of an older release, which had no BucketFS."""
    url = before.exasol.ready.get("bucketfs_url")
    return _port_of_url(url) if url else None


def _port_of_url(url: str) -> int:
    return int(url.rpartition(":")[2].rstrip("/"))


def _option(name: str, value: object | None) -> list[str]:
    return [] if value is None else [name, str(value)]
