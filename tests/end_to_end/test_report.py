"""`sme report` on a model that was trained here: docs/report.md, command by command."""

from __future__ import annotations

import shlex
import statistics
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from sme_helper.cli import main

from .. import pages
from .conftest import FEATURES

PICTURED = ("--predictions", "ML.PREDICTED", "--actual", "DIAGNOSIS")


@pytest.fixture(scope="module")
def predicted(sme, endpoint) -> Iterator[None]:
    """The table of the page: predictions of the held-out rows beside the truth."""
    features = ", ".join(FEATURES)
    same = " AND ".join(f"h.{name} = p.{name}" for name in FEATURES)
    schema = sme.data_schema
    sme.connection.execute(
        f"CREATE TABLE {schema}.PREDICTED AS SELECT h.PATIENT_ID, h.DIAGNOSIS, p.*, "
        "CASE p.PREDICTIONS WHEN 'malignant' THEN p.PROBABILITY ELSE 1 - p.PROBABILITY END "
        "AS PROBABILITY_MALIGNANT "
        f'FROM (SELECT {schema}."{endpoint}"({features}) FROM {schema}.HELD_OUT) p '
        f"JOIN {schema}.HELD_OUT h ON {same}"
    )
    sme.connection.execute(
        f"CREATE VIEW {schema}.LABELS AS SELECT DIAGNOSIS FROM {schema}.TRAINING"
    )
    yield
    sme.connection.execute(f"DROP VIEW {schema}.LABELS")
    sme.connection.execute(f"DROP TABLE {schema}.PREDICTED")


@pytest.fixture
def run(sme, stack, completed_job, tmp_path, monkeypatch) -> Callable[..., Result]:
    """Runs a command as the page has it, with the names that things have here."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, exit_code: int = 0) -> Result:
        names = {"Diagnosis": completed_job}
        here = [names.get(a, a).replace("ML.", f"{sme.data_schema}.") for a in arguments]
        command = [*here, "--project-dir", str(sme.dbt.path)]
        result = CliRunner().invoke(main, command, env=stack.environment)
        assert result.exit_code == exit_code, result.output
        return result

    return run


def commands() -> list[list[str]]:
    return [shlex.split(command)[1:] for command in pages.commands("docs/report.md")]


def counted(sme, condition: str) -> int:
    query = f"SELECT COUNT(*) FROM {sme.data_schema}.PREDICTED WHERE {condition}"
    return sme.connection.execute(query).fetchval()


def test_the_commands_of_the_page_write_what_it_says(run, sme, completed_job, predicted, tmp_path):
    about_the_model, with_predictions, pictures = commands()
    file = tmp_path / f"{completed_job}.html"
    run(*about_the_model)
    text = file.read_text()
    assert text.count("<svg") == 2  # candidates and importance
    assert "Name a table with predictions beside the truth" in text
    candidate = sme.job_row(completed_job)["BEST_CANDIDATE"]
    assert f'{candidate} <span class="tag best">' in text

    run(*with_predictions)
    text = file.read_text()
    assert text.count("<svg") == 9
    right = counted(sme, "DIAGNOSIS = PREDICTIONS")
    assert f"{right} of 69 labels are right" in text
    assert "Positive from a probability of 0.2 on." in text

    run(*pictures)
    files = {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert set(files) == {"candidates.png", "confusion.png", "importance.png"}
    assert all(content.startswith(b"\x89PNG") for content in files.values())


def test_aws_is_asked_where_the_model_was_trained_and_what_it_refuses_is_told(
    sme, stack, completed_job, tmp_path
):
    file = tmp_path / "page.html"
    place = ["--schema", sme.schema, "--project-dir", str(tmp_path), "--to", str(file)]
    command = ["report", completed_job, *place]
    without_settings = CliRunner().invoke(main, command, env=stack.environment)
    assert without_settings.exit_code == 0 and without_settings.stderr == ""
    assert file.read_text().count("<svg") == 2

    elsewhere = CliRunner().invoke(main, [*command, "--region", "us-west-2"], env=stack.environment)
    assert elsewhere.exit_code == 0
    assert f"Note: E-SME-8: Job {completed_job} does not exist" in elsewhere.stderr
    assert file.read_text().count("<svg") == 2  # as the registry has it


def test_decisions_and_drift_are_those_of_the_database(sme, predicted, completed_job):
    from sme_helper.report.making import read_report
    from sme_helper.report.reading import Decisions, Predictions

    def query(sql: str) -> list[dict]:
        statement = sme.connection.execute(sql)
        names = [name.lower() for name in statement.col_names]
        return [dict(zip(names, row, strict=True)) for row in statement.fetchall()]

    given = Predictions(
        relation=f"{sme.data_schema}.PREDICTED",
        actual="DIAGNOSIS",
        probability="probability_malignant",
        positive="malignant",
        threshold=0.2,
        reference="training",
    )
    report = read_report(query, sme.schema, completed_job, predictions=given)
    assert report.decisions == Decisions(
        0.2,
        counted(sme, "DIAGNOSIS = 'malignant' AND PROBABILITY_MALIGNANT >= 0.2"),
        counted(sme, "DIAGNOSIS <> 'malignant' AND PROBABILITY_MALIGNANT >= 0.2"),
        counted(sme, "DIAGNOSIS = 'malignant' AND PROBABILITY_MALIGNANT < 0.2"),
        counted(sme, "DIAGNOSIS <> 'malignant' AND PROBABILITY_MALIGNANT < 0.2"),
    )
    assert sum(chance.positives for chance in report.chances) == counted(
        sme, "DIAGNOSIS = 'malignant'"
    )
    drift = {found.column: found for found in report.drift}
    assert {"MEAN_RADIUS", "WORST_AREA"} <= set(drift)
    before = drift["MEAN_RADIUS"].before
    assert sum(before.values()) == 500 and len(before) == 10
    assert statistics.mean(before.values()) == 50


def test_a_reference_without_the_features_is_said_to_be_so(run, sme, predicted, tmp_path):
    result = run("report", "Diagnosis", *PICTURED, "--reference", "ML.LABELS", "--offline")
    told = f'"{sme.data_schema}"."PREDICTED" and "{sme.data_schema}"."LABELS" share no column'
    assert f"Note: {told} that the model looks at" in result.stderr
    (file,) = tmp_path.iterdir()
    assert "LABELS" in file.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("NoSuchModel",), "E-SME-181: The registry in"),
        (("Diagnosis", "--version", "7"), "E-SME-181: SharedJob"),
        (
            ("Diagnosis", "--predictions", "ML.NONE", "--actual", "A"),
            "E-SME-182: There is no table",
        ),
        (("Diagnosis", "--predictions", "ML.TRAINING", "--actual", "A"), "has no column A. It has"),
        (("Diagnosis", *PICTURED, "--threshold", "ML.TRAINING"), "has no column THRESHOLD"),
    ],
)
def test_what_cannot_be_reported_is_named(run, predicted, tmp_path, arguments, words):
    result = run("report", *arguments, "--offline", exit_code=1)
    assert words in result.stderr.replace("\n", " ")
    assert not list(tmp_path.iterdir())
