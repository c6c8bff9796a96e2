"""A blocking WebSocket server connection over the sans-I/O layer of `websockets`."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections import deque

from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

_CHUNK = 1 << 18


class ConnectionClosed(Exception):
    """The client is gone, or does not speak WebSocket."""


class WebSocket:
    """The server's side of one connection. One thread receives; any thread may send.

    Whoever made the socket closes it, once no thread uses it any more: a file descriptor
    that is closed under a reading thread may be another client's a moment later.

    Attributes:
        peer: the client's IP address.
        is_encrypted: whether it speaks TLS.
    """

    def __init__(self, sock: socket.socket):
        self._socket = sock
        self._protocol = ServerProtocol(max_size=None)
        self._lock = threading.Lock()
        self._events: deque = deque()
        self.peer = sock.getpeername()[0]
        self.is_encrypted = isinstance(sock, ssl.SSLSocket)
        self._handshake()

    def _handshake(self) -> None:
        while not self._events:
            self._read()
        request = self._events.popleft()
        if not isinstance(request, Request):
            raise ConnectionClosed("no WebSocket handshake")
        with self._lock:
            self._protocol.send_response(self._protocol.accept(request))
            self._flush()
        if self._protocol.state is not State.OPEN:
            raise ConnectionClosed("WebSocket handshake refused")

    def _read(self) -> None:
        self._wait_for_data()
        with self._lock:  # one TLS connection must not read and write at the same time
            data = self._socket.recv(_CHUNK)
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            self._events.extend(self._protocol.events_received())
            self._flush()
        if not data and not self._events:
            raise ConnectionClosed("end of stream")

    def _wait_for_data(self) -> None:
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        seconds = self._socket.gettimeout()
        if not poll.poll(None if seconds is None else seconds * 1000):
            raise TimeoutError("the client said nothing")

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def receive(self) -> bytes:
        """The next message; pings are answered on the way.

        Raises:
            ConnectionClosed: the client has closed the connection.
        """
        parts: list[bytes] = []
        while True:
            while not self._events:
                self._read()
            event = self._events.popleft()
            if not isinstance(event, Frame):
                raise ConnectionClosed("unexpected HTTP")
            if event.opcode is Opcode.CLOSE:
                raise ConnectionClosed("closed by the client")
            if event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                parts.append(bytes(event.data))
                if event.fin:
                    return b"".join(parts)

    def send_text(self, text: str) -> None:
        self._send(lambda: self._protocol.send_text(text.encode()))

    def send_binary(self, data: bytes) -> None:
        self._send(lambda: self._protocol.send_binary(data))

    def send_pong(self) -> None:
        """An unsolicited Pong: tells a client that waits for an answer that work goes on."""
        self._send(lambda: self._protocol.send_pong(b""))

    def _send(self, action) -> None:
        try:
            with self._lock:
                action()
                self._flush()
        except (WebSocketException, OSError) as error:
            raise ConnectionClosed(str(error)) from error

    def shut_down(self) -> None:
        """Says good-bye, as far as the client still listens, and ends all reading."""
        try:
            self._send(self._protocol.send_close)
        except ConnectionClosed:
            pass
        shut_down(self._socket)


def shut_down(stream: socket.socket) -> None:
    """Ends a socket for both sides; a thread that waits on it goes on. Does not close it."""
    try:
        # Not SSLSocket's own: that one also takes the TLS state away from other threads.
        socket.socket.shutdown(stream, socket.SHUT_RDWR)
    except OSError:
        pass
