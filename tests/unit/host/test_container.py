"""Building language containers and bringing them to BucketFS."""

import inspect
import io
import json
import shutil
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from sme_helper.container import bucketfs, build
from sme_helper.errors import HelperError
from sme_helper.local.exasol.bucketfs import BucketFsServer, Buckets
from sme_helper.local.exasol.tls import ensure_certificate

ERROR_FIELDS = ("message", "requestId", "path", "method", "logId", "handler", "timestamp")
FLAVOR = Path(build.__file__).parent / "flavor"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[bucketfs.OnPremises]:
    certificate = ensure_certificate(tmp_path)
    server = BucketFsServer(Buckets(tmp_path / "bucketfs"), certificate.server_context())
    server.start()
    url = f"https://127.0.0.1:{server.server_port}"
    yield bucketfs.OnPremises(url, "w", "write", ca_file=certificate.path)
    server.stop()


class SaasStandIn(BaseHTTPRequestHandler):
    """The two requests of an upload to Exasol SaaS: for a place, and to that place."""

    received: dict[str, bytes]

    def do_POST(self) -> None:
        if self.headers["Authorization"] != "Bearer right":
            self._answer(401, dict.fromkeys(ERROR_FIELDS, "") | {"status": 401})
            return
        key = unquote(unquote(self.path.partition("/files/")[2]))
        host = self.headers["Host"]
        self._answer(200, {"url": f"http://{host}/signed/{key}"})

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.received[self.path.removeprefix("/signed/")] = content
        self._answer(200, {})

    def _answer(self, status: int, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def saas() -> Iterator[tuple[str, dict[str, bytes]]]:
    handler = type("Handler", (SaasStandIn,), {"received": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler.received
    server.shutdown()
    server.server_close()


def test_a_container_goes_to_the_folder_that_its_address_names(place):
    path = bucketfs.upload(place, "/container/", "own.tar.gz", io.BytesIO(b"content"))
    assert path == "container/own.tar.gz"
    assert bucketfs.is_uploaded(place, path)
    assert not bucketfs.is_uploaded(place, "container/other.tar.gz")
    assert bucketfs.container_of(place, path) == "bfsdefault/default/container/own"


def test_a_container_goes_to_exasol_saas(saas):
    url, received = saas
    place = bucketfs.Saas(url, "account", "database", "right")
    path = bucketfs.upload(place, "container", "own.tar.gz", io.BytesIO(b"content"))
    assert received == {"container/own.tar.gz": b"content"}
    assert bucketfs.container_of(place, path) == "uploads/default/container/own"


def test_a_refused_token_is_named_and_not_shown(saas):
    place = bucketfs.Saas(saas[0], "account", "database", "wrong-token")
    with pytest.raises(HelperError, match=r"E-SME-175.*401") as raised:
        bucketfs.upload(place, "", "own.tar.gz", io.BytesIO(b""))
    assert "wrong-token" not in f"{raised.value} {place}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "guessed"}, "401"),
        ({"bucket": "other"}, "404"),
        ({"ca_file": None}, "certificate verify failed"),
        ({"url": "https://127.0.0.1:9"}, "refused"),
    ],
)
def test_what_keeps_an_upload_from_bucketfs_is_said(place, change, words):
    given = {name: getattr(place, name) for name in ("url", "user", "password", "ca_file")}
    broken = bucketfs.OnPremises(**{**given, **change})
    with pytest.raises(HelperError, match="E-SME-175") as raised:
        bucketfs.upload(broken, "container", "own.tar.gz", io.BytesIO(b"content"))
    assert words in str(raised.value)
    assert "guessed" not in str(raised.value)


def test_only_a_file_that_bucketfs_unpacks_is_uploaded(tmp_path):
    with pytest.raises(HelperError, match="E-SME-176: There is no file"):
        bucketfs.check_file(tmp_path / "own.tar.gz")
    (tmp_path / "own.rar").touch()
    with pytest.raises(HelperError, match=r"E-SME-176: own\.rar does not end in \.tar\.gz"):
        bucketfs.check_file(tmp_path / "own.rar")
    (tmp_path / "own.tar.gz").touch()
    bucketfs.check_file(tmp_path / "own.tar.gz")


def test_a_local_container_names_its_environment(tmp_path):
    target = build.build_local(tmp_path / "new" / "own.tar.gz", Path(sys.executable))
    with tarfile.open(target) as archive:
        names = archive.getnames()
        manifest = json.load(archive.extractfile("sme-local-container.json"))
    assert "exaudf/exaudfclient" in names
    assert names[-1] == "exasol-manifest.json"
    assert manifest["interpreter"] == sys.executable
    assert set(manifest["packages"]) == {"boto3", "numpy", "pandas", "pyarrow"}


def test_an_environment_without_the_packages_stands_for_no_container(tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(HelperError, match=r"E-SME-179.*No module named 'boto3'"):
        build.build_local(tmp_path / "own.tar.gz", bare)
    with pytest.raises(HelperError, match=r"E-SME-179.*No such file"):
        build.build_local(tmp_path / "own.tar.gz", tmp_path / "nothing")
    assert not (tmp_path / "own.tar.gz").exists()


def test_without_docker_nothing_is_built(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(HelperError, match=r"E-SME-178.*builds containers in Docker"):
        build.build(tmp_path / "own.tar.gz")
    assert not list(tmp_path.iterdir())


def test_exasols_tool_takes_what_build_gives_it_and_reads_the_flavor(tmp_path):
    """No Docker is needed to see that call and flavor fit the tool's interface."""
    from exasol.slc import api
    from exasol_integration_test_docker_environment.lib.base.import_build_step import (
        import_build_steps,
    )

    given = {"flavor_path": ("f",), "release_goal": ("release",), "export_path": "e"}
    inspect.signature(api.export).bind(**given, output_directory="o")
    flavor = shutil.copytree(FLAVOR, tmp_path / "sme")
    import_build_steps((str(flavor),))
    steps = {
        step.get_build_step(self=None)
        for step in _subclasses_in(str(flavor / "flavor_base" / "build_steps.py"))
    }
    assert steps == {"dependencies", "release"}
    for step in steps:
        assert (flavor / "flavor_base" / step / "Dockerfile").exists()


def _subclasses_in(file: str) -> list[type]:
    from exasol.slc.internal.tasks.build.docker_flavor_image_task import (
        DockerFlavorAnalyzeImageTask,
    )

    found = DockerFlavorAnalyzeImageTask.__subclasses__()
    return [step for step in found if step.get_build_step.__code__.co_filename == file]
