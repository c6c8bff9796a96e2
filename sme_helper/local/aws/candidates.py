"""What the stand-in trains: scikit-learn pipelines, each named for what it is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils.validation import has_fit_parameter

from .job_spec import ALGORITHMS

DEFAULT_COUNT = 3
_SEED = 20240501


def _numeric(frame: pd.DataFrame) -> list[str]:
    """Columns of numbers; a column without any value is left out of the training."""
    numbers = frame.select_dtypes(include="number")
    return [name for name in numbers.columns if numbers[name].notna().any()]


def _categorical(frame: pd.DataFrame) -> list[str]:
    return list(frame.select_dtypes(exclude="number").columns)


def _codes() -> OrdinalEncoder:
    return OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
    )


def features_with_gaps() -> ColumnTransformer:
    """Categories as codes; missing numbers stay missing."""
    return ColumnTransformer(
        [("categories", _codes(), _categorical), ("numbers", "passthrough", _numeric)]
    )


def features_filled() -> ColumnTransformer:
    """Categories as codes; missing numbers become the median."""
    fill = SimpleImputer(strategy="median")
    return ColumnTransformer([("categories", _codes(), _categorical), ("numbers", fill, _numeric)])


def features_scaled() -> ColumnTransformer:
    """Categories one-hot; numbers filled and scaled."""
    fill = SimpleImputer(strategy="median")
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50)
    return ColumnTransformer(
        [
            ("categories", one_hot, _categorical),
            ("numbers", make_pipeline(fill, StandardScaler()), _numeric),
        ]
    )


@dataclass(frozen=True)
class Recipe:
    """One kind of candidate.

    Args:
        name: part of the candidate's name.
        stands_for: Autopilot's algorithms that it takes the place of.
        features: makes the feature engineering.
        classifier, regressor: make the estimator.
        seed: of what is random in the estimator.
    """

    name: str
    stands_for: frozenset[str]
    features: Callable[[], ColumnTransformer]
    classifier: Callable[[], Any]
    regressor: Callable[[], Any]

    seed: int = _SEED

    def estimator(self, problem_type: str) -> Any:
        made = self.regressor() if problem_type == "Regression" else self.classifier()
        if "random_state" in made.get_params(deep=False):
            made.set_params(random_state=self.seed)
        return made

    def takes_weights(self) -> bool:
        made = (self.regressor(), self.classifier())
        return all(has_fit_parameter(one, "sample_weight") for one in made)

    def reseeded(self, turn: int) -> Recipe:
        return replace(self, seed=self.seed + turn)


def _boosting(name: str, **parameters: Any) -> Recipe:
    return Recipe(
        name,
        frozenset({"xgboost", "lightgbm", "catboost"}),
        features_with_gaps,
        lambda: HistGradientBoostingClassifier(**parameters),
        lambda: HistGradientBoostingRegressor(**parameters),
    )


def _linear(name: str, strength: float) -> Recipe:
    return Recipe(
        name,
        frozenset({"linear-learner"}),
        features_scaled,
        lambda: LogisticRegression(C=strength, max_iter=300),
        lambda: Ridge(alpha=1 / strength),
    )


def _forest(name: str, stands_for: str, classifier: type, regressor: type) -> Recipe:
    parameters = {
        "n_estimators": 60,
        "min_samples_leaf": 3,
        "max_features": "sqrt",
        "n_jobs": 2,
    }
    return Recipe(
        name,
        frozenset({stands_for}),
        features_filled,
        lambda: classifier(**parameters),
        lambda: regressor(**parameters),
    )


def _network(name: str, layers: tuple[int, ...]) -> Recipe:
    parameters = {
        "hidden_layer_sizes": layers,
        "early_stopping": True,
        "max_iter": 60,
    }
    return Recipe(
        name,
        frozenset({"mlp", "nn-torch", "fastai"}),
        features_scaled,
        lambda: MLPClassifier(**parameters),
        lambda: MLPRegressor(**parameters),
    )


RECIPES = (
    _boosting("GradientBoosting", max_iter=100),
    _linear("Linear", 1.0),
    _forest("ExtraTrees", "extra-trees", ExtraTreesClassifier, ExtraTreesRegressor),
    _network("NeuralNet", (64,)),
    _forest("RandomForest", "randomforest", RandomForestClassifier, RandomForestRegressor),
    _boosting("GradientBoostingSlow", max_iter=200, learning_rate=0.05),
    _linear("LinearRegularized", 0.05),
    _boosting("GradientBoostingShallow", max_depth=3, max_iter=150),
    _network("NeuralNetDeep", (64, 32)),
    _linear("LinearFree", 20.0),
)


def choose(
    mode: str, algorithms: tuple[str, ...], count: int | None, weighted: bool = False
) -> list[Recipe]:
    """The recipes to train, the most promising first.

    Args:
        mode: ENSEMBLING or HYPERPARAMETER_TUNING.
        algorithms: Autopilot's names; none means all that the mode has.
        count: exactly so many, beyond the recipes with other seeds; None means the default.
        weighted: only what can take sample weights.
    """
    wanted = set(algorithms or ALGORITHMS[mode])
    recipes = [
        recipe
        for recipe in RECIPES
        if recipe.stands_for & wanted and (not weighted or recipe.takes_weights())
    ]
    if count is None:
        return recipes[:DEFAULT_COUNT]
    rounds = itertools.count()
    endless = (recipe.reseeded(turn) for turn in rounds for recipe in recipes)
    return list(itertools.islice(endless, count))
