"""The kinds of jobs: what each goes through, trains and reports."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import candidate_record, candidates, fitting, forecasting, notebooks, reports, text
from .candidate_record import Part
from .fitting import FittedCandidate, Problem
from .job_spec import ENSEMBLING, FORECASTING, TABULAR, TEXT, TUNING, JobSpec
from .objects import ObjectStore

AUTO_ENSEMBLING_LIMIT = 100_000_000  # bytes; larger data sets are tuned in mode AUTO

Files = dict[str, bytes]


@dataclass(frozen=True)
class Report:
    """A report on the best candidate.

    Args:
        status: the secondary status while it is written; None shows none of its own.
        location: its name in CandidateArtifactLocations.
        write: its files by name.
    """

    status: str | None
    location: str
    write: Callable[[FittedCandidate, Any], Files]


@dataclass(frozen=True)
class Kind:
    """How the jobs of one kind run.

    Args:
        name: of the problem type's configuration, as AWS calls it.
        preparing: the secondary statuses before the training; the data is read in the first.
        training: the secondary status while candidates are trained.
        tells_max_candidates: whether MaxCandidatesReached shows.
        steps: what a candidate consists of, by resource type.
        notebooks: those written before the training, by name, from (job name, problem, recipes).
    """

    name: str
    preparing: tuple[str, ...]
    training: str
    tells_max_candidates: bool
    steps: tuple[str, ...]
    prepare: Callable[[ObjectStore, JobSpec], Any]
    recipes: Callable[[JobSpec], list[Any]]
    fit: Callable[[Any, Any], FittedCandidate]
    parts: Callable[[Any], list[Part]]
    notebooks: Callable[[str, Any, list[Any]], Files]
    reports: tuple[Report, ...]


def kind_of(spec: JobSpec, size: int) -> Kind:
    """The kind of a job whose training data have `size` bytes."""
    if spec.kind == TABULAR:
        small = size <= AUTO_ENSEMBLING_LIMIT
        automatic = ENSEMBLING if small else TUNING
        return _TABULAR[automatic if spec.mode == "AUTO" else spec.mode]
    return {TEXT: _TEXT, FORECASTING: _FORECASTING}[spec.kind]


def _tabular_recipes(mode: str, spec: JobSpec) -> list[Any]:
    weighted = spec.weight is not None
    return candidates.choose(mode, spec.algorithms, spec.max_candidates, weighted)


def _tabular_parts(mode: str, problem: Problem) -> list[Part]:
    return candidate_record.tabular_parts(mode, problem.type)


def _exploration(job_name: str, problem: Any, _recipes: list[Any]) -> Files:
    explored = notebooks.data_exploration(job_name, problem.train_features)
    return {notebooks.EXPLORATION: explored}


def _both_notebooks(job_name: str, problem: Problem, recipes: list[Any]) -> Files:
    definition = notebooks.candidate_definition(job_name, recipes)
    return {**_exploration(job_name, problem, recipes), notebooks.DEFINITION: definition}


_EXPLAINABILITY = Report("GeneratingExplainabilityReport", "Explainability", reports.explainability)
_MODEL_INSIGHTS = Report("GeneratingModelInsightsReport", "ModelInsights", reports.model_insights)

_TABULAR = {
    ENSEMBLING: Kind(
        name=TABULAR,
        preparing=("PreTraining",),
        training="TrainingModels",
        tells_max_candidates=False,
        steps=("processing-job", "training-job"),
        prepare=fitting.prepare,
        recipes=functools.partial(_tabular_recipes, ENSEMBLING),
        fit=fitting.fit,
        parts=functools.partial(_tabular_parts, ENSEMBLING),
        notebooks=_exploration,
        reports=(_EXPLAINABILITY, _MODEL_INSIGHTS),
    ),
    TUNING: Kind(
        name=TABULAR,
        preparing=("AnalyzingData", "FeatureEngineering"),
        training="ModelTuning",
        tells_max_candidates=True,
        steps=("processing-job", "training-job", "transform-job", "training-job"),
        prepare=fitting.prepare,
        recipes=functools.partial(_tabular_recipes, TUNING),
        fit=fitting.fit,
        parts=functools.partial(_tabular_parts, TUNING),
        notebooks=_both_notebooks,
        reports=(_EXPLAINABILITY, _MODEL_INSIGHTS),
    ),
}
_TEXT = Kind(
    name=TEXT,
    preparing=("PreTraining",),
    training="TrainingModels",
    tells_max_candidates=False,
    steps=("processing-job", "training-job"),
    prepare=text.prepare,
    recipes=lambda spec: text.choose(spec.max_candidates),
    fit=text.fit,
    parts=lambda _problem: candidate_record.text_parts(),
    notebooks=lambda _name, _problem, _recipes: {},
    reports=(Report(None, "Explainability", lambda _best, _problem: {}), _MODEL_INSIGHTS),
)
_FORECASTING = Kind(
    name=FORECASTING,
    preparing=("PreTraining",),
    training="TrainingModels",
    tells_max_candidates=False,
    steps=("processing-job", "training-job"),
    prepare=forecasting.prepare,
    recipes=lambda spec: forecasting.choose(spec.algorithms, spec.max_candidates),
    fit=forecasting.fit,
    parts=lambda _problem: candidate_record.forecast_parts(),
    notebooks=_exploration,
    reports=(
        Report("GeneratingExplainabilityReport", "Explainability", forecasting.impact_scores),
        Report(None, "BacktestResults", forecasting.backtest_results),
        Report("GeneratingModelInsightsReport", "ModelInsights", forecasting.performance),
    ),
)
