"""The HTTP transport: the client has connected, and is asked over its own connection.

The client is the HTTP server in it, and with TLS also the TLS server, with a key of its own
that the statement pins by PUBLIC KEY.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
import ssl
from typing import BinaryIO
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..errors import SqlError

_TIMEOUT_SECONDS = 600


def transfer_error(doing: str, address: str, error: object) -> SqlError:
    return SqlError(
        f"ETL-5105: Following error occured while {doing} external connection "
        f"[{address} failed: {error}]",
        "42636",
    )


class Tunnel:
    """One request to the client over its connection.

    Args:
        connection: as it was accepted, before any TLS.
        address: of the statement, https://... if the transport is encrypted.
        public_key: 'sha256//...' of the client's key, or None.

    Raises:
        SqlError: the client's key is another one.
    """

    def __init__(self, connection: socket.socket, address: str, public_key: str | None):
        self._address = address
        self._socket = connection
        connection.settimeout(_TIMEOUT_SECONDS)
        if urlsplit(address).scheme == "https":
            try:
                self._socket = _with_tls(connection)
                if public_key:
                    self._check_key(public_key)
            except OSError as error:
                connection.close()
                raise transfer_error("opening the", address, error) from error

    def _check_key(self, expected: str) -> None:
        certificate = x509.load_der_x509_certificate(self._socket.getpeercert(binary_form=True))
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        found = "sha256//" + base64.b64encode(hashlib.sha256(key).digest()).decode()
        if found != expected:
            self.close()
            raise transfer_error(
                "opening the", self._address, "the public key does not match the pinned one"
            )

    def open_writer(self, file: str) -> _ChunkWriter:
        request = (
            f"PUT /{file} HTTP/1.1\r\nHost: exasol\r\nUser-Agent: Exasol\r\n"
            "Transfer-Encoding: chunked\r\nContent-Type: text/csv\r\n\r\n"
        )
        writer = _ChunkWriter(self._socket, self._address)
        writer.send(request.encode())
        return writer

    def open_reader(self, file: str) -> BinaryIO:
        request = f"GET /{file} HTTP/1.1\r\nHost: exasol\r\nUser-Agent: Exasol\r\n\r\n"
        try:
            self._socket.sendall(request.encode())
            return _answer(self._socket, self._address, "GET")
        except OSError as error:
            raise transfer_error("reading data from", self._address, error) from error

    def close(self) -> None:
        self._socket.close()


def _with_tls(connection: socket.socket) -> ssl.SSLSocket:
    # the certificate is made for this one transfer: only the pinned key says whose it is
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def _answer(connection: socket.socket, address: str, method: str) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
    except http.client.HTTPException as error:
        raise transfer_error("waiting for", address, error) from error
    if response.status != http.HTTPStatus.OK:
        raise transfer_error("waiting for", address, f"HTTP {response.status} {response.reason}")
    return response


class _ChunkWriter:
    """The body of a PUT, in chunks."""

    def __init__(self, connection: socket.socket, address: str):
        self._socket = connection
        self._address = address

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise transfer_error("writing data to", self._address, error) from error

    def write(self, data: bytes) -> None:
        if data:
            self.send(b"%X\r\n%b\r\n" % (len(data), data))

    def finish(self) -> None:
        self.send(b"0\r\n\r\n")
        try:
            _answer(self._socket, self._address, "PUT")
        except OSError as error:
            raise transfer_error("writing data to", self._address, error) from error
