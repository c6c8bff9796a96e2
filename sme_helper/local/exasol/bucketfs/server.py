"""BucketFS over HTTP and HTTPS, both on one port: list, GET, PUT, DELETE."""

from __future__ import annotations

import base64
import binascii
import secrets
import shutil
import socket
import ssl
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from .store import BUCKET, READ_PASSWORD, WRITE_PASSWORD, BadPath, Buckets

_TLS_HANDSHAKE = b"\x16"
_IDLE_SECONDS = 60


class BucketFsServer(ThreadingHTTPServer):
    """Serves buckets on 127.0.0.1.

    Attributes:
        server_port: where it listens.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, buckets: Buckets, tls: ssl.SSLContext, port: int = 0):
        self.buckets = buckets
        self._tls = tls
        super().__init__(("127.0.0.1", port), _Handler)

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.buckets.close()

    def finish_request(self, request: socket.socket, client_address) -> None:
        request.settimeout(_IDLE_SECONDS)
        if request.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
            request = self._tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up or does not trust the certificate is its own affair."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BucketFsServer

    def do_GET(self) -> None:
        bucket, path = self._target()
        if not bucket:
            self._answer(HTTPStatus.OK, f"{BUCKET}\n")
        elif self._refused(bucket, writes=False):
            return
        elif not path:
            self._answer(HTTPStatus.OK, "".join(f"{p}\n" for p in self.server.buckets.files()))
        else:
            self._give(path)

    def do_PUT(self) -> None:
        bucket, path = self._target()
        size = self.headers.get("Content-Length", "")
        if not size.isdigit():
            self.close_connection = True
            self._answer(HTTPStatus.LENGTH_REQUIRED, "the embedded stack needs a Content-Length\n")
            return
        if self._refused(bucket, writes=True, body=int(size)):
            return
        try:
            if self.headers.get("Expect", "").lower() == "100-continue":
                self.send_response_only(HTTPStatus.CONTINUE)
                self.end_headers()
            self.server.buckets.put(path, self.rfile, int(size))
        except BadPath as error:
            self.close_connection = True
            self._answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
            return
        except EOFError:
            self.close_connection = True
            return
        self._answer(HTTPStatus.OK)

    def do_DELETE(self) -> None:
        bucket, path = self._target()
        if self._refused(bucket, writes=True):
            return
        try:
            found = self.server.buckets.delete(path)
        except BadPath as error:
            self._answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
            return
        self._answer(HTTPStatus.NO_CONTENT if found else HTTPStatus.NOT_FOUND)

    def _target(self) -> tuple[str, str]:
        """The bucket and the path in it."""
        bucket, _, path = unquote(urlsplit(self.path).path).strip("/").partition("/")
        return bucket, path

    def _refused(self, bucket: str, writes: bool, body: int = 0) -> bool:
        """Whether the request was answered with what keeps it from being carried out."""
        if bucket != BUCKET or not self._may(writes):
            # A client that is still sending would not see the answer.
            while body > 0 and (block := self.rfile.read(min(body, 1 << 20))):
                body -= len(block)
        if bucket != BUCKET:
            self._answer(HTTPStatus.NOT_FOUND, f"no bucket {bucket}\n")
        elif not self._may(writes):
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", f'Basic realm="{bucket}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            return False
        return True

    def _may(self, writes: bool) -> bool:
        kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return False
        accepted = [f"w:{WRITE_PASSWORD}"] if writes else [f"r:{READ_PASSWORD}"]
        if not writes:
            accepted.append(f"w:{WRITE_PASSWORD}")
        return kind.lower() == "basic" and any(
            secrets.compare_digest(given, right.encode()) for right in accepted
        )

    def _give(self, path: str) -> None:
        try:
            file = self.server.buckets.open(path)
        except BadPath as error:
            self._answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
            return
        if file is None:
            self._answer(HTTPStatus.NOT_FOUND, f"no file {path}\n")
            return
        with file:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(file.seek(0, 2)))
            self.end_headers()
            file.seek(0)
            shutil.copyfileobj(file, self.wfile)

    def _answer(self, status: HTTPStatus, text: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "text/plain; charset=utf-8")
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are nobody's business but the client's."""
