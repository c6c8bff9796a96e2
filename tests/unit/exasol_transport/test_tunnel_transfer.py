"""EXPORT and IMPORT through a client's tunnel, with pyexasol's own HTTP server."""

import threading

import pytest
from pyexasol.http_transport import ExaHttpThread

from sme_helper.local.exasol.errors import SqlError

ENCODINGS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.fixture
def client(tunnel_port):
    """Opens pyexasol's end of a tunnel; gives it and the AT clause that names it."""
    opened = []

    def open_tunnel(compression: bool, encryption: bool) -> tuple[ExaHttpThread, str]:
        thread = ExaHttpThread("127.0.0.1", tunnel_port, compression, encryption)
        thread.start()
        opened.append(thread)
        address, _, key = thread.exa_address.partition("/")
        clause = f"AT '{'https' if encryption else 'http'}://{address}'"
        return thread, f"{clause} PUBLIC KEY 'sha256//{key}'" if key else clause

    yield open_tunnel
    for thread in opened:
        thread.terminate()
        thread.join()


@pytest.mark.parametrize(("compression", "encryption"), ENCODINGS)
def test_a_client_receives_an_export(session, client, compression, encryption):
    thread, clause = client(compression, encryption)
    received = []
    reader = threading.Thread(target=lambda: received.append(_read_all(thread)))
    reader.start()
    file = "000.csv.gz" if compression else "000.csv"
    result = session.execute(f"EXPORT T INTO CSV {clause} FILE '{file}' WITH COLUMN NAMES")
    reader.join()
    thread.join_with_exc()
    assert result.rowcount == 2
    assert received == [b"A,B\n1,one\n2,\n"]


@pytest.mark.parametrize(("compression", "encryption"), ENCODINGS)
def test_a_client_sends_an_import(session, rows, client, compression, encryption):
    thread, clause = client(compression, encryption)
    writer = threading.Thread(target=_write_all, args=(thread, b"3,three\n4,\n"))
    writer.start()
    file = "000.csv.gz" if compression else "000.csv"
    result = session.execute(f"IMPORT INTO T FROM CSV {clause} FILE '{file}'")
    writer.join()
    thread.join_with_exc()
    assert result.rowcount == 2
    assert rows("SELECT A, B FROM T WHERE A > 2 ORDER BY A") == [(3, "three"), (4, None)]


def test_a_client_with_another_key_is_refused(session, client):
    _, clause = client(False, True)
    clause = clause.split(" PUBLIC KEY")[0] + " PUBLIC KEY 'sha256//other'"
    with pytest.raises(SqlError, match="the public key does not match the pinned one"):
        session.execute(f"EXPORT T INTO CSV {clause} FILE '000.csv'")


def test_an_import_that_breaks_off_changes_nothing(session, rows, client):
    thread, clause = client(False, False)

    def break_off() -> None:
        thread.write_pipe.write(b"3,three\n")
        thread.terminate()

    breaker = threading.Thread(target=break_off)
    breaker.start()
    with pytest.raises(SqlError, match="ETL-5105"):
        session.execute(f"IMPORT INTO T FROM CSV {clause} FILE '000.csv'")
    breaker.join()
    assert rows("SELECT COUNT(*) FROM T") == [(2,)]


def test_a_statement_takes_its_tunnel_even_if_it_fails(database, session, client):
    _, clause = client(False, False)
    with pytest.raises(SqlError, match="NOWHERE not found"):
        session.execute(f"EXPORT NOWHERE INTO CSV {clause} FILE '000.csv'")
    assert database.tunnels == {}


def _read_all(thread: ExaHttpThread) -> bytes:
    received = b""
    while block := thread.read_pipe.read(65536):
        received += block
    return received


def _write_all(thread: ExaHttpThread, data: bytes) -> None:
    thread.write_pipe.write(data)
    thread.write_pipe.close()
    thread.server.can_finish_get.set()
