"""Where the files of EXPORT and IMPORT are: a client's tunnel, or S3."""

from __future__ import annotations

import bz2
import gzip
import socket
import zlib
from contextlib import ExitStack
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from ..errors import SqlError, unsupported
from ..sql.statements import FileSource
from .s3 import Credentials, S3Bucket, is_s3
from .tunnel import Tunnel


class Target(Protocol):
    """A place that holds files."""

    def open_writer(self, file: str) -> Writer: ...

    def open_reader(self, file: str) -> BinaryIO: ...

    def close(self) -> None: ...


class Writer(Protocol):
    """A file that is being written; only `finish` makes it whole."""

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None: ...


def open_targets(session, sources: list[FileSource], stack: ExitStack) -> list[tuple[Target, str]]:
    """Every file of the statement with the place that holds it; `stack` closes the places.

    Raises:
        SqlError: unknown connection, one that the user may not use, or an address to which
            the stand-in has no way.
    """
    files: list[tuple[Target, str]] = []
    for source in sources:
        if not source.files:
            raise SqlError("syntax error, unexpected end of statement, expecting FILE")
        target = _open(session, source)
        stack.callback(target.close)
        files += [(target, file) for file in source.files]
    return files


def _open(session, source: FileSource) -> Target:
    address, user, password = source.url, source.user, source.password
    session_token = source.session_token
    if source.connection is not None:
        connection = session.catalog.connection(source.connection)
        address = connection.address
        user, password = user or connection.user, password or connection.password
        session_token = session_token or connection.session_token
    tunnel = _claim_tunnel(session, address)
    if tunnel is not None:
        return Tunnel(tunnel, address, source.public_key)
    if is_s3(address):
        keys = Credentials.parse(user, password, session_token)
        return S3Bucket(address, keys, session.database.aws_endpoint_url)
    raise unsupported(f"EXPORT and IMPORT with files at {address}")


def _claim_tunnel(session, address: str) -> socket.socket | None:
    """The tunnel that the address names; it belongs to this statement from now on."""
    try:
        port = urlsplit(address).port
    except ValueError:
        return None
    return session.database.tunnels.pop(port, None)


# --- compression by the ending of the file's name ------------------------------------


def compressed(writer: Writer, file: str) -> Writer:
    """The writer, behind a compressor where the file's name asks for one."""
    if file.endswith(".gz"):
        return _CompressingWriter(writer, zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS))
    if file.endswith(".bz2"):
        return _CompressingWriter(writer, bz2.BZ2Compressor())
    _refuse_zip(file)
    return writer


def decompressed(reader: BinaryIO, file: str) -> BinaryIO:
    """The reader, behind a decompressor where the file's name asks for one."""
    if file.endswith(".gz"):
        return gzip.GzipFile(fileobj=reader)
    if file.endswith(".bz2"):
        return bz2.BZ2File(reader)
    _refuse_zip(file)
    return reader


def _refuse_zip(file: str) -> None:
    if file.endswith(".zip"):
        raise unsupported("zip files in EXPORT and IMPORT")


class _CompressingWriter:
    def __init__(self, writer: Writer, compressor):
        self._writer = writer
        self._compressor = compressor

    def write(self, data: bytes) -> None:
        block = self._compressor.compress(data)
        if block:
            self._writer.write(block)

    def finish(self) -> None:
        self._writer.write(self._compressor.flush())
        self._writer.finish()
