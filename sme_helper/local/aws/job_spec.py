"""What a CreateAutoMLJob or CreateAutoMLJobV2 request asks for, checked as AWS checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .errors import unsupported, validation

OBJECTIVES = {
    "Regression": ("MSE", "MAE", "R2", "RMSE"),
    "BinaryClassification": (
        "F1",
        "Accuracy",
        "AUC",
        "BalancedAccuracy",
        "Precision",
        "Recall",
    ),
    "MulticlassClassification": (
        "Accuracy",
        "BalancedAccuracy",
        "F1macro",
        "PrecisionMacro",
        "RecallMacro",
    ),
}
"""Legal objectives of each problem type; the first one is the default."""

ENSEMBLING = "ENSEMBLING"
TUNING = "HYPERPARAMETER_TUNING"
ALGORITHMS = {
    ENSEMBLING: (
        "catboost",
        "extra-trees",
        "fastai",
        "lightgbm",
        "linear-learner",
        "nn-torch",
        "randomforest",
        "xgboost",
    ),
    TUNING: ("linear-learner", "mlp", "xgboost"),
}

CSV = "text/csv;header=present"
PARQUET = "x-application/vnd.amazon+parquet"


@dataclass(frozen=True)
class Channel:
    """One input: where the files are and how they are packed."""

    uri: str
    data_type: str
    compressed: bool
    content_type: str


@dataclass(frozen=True)
class JobSpec:
    """A training job. Run-times are in seconds; None means "not asked for"."""

    target: str
    training: Channel
    validation: Channel | None
    output_path: str
    problem_type: str | None
    objective: str | None
    mode: str
    algorithms: tuple[str, ...]
    max_candidates: int | None
    max_job_runtime: float | None
    max_training_runtime: float | None
    validation_fraction: float


def from_v2(request: dict[str, Any]) -> JobSpec:
    """Reads a CreateAutoMLJobV2 request.

    Raises:
        AwsError: ValidationException, when its members contradict each other or ask for
            what the embedded stack does not do.
    """
    problem = request["AutoMLProblemTypeConfig"]
    if len(problem) != 1:
        raise validation("Exactly one member of AutoMLProblemTypeConfig must be provided.")
    if "TabularJobConfig" not in problem:
        raise unsupported(f"training with {next(iter(problem))}; use TabularJobConfig")
    tabular = problem["TabularJobConfig"]
    _refuse(tabular, "FeatureSpecificationS3Uri", "SampleWeightAttributeName")
    _refuse(request, "ModelDeployConfig")
    if tabular.get("GenerateCandidateDefinitionsOnly"):
        raise unsupported("GenerateCandidateDefinitionsOnly")
    generation = tabular.get("CandidateGenerationConfig") or {}
    return _spec(
        channels=request["AutoMLJobInputDataConfig"],
        target=tabular["TargetAttributeName"],
        output_path=request["OutputDataConfig"]["S3OutputPath"],
        problem_type=tabular.get("ProblemType"),
        objective=request.get("AutoMLJobObjective"),
        mode=tabular.get("Mode", "AUTO"),
        algorithms=generation.get("AlgorithmsConfig"),
        criteria=tabular.get("CompletionCriteria") or {},
        split=request.get("DataSplitConfig") or {},
    )


def from_v1(request: dict[str, Any]) -> JobSpec:
    """Reads a CreateAutoMLJob request; errors as in `from_v2`."""
    config = request.get("AutoMLJobConfig") or {}
    generation = config.get("CandidateGenerationConfig") or {}
    channels = request["InputDataConfig"]
    _refuse(request, "ModelDeployConfig")
    _refuse(generation, "FeatureSpecificationS3Uri")
    if request.get("GenerateCandidateDefinitionsOnly"):
        raise unsupported("GenerateCandidateDefinitionsOnly")
    for channel in channels:
        _refuse(channel, "SampleWeightAttributeName")
    targets = {channel["TargetAttributeName"] for channel in channels}
    if len(targets) > 1:
        raise validation("TargetAttributeName must be the same in all channels.")
    return _spec(
        channels=channels,
        target=targets.pop(),
        output_path=request["OutputDataConfig"]["S3OutputPath"],
        problem_type=request.get("ProblemType"),
        objective=request.get("AutoMLJobObjective"),
        mode=config.get("Mode", "AUTO"),
        algorithms=generation.get("AlgorithmsConfig"),
        criteria=config.get("CompletionCriteria") or {},
        split=config.get("DataSplitConfig") or {},
    )


def _refuse(members: dict[str, Any], *names: str) -> None:
    for name in names:
        if members.get(name):
            raise unsupported(name)


def _spec(
    *,
    channels: list[dict[str, Any]],
    target: str,
    output_path: str,
    problem_type: str | None,
    objective: dict[str, Any] | None,
    mode: str,
    algorithms: list[dict[str, Any]] | None,
    criteria: dict[str, Any],
    split: dict[str, Any],
) -> JobSpec:
    metric = objective["MetricName"] if objective else None
    _check_objective(problem_type, metric)
    training, validation_channel = _channels(channels)
    if validation_channel and "ValidationFraction" in split:
        raise validation("ValidationFraction must not be set when a validation channel is given.")
    return JobSpec(
        target=target,
        training=training,
        validation=validation_channel,
        output_path=output_path.rstrip("/"),
        problem_type=problem_type,
        objective=metric,
        mode=mode,
        algorithms=_algorithms(mode, algorithms),
        max_candidates=criteria.get("MaxCandidates"),
        max_job_runtime=criteria.get("MaxAutoMLJobRuntimeInSeconds"),
        max_training_runtime=criteria.get("MaxRuntimePerTrainingJobInSeconds"),
        validation_fraction=split.get("ValidationFraction", 0.2),
    )


def _check_objective(problem_type: str | None, metric: str | None) -> None:
    if (problem_type is None) != (metric is None):
        raise validation(
            "Either both ProblemType and AutoMLJobObjective must be provided, or neither."
        )
    if problem_type and metric not in OBJECTIVES[problem_type]:
        legal = ", ".join(sorted(OBJECTIVES[problem_type]))
        raise validation(
            f"Invalid objective metric {metric} for problem type {problem_type}. "
            f"Supported metrics: [{legal}]"
        )


def _channels(channels: list[dict[str, Any]]) -> tuple[Channel, Channel | None]:
    by_type = {channel.get("ChannelType", "training"): channel for channel in channels}
    if len(by_type) != len(channels) or "training" not in by_type:
        raise validation("One training channel, and at most one validation channel, are needed.")
    training = _channel(by_type["training"])
    other = by_type.get("validation")
    return training, _channel(other) if other else None


def _channel(channel: dict[str, Any]) -> Channel:
    source = (channel.get("DataSource") or {}).get("S3DataSource")
    if not source:
        raise validation("DataSource must be provided for each channel.")
    if source["S3DataType"] == "AugmentedManifestFile":
        raise validation("AugmentedManifestFile is not supported for tabular data.")
    content_type = channel.get("ContentType", CSV)
    if content_type.replace(" ", "") not in (CSV, PARQUET):
        raise validation(
            f"Unsupported content type {content_type}. Supported are [{CSV}, {PARQUET}]"
        )
    return Channel(
        uri=source["S3Uri"],
        data_type=source["S3DataType"],
        compressed=channel.get("CompressionType") == "Gzip",
        content_type=content_type.replace(" ", ""),
    )


def _algorithms(mode: str, configs: list[dict[str, Any]] | None) -> tuple[str, ...]:
    if not configs:
        return ()
    if mode == "AUTO":
        raise validation("AlgorithmsConfig must not be set when the training mode is AUTO.")
    names = [name for config in configs for name in config.get("AutoMLAlgorithms", [])]
    illegal = [name for name in names if name not in ALGORITHMS[mode]]
    if illegal:
        raise validation(
            f"Invalid algorithms {illegal} for the training mode {mode}. "
            f"Supported: {list(ALGORITHMS[mode])}"
        )
    return tuple(names)
