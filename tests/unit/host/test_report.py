"""What a report measures, draws and says."""

import math
import random
import re
from collections import Counter
from datetime import datetime

import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from sme_helper.report import figures, measures, page
from sme_helper.report.measures import Bin, Chance
from sme_helper.report.reading import Candidate, Decisions, Drift, Report, Version

STARTED = datetime(2026, 3, 1, 12)


def made(**changes) -> Report:
    """A report about a model of which nothing is known but its registry row."""
    job = {
        "job_name": "Diagnosis-v2",
        "model_version": 2,
        "status": "Completed",
        "problem_type": "BinaryClassification",
        "target": "DIAGNOSIS",
        "input_schema": "ML",
        "input_relation": "TRAINING",
        "best_metric_name": "AUC",
        "best_metric_value": 0.99,
        "row_count": 500,
        "started": STARTED,
    } | changes.pop("job", {})
    versions = [Version(2, "Diagnosis-v2", "Completed", "AUC", 0.99, STARTED, False)]
    return Report("Diagnosis", job, changes.pop("versions", versions), **changes)


def html(report: Report) -> str:
    return page.html(report, figures.drawn(report), STARTED)


@pytest.fixture(scope="module")
def rows() -> list[tuple[float, bool]]:
    """Probabilities with ties, and what came true."""
    source = random.Random(7)
    chances = [round(source.random(), 2) for _ in range(500)]
    return [(chance, source.random() < chance) for chance in chances]


@pytest.fixture(scope="module")
def chances(rows) -> list[Chance]:
    right, wrong = (Counter(p for p, truth in rows if truth is kind) for kind in (True, False))
    return [Chance(p, right[p], wrong[p]) for p in {*right, *wrong}]


def test_areas_are_those_of_scikit_learn(rows, chances):
    scores, truths = zip(*rows, strict=True)
    curve = measures.points(chances)
    assert measures.area_under_roc(curve) == pytest.approx(roc_auc_score(truths, scores))
    assert measures.average_precision(curve) == pytest.approx(
        average_precision_score(truths, scores)
    )


def test_curves_need_both_labels():
    assert measures.points([Chance(0.3, 5, 0)]) == []
    assert measures.points([]) == []
    drawn = figures.drawn(made(chances=[Chance(0.3, 5, 0)], positive="yes"))
    assert not {"roc", "precision_recall"} & set(drawn)


def test_calibration_is_measured_by_bins_of_equal_width():
    bins = measures.calibration([Chance(0.02, 0, 10), Chance(0.06, 1, 9), Chance(1.0, 4, 0)])
    assert bins == [Bin(pytest.approx(0.04), 0.05, 20), Bin(1.0, 1.0, 4)]
    assert measures.calibration_error(bins) == pytest.approx(0.01 * 20 / 24)


def test_the_stability_index_is_that_of_the_gate():
    same = {"a": 50, "b": 50}
    assert measures.stability_index(same, {"a": 5, "b": 5}) == 0
    turned = measures.stability_index({"a": 80, "b": 20}, {"a": 20, "b": 80})
    assert turned == pytest.approx(2 * 0.6 * math.log(4))
    assert measures.stability_index({"a": 100}, {"b": 100}) > 15


def test_parts_without_data_say_why():
    text = html(made(missing={"importance": "E-SME-99: texts have none."}))
    assert "<svg" not in text
    assert text.count('class="none"') == 9
    assert "The registry has no candidates of this job yet." in text
    assert "E-SME-99: texts have none." in text
    assert "Name a table with predictions beside the truth" in text
    assert "Name tables to compare" in text


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing(text):
    assert "<script" not in text
    addresses = re.findall(r'(?:href|src|url)\s*[=(]\s*["\']?([^"\')\s>]+)', text)
    assert addresses and all(address.startswith(("#", "data:")) for address in addresses)
    assert "@import" not in text and "<link" not in text


def whole(chances: list[Chance]) -> Report:
    metrics = {("AUC", "Validation"): 0.97, ("AUC", "Train"): 0.99}
    return made(
        candidates=[
            Candidate("job-Linear-t1", "Completed", True, "AUC", 0.97, 12, metrics),
            Candidate("job-Boosting-t2", "Completed", False, "AUC", 0.96, 30, {}),
            Candidate("job-Broken-t3", "Failed", False, None, None, None, {}),
        ],
        importance=[("RADIUS", 0.4), ("AREA", 0.1)],
        positive="yes",
        confusion={("yes", "yes"): 40, ("yes", "no"): 3, ("no", "no"): 57},
        chances=chances,
        decisions=Decisions(0.2, 41, 8, 2, 49),
        drift=[Drift("RADIUS", 0.3, {"to 1": 50, "over 1": 50}, {"to 1": 20, "over 1": 80})],
        versions=[
            Version(1, "Diagnosis-v1", "Completed", "AUC", 0.95, STARTED, True),
            Version(2, "Diagnosis-v2", "Completed", "AUC", 0.99, STARTED, False),
        ],
    )


@pytest.fixture(scope="module")
def text(chances) -> str:
    """The page of a report that has everything."""
    return html(whole(chances))


def test_every_picture_is_drawn_where_there_are_data(text):
    assert text.count("<svg") == len(figures.FIGURES) - 1
    assert 'class="none"' not in text
    assert "97 of 100 labels are right" in text
    assert '1 <span class="tag promoted">promoted</span>' in text


def test_the_same_data_give_the_same_page(text, chances):
    assert html(whole(chances)) == text


def test_names_of_the_database_are_text_on_the_page(chances):
    report = whole(chances)
    report.model = "<b>Diagnosis</b>"
    report.positive = "<i>yes & no</i>"
    report.importance = [("<u>RADIUS</u>", 0.4)]
    text = html(report)
    assert "&lt;b&gt;Diagnosis" in text
    assert not re.search(r"<[biu]>", text)


def test_a_regression_shows_values_in_place_of_labels():
    report = made(job={"problem_type": "Regression"}, values=[(1.0, 1.1), (2.0, 1.8)])
    assert set(figures.drawn(report)) == {"values"}
    text = html(report)
    assert "Predicted and actual" in text
    assert "Confusion matrix" not in text


def test_errors_are_better_when_lower_and_it_is_said():
    assert measures.is_better_lower("RMSE") and not measures.is_better_lower("AUC")
    report = whole([])
    report.candidates = [
        Candidate("a-t1", "Completed", True, "RMSE", 1.0, 1, {("RMSE", "Validation"): 1.0})
    ]
    assert "RMSE (validation), lower is better" in html(report)


def test_candidates_are_told_apart_by_what_their_names_do_not_share():
    names = ["Job-v1-x-Linear-t1", "Job-v1-x-ExtraTrees-t2"]
    assert figures._told_apart(names) == ["Linear-t1", "ExtraTrees-t2"]
    assert figures._told_apart(["Job-t1"]) == ["Job-t1"]
    assert figures._told_apart(["same", "same"]) == ["same", "same"]
