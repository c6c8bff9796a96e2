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

from .. import pages
from ..backends import account_of
from ..conftest import PROGRAMS, ROOT, sme_settings
from .conftest import fresh_name

PROJECT = ROOT / "integration_tests" / "scania"
STEPS = "docs/original-tutorial.md"
ORIGINAL_SCRIPTS = {
    "SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT",
    "SME_POLL_SAGEMAKER_AUTOPILOT_JOB_STATUS",
    "SME_DEPLOY_SAGEMAKER_AUTOPILOT_ENDPOINT",
    "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT",
    "SME_AUTOPILOT_TRAINING_UDF",
    "SME_AUTOPILOT_JOB_STATUS_POLLING_UDF",
    "SME_AUTOPILOT_ENDPOINT_DEPLOYMENT_UDF",
    "SME_AUTOPILOT_ENDPOINT_DELETION_UDF",
}


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
    suffix = fresh_name("SCANIA")
    settings = yaml.safe_load((folder / "dbt_project.yml").read_text())
    settings["vars"]["sme"] |= sme_settings(account_of(stack), f"SME_{suffix}")
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    (folder / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(ROOT)}]}))
    environment = env.merged(os.environ, stack.environment, PROGRAMS)
    environment.pop("SCANIA_DIR", None)
    for file in (folder / "tutorial.py", folder / "models" / "aps_endpoint.sql"):
        file.write_text(file.read_text().replace("APSPredictor", f"APS{suffix}"))
    return folder, {**environment, "DBT_SCHEMA": suffix}


def test_the_tutorial_ends_with_what_its_decisions_cost_and_no_endpoint(scania):
    folder, environment = scania
    (command,) = pages.commands("docs/tutorial.md")
    finished = subprocess.run(
        [sys.executable, *shlex.split(command.removeprefix("sme local run -- python "))],
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


@pytest.mark.embedded("its containers are environments of Python")
def test_the_steps_of_the_original_tutorial_end_with_a_confusion_matrix_and_nothing_left(
    scania, stack, system_languages, sagemaker
):
    folder, environment = scania
    suffix = uuid.uuid4().hex[:8].upper()
    names = {
        "APS_SME": f"APS_SME_{suffix}",
        "APS_AWS": f"APS_AWS_{suffix}",
        "APSClassifier": f"Trucks-{suffix}",
        "APSPredictor": f"TruckPredictor{suffix}",
        "SCANIA_TRUCKS": f"{environment['DBT_SCHEMA']}_TRUCKS",
    }
    said, answers = [], []
    for block in pages.blocks(STEPS, "sh", "sql"):
        for name, replacement in names.items():
            block = block.replace(name, replacement)
        if block.startswith(("EXECUTE", "SELECT")):
            with stack.connect() as session:
                answers.append(session.execute(block).fetchall())
            continue
        for command in pages.command_lines(block):
            finished = subprocess.run(
                command, shell=True, cwd=folder, env=environment, text=True, capture_output=True
            )
            assert finished.returncode == 0, command + finished.stdout + finished.stderr
            said.append(finished.stdout)
    assert "PYTHON3_SME runs UDFs" in said[2]
    with stack.connect() as session:
        scripts = session.execute(
            "SELECT SCRIPT_NAME FROM EXA_ALL_SCRIPTS WHERE SCRIPT_SCHEMA = {schema} "
            "AND SCRIPT_TEXT NOT LIKE '%PYTHON3 %'",
            {"schema": names["APS_SME"]},
        ).fetchcol()
    assert set(scripts) >= ORIGINAL_SCRIPTS
    _, polled, waited, _, _, confusion, _ = answers
    assert polled[0][0] in ("InProgress", "Completed")
    assert waited[-1][0] == "Completed"
    assert "400 rows" in said[-1]
    counts = {(truth, label): count for truth, label, count in confusion}
    assert sum(counts.values()) == 400
    assert counts["neg", "neg"] > 350
    left = sagemaker.list_endpoints(NameContains=names["APSPredictor"])["Endpoints"]
    assert [e for e in left if e["EndpointStatus"] != "Deleting"] == []


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
    monkeypatch.setattr(tutorial, "TRUCKS_SCHEMA", fresh_name("TRUCKS_"))
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
    shown = [*pages.files("docs/tutorial.md").items(), *pages.files("docs/decisions.md").items()]
    assert len(shown) == 2
    for file, text in shown:
        assert (PROJECT / file).read_text().endswith(text.split("\n", 1)[1])
