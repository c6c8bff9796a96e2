"""Messages between the server and a UDF process: a JSON header and a block of bytes."""

from __future__ import annotations

import json
import socket
import struct

import pyarrow as pa

_LENGTHS = struct.Struct("<IQ")


class Closed(Exception):
    """The other side is gone."""


class Channel:
    """A socket that carries whole messages.

    The worker asks, the server answers: there is never more than one message under way
    in a direction, so that neither side needs a thread of its own for reading.
    """

    def __init__(self, sock: socket.socket):
        self._socket = sock
        self._reader = sock.makefile("rb")

    def send(self, header: dict, block: bytes | pa.Buffer = b"") -> None:
        text = json.dumps(header).encode()
        try:
            self._socket.sendall(_LENGTHS.pack(len(text), len(block)) + text)
            if len(block):
                self._socket.sendall(block)
        except OSError as error:
            raise Closed(str(error)) from error

    def receive(self) -> tuple[dict, bytes]:
        header_length, block_length = _LENGTHS.unpack(self._read(_LENGTHS.size))
        header = json.loads(self._read(header_length))
        return header, self._read(block_length)

    def _read(self, size: int) -> bytes:
        try:
            data = self._reader.read(size)
        except OSError as error:
            raise Closed(str(error)) from error
        if len(data) < size:
            raise Closed("end of stream")
        return data

    def close(self) -> None:
        for part in (self._reader, self._socket):
            try:
                part.close()
            except OSError:
                pass
