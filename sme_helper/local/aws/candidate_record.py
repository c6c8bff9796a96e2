"""How a trained candidate appears in AWS's answers: steps, metrics, containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import inference
from .account import Account
from .job_spec import ENSEMBLING
from .metrics import objective_type

_ALGORITHM_KEYS = "predicted_label,probability,probabilities"
_ALL_KEYS = "predicted_label,probability,labels,probabilities"
_IMAGES = {
    "ensembling": "autopilot-ensembling:1.0-cpu-py3",
    "features": "sagemaker-sklearn-automl:2.5-1-cpu-py3",
    "algorithm": "autopilot-algorithm:1.0-cpu-py3",
    "text": "autopilot-text-classification:1.0-cpu-py3",
    "forecasting": "autopilot-forecasting:1.0-cpu-py3",
}


@dataclass(frozen=True)
class Part:
    """One container of a model: what its artifact holds, and how it is started."""

    folder: str
    names: tuple[str, ...]
    image: str
    environment: dict[str, str]


def forecast_parts() -> list[Part]:
    """One container, which answers a table with a table: there are no keys to ask for."""
    return [
        Part(
            "sagemaker-automl",
            ("forecast",),
            _IMAGES["forecasting"],
            {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"},
        )
    ]


def text_parts() -> list[Part]:
    names = ("features", "predictor", "labels")
    return [Part("sagemaker-automl", names, _IMAGES["text"], _environment(_ALL_KEYS))]


def tabular_parts(mode: str, problem_type: str) -> list[Part]:
    """The containers of a model, in order of execution."""
    is_classifier = problem_type != "Regression"
    if mode == ENSEMBLING:
        keys = _ALL_KEYS if is_classifier else inference.LABEL
        names = ("features", "predictor", "labels") if is_classifier else ("features", "predictor")
        return [Part("sagemaker-automl", names, _IMAGES["ensembling"], _environment(keys))]
    features = Part(
        "data-processor-models",
        ("features",),
        _IMAGES["features"],
        {
            "AUTOML_TRANSFORM_MODE": "feature-transform",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/x-recordio-protobuf",
            "SAGEMAKER_PROGRAM": "sagemaker_serve",
        },
    )
    keys = _environment(_ALGORITHM_KEYS) if is_classifier else {}
    algorithm = Part(
        "tuning",
        ("predictor",),
        _IMAGES["algorithm"],
        {"MAX_CONTENT_LENGTH": "20971520", **keys},
    )
    if not is_classifier:
        return [features, algorithm]
    labels = Part(
        "label-models",
        ("labels",),
        _IMAGES["features"],
        {
            "AUTOML_TRANSFORM_MODE": "inverse-label-transform",
            inference.INPUT: inference.LABEL,
            **_environment(_ALL_KEYS),
        },
    )
    return [features, algorithm, labels]


def _environment(supported: str) -> dict[str, str]:
    return {
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        inference.OUTPUT: inference.LABEL,
        inference.SUPPORTED: supported,
    }


def inference_containers(
    account: Account, parts: list[Part], urls: list[str]
) -> list[dict[str, Any]]:
    registry = f"{account.id}.dkr.ecr.{account.region}.amazonaws.com"
    return [
        {
            "Image": f"{registry}/{part.image}",
            "ModelDataUrl": url,
            "Environment": part.environment,
        }
        for part, url in zip(parts, urls, strict=True)
    ]


def candidate_steps(account: Account, name: str, kinds: tuple[str, ...]) -> list[dict[str, str]]:
    types = {
        "processing-job": "AWS::SageMaker::ProcessingJob",
        "training-job": "AWS::SageMaker::TrainingJob",
        "transform-job": "AWS::SageMaker::TransformJob",
    }
    steps = []
    for number, kind in enumerate(kinds, start=1):
        step_name = f"{name[:58]}-step{number}"
        steps.append(
            {
                "CandidateStepType": types[kind],
                "CandidateStepArn": account.arn(kind, step_name),
                "CandidateStepName": step_name,
            }
        )
    return steps


def objective_metric(metric: str, value: float) -> dict[str, Any]:
    return {
        "Type": objective_type(metric),
        "MetricName": metric,
        "StandardMetricName": metric,
        "Value": value,
    }


def candidate_metrics(by_set: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """`{"Validation": {"F1": 0.9, ...}, ...}` as the API lists it."""
    listed = []
    for set_name, values in by_set.items():
        for metric, value in values.items():
            datum: dict[str, Any] = {
                "StandardMetricName": metric,
                "Value": value,
                "Set": set_name,
            }
            if metric not in ("LogLoss", "InferenceLatency"):
                datum["MetricName"] = metric
            listed.append(datum)
    return listed
