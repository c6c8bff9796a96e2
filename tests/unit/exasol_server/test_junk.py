"""Whatever a client sends, the server goes on serving the others."""

import json
import random
import socket
import ssl

import pyexasol
import pytest

BEGINNINGS = [
    b"",
    b"\x16\x03\x01",
    b"\x02\x21\x21\x02",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
]


def test_random_bytes_on_the_port_stop_no_session(connect, listener):
    connection = connect()
    chance = random.Random(20)
    for _ in range(100):
        junk = chance.choice(BEGINNINGS) + chance.randbytes(chance.randrange(200))
        with socket.create_connection((listener.host, listener.port)) as client:
            client.sendall(junk)
    assert connection.execute("SELECT 1").fetchval() == 1
    assert connect().execute("SELECT 2").fetchval() == 2


@pytest.mark.parametrize("stage", ["behind TLS", "behind the upgrade to WebSocket"])
def test_random_bytes_within_tls_stop_no_session(connect, listener, stage):
    connection = connect()
    chance = random.Random(22)
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    for _ in range(30):
        with (
            socket.create_connection((listener.host, listener.port)) as plain,
            tls.wrap_socket(plain) as client,
        ):
            if stage != "behind TLS":
                client.sendall(BEGINNINGS[-1])
                assert b"101 Switching Protocols" in client.recv(4096)
            client.sendall(chance.choice(BEGINNINGS) + chance.randbytes(chance.randrange(200)))
    assert connection.execute("SELECT 1").fetchval() == 1
    assert connect().execute("SELECT 2").fetchval() == 2


def test_random_bytes_of_a_client_that_has_logged_in_end_only_its_own_connection(connect):
    other = connect()
    chance = random.Random(23)
    for _ in range(10):
        client = connect()
        client._ws.sock.sendall(chance.randbytes(chance.randrange(1, 200)))
        client._ws.shutdown()
    assert other.execute("SELECT 1").fetchval() == 1
    assert connect().execute("SELECT 2").fetchval() == 2


def request(chance: random.Random) -> dict:
    """A request whose command is known and whose parts are not what they should be."""
    commands = ("execute", "executeBatch", "fetch", "closeResultSet", "createPreparedStatement")
    commands += ("executePreparedStatement", "closePreparedStatement", "setAttributes", "getTables")
    values = (None, -1, 2**70, "", "x" * 50, [], [None], {}, {"a": []}, True, 1.5)
    keys = ("sqlText", "sqlTexts", "resultSetHandle", "resultSetHandles", "statementHandle")
    keys += ("startPosition", "numBytes", "data", "attributes", "schema", "tableTypes")
    parts = {chance.choice(keys): chance.choice(values) for _ in range(chance.randrange(4))}
    return {"command": chance.choice(commands), "sqlText": chance.choice(values), **parts}


def test_requests_of_the_wrong_form_are_answered_with_an_error(connect):
    connection = connect()
    chance = random.Random(21)
    for _ in range(150):
        sent = request(chance)
        try:
            connection.req(sent)
        except pyexasol.ExaRequestError as error:
            assert "internal error" not in error.message, json.dumps(sent)
        except pyexasol.ExaQueryError:
            pass
    assert connection.execute("SELECT 1").fetchval() == 1


@pytest.mark.parametrize("sent", ["no JSON", "[]", '"text"', "{}", '{"command": 1}'])
def test_what_is_no_request_ends_only_its_own_connection(connect, sent):
    connection, other = connect(), connect()
    connection._ws_send(sent)
    try:
        connection.execute("SELECT 1")
    except pyexasol.ExaError:
        pass
    assert other.execute("SELECT 2").fetchval() == 2


def test_idle_connections_cost_the_others_nothing(connect):
    idle = [connect() for _ in range(25)]
    assert connect().execute("SELECT 1").fetchval() == 1
    assert [connection.execute("SELECT 2").fetchval() for connection in idle] == [2] * 25
