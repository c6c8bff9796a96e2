"""The tutorial's use case, with fewer trucks, by the command that its page gives."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import uuid

import pytest
import yaml

from sme_helper.local import environment as env

from ..conftest import PROGRAMS, ROOT

pytestmark = pytest.mark.embedded

PROJECT = ROOT / "integration_tests" / "scania"
PAGE = (ROOT / "docs" / "tutorial.md").read_text()


@pytest.fixture(scope="module")
def scania_data():
    spec = importlib.util.spec_from_file_location("scania_data", PROJECT / "scania_data.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scania(stack, tmp_path):
    """(folder, environment) of a copy of the project with schemas of its own."""
    folder = tmp_path / "scania"
    ignored = shutil.ignore_patterns("target", "logs", "dbt_packages", "__pycache__")
    shutil.copytree(PROJECT, folder, ignore=ignored)
    suffix = uuid.uuid4().hex[:8].upper()
    settings = yaml.safe_load((folder / "dbt_project.yml").read_text())
    settings["vars"]["sme"]["schema"] = f"SME_{suffix}"
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    (folder / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(ROOT)}]}))
    environment = env.merged(os.environ, stack.environment, PROGRAMS)
    environment.pop("SCANIA_DIR", None)
    return folder, {**environment, "DBT_SCHEMA": f"SCANIA_{suffix}"}


def test_the_tutorial_ends_with_what_its_decisions_cost_and_no_endpoint(scania):
    folder, environment = scania
    (command,) = re.findall(r"^sme local run -- python (tutorial.py .+)$", PAGE, re.M)
    finished = subprocess.run(
        [sys.executable, *shlex.split(command)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout
    told = re.fullmatch(
        r"tutorial: cost (\d+) \(FP (\d+), FN (\d+)\), 1600 predictions, 0 endpoints left",
        finished.stdout.splitlines()[-1],
    )
    assert told, finished.stdout
    cost, false_alarms, missed = map(int, told.groups())
    assert cost == 10 * false_alarms + 500 * missed
    never = 500 * 27
    assert cost < never / 2


def test_the_files_that_are_made_up_have_the_form_of_the_published_ones(scania_data, tmp_path):
    scania_data.generate(tmp_path, 600, 60)
    lines = (tmp_path / scania_data.TRAINING_FILE).read_text().splitlines()
    header = lines[20].split(",")
    assert len(header) == 171
    assert header[:4] == ["class", "aa_000", "ab_000", "ac_000"]
    assert header[7:17] == [f"ag_{place:03}" for place in range(10)]
    assert {"am_0", "ec_00", "ee_009", "eg_000"} <= set(header)
    rows = [line.split(",") for line in lines[21:]]
    assert len(rows) == 600
    assert sum(row[0] == "pos" for row in rows) == 10
    assert all(value == "na" or value.isdigit() for row in rows for value in row[1:])


def test_the_files_are_always_the_same(scania_data, tmp_path):
    written = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        scania_data.generate(tmp_path / name, 300, 30)
        written.append((tmp_path / name / scania_data.TEST_FILE).read_bytes())
    assert written[0] == written[1]


def test_a_file_is_read_with_a_key_and_nothing_for_na(scania_data, tmp_path):
    path = tmp_path / "published.csv"
    path.write_text("licence\n" + 19 * "\n" + "class,aa_000,ab_000\nneg,76698,na\npos,153204,0.5\n")
    assert scania_data.read(path).to_pylist() == [
        {"truck_id": 1, "class": "neg", "aa_000": "76698", "ab_000": None},
        {"truck_id": 2, "class": "pos", "aa_000": "153204", "ab_000": "0.5"},
    ]


def test_a_column_may_hold_something_else_than_its_first_megabyte(scania_data, tmp_path):
    path = tmp_path / "published.csv"
    path.write_text(20 * "\n" + "class,aa_000,ab_000\n" + 200_000 * "neg,1,na\n" + "pos,0.5,7\n")
    assert scania_data.read(path).slice(200_000).to_pylist() == [
        {"truck_id": 200_001, "class": "pos", "aa_000": "0.5", "ab_000": "7"}
    ]


@pytest.fixture
def tutorial(monkeypatch):
    monkeypatch.syspath_prepend(PROJECT)
    tutorial = importlib.import_module("tutorial")
    monkeypatch.setattr(tutorial, "TRUCKS_SCHEMA", f"TRUCKS_{uuid.uuid4().hex[:8].upper()}")
    return tutorial


def test_the_published_files_are_loaded_from_the_folder_that_is_named(
    tutorial, scania_data, connection, tmp_path, monkeypatch
):
    scania_data.generate(tmp_path, 120, 60)
    monkeypatch.setenv("SCANIA_DIR", str(tmp_path))
    tutorial.load_trucks(connection, 3, 3)
    for table, file, rows in (
        ("TRAIN", scania_data.TRAINING_FILE, 120),
        ("TEST", scania_data.TEST_FILE, 60),
    ):
        written = scania_data.read(tmp_path / file)
        query = "SELECT COUNT(*), MAX(TRUCK_ID), SUM(AA_000), COUNT(AB_000) FROM {name!q}"
        name = {"name": (tutorial.TRUCKS_SCHEMA, table)}
        numbers = [int(value) for value in written["aa_000"].to_pylist() if value is not None]
        known = rows - written["ab_000"].null_count
        loaded = connection.execute(query, name).fetchone()
        assert tuple(map(int, loaded)) == (rows, rows, sum(numbers), known)


def test_a_folder_without_the_files_is_refused_before_anything_is_done(
    tutorial, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("EXASOL_DSN", "nowhere")
    monkeypatch.setenv("SCANIA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["tutorial.py"])
    assert tutorial.main() == 2
    assert f"there is no {tmp_path / tutorial.TABLES['TRAIN']}" in capsys.readouterr().out


def test_the_pages_show_the_models_as_they_are():
    pages = PAGE + (ROOT / "docs" / "decisions.md").read_text()
    shown = re.findall(r"```sql\n-- (models/\w+\.sql)\n(.*?)```", pages, re.S)
    assert len(shown) == 2
    for file, text in shown:
        assert (PROJECT / file).read_text().endswith(text)
