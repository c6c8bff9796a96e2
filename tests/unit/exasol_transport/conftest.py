import socket
import struct
import threading
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from sme_helper.local.exasol.database import Database
from sme_helper.local.exasol.session import Session

_REGION = "eu-central-1"


@pytest.fixture(scope="package")
def s3() -> Iterator["boto3.client"]:
    """A client of moto's S3 server with the bucket `files`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name=_REGION,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": _REGION})
    yield client
    client.close()
    server.stop()


@pytest.fixture
def read(s3):
    """The bytes of a file in the bucket."""
    return lambda key: s3.get_object(Bucket="files", Key=key)["Body"].read()


@pytest.fixture
def database(s3) -> Iterator[Database]:
    database = Database(aws_endpoint_url=s3.meta.endpoint_url)
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session with a connection S3 to the bucket, and a table T of two rows."""
    session = Session(database, "SYS")
    session.execute("CREATE SCHEMA S")
    session.execute(
        "CREATE CONNECTION S3 TO 'https://files.s3.eu-central-1.amazonaws.com' "
        "USER 'key' IDENTIFIED BY 'the-secret'"
    )
    session.execute("CREATE TABLE T (A INT, B VARCHAR(100))")
    session.execute("INSERT INTO T VALUES (1, 'one'), (2, NULL)")
    yield session
    session.close()


@pytest.fixture
def tunnel_port(database: Database) -> Iterator[int]:
    """A port that accepts tunnels of the HTTP transport, as the server's listener does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        for number in range(40_000, 50_000):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.recv(12)
            database.tunnels[number] = connection
            connection.sendall(struct.pack("ii16s", 0, number, b"127.0.0.1"))

    thread = threading.Thread(target=accept)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
