"""The HTTP server: one thread a connection, connections kept alive, nothing logged."""

from __future__ import annotations

import io
import socket
import struct
import threading
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from . import autopilot, endpoint_life, transform_jobs
from .app import ENDING, App
from .clock import clock, now
from .cloud import Cloud
from .control import Control, ControlServer
from .credentials import Credentials
from .faults import HALF, LOST, RESET, SILENCE, Rules
from .progress import Progress
from .request_log import RequestLog

WARM_UP_AFTER = 2.0  # seconds: not before the database beside it has started


class KeepAliveHandler(MotoRequestHandler):
    """Reads each request and writes each answer in one piece.

    Werkzeug's own handler closes the connection after each request, because it cannot
    know that the application has read the whole body. Here the body is read first.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
            self.wfile.flush()
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._read_body(environ))
        environ["wsgi.input_terminated"] = True
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None):
            started[:] = [status, headers]

        try:
            body = b"".join(self.server.app(environ, start_response))
            ending = environ.get(ENDING)
            if ending == SILENCE:
                self.rfile.read(1)  # until the client gives up
            elif ending in (RESET, LOST):
                self._reset()
            else:
                self._send(*started, body, is_half=ending == HALF)
            if ending in (SILENCE, RESET, LOST, HALF):
                self.close_connection = True
        except ConnectionError:
            self.close_connection = True

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):  # chunked
            body = environ["wsgi.input"].read()
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["CONTENT_LENGTH"] = str(len(body))
        return body

    def _reset(self) -> None:
        """Ends the connection such that the client's system is told of an error."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for stream in (self.rfile, self.wfile, self.connection):
            stream.close()

    def _send(
        self, status: str, headers: Iterable[tuple[str, str]], body: bytes, is_half: bool
    ) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in names and code not in ("204", "304"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if is_half else body)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(now() if timestamp is None else timestamp)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Access is logged by the request log only."""


class Server:
    """The stand-in on a port of 127.0.0.1.

    Args:
        data: the folder that keeps everything.
        port: 0 takes a free one.
        listen_fd: a socket that listens already, instead of a port.
        account_id: whose the keys are for which the file of credentials names no account.
        control: whether there is a control interface, on a port of its own.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        listen_fd: int | None = None,
        account_id: str = "123456789012",
        progress: Progress | None = None,
        credentials: Path | None = None,
        request_log: Path | None = None,
        control: bool = False,
    ):
        progress = progress or Progress()
        self._cloud = Cloud(data, progress)
        known = Credentials(account_id, self._cloud.signing_key, credentials)
        log, rules = RequestLog(request_log, keep=control), Rules()
        app = App(self._cloud, known, log, rules)
        self._http = ThreadedWSGIServer(
            "127.0.0.1", port, app, handler=KeepAliveHandler, fd=listen_fd
        )
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.port}"
        self._control = ControlServer(Control(clock, progress, rules, log)) if control else None
        self.control_url = self._control and self._control.url

    def serve(self) -> None:
        """Takes up what was under way, then answers until `stop` is called."""
        for account in self._cloud:
            endpoint_life.resume(account)
            autopilot.resume(account)
            transform_jobs.resume(account)
        warming = threading.Timer(WARM_UP_AFTER, _warm_up)
        warming.daemon = True
        warming.start()
        if self._control:
            threading.Thread(target=self._control.serve_forever, daemon=True).start()
        self._http.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._http.shutdown()


def _warm_up() -> None:
    """Loads scikit-learn before the first job needs it."""
    from . import training  # noqa: F401
