"""The fixtures for other projects, used by one that knows nothing but the page about them."""

import os
import shlex
import signal
import subprocess
import sys
import time
import tomllib

import pytest
import yaml

from ..pages import ROOT, files
from .test_stack import all_end, processes, state_of

PAGE = "docs/for-other-projects.md"
PLUGIN = "sme_helper.pytest_plugin"
HANGS = """
import time
def test_hangs(exasol_local):
    exasol_local.connect().execute("SELECT 1")
    time.sleep(600)
"""


@pytest.fixture
def outsider(tmp_path):
    """Starts pytest in a project of its own; stacks have their temporary folders in it."""
    started = []

    def start(test_file):
        (tmp_path / "test_warehouse.py").write_text(test_file)
        started.append(
            subprocess.Popen(
                # Named also here, for environments from before the package had its entry point.
                [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "-q"],
                cwd=tmp_path,
                env={**os.environ, "TMPDIR": str(tmp_path)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                # Where the tests run in the background, SIGINT is ignored, and that is inherited.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.communicate()


def test_pytest_finds_the_plugin_by_itself():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}


def test_the_plugin_alone_loads_nothing_heavy():
    code = f"import sys, {PLUGIN}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    heavy = {"boto3", "duckdb", "moto", "pandas", "pyexasol", "sklearn", "sme_helper.local.stack"}
    assert "pytest" in loaded.split()
    assert not heavy & set(loaded.split())


def test_the_example_of_the_page_runs_and_leaves_nothing(outsider, tmp_path):
    process = outsider(files(PAGE)["test_warehouse.py"])
    printed, _ = process.communicate(timeout=120)
    assert "3 passed" in printed
    assert process.returncode == 0
    assert not list(tmp_path.glob("sme-local-run-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_session_stops_its_stack(outsider, tmp_path, number):
    process = outsider(HANGS)
    while not (found := list(tmp_path.glob("sme-local-run-*/state.json"))):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    servers = processes(state_of(found[0].parent))
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert all_end(servers)
    assert not found[0].exists()


def test_the_workflow_of_the_page_runs_its_command_on_a_stack():
    workflow = yaml.safe_load(files(PAGE)[".github/workflows/test.yml"])
    steps = [step["run"] for step in workflow["jobs"]["dbt"]["steps"] if "run" in step]
    assert [shlex.split(step)[:2] for step in steps] == [["pip", "install"], ["sme", "local"]]
    assert shlex.split(steps[1])[2:] == ["run", "--", "dbt", "build"]
