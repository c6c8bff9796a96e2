"""The one port: TLS, plain WebSocket and the tunnels of the HTTP transport, told apart by
their first bytes."""

from __future__ import annotations

import itertools
import logging
import socket
import struct
import threading

from websockets.exceptions import WebSocketException

from .database import Database
from .login import make_key
from .protocol import ClientConnection
from .tls import Certificate
from .websocket import ConnectionClosed, WebSocket, shut_down

log = logging.getLogger(__name__)

_TUNNEL_MAGIC = struct.pack("<i", 0x02212102)
_TUNNEL_REQUEST_BYTES = 12
_TLS_HANDSHAKE = b"\x16"
_GREETING_SECONDS = 30  # within which a client must say what it wants
# Ports that name tunnels; nothing listens there.
_TUNNEL_PORTS = range(20_001, 65_000)


class Listener:
    """Accepts clients on 127.0.0.1, one thread each.

    Attributes:
        host, port: where it listens.
    """

    def __init__(self, database: Database, certificate: Certificate, port: int = 0):
        self._database = database
        self._tls = certificate.server_context()
        self._login_key = make_key()
        self._tunnel_ports = itertools.cycle(_TUNNEL_PORTS)
        self._clients: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=64)
        self.host, self.port = self._socket.getsockname()[:2]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def start(self) -> None:
        self._acceptor.start()

    def stop(self) -> None:
        """Closes the port, ends all connections, and waits for their sessions to end."""
        shut_down(self._socket)
        self._acceptor.join()
        self._socket.close()
        with self._lock:
            clients, threads = list(self._clients), list(self._threads)
        for client in clients:
            shut_down(client)
        for thread in threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            with self._lock:
                self._clients.add(client)
                self._threads.add(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        try:
            self._greet(client)
        except (OSError, EOFError, ConnectionClosed, WebSocketException) as error:
            log.debug("connection ended: %s", error)
        except Exception:
            log.exception("connection failed")
        finally:
            with self._lock:
                self._clients.discard(client)
                self._threads.discard(threading.current_thread())

    def _greet(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.settimeout(_GREETING_SECONDS)
        greeting = client.recv(4, socket.MSG_PEEK)
        if greeting == _TUNNEL_MAGIC:
            self._open_tunnel(client)
            return
        stream = client
        try:
            if greeting[:1] == _TLS_HANDSHAKE:
                stream = self._tls.wrap_socket(client, server_side=True)
                with self._lock:
                    self._clients.add(stream)
            websocket = WebSocket(stream)
            stream.settimeout(None)
            ClientConnection(websocket, self._database, self._login_key, self.host).run()
        finally:
            with self._lock:
                self._clients.discard(stream)
            stream.close()

    def _open_tunnel(self, client: socket.socket) -> None:
        """Keeps the socket for the EXPORT or IMPORT that will name its port."""
        client.recv(_TUNNEL_REQUEST_BYTES, socket.MSG_WAITALL)
        client.settimeout(None)
        port = next(self._tunnel_ports)
        self._database.tunnels[port] = client
        client.sendall(struct.pack("<ii16s", 0, port, self.host.encode()))
