"""What a CreateAutoMLJob or CreateAutoMLJobV2 request asks for, checked as AWS checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import forecast_spec
from .errors import unsupported, validation
from .forecast_spec import ForecastSpec

TABULAR = "Tabular"
TEXT = "TextClassification"
FORECASTING = "TimeSeriesForecasting"

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
    TEXT: ("Accuracy",),
    FORECASTING: ("AverageWeightedQuantileLoss", "RMSE", "MASE", "MAPE", "WAPE"),
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
    FORECASTING: forecast_spec.ALGORITHMS,
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
    """A training job. Run-times are in seconds; None means "not asked for".

    Args:
        kind: TABULAR, TEXT or FORECASTING.
        mode: ENSEMBLING, HYPERPARAMETER_TUNING or AUTO; of tabular jobs only.
        weight: the column of sample weights.
        content: the column of texts to classify.
        forecast: of forecasting jobs only.
    """

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
    kind: str = TABULAR
    weight: str | None = None
    content: str | None = None
    forecast: ForecastSpec | None = None


def from_v2(request: dict[str, Any]) -> JobSpec:
    """Reads a CreateAutoMLJobV2 request.

    Raises:
        AwsError: ValidationException, when its members contradict each other or ask for
            what the embedded stack does not do.
    """
    problem = request["AutoMLProblemTypeConfig"]
    if len(problem) != 1:
        raise validation("Exactly one member of AutoMLProblemTypeConfig must be provided.")
    _refuse(request, "ModelDeployConfig")
    ((name, config),) = problem.items()
    if name not in _READERS:
        raise unsupported(f"training with {name}; use one of {', '.join(_READERS)}")
    return _READERS[name](request, config)


def _tabular(request: dict[str, Any], config: dict[str, Any]) -> JobSpec:
    _refuse(config, "FeatureSpecificationS3Uri")
    if config.get("GenerateCandidateDefinitionsOnly"):
        raise unsupported("GenerateCandidateDefinitionsOnly")
    return _spec(
        channels=request["AutoMLJobInputDataConfig"],
        target=config["TargetAttributeName"],
        output_path=request["OutputDataConfig"]["S3OutputPath"],
        problem_type=config.get("ProblemType"),
        objective=request.get("AutoMLJobObjective"),
        mode=config.get("Mode", "AUTO"),
        algorithms=_algorithm_configs(config),
        criteria=config.get("CompletionCriteria") or {},
        split=request.get("DataSplitConfig") or {},
        weight=config.get("SampleWeightAttributeName"),
    )


def _text(request: dict[str, Any], config: dict[str, Any]) -> JobSpec:
    if config["ContentColumn"] == config["TargetLabelColumn"]:
        raise validation("ContentColumn and TargetLabelColumn must be different columns.")
    spec = _spec(
        channels=request["AutoMLJobInputDataConfig"],
        target=config["TargetLabelColumn"],
        output_path=request["OutputDataConfig"]["S3OutputPath"],
        problem_type=TEXT,
        objective=request.get("AutoMLJobObjective"),
        mode=ENSEMBLING,
        algorithms=None,
        criteria=config.get("CompletionCriteria") or {},
        split=request.get("DataSplitConfig") or {},
        kind=TEXT,
        content=config["ContentColumn"],
    )
    for channel in filter(None, (spec.training, spec.validation)):
        _check_prefix_only(channel)
        if channel.compressed:
            raise validation("CompressionType must be None for text classification.")
    return spec


def _forecasting(request: dict[str, Any], config: dict[str, Any]) -> JobSpec:
    forecast = forecast_spec.read(config)
    if request.get("DataSplitConfig"):
        raise validation("DataSplitConfig is not supported for time-series forecasting.")
    spec = _spec(
        channels=request["AutoMLJobInputDataConfig"],
        target=forecast.target,
        output_path=request["OutputDataConfig"]["S3OutputPath"],
        problem_type=FORECASTING,
        objective=request.get("AutoMLJobObjective"),
        mode=FORECASTING,
        algorithms=_algorithm_configs(config),
        criteria=config.get("CompletionCriteria") or {},
        split={},
        kind=FORECASTING,
        forecast=forecast,
    )
    _check_prefix_only(spec.training)
    if spec.validation:
        raise validation("Time-series forecasting takes a training channel only.")
    return spec


_READERS = {
    "TabularJobConfig": _tabular,
    "TimeSeriesForecastingJobConfig": _forecasting,
    "TextClassificationJobConfig": _text,
}


def _algorithm_configs(config: dict[str, Any]) -> list[dict[str, Any]] | None:
    return (config.get("CandidateGenerationConfig") or {}).get("AlgorithmsConfig")


def _check_prefix_only(channel: Channel) -> None:
    if channel.data_type != "S3Prefix":
        raise validation(f"S3DataType {channel.data_type} is only supported for tabular data.")


def from_v1(request: dict[str, Any]) -> JobSpec:
    """Reads a CreateAutoMLJob request; errors as in `from_v2`."""
    config = request.get("AutoMLJobConfig") or {}
    generation = config.get("CandidateGenerationConfig") or {}
    channels = request["InputDataConfig"]
    _refuse(request, "ModelDeployConfig")
    _refuse(generation, "FeatureSpecificationS3Uri")
    if request.get("GenerateCandidateDefinitionsOnly"):
        raise unsupported("GenerateCandidateDefinitionsOnly")
    weights = {channel.get("SampleWeightAttributeName") for channel in channels}
    if len(weights) > 1:
        raise validation("SampleWeightAttributeName must be the same in all channels.")
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
        weight=weights.pop(),
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
    kind: str = TABULAR,
    weight: str | None = None,
    content: str | None = None,
    forecast: ForecastSpec | None = None,
) -> JobSpec:
    metric = objective["MetricName"] if objective else None
    _check_objective(kind, problem_type, metric)
    _check_weight(weight, target, mode)
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
        kind=kind,
        weight=weight,
        content=content,
        forecast=forecast,
    )


def _check_objective(kind: str, problem_type: str | None, metric: str | None) -> None:
    if kind == TABULAR and (problem_type is None) != (metric is None):
        raise validation(
            "Either both ProblemType and AutoMLJobObjective must be provided, or neither."
        )
    if problem_type and metric and metric not in OBJECTIVES[problem_type]:
        legal = ", ".join(sorted(OBJECTIVES[problem_type]))
        raise validation(
            f"Invalid objective metric {metric} for problem type {problem_type}. "
            f"Supported metrics: [{legal}]"
        )


def _check_weight(weight: str | None, target: str, mode: str) -> None:
    if weight is None:
        return
    if mode != ENSEMBLING:
        raise validation(
            f"SampleWeightAttributeName is only supported in {ENSEMBLING} mode, not in {mode}."
        )
    if weight == target:
        raise validation("SampleWeightAttributeName must not be the target attribute.")


def _channels(channels: list[dict[str, Any]]) -> tuple[Channel, Channel | None]:
    by_type = {channel.get("ChannelType", "training"): channel for channel in channels}
    if len(by_type) != len(channels) or "training" not in by_type:
        raise validation("One training channel, and at most one validation channel, are needed.")
    training = _channel(by_type["training"])
    if "validation" not in by_type:
        return training, None
    other = _channel(by_type["validation"])
    if other.content_type != training.content_type:
        raise validation("The training and validation channels must have the same ContentType.")
    return training, other


def _channel(channel: dict[str, Any]) -> Channel:
    source = (channel.get("DataSource") or {}).get("S3DataSource")
    if not source:
        raise validation("DataSource must be provided for each channel.")
    if source["S3DataType"] == "AugmentedManifestFile":
        raise validation("AugmentedManifestFile is only supported for image classification.")
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
    names = [name for config in configs for name in config["AutoMLAlgorithms"]]
    illegal = [name for name in names if name not in ALGORITHMS[mode]]
    if illegal:
        raise validation(
            f"Invalid algorithms {illegal} for {mode}. Supported: {list(ALGORITHMS[mode])}"
        )
    return tuple(names)
