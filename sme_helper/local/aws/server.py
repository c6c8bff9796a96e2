"""The HTTP server: one thread a connection, connections kept alive, nothing logged."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from . import autopilot, endpoint_life, transform_jobs
from .account import Settings
from .app import App
from .cloud import Cloud
from .credentials import Credentials
from .request_log import RequestLog


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
            self._send(*started, body)
        except ConnectionError:
            self.close_connection = True

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):  # chunked
            body = environ["wsgi.input"].read()
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["CONTENT_LENGTH"] = str(len(body))
        return body

    def _send(self, status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in names and code not in ("204", "304"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Access is logged by the request log only."""


class Server:
    """The stand-in on a port of 127.0.0.1.

    Args:
        data: the folder that keeps everything.
        port: 0 takes a free one.
        account_id: whose the keys are for which the file of credentials names no account.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        account_id: str = "123456789012",
        settings: Settings | None = None,
        credentials: Path | None = None,
        request_log: Path | None = None,
    ):
        self._cloud = Cloud(data, settings or Settings())
        known = Credentials(account_id, self._cloud.signing_key, credentials)
        app = App(self._cloud, known, RequestLog(request_log))
        self._http = ThreadedWSGIServer("127.0.0.1", port, app, handler=KeepAliveHandler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def serve(self) -> None:
        """Takes up what was under way, then answers until `stop` is called."""
        for account in self._cloud:
            endpoint_life.resume(account)
            autopilot.resume(account)
            transform_jobs.resume(account)
        threading.Thread(target=_warm_up, daemon=True).start()
        self._http.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._http.shutdown()


def _warm_up() -> None:
    """Loads scikit-learn before the first job needs it."""
    from . import training  # noqa: F401
