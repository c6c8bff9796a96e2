"""Text classification: one column of texts to one label."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB

from . import fitting
from .dataset import BadData, read_channel
from .fitting import FittedCandidate, Problem
from .job_spec import TEXT, JobSpec
from .objects import ObjectStore

DEFAULT_COUNT = 2


@dataclass
class TextFeatures:
    """Texts to the matrix that the estimator takes; `columns` is the one column."""

    columns: list[str]
    vectorizer: TfidfVectorizer

    def transform(self, table: pa.Table) -> sparse.csr_matrix:
        return self.vectorizer.transform(texts_of(table))


def texts_of(table: pa.Table) -> list[str]:
    """The first column's texts; a missing one is empty."""
    return [text or "" for text in table.column(0).to_pylist()]


@dataclass(frozen=True)
class TextRecipe:
    """One kind of candidate: how texts become numbers, and what learns from them."""

    name: str
    vectorizer: Callable[[], TfidfVectorizer]
    classifier: Callable[[], Any]

    def estimator(self, _problem_type: str) -> Any:
        return self.classifier()


def _words() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=50_000)


def _characters() -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=50_000
    )


def _logistic(strength: float) -> Callable[[], Any]:
    return lambda: LogisticRegression(C=strength, max_iter=300)


RECIPES = (
    TextRecipe("Words", _words, _logistic(10.0)),
    TextRecipe("Characters", _characters, _logistic(10.0)),
    TextRecipe("WordsBayes", _words, ComplementNB),
    TextRecipe("WordsRegularized", _words, _logistic(1.0)),
    TextRecipe("CharactersBayes", _characters, ComplementNB),
    TextRecipe("CharactersRegularized", _characters, _logistic(1.0)),
)


def choose(count: int | None) -> list[TextRecipe]:
    """The recipes to train, the most promising first; there are no more than all of them."""
    return list(RECIPES[: DEFAULT_COUNT if count is None else count])


def prepare(objects: ObjectStore, spec: JobSpec) -> Problem:
    """Reads a job's data and splits off the validation rows.

    Raises:
        BadData: the data cannot be trained on.
    """
    training = _texts_and_labels(read_channel(objects, spec.training), spec)
    validation = None
    if spec.validation:
        validation = _texts_and_labels(read_channel(objects, spec.validation), spec)
    return fitting.split_problem(training, validation, TEXT, spec)


def _texts_and_labels(table: pa.Table, spec: JobSpec) -> pa.Table:
    for title, name in (("content", spec.content), ("target label", spec.target)):
        if name not in table.column_names:
            raise BadData(f"The {title} column '{name}' was not found in the input dataset.")
    table = table.select([spec.content, spec.target])
    return table.filter(table.column(spec.target).is_valid())


def fit_text_features(recipe: TextRecipe, problem: Problem) -> tuple[TextFeatures, Any]:
    """The feature engineering, and the training texts as it makes them."""
    vectorizer = recipe.vectorizer()
    try:
        vectorizer.fit(texts_of(problem.train_features))
    except ValueError as error:  # no words at all
        raise BadData(f"The texts cannot be used: {error}") from error
    features = TextFeatures(problem.train_features.column_names, vectorizer)
    return features, features.transform(problem.train_features)


fit: Callable[[TextRecipe, Problem], FittedCandidate] = functools.partial(
    fitting.fit, fit_features=fit_text_features
)
