"""Model artifacts are unpickled only if this stack signed them."""

import io
import os
import stat
import tarfile

import pytest

from sme_helper.local.aws import artifacts


def test_a_model_comes_back_as_it_was_packed():
    assert artifacts.unpack(artifacts.pack({"a": [1, 2]}, b"key"), b"key") == {"a": [1, 2]}


class Trap:
    """Unpickling it makes a folder."""

    def __init__(self, folder: str):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_an_artifact_signed_with_another_key_is_not_unpickled(tmp_path):
    packed = artifacts.pack(Trap(str(tmp_path / "sprung")), b"theirs")
    with pytest.raises(artifacts.ForeignArtifact):
        artifacts.unpack(packed, b"ours")
    assert not (tmp_path / "sprung").exists()


def empty_archive() -> bytes:
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w:gz").close()
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"text", empty_archive(), artifacts.pack([1], b"key")[:100]],
    ids=["nothing", "text", "empty", "cut off"],
)
def test_damaged_and_foreign_files_are_told_as_such(data):
    with pytest.raises(artifacts.ForeignArtifact):
        artifacts.unpack(data, b"key")


def test_the_signing_key_is_kept_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "key"
    key = artifacts.load_signing_key(path)
    assert artifacts.load_signing_key(path) == key
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
