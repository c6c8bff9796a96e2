"""The demo, and the whole life of a model by `dbt build`, as users run them."""

import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .. import pages
from ..backends import MARK
from ..conftest import ROOT, DbtProject
from .conftest import fresh_name

# Short: the demo makes the name of a job of it, of 32 characters at the most.
NAME = f"Demo{MARK}"
SME = Path(sys.executable).with_name("sme")


@pytest.fixture
def dbt(dbt: DbtProject) -> DbtProject:
    """Its model and endpoint have a name of this run."""
    dbt.rename("BreastCancer", NAME)
    return dbt


def endpoint_names(stack) -> list[str]:
    found = stack.aws_client("sagemaker").list_endpoints(NameContains=NAME)["Endpoints"]
    return [endpoint["EndpointName"] for endpoint in found]


@pytest.mark.embedded("the demo starts one")
def test_the_demo_ends_with_good_predictions_and_no_endpoint(dbt, tmp_path: Path) -> None:
    finished = subprocess.run(
        [SME, "local", "run", "--fresh", "--", sys.executable, "demo.py"],
        cwd=dbt.path,
        env={**dbt.environment, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout
    last = finished.stdout.splitlines()[-1]
    told = re.fullmatch(r"demo: 69 predictions, accuracy (\d\.\d\d), 0 endpoints left", last)
    assert told, finished.stdout
    assert float(told[1]) >= 0.93
    assert not [*tmp_path.glob("sme-local-*")]


@pytest.mark.parametrize(
    ("number", "moment"), [(signal.SIGINT, "is Creating"), (signal.SIGTERM, "6. Wait for")]
)
def test_an_interrupted_demo_leaves_no_endpoint_and_no_training(
    dbt, stack, number: int, moment: str
) -> None:
    demo = subprocess.Popen(
        [sys.executable, "demo.py"],
        cwd=dbt.path,
        env={**dbt.environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    shown = ""
    for line in demo.stdout:
        shown += line
        if moment in line:
            demo.send_signal(number)
            break
    shown += demo.communicate(timeout=2 * dbt.account.endpoint_seconds)[0]
    assert demo.returncode == 130, shown
    assert "demo: interrupted" in shown
    assert endpoint_names(stack) == []
    jobs = stack.aws_client("sagemaker").list_auto_ml_jobs(
        NameContains=NAME, StatusEquals="InProgress"
    )
    assert jobs["AutoMLJobSummaries"] == []


def test_the_demo_says_how_to_start_it_when_no_database_is_named(dbt) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EXASOL_")}
    finished = subprocess.run(
        [sys.executable, "demo.py"], cwd=dbt.path, env=environment, capture_output=True, text=True
    )
    assert finished.returncode == 2
    assert "sme local run -- python demo.py" in finished.stdout


def test_the_commands_of_the_example_do_the_whole_life_of_a_model_and_train_once(
    dbt, stack, connection
) -> None:
    page = (ROOT / "docs" / "declarative-models.md").read_text().replace("BreastCancer", NAME)
    commands = [shlex.split(line)[1:] for line in pages.commands("docs/declarative-models.md")]
    assert commands[:2] == [["build"], ["build"]]
    first, second, cleaning = (dbt.run(*command) for command in commands)
    assert f"sme: model {NAME} is trained: it has no version yet" in first
    told = rf"`(model {NAME} is not trained: version 1 \(job) \.\.\.(\) .*?)`"
    begin, end = re.search(told, " ".join(page.split())).groups()
    assert re.search(re.escape(begin) + rf" {NAME}-v1-\w+" + re.escape(end), second)
    for shown in (first, second):
        assert f"endpoint {NAME} is InService" in shown
        assert f"endpoint {NAME} is Deleted" in shown
    assert "sme:" not in cleaning
    assert endpoint_names(stack) == []
    for table, expected in (("BREAST_CANCER_PREDICTIONS", 69), ("BREAST_CANCER_MODEL", 1)):
        counted = connection.execute(
            "SELECT COUNT(*) FROM {table!q}", {"table": (dbt.schema, table)}
        )
        assert counted.fetchval() == expected
    served = connection.execute(
        "SELECT STATUS FROM {table!q}", {"table": (dbt.schema, "BREAST_CANCER_ENDPOINT")}
    )
    assert served.fetchall() == [("Deleted",)]


def test_dbt_build_deletes_the_endpoint_when_a_prediction_fails(dbt, stack) -> None:
    good = (dbt.path / "models" / "breast_cancer_predictions.sql").read_text()
    dbt.write("models/breast_cancer_predictions.sql", good.replace("patients.diag", "patients.no"))
    shown = dbt.run("build", exit_code=1)
    assert f"endpoint {NAME} is InService" in shown
    assert endpoint_names(stack) == []


def test_an_interrupted_demo_stops_a_training_that_starts_after_it(
    sme, stack, sagemaker, request_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("demo", ROOT / "integration_tests" / "demo.py")
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    job_name = fresh_name("Late")
    monkeypatch.setattr(demo, "JOB", job_name)
    seen = request_log.read_text().count("ListAutoMLJobs")

    with ThreadPoolExecutor() as threads:
        cleaning_up = threads.submit(demo.stop_job)
        while request_log.read_text().count("ListAutoMLJobs") == seen:
            assert not cleaning_up.done()
            time.sleep(0.05)
        sme.train(job_name=job_name, max_candidates=5)
        cleaning_up.result()
    job = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job_name)
    assert job["AutoMLJobStatus"] in ("Stopping", "Stopped")
