"""Data folders: the state that they remember, the lock, who may use them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sme_helper.local import folder as folders
from sme_helper.local.folder import FolderError, State
from sme_helper.local.processes import ProcessIdentity, Server

STATE = State(
    "2026-01-02T03:04:05+00:00",
    Server("aws", ProcessIdentity(12, "boot/34"), {"url": "http://127.0.0.1:1"}),
    Server("exasol", ProcessIdentity(56, "boot/78"), {"port": 8563}),
)


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    folders.save_state(tmp_path, STATE)
    assert folders.load_state(tmp_path) == STATE


def test_a_folder_in_which_nothing_was_started_has_no_state(tmp_path: Path) -> None:
    assert folders.load_state(tmp_path) is None
    assert folders.load_state(tmp_path / "missing") is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"started": "x", "aws": 1}'])
def test_a_damaged_state_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    assert folders.load_state(tmp_path) is None


def test_a_new_data_folder_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    folder = folders.open_folder(tmp_path / "deep" / "data")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_in_a_folder_open_to_all_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "exasol").mkdir(mode=0o755)
    folders.make_private_parts(tmp_path)
    modes = {part.name: stat.S_IMODE(part.stat().st_mode) for part in tmp_path.iterdir()}
    assert modes == {"aws": 0o700, "exasol": 0o700, "logs": 0o700}


def test_a_file_is_refused_as_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="File exists"):
        folders.open_folder(tmp_path / "file")


def test_another_users_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(FolderError, match="belongs to another user"):
        folders.open_folder(tmp_path)


def test_two_commands_cannot_work_in_one_folder(tmp_path: Path) -> None:
    with (
        folders.lock(tmp_path),
        pytest.raises(FolderError, match=r"Another .* is using"),
        folders.lock(tmp_path, timeout=0.1),
    ):
        pass
    with folders.lock(tmp_path, timeout=0):
        pass


def test_a_lock_goes_with_its_holder(tmp_path: Path) -> None:
    code = (
        "import pathlib, os; from sme_helper.local.folder import lock\n"
        f"lock(pathlib.Path({str(tmp_path)!r})).__enter__(); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    with folders.lock(tmp_path, timeout=0):
        pass


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system temp folder of the test's own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_an_abandoned_private_folder_is_removed(temporary: Path) -> None:
    old = folders.private_folder()
    (old / "lock").touch()
    os.utime(old, (0, 0))
    folders.remove_abandoned_folders()
    assert not old.exists()


def test_a_private_folder_in_use_or_just_made_is_kept(temporary: Path) -> None:
    used, new = folders.private_folder(), folders.private_folder()
    with folders.lock(used):
        os.utime(used, (0, 0))
        folders.remove_abandoned_folders()
    assert used.exists()
    assert new.exists()
