"""What a model's containers do with a request: CSV rows in, CSV lines out.

Ensembling models are one container; tuned models are a chain: feature engineering,
algorithm and, for classification, the inverse transformation of labels. Each
container's environment says which keys it puts out.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from . import dataset
from .artifacts import ForeignArtifact, unpack
from .objects import ObjectStore

OUTPUT = "SAGEMAKER_INFERENCE_OUTPUT"
INPUT = "SAGEMAKER_INFERENCE_INPUT"
SUPPORTED = "SAGEMAKER_INFERENCE_SUPPORTED"

LABEL, PROBABILITY, PROBABILITIES, LABELS = (
    "predicted_label",
    "probability",
    "probabilities",
    "labels",
)


class Model(Protocol):
    """What answers the requests to an endpoint."""

    def answer(self, body: bytes) -> bytes: ...


class ContainerError(Exception):
    """A container refuses a request.

    Args:
        message: what the container says.
        status: its HTTP status, 4xx for a bad request and 5xx for a bad container.
        container: its place in the chain, or None when it is the only one.
    """

    def __init__(self, message: str, status: int = 400, container: int | None = None):
        super().__init__(message)
        self.message = message
        self.status = status
        self.container = container


class UnusableModel(Exception):
    """The model's containers cannot be started; the message is an endpoint's FailureReason."""


@dataclass
class Features:
    """Feature engineering: rows of text to the matrix that the estimator takes."""

    columns: list[str]
    numeric: frozenset[str]
    transformer: Any

    def transform(self, table: pa.Table) -> np.ndarray:
        return self.transform_frame(dataset.feature_frame(table, self.numeric))

    def transform_frame(self, frame: pd.DataFrame) -> np.ndarray:
        matrix = self.transformer.transform(frame)
        return matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix, dtype=float)


@dataclass
class Predictor:
    """A fitted estimator; `class_count` is 0 for regression."""

    estimator: Any
    class_count: int

    def values(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(self.estimator.predict(matrix), dtype=float)

    def probabilities(self, matrix: np.ndarray) -> np.ndarray:
        """Rows x classes, also for classes that the estimator never saw."""
        complete = np.zeros((matrix.shape[0], self.class_count))
        complete[:, self.estimator.classes_] = self.estimator.predict_proba(matrix)
        return complete


@dataclass
class Labels:
    """The texts of the classes, in the order of the probabilities."""

    texts: list[str]


@dataclass
class ServedModel:
    """A model in memory, behind an endpoint or a transform job."""

    environments: list[dict[str, str]]
    features: Features
    predictor: Predictor
    labels: Labels | None

    @classmethod
    def load(
        cls, containers: list[dict[str, Any]], objects: ObjectStore, signing_key: bytes
    ) -> Model:
        """Reads the artifacts of a model's containers.

        Raises:
            UnusableModel: an artifact is missing, or is not one of this stack's models.
        """
        parts: dict[str, Any] = {}
        for position, container in enumerate(containers, start=1):
            host = container.get("ContainerHostname", f"container_{position}")
            url = container.get("ModelDataUrl")
            stored = objects.find(url) if url else None
            if stored is None:
                raise UnusableModel(
                    f'Failed to download model data for container "{host}" from URL: "{url}". '
                    "Please ensure that there is an object located at the URL and that the role "
                    "passed to CreateModel has permissions to download the object."
                )
            try:
                parts |= unpack(objects.read(stored), signing_key)
            except ForeignArtifact as error:
                raise UnusableModel(
                    f'The container "{host}" cannot serve "{url}": the embedded stack serves '
                    f"only the models that its own Autopilot jobs trained ({error})."
                ) from error
        if "forecast" in parts:
            return parts["forecast"]
        if "features" not in parts or "predictor" not in parts:
            raise UnusableModel("The containers are not a complete Autopilot model.")
        return cls(
            environments=[container.get("Environment") or {} for container in containers],
            features=parts["features"],
            predictor=parts["predictor"],
            labels=parts.get("labels"),
        )

    def answer(self, body: bytes) -> bytes:
        """The CSV answer to header-less CSV rows.

        Raises:
            ContainerError: the rows or the containers' environments do not fit.
        """
        try:
            table = dataset.read_request(body, self.features.columns)
        except dataset.BadData as error:
            raise ContainerError(str(error), container=self._place(0)) from error
        matrix = self.features.transform(table)
        if self.predictor.class_count == 0:
            return _number_lines(self.predictor.values(matrix))
        keys = self._output_keys()
        return self._classification_lines(keys, self.predictor.probabilities(matrix))

    def _place(self, index: int) -> int | None:
        return index + 1 if len(self.environments) > 1 else None

    def _output_keys(self) -> list[str]:
        """What the last container puts out, after checking what reaches it."""
        last = len(self.environments) - 1
        wanted = self._checked_keys(last, OUTPUT)
        if last == 0:
            return wanted
        if self.labels is None:
            return wanted
        received = self._checked_keys(last - 1, OUTPUT)
        expected = self._checked_keys(last, INPUT)
        if received != expected:
            raise ContainerError(
                f"The container expects {expected} in {INPUT}, but received {received}.",
                container=self._place(last),
            )
        missing = [key for key in wanted if key not in received and key != LABELS]
        if missing:
            raise ContainerError(
                f"The container cannot put out {missing}, because it receives only {received}.",
                container=self._place(last),
            )
        return wanted

    def _checked_keys(self, index: int, variable: str) -> list[str]:
        environment = self.environments[index]
        keys = split_keys(environment.get(variable, LABEL))
        supported = split_keys(environment.get(SUPPORTED, LABEL))
        unknown = [key for key in keys if key not in supported]
        if unknown:
            raise ContainerError(
                f"{variable} holds {unknown}, but the container supports only {supported}.",
                status=500,
                container=self._place(index),
            )
        return keys

    def _classification_lines(self, keys: list[str], probabilities: np.ndarray) -> bytes:
        numbers = [str(number) for number in range(probabilities.shape[1])]
        texts = self.labels.texts if self.labels else numbers
        winners = probabilities.argmax(axis=1)
        columns: dict[str, list[Any]] = {}
        for key in keys:
            if key == LABEL:
                columns[key] = [texts[winner] for winner in winners]
            elif key == PROBABILITY:
                columns[key] = self._single_probability(probabilities, winners).tolist()
            elif key == PROBABILITIES:
                columns[key] = [str(row) for row in probabilities.tolist()]
            elif key == LABELS:
                columns[key] = [str(texts)] * len(probabilities)
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(
            zip(*(columns[key] for key in keys), strict=True)
        )
        return buffer.getvalue().encode()

    def _single_probability(self, probabilities: np.ndarray, winners: np.ndarray) -> np.ndarray:
        """Tuned binary models give the positive class's, all others the predicted label's."""
        is_tuned = len(self.environments) > 1
        if is_tuned and probabilities.shape[1] == 2:
            return probabilities[:, 1]
        return probabilities[np.arange(len(winners)), winners]


def split_keys(text: str) -> list[str]:
    return [key.strip() for key in text.split(",") if key.strip()]


def _number_lines(values: np.ndarray) -> bytes:
    return "".join(f"{value!r}\n" for value in values.tolist()).encode()
