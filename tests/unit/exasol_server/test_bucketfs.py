"""BucketFS of the Exasol stand-in, as HTTP clients and as UDFs see it."""

import io
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from sme_helper.local.exasol.bucketfs import BucketFsServer, Buckets
from sme_helper.local.exasol.tls import Certificate, ensure_certificate

READER, WRITER = ("r", "read"), ("w", "write")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return ensure_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(tmp_path: Path, certificate: Certificate) -> Iterator[BucketFsServer]:
    server = BucketFsServer(Buckets(tmp_path), certificate.server_context())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def url(server: BucketFsServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/default"


@pytest.fixture
def seen(server: BucketFsServer) -> Path:
    """What UDFs see as /buckets/bfsdefault/default."""
    return server.buckets.seen_by_udfs / "bfsdefault" / "default"


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_files_are_put_listed_read_and_deleted(url, seen):
    requests.put(f"{url}/some/file.txt", b"content", auth=WRITER).raise_for_status()
    assert requests.get(url, auth=READER).text == "some/file.txt\n"
    assert requests.get(f"{url}/some/file.txt", auth=READER).content == b"content"
    assert eventually(lambda: (seen / "some/file.txt").exists())
    assert (seen / "some/file.txt").read_bytes() == b"content"
    requests.delete(f"{url}/some/file.txt", auth=WRITER).raise_for_status()
    assert requests.get(url, auth=READER).text == ""
    assert requests.get(f"{url}/some/file.txt", auth=READER).status_code == 404
    assert eventually(lambda: not (seen / "some/file.txt").exists())


def test_an_archive_becomes_a_folder_for_udfs_and_stays_a_file_for_clients(url, seen):
    packed = archive({"inner/a.txt": b"a"})
    requests.put(f"{url}/container/own.tar.gz", packed, auth=WRITER).raise_for_status()
    assert eventually(lambda: (seen / "container/own").exists())
    assert (seen / "container/own/inner/a.txt").read_bytes() == b"a"
    assert requests.get(url, auth=READER).text == "container/own.tar.gz\n"
    packed = archive({"b.txt": b"b"})
    requests.put(f"{url}/container/own.tar.gz", packed, auth=WRITER).raise_for_status()
    assert eventually(lambda: (seen / "container/own/b.txt").exists())
    assert not (seen / "container/own/inner").exists()


def test_an_archive_that_reaches_out_of_its_folder_is_not_unpacked(url, seen, tmp_path):
    packed = archive({"../../../../escaped.txt": b"x"})
    requests.put(f"{url}/bad.tar.gz", packed, auth=WRITER).raise_for_status()
    requests.put(f"{url}/after.txt", b"", auth=WRITER).raise_for_status()
    assert eventually(lambda: (seen / "after.txt").exists())  # one at a time, in order
    assert not (seen / "bad").exists()
    assert not list(tmp_path.rglob("escaped.txt"))


@pytest.mark.parametrize("auth", [None, ("w", "wrong"), ("r", "write"), READER])
def test_only_the_write_password_changes_a_bucket(url, auth):
    assert requests.put(f"{url}/file", b"x", auth=auth).status_code == 401
    assert requests.delete(f"{url}/file", auth=auth).status_code == 401
    assert requests.get(url, auth=WRITER).text == ""


def test_reading_needs_a_password(url):
    assert requests.get(url).status_code == 401
    assert requests.get(url, auth=("r", "wrong")).status_code == 401


def test_tls_is_spoken_on_the_same_port(url, certificate):
    secure = url.replace("http:", "https:")
    assert requests.get(secure, auth=READER, verify=str(certificate.path)).status_code == 200


def test_buckets_are_listed_and_others_are_not_there(url):
    root = url.removesuffix("/default")
    assert requests.get(root).text == "default\n"
    assert requests.get(f"{root}/other", auth=READER).status_code == 404


def test_a_path_cannot_leave_its_bucket(url, tmp_path):
    answer = requests.put(f"{url}/a/%2e%2e/%2e%2e/%2e%2e/out", b"x", auth=WRITER)
    assert answer.status_code == 400
    assert not list(tmp_path.rglob("out"))


def test_files_are_there_after_a_restart(tmp_path, certificate):
    for number in range(2):
        server = BucketFsServer(Buckets(tmp_path), certificate.server_context())
        server.start()
        url = f"http://127.0.0.1:{server.server_port}/default"
        if number == 0:
            requests.put(f"{url}/kept.txt", b"kept", auth=WRITER).raise_for_status()
        else:
            assert requests.get(f"{url}/kept.txt", auth=READER).content == b"kept"
        server.stop()
